/**
 * MAC patterns as text, in tests.
 */
import { type MacPattern, parseMacPattern } from '../../src/core/mac-pattern.ts'

/** Throws on a wrong one. */
export const macPattern = (text: string): MacPattern => {
  const pattern = parseMacPattern(text)
  if (!pattern) throw new RangeError(`not a MAC pattern: ${text}`)
  return pattern
}
