/**
 * The server's side of option negotiation for a read request (RFC 2347, 2348, 2349, 7440): which options are
 * acknowledged, and with what. A value is lowered to the configured maximum, never raised; a bad value is declined by
 * leaving the option out of the OACK, and so is an option nobody knows: never is a transfer refused for an option
 * (S-12: tsize and blksize are what boot firmware cannot do without).
 * Does not read packets.
 */
import type { TftpOptions } from '../../wire/tftp/packet.ts'

export const DEFAULT_BLOCK_SIZE = 512
/** RFC 2348. */
export const MIN_BLOCK_SIZE = 8
/** RFC 2348; a larger request is answered with this size. */
export const MAX_BLOCK_SIZE = 65_464
/** RFC 7440 §3. */
export const MAX_WINDOW_SIZE = 65_535
/** RFC 2349. */
const MAX_TIMEOUT_SECONDS = 255

export interface NegotiationPolicy {
  readonly maxBlockSize: number
  readonly maxWindowSize: number
  /** Block size times window size of one transfer; the window is lowered to fit. */
  readonly maxWindowBytes: number
  /** Options never acknowledged, in lower case: for a client that asks for `blksize` and dies if it gets it. */
  readonly refuse: readonly string[]
}

export interface Negotiated {
  readonly blockSize: number
  readonly windowSize: number
  /** What the client wants to be the resend time; undefined if it did not say. */
  readonly timeoutSeconds: number | undefined
  /** It asked for the size and will be told. */
  readonly tellsSize: boolean
  /** The OACK: names as the client wrote them, in its order. Empty: no OACK, DATA at once (RFC 2347). */
  readonly accepted: TftpOptions
}

/** `size` is undefined if it must not be told: in netascii it differs from what arrives (RFC 2349). */
export const negotiate = (
  options: TftpOptions,
  size: number | undefined,
  policy: NegotiationPolicy,
): Negotiated => {
  const asked = new Map<string, string>()
  // An option may be given once only (RFC 2347); of several the first counts.
  for (const [name, value] of options) {
    const key = name.toLowerCase()
    if (!asked.has(key) && !policy.refuse.includes(key)) asked.set(key, value)
  }
  const blockSize = within(asked.get('blksize'), MIN_BLOCK_SIZE, MAX_BLOCK_SIZE, policy.maxBlockSize)
  const timeoutSeconds = within(asked.get('timeout'), 1, MAX_TIMEOUT_SECONDS, MAX_TIMEOUT_SECONDS)
  const fitting = Math.floor(policy.maxWindowBytes / (blockSize ?? DEFAULT_BLOCK_SIZE))
  const maxWindowSize = Math.max(1, Math.min(policy.maxWindowSize, fitting))
  const windowSize = within(asked.get('windowsize'), 1, MAX_WINDOW_SIZE, maxWindowSize)
  const tellsSize = size !== undefined && decimal(asked.get('tsize')) !== undefined

  const values: Record<string, number | undefined> = {
    blksize: blockSize,
    timeout: timeoutSeconds,
    windowsize: windowSize,
    tsize: tellsSize ? size : undefined,
  }
  const accepted: (readonly [string, string])[] = []
  for (const [name] of options) {
    const key = name.toLowerCase()
    if (!asked.delete(key)) continue
    const value = Object.hasOwn(values, key) ? values[key] : undefined
    if (value !== undefined) accepted.push([name, String(value)])
  }
  return {
    blockSize: blockSize ?? DEFAULT_BLOCK_SIZE,
    windowSize: windowSize ?? 1,
    timeoutSeconds,
    tellsSize,
    accepted,
  }
}

/** The number lowered to `cap`; undefined if there is none, or none in the range the RFC allows. */
const within = (text: string | undefined, least: number, most: number, cap: number): number | undefined => {
  const value = decimal(text)
  return value === undefined || value < least || value > most ? undefined : Math.min(value, cap)
}

/** Digits and nothing else: no sign, no space, no exponent (`Number` would take `1e9`, `parseInt` `512x`). */
export const decimal = (text: string | undefined): number | undefined => {
  if (text === undefined || text.length === 0 || text.length > 15) return undefined
  let value = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return value
}
