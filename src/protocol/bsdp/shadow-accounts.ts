/**
 * AFP accounts for diskless clients: each boot takes one, with a fresh password; it comes back when its client's last
 * boot is long ago. When all are in use, the next diskless Mac fails. Does not speak AFP, so an open session
 * does not hold an account here.
 */
import type { Mac } from '../../core/address.ts'
import { type Micros, SECOND } from '../../core/micros.ts'
import type { Random } from '../../core/random.ts'

/** Diskless Macs at once, as Apple's server sets it up. */
export const DEFAULT_SHADOW_ACCOUNTS = 50
/** A client that booted so long ago has lost its account, if somebody else needs one. */
export const SHADOW_RECLAIM: Micros = 15 * 60 * SECOND

export interface ShadowAccount {
  readonly user: string
  readonly password: string
}

export class ShadowAccounts {
  readonly #count: number
  readonly #random: Random
  /** In order of last boot. */
  readonly #taken = new Map<Mac, { readonly slot: number; readonly at: Micros }>()

  constructor(random: Random, count = DEFAULT_SHADOW_ACCOUNTS) {
    this.#random = random
    this.#count = count
  }

  /** Undefined: the AFP login capacity is reached. */
  take(mac: Mac, now: Micros): ShadowAccount | undefined {
    const slot = this.#taken.get(mac)?.slot ?? this.#freeSlot(now)
    if (slot === undefined) return undefined
    this.#taken.delete(mac)
    this.#taken.set(mac, { slot, at: now })
    return { user: `netboot${String(slot).padStart(3, '0')}`, password: this.#password() }
  }

  #freeSlot(now: Micros): number | undefined {
    if (this.#taken.size < this.#count) return this.#taken.size + 1
    const [oldest] = this.#taken
    if (!oldest || now - oldest[1].at <= SHADOW_RECLAIM) return undefined
    this.#taken.delete(oldest[0])
    return oldest[1].slot
  }

  #password(): string {
    let text = ''
    for (let i = 0; i < 8; i++) text += LETTERS[this.#random.below(LETTERS.length)]
    return text
  }
}

const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789'
