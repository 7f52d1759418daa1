/**
 * What has come of a TCP connection: bytes in order are handed over once, later ones wait for what is missing.
 */
import { TCP_FLAG, type TcpSegment } from '../../wire/tcp.ts'
import { plus, span } from './sequence.ts'

/** Segments that wait for one before them. */
const MAX_WAITING = 64

export interface Received {
  readonly bytes: readonly Uint8Array[]
  /** The other side has sent its FIN, and everything before it is here. */
  readonly ended: boolean
}

export class ReceiveQueue {
  #next: number
  #ended = false
  readonly #window: number
  readonly #waiting: TcpSegment[] = []

  constructor(first: number, window: number) {
    this.#next = first
    this.#window = window
  }

  /** The sequence number that is due. */
  get next(): number {
    return this.#next
  }

  isInWindow(sequence: number): boolean {
    const ahead = span(this.#next, sequence)
    return ahead >= 0 && ahead < this.#window
  }

  add(segment: TcpSegment): Received {
    const bytes: Uint8Array[] = []
    if (isEmpty(segment)) return { bytes, ended: this.#ended }
    if (span(this.#next, segment.sequence) <= 0) {
      this.#take(segment, bytes)
      for (let found = this.#dueOne(); found; found = this.#dueOne()) this.#take(found, bytes)
    } else if (this.isInWindow(segment.sequence) && this.#waiting.length < MAX_WAITING)
      this.#waiting.push(segment)
    return { bytes, ended: this.#ended }
  }

  #dueOne(): TcpSegment | undefined {
    const at = this.#waiting.findIndex(({ sequence }) => span(this.#next, sequence) <= 0)
    return at < 0 ? undefined : this.#waiting.splice(at, 1)[0]
  }

  /** It begins at the byte that is due or before; what of it is known is left out. */
  #take({ sequence, payload, flags }: TcpSegment, bytes: Uint8Array[]): void {
    if (this.#ended) return
    const known = -span(this.#next, sequence)
    if (known < payload.length) {
      bytes.push(payload.subarray(known))
      this.#next = plus(this.#next, payload.length - known)
    }
    if (flags & TCP_FLAG.fin && known <= payload.length) {
      this.#ended = true
      this.#next = plus(this.#next, 1)
    }
  }
}

const isEmpty = ({ payload, flags }: TcpSegment): boolean =>
  payload.length === 0 && (flags & TCP_FLAG.fin) === 0
