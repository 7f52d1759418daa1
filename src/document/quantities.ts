/**
 * Reads the small texts a scenario is made of: durations with units, ranges, probabilities, counts, MAC patterns.
 * Each reader says what is wrong and, where it can, what was probably meant. Does not know where a text stood.
 */
import { type Mac, formatMac, parseMac } from '../core/address.ts'
import { type MacPattern, parseMacPattern as parsePattern } from '../core/mac-pattern.ts'
import { MILLISECOND, type Micros, SECOND } from '../core/micros.ts'

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly nearest?: string }

/** Both ends included; a single value has low = high. */
export interface Range {
  readonly low: number
  readonly high: number
}

/** Longest duration a scenario may name: beyond it a run is not a boot any more (docs/limits.md). */
export const MAX_DURATION: Micros = 24 * 3600 * SECOND
/** Most machines in one group (docs/limits.md). */
export const MAX_COUNT = 100_000

export const parsed = <T>(value: T): Parsed<T> => ({ ok: true, value })
export const wrong = (message: string, nearest?: string): Parsed<never> =>
  nearest === undefined ? { ok: false, message } : { ok: false, message, nearest }

// Durations.

const UNITS: ReadonlyMap<string, Micros> = new Map([
  ['us', 1],
  ['ms', MILLISECOND],
  ['s', SECOND],
])

/** What people write instead, as the seconds it stands for. */
const OTHER_UNITS: ReadonlyMap<string, { unit: string; times: number }> = new Map(
  Object.entries({
    µs: { unit: 'us', times: 1 },
    usec: { unit: 'us', times: 1 },
    msec: { unit: 'ms', times: 1 },
    millis: { unit: 'ms', times: 1 },
    sec: { unit: 's', times: 1 },
    secs: { unit: 's', times: 1 },
    seconds: { unit: 's', times: 1 },
    m: { unit: 's', times: 60 },
    min: { unit: 's', times: 60 },
    minutes: { unit: 's', times: 60 },
    h: { unit: 's', times: 3600 },
  }),
)

export const DURATION_PATTERN = '(\\d+(\\.\\d+)?)(us|ms|s)'

/** `usual`: the unit to propose where there is none. */
export const parseDuration = (value: unknown, usual: 'ms' | 's' = 'ms'): Parsed<Micros> => {
  if (typeof value === 'number') return wrong(`a duration needs a unit: us, ms or s`, `${value}${usual}`)
  if (typeof value !== 'string') return wrong(`expected a duration such as 5ms, got ${kindOf(value)}`)
  const parts = /^(-?)(\d+(?:\.\d+)?)\s*(\p{L}*)$/u.exec(value.trim())
  if (!parts) return wrong(`"${value}" is not a duration; write a number and us, ms or s, such as 5ms`)
  const [, sign, digits = '', unit = ''] = parts
  if (sign === '-') return wrong(`a duration cannot be negative`, `${digits}${unit || usual}`)
  if (unit === '') return wrong(`a duration needs a unit: us, ms or s`, `${digits}${usual}`)
  const size = UNITS.get(unit)
  if (size === undefined) {
    const other =
      OTHER_UNITS.get(unit.toLowerCase()) ??
      (UNITS.has(unit.toLowerCase()) ? { unit: unit.toLowerCase(), times: 1 } : undefined)
    const nearest = other && `${Number(digits) * other.times}${other.unit}`
    return wrong(`"${unit}" is not a unit of time; use us, ms or s`, nearest)
  }
  if (/\s/.test(value)) return wrong(`write the unit next to the number`, `${digits}${unit}`)
  const micros = Number(digits) * size
  if (micros > MAX_DURATION) return wrong(`longer than 24 hours, the limit of a scenario`)
  return parsed(Math.round(micros))
}

export const parseDurationRange = (value: unknown, usual: 'ms' | 's' = 'ms'): Parsed<Range> => {
  const ends = endsOf(value)
  if (!ends) return both(parseDuration(value, usual))
  // A range of which one end has its unit means that unit at both ends.
  const unit = /[a-z]+$/.exec(ends[1])?.[0]
  const bare = unit !== undefined && UNITS.has(unit) && /^\d+(\.\d+)?$/.test(ends[0])
  const [low, high] = [parseDuration(ends[0], usual), parseDuration(ends[1], usual)]
  const meant = (end: Parsed<Micros>, text: string): string | undefined => (end.ok ? text : end.nearest)
  const [from, to] = [bare ? `${ends[0]}${unit}` : meant(low, ends[0]), meant(high, ends[1])]
  const nearest = from === undefined || to === undefined ? undefined : `${from}..${to}`
  if (!low.ok) return wrong(low.message, nearest)
  if (!high.ok) return wrong(high.message, nearest)
  return ordered(low.value, high.value, ends)
}

// Lease times.

const LIFETIME_UNITS: ReadonlyMap<string, Micros> = new Map([
  ['s', SECOND],
  ['m', 60 * SECOND],
  ['h', 3600 * SECOND],
  ['d', 86_400 * SECOND],
])
export const LIFETIME_PATTERN = '\\d+(\\.\\d+)?(s|m|h|d)|infinite'
/** RFC 2131 §3.3: all ones in a field of seconds is for ever. */
const FOR_EVER_SECONDS = 0xffffffff

/** `8d`, `12h`, `3600s`, `infinite`: what a lease may last, which no run waits for. */
export const parseLifetime = (value: unknown): Parsed<Micros> => {
  if (value === 'infinite') return parsed(FOR_EVER_SECONDS * SECOND)
  if (typeof value === 'number') return wrong('a lease time needs a unit: s, m, h or d', `${value}s`)
  const [, digits = '', unit = ''] =
    (typeof value === 'string' && /^(\d+(?:\.\d+)?)\s*(\p{L}*)$/u.exec(value.trim())) || []
  const size = LIFETIME_UNITS.get(unit)
  if (digits === '' || size === undefined) {
    const meant = LIFETIME_UNITS.has(unit.charAt(0).toLowerCase())
      ? `${digits}${unit.charAt(0).toLowerCase()}`
      : undefined
    return wrong(
      typeof value === 'string'
        ? `"${value}" is not a lease time; write a number and s, m, h or d, such as 8d, or infinite`
        : `expected a lease time such as 8d, got ${kindOf(value)}`,
      meant,
    )
  }
  const seconds = Math.round((Number(digits) * size) / SECOND)
  return seconds < FOR_EVER_SECONDS
    ? parsed(seconds * SECOND)
    : wrong('too long: a lease time is at most 32 bits of seconds', 'infinite')
}

// Sizes.

const SIZES: ReadonlyMap<string, number> = new Map([
  ['KB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
])
/** Largest image (docs/limits.md). */
export const MAX_SIZE = 1e12
export const SIZE_PATTERN = '(\\d+(\\.\\d+)?)(KB|MB|GB)'

/** `4GB`, or a number of bytes. */
export const parseSize = (value: unknown): Parsed<number> => {
  if (typeof value === 'number') return wholeNumber(1, MAX_SIZE)(value)
  if (typeof value !== 'string') return wrong(`expected a size such as 4GB, got ${kindOf(value)}`)
  const parts = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(value.trim())
  const [, digits = '', letters = ''] = parts ?? []
  const unit = SIZES.get(letters)
  if (unit === undefined) {
    const meant = `${letters.charAt(0).toUpperCase()}B`
    return wrong(
      `"${value}" is not a size; write a number and KB, MB or GB, such as 4GB`,
      SIZES.has(meant) ? `${digits}${meant}` : undefined,
    )
  }
  return wholeNumber(1, MAX_SIZE)(Math.round(Number(digits) * unit))
}

// Counts and probabilities.

export const wholeNumber =
  (low: number, high: number) =>
  (value: unknown): Parsed<number> => {
    if (typeof value !== 'number') {
      const nearest = typeof value === 'string' && /^\d+$/.test(value) ? value : undefined
      return wrong(`expected a whole number, got ${kindOf(value)}`, nearest)
    }
    if (!Number.isFinite(value)) return wrong(`expected a whole number, got ${value}`)
    if (!Number.isInteger(value))
      return wrong(`expected a whole number, got ${value}`, String(Math.round(value)))
    if (value < low) return wrong(`must be at least ${low}`, String(low))
    if (value > high) return wrong(`must be at most ${high}`, String(high))
    return parsed(value)
  }

const count = wholeNumber(0, MAX_COUNT)

/** `3`, or `1..19`. */
export const parseCountRange = (value: unknown): Parsed<Range> => {
  const ends = endsOf(value)
  if (!ends)
    return typeof value === 'string'
      ? wrong(`"${value}" is not a number of machines; write 3 or 1..19`)
      : both(count(value))
  if (!ends.every(end => /^\d+$/.test(end)))
    return wrong(`"${String(value)}" is not a range of whole numbers; write it as 1..19`)
  return ordered(Number(ends[0]), Number(ends[1]), ends)
}

/** `0.05` or `5%`. */
export const parseProbability = (value: unknown): Parsed<number> => {
  if (typeof value === 'number') {
    if (value >= 0 && value <= 1) return parsed(value)
    if (value > 1 && value <= 100) return wrong(`a probability must be between 0 and 1`, `${value}%`)
    return wrong(`a probability must be between 0 and 1`)
  }
  const parts = typeof value === 'string' ? /^(\d+(?:\.\d+)?)%$/.exec(value) : null
  if (!parts)
    return wrong(
      `expected a probability such as 0.05 or 5%, got ${typeof value === 'string' ? `"${value}"` : kindOf(value)}`,
    )
  const percent = Number(parts[1])
  return percent <= 100 ? parsed(percent / 100) : wrong(`a probability can be at most 100%`, '100%')
}

// MAC patterns.

export type { MacPattern }

/** `00:50:56:00:00:01`, `00:50:56:*` (the rest), `00:*:56:00:00:01` (one octet), `*` (everyone). */
export const parseMacPattern = (value: unknown): Parsed<MacPattern> => {
  if (typeof value !== 'string')
    return wrong(`expected a MAC pattern such as '00:50:56:*', got ${kindOf(value)}`)
  const pattern = parsePattern(value)
  if (pattern) return parsed(pattern)
  return wrong(
    `"${value}" is not a MAC pattern; write six octets, with * for any, such as '00:50:56:00:00:*'`,
    nearestMac(value),
  )
}

export const parseMacAddress = (value: unknown): Parsed<Mac> => {
  if (typeof value !== 'string')
    return wrong(`expected a MAC address such as '00:50:56:00:00:01', got ${kindOf(value)}`)
  const mac = parseMac(value)
  return mac === undefined
    ? wrong(`"${value}" is not a MAC address; write six octets, such as 00:50:56:00:00:01`, nearestMac(value))
    : parsed(mac)
}

/** Twelve digits in any grouping are surely meant as a MAC. */
const nearestMac = (text: string): string | undefined => {
  const octets = text.split(/[:\-. ]/)
  const padded =
    octets.length === 6 ? octets.map(octet => octet.padStart(2, '0')).join('') : text.replace(/[:\-. ]/g, '')
  return /^[0-9a-f]{12}$/i.test(padded) ? formatMac(parseInt(padded, 16) as Mac) : undefined
}

// What they share.

/** For messages: `a list`, `nothing`, `the number 5`. */
export const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return `the text "${value}"`
  if (typeof value === 'number') return `the number ${value}`
  if (typeof value === 'function') return 'a function'
  return typeof value === 'boolean' ? String(value) : 'a map'
}

const endsOf = (value: unknown): readonly [string, string] | undefined => {
  if (typeof value !== 'string') return undefined
  const at = value.indexOf('..')
  return at < 0 ? undefined : [value.slice(0, at).trim(), value.slice(at + 2).trim()]
}

const both = (single: Parsed<number>): Parsed<Range> =>
  single.ok ? parsed({ low: single.value, high: single.value }) : single

const ordered = (low: number, high: number, [first, second]: readonly [string, string]): Parsed<Range> =>
  low <= high ? parsed({ low, high }) : wrong(`the range is reversed`, `${second}..${first}`)
