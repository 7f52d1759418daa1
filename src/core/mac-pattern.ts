/**
 * Patterns over hardware addresses, as administrators write them: `00:50:56:00:00:01`, `00:50:56:*` (a trailing star
 * stands for all that follows), `00:50:56:*:*:01`, `*`. Does not do ranges.
 */
import type { Mac } from './address.ts'

/** A MAC matches if it equals the value where the mask has ones: 16 high and 32 low bits, as bit operations allow. */
export interface MacPattern {
  readonly text: string
  readonly high: number
  readonly highMask: number
  readonly low: number
  readonly lowMask: number
}

const LOW = 2 ** 32

/** Undefined if it is no pattern. */
export const parseMacPattern = (text: string): MacPattern | undefined => {
  const octets = text.trim().split(/[:-]/)
  if (octets.length > 6 || !octets.every(octet => octet === '*' || /^[0-9a-f]{2}$/i.test(octet)))
    return undefined
  if (octets.length < 6 && octets.at(-1) !== '*') return undefined
  let value = 0
  let mask = 0
  for (let i = 0; i < 6; i++) {
    const octet = octets[i] ?? '*'
    value = value * 256 + (octet === '*' ? 0 : parseInt(octet, 16))
    mask = mask * 256 + (octet === '*' ? 0 : 0xff)
  }
  return {
    text,
    high: Math.floor(value / LOW),
    highMask: Math.floor(mask / LOW),
    low: value % LOW,
    lowMask: mask % LOW,
  }
}

export const matchesMac = (pattern: MacPattern, mac: Mac): boolean =>
  (mac & pattern.lowMask) >>> 0 === pattern.low && (Math.floor(mac / LOW) & pattern.highMask) === pattern.high

export const matchesAnyMac = (patterns: readonly MacPattern[], mac: Mac): boolean => {
  for (const pattern of patterns) if (matchesMac(pattern, mac)) return true
  return false
}
