/**
 * The weather of a link: one printable record per segment, and optionally one per station's own cable. Draws from
 * the streams it is given; decides nothing about who receives.
 */
import type { Micros } from '../../core/micros.ts'
import type { Random } from '../../core/random.ts'

export interface LinkRules {
  /** Fixed one-way time from the sender to every receiver. */
  readonly delay: Micros
  /** Up to this much more, uniform. Keeps the order of one sender's frames, as a queue does. */
  readonly jitter: Micros
  /** Probability that one receiver misses a frame: a broadcast can reach one station and not another. */
  readonly loss: number
  /** Probability that a frame is on the segment twice. */
  readonly duplicate: number
  /** Probability that a frame is held back so that later ones of the same sender overtake it. */
  readonly reorder: number
  /**
   * Probability that one bit of a frame flips on its way to one receiver. IP and UDP checksums catch any one flip of
   * what they cover; two in fragments of one datagram can cancel each other (RFC 1071), as they do in life.
   */
  readonly corrupt: number
  /** Largest IP packet, in bytes. */
  readonly mtu: number
}

export const IDEAL_LINK: LinkRules = {
  delay: 100,
  jitter: 0,
  loss: 0,
  duplicate: 0,
  reorder: 0,
  corrupt: 0,
  mtu: 1500,
}

/** A reordered frame is held back by 1 … 4 times the link's longest way, and at least this long. */
const REORDER_HOLD_MIN: Micros = 1_000

export const transitTime = (rules: LinkRules, random: Random): Micros =>
  rules.jitter > 0 ? rules.delay + random.below(rules.jitter + 1) : rules.delay

export const holdTime = (rules: LinkRules, random: Random): Micros =>
  Math.max(REORDER_HOLD_MIN, rules.delay + rules.jitter) * (1 + random.below(4))
