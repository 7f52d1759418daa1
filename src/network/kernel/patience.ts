/**
 * Whether it pays to wait a moment for the next datagram within the call that served the last one, instead of going
 * through the event loop: it does while the peer answers at once, as in a TFTP transfer. Learns from what happened, so
 * that a peer that is slow, or lives in this very process and cannot answer meanwhile, costs next to nothing.
 */

/** A datagram that comes so soon after the last was served would have been worth waiting for. */
export const SOON_MICROS = 500
/** So many in a row before it waits for the first time. */
export const NEEDED_MIN = 16
/** And at most so many after it waited in vain again and again. */
export const NEEDED_MAX = 1_024

/** What it had become more cautious by is halved with about so many good waits. */
const REGAINED = 8

export class Patience {
  #needed = NEEDED_MIN
  #inARow = 0

  get pays(): boolean {
    return this.#inARow >= this.#needed
  }

  /** It did not wait, and something came so many microseconds after it had left. */
  came(after: number): void {
    this.#inARow = after <= SOON_MICROS ? this.#inARow + 1 : 0
  }

  /** Trust comes back as fast as it went: peers come and go. */
  waitedWell(): void {
    if (this.#needed > NEEDED_MIN) this.#needed -= Math.ceil((this.#needed - NEEDED_MIN) / REGAINED)
  }

  waitedInVain(): void {
    this.#inARow = 0
    this.#needed = Math.min(2 * this.#needed, NEEDED_MAX)
  }
}
