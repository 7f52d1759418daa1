/**
 * What a TCP connection still has to say: bytes that are not acknowledged, and the FIN behind them.
 */
import { plus, span } from './sequence.ts'

export interface Piece {
  readonly payload: Uint8Array
  /** Nothing is queued behind it. */
  readonly isLast: boolean
  /** It bears the FIN. */
  readonly ends: boolean
}

export class SendQueue {
  /** Sequence number of the first byte of `#bytes`. */
  #from: number
  #bytes = new Uint8Array(0)
  #ended = false

  constructor(first: number) {
    this.#from = first
  }

  get ended(): boolean {
    return this.#ended
  }

  /** The sequence number after everything; a FIN takes one. */
  get end(): number {
    return plus(this.#from, this.#bytes.length + (this.#ended ? 1 : 0))
  }

  add(bytes: Uint8Array): void {
    const joined = new Uint8Array(this.#bytes.length + bytes.length)
    joined.set(this.#bytes)
    joined.set(bytes, this.#bytes.length)
    this.#bytes = joined
  }

  finish(): void {
    this.#ended = true
  }

  /** Everything before was heard. */
  drop(before: number): void {
    const gone = Math.min(Math.max(span(this.#from, before), 0), this.#bytes.length)
    if (gone === 0) return
    this.#bytes = this.#bytes.subarray(gone)
    this.#from = plus(this.#from, gone)
  }

  /** Only the FIN is left to be sent. */
  isFinDue(next: number): boolean {
    return this.#ended && next === plus(this.#from, this.#bytes.length)
  }

  /** What a segment at `next` says; undefined: nothing is left. */
  pieceAt(next: number, size: number): Piece | undefined {
    const from = span(this.#from, next)
    const payload = this.#bytes.subarray(from, from + size)
    const isLast = from + payload.length === this.#bytes.length
    const ends = isLast && this.#ended
    return from > this.#bytes.length || (payload.length === 0 && !ends)
      ? undefined
      : { payload, isLast, ends }
  }
}
