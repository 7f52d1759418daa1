/**
 * The lines of a Mac's model, and the signs that its user sees while they stand there. Does not print.
 */
import type { DisplaySign, SignDisplay } from '../display.ts'

/** What the screen of a Mac shows instead of a message; the result has it as the code. */
export const SIGN = { noServer: 'flashing globe', noSystem: 'prohibitory sign' } as const

export const LINE = {
  booting: (file: string, server: string): string => `booting ${file} from ${server}`,
  looking: 'Startup Disk: looking for NetBoot images',
  sign: (sign: string): string => `(${sign})`,
} as const

/** By the last line; what is not listed stands under the globe. */
const SIGNS: readonly (readonly [pattern: RegExp, sign: DisplaySign])[] = [
  [/\(prohibitory sign\)/, 'prohibited'],
  [/\(flashing globe\)/, 'flashingGlobe'],
  [/^booting /, 'system'],
  [/^Startup Disk/, 'picker'],
]

export const APPLE_DISPLAY: SignDisplay = {
  family: 'apple',
  signOf: lines => SIGNS.find(([pattern]) => pattern.test(lines.at(-1) ?? ''))?.[1] ?? 'globe',
}
