/**
 * Seeded, forkable randomness. Every element of a run draws from its own stream (`fork(label)`), so that
 * adding a client does not change what another one draws. Does not offer unseeded numbers.
 */
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'

export interface Random {
  /** Uniform in 0 … 2^32-1. */
  u32(): number
  /** Uniform integer in 0 … limit-1; `limit` at most 2^32. */
  below(limit: number): number
  /** Uniform integer in low … high, both included. */
  between(low: number, high: number): number
  /** True with the given probability (0 … 1). Draws nothing for 0 and for 1. */
  chance(probability: number): boolean
  /** An independent stream; the same label always gives the same stream. */
  fork(label: string): Random
}

export const random = (seed: number | string): Random => stream(String(seed))

const stream = (path: string): Random => {
  const generator = xoroshiro128plusFromState(stateFor(path))
  const u32 = () => generator.next() >>> 0
  const below = (limit: number) => Math.floor((u32() / 2 ** 32) * limit)
  return {
    u32,
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: probability => probability > 0 && (probability >= 1 || u32() / 2 ** 32 < probability),
    fork: label => stream(`${path}/${label}`),
  }
}

/** Four well-mixed 32-bit words from a text: FNV-1a with four bases, then MurmurHash3's finaliser. */
const stateFor = (path: string): number[] =>
  [0x811c9dc5, 0x01000193, 0x9e3779b9, 0x85ebca6b].map(base => {
    let hash = base
    for (let i = 0; i < path.length; i++) hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193)
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    return (hash ^ (hash >>> 16)) | 0
  })
