/**
 * One TCP connection (RFC 9293), told the time and given segments: three-way handshake, in-order delivery, retransmission
 * with back-off (RFC 6298), slow start and one repeat after three duplicate ACKs (RFC 5681), orderly and abrupt ends.
 * No urgent data, window scaling, selective or delayed ACKs: every segment with data is acknowledged at once.
 */
import type { Micros } from '../../core/micros.ts'
import { SECOND } from '../../core/micros.ts'
import { TCP_FLAG, type TcpSegment } from '../../wire/tcp.ts'
import { type Received, ReceiveQueue } from './receive-queue.ts'
import { RoundTrip } from './round-trip.ts'
import { SendQueue } from './send-queue.ts'
import { isAfter, plus, span } from './sequence.ts'

/** What an Ethernet MTU leaves. */
const MAX_SEGMENT = 1460
/** Where the other side names none (RFC 9293 §3.7.1). */
const UNTOLD_SEGMENT = 536
export const RECEIVE_WINDOW = 0xffff
const FIRST_WINDOW_SEGMENTS = 10
const DUPLICATES = 3
/** A SYN goes out this often, at 0, 1, 3, 7, 15, 31 s. */
const SYN_TRIES = 6
const DATA_TRIES = 8
const TIME_WAIT = 2 * SECOND

const { fin: FIN, syn: SYN, rst: RST, psh: PSH, ack: ACK } = TCP_FLAG

/** What the owner is told. `ended`: the other side sends no more; `closed`: nothing is left of the connection. */
export type TcpEvent =
  | { readonly kind: 'connected' }
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'ended' }
  | { readonly kind: 'closed'; readonly cause: CloseCause }

/** `refused`: RST to our SYN; `reset`: RST later; `timeout`: nobody acknowledges. */
export type CloseCause = 'done' | 'refused' | 'reset' | 'timeout' | 'aborted'

type State = 'synSent' | 'synReceived' | 'established' | 'timeWait' | 'closed'

/** A segment without its ports, and what there is to tell, in order. */
export interface TcpOutput {
  readonly segments: readonly Omit<TcpSegment, 'sourcePort' | 'targetPort'>[]
  readonly events: readonly TcpEvent[]
}

export class TcpConnection {
  #state: State
  /** The first sequence number that is not acknowledged, the next to send, and the one after all that was ever sent. */
  #unacknowledged: number
  #next: number
  #furthest: number
  readonly #outgoing: SendQueue
  #peerWindow = 0
  #segmentSize = MAX_SEGMENT
  #congestion = FIRST_WINDOW_SEGMENTS * MAX_SEGMENT
  #threshold = Infinity
  #duplicates = 0
  #received: ReceiveQueue | undefined
  #peerEnded = false
  /** The other side was the first to end: it waits for stray segments, we need not (RFC 9293 §3.6). */
  #isPassive = false
  #tries = 0
  readonly #roundTrip = new RoundTrip()
  #wakeAt: Micros | undefined
  #segments: TcpOutput['segments'][number][] = []
  #events: TcpEvent[] = []

  private constructor(initialSequence: number, state: State) {
    this.#state = state
    this.#unacknowledged = initialSequence
    this.#next = plus(initialSequence, 1)
    this.#furthest = this.#next
    this.#outgoing = new SendQueue(this.#next)
  }

  /** Sends the SYN. */
  static connect(now: Micros, initialSequence: number): TcpConnection {
    const connection = new TcpConnection(initialSequence, 'synSent')
    connection.#sendSyn()
    connection.#arm(now)
    return connection
  }

  /** Answers a SYN. */
  static accept(now: Micros, initialSequence: number, syn: TcpSegment): TcpConnection {
    const connection = new TcpConnection(initialSequence, 'synReceived')
    connection.#meet(syn)
    connection.#sendSyn()
    connection.#arm(now)
    return connection
  }

  get wakeAt(): Micros | undefined {
    return this.#wakeAt
  }

  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  /** What has gathered since it was asked last. */
  take(): TcpOutput {
    const output = { segments: this.#segments, events: this.#events }
    this.#segments = []
    this.#events = []
    return output
  }

  /** Queues bytes; without effect after `end` or where the connection is no more. */
  send(now: Micros, bytes: Uint8Array): void {
    if (this.#outgoing.ended || this.#state === 'closed') return
    this.#outgoing.add(bytes)
    this.#pump(now)
  }

  /** Nothing more to send: FIN after what is queued. */
  end(now: Micros): void {
    if (this.#outgoing.ended || this.#state === 'closed') return
    this.#outgoing.finish()
    this.#isPassive = this.#peerEnded
    this.#pump(now)
  }

  /** RST, and nothing is left. */
  abort(): void {
    if (this.#state === 'closed') return
    if (this.#state !== 'synSent') this.#emit(RST | ACK, this.#next)
    this.#close('aborted')
  }

  /** ICMP says that nobody is there. */
  unreachable(): void {
    if (this.#state === 'synSent') this.#close('refused')
  }

  receive(now: Micros, segment: TcpSegment): void {
    if (this.#state === 'closed') return
    if (this.#state === 'synSent') return this.#receiveAnswer(now, segment)
    const received = this.#received!
    if (segment.flags & RST) {
      if (received.isInWindow(segment.sequence)) this.#close('reset')
      return
    }
    if (segment.flags & SYN) {
      // Our SYN ACK was lost, or it is an old one: say where we are.
      if (this.#state === 'synReceived') this.#sendSyn()
      else this.#emit(ACK, this.#next)
      return
    }
    if ((segment.flags & ACK) === 0) return
    this.#acknowledged(now, segment)
    if ((this.#state as State) === 'closed') return
    this.#deliver(received.add(segment), segment)
    this.#pump(now)
    this.#finish(now)
  }

  wake(now: Micros): void {
    if (this.#wakeAt === undefined || now < this.#wakeAt) return
    if (this.#state === 'timeWait') return this.#close('done')
    const isOpening = this.#state === 'synSent' || this.#state === 'synReceived'
    if (++this.#tries >= (isOpening ? SYN_TRIES : DATA_TRIES)) return this.#close('timeout')
    this.#roundTrip.backOff()
    if (isOpening) this.#sendSyn()
    else this.#startAgain(now)
    this.#arm(now)
  }

  /** From the first byte that was not acknowledged, one segment at first (RFC 5681 §3.1). */
  #startAgain(now: Micros): void {
    this.#threshold = Math.max(span(this.#unacknowledged, this.#furthest) / 2, 2 * this.#segmentSize)
    this.#congestion = this.#segmentSize
    this.#duplicates = 0
    this.#next = this.#unacknowledged
    if (this.#peerWindow === 0) this.#peerWindow = 1
    this.#pump(now)
  }

  #receiveAnswer(now: Micros, segment: TcpSegment): void {
    const isOurs = (segment.flags & ACK) !== 0 && segment.acknowledgment === this.#next
    if (segment.flags & RST) {
      if (isOurs) this.#close('refused')
      return
    }
    if ((segment.flags & SYN) === 0 || !isOurs) return
    this.#meet(segment)
    this.#state = 'established'
    this.#unacknowledged = this.#next
    this.#settle()
    this.#events.push({ kind: 'connected' })
    this.#emit(ACK, this.#next)
    this.#pump(now)
  }

  #meet({ sequence, window, maxSegment }: TcpSegment): void {
    this.#received = new ReceiveQueue(plus(sequence, 1), RECEIVE_WINDOW)
    this.#peerWindow = window
    this.#segmentSize = Math.min(MAX_SEGMENT, Math.max(maxSegment ?? UNTOLD_SEGMENT, 1))
    this.#congestion = FIRST_WINDOW_SEGMENTS * this.#segmentSize
  }

  #acknowledged(now: Micros, { acknowledgment, window, payload, flags }: TcpSegment): void {
    if (isAfter(acknowledgment, this.#furthest)) return
    if (this.#state === 'synReceived') {
      if (acknowledgment !== this.#next) return
      this.#state = 'established'
      this.#events.push({ kind: 'connected' })
    }
    if (isAfter(acknowledgment, this.#unacknowledged)) this.#progress(now, acknowledgment)
    else if (acknowledgment === this.#unacknowledged && payload.length === 0 && (flags & FIN) === 0)
      this.#duplicate(now, window)
    this.#peerWindow = window
  }

  #progress(now: Micros, acknowledgment: number): void {
    const newly = span(this.#unacknowledged, acknowledgment)
    this.#unacknowledged = acknowledgment
    if (isAfter(acknowledgment, this.#next)) this.#next = acknowledgment
    this.#outgoing.drop(acknowledgment)
    const { timed } = this.#roundTrip
    if (timed !== undefined && !isAfter(timed, acknowledgment)) this.#roundTrip.measured(now)
    this.#congestion +=
      this.#congestion < this.#threshold
        ? Math.min(newly, this.#segmentSize)
        : Math.max(1, Math.floor(this.#segmentSize ** 2 / this.#congestion))
    this.#settle()
    if (this.#unacknowledged !== this.#furthest) this.#arm(now)
  }

  #duplicate(now: Micros, window: number): void {
    if (this.#unacknowledged === this.#furthest || window !== this.#peerWindow) return
    if (++this.#duplicates !== DUPLICATES) return
    this.#threshold = Math.max(span(this.#unacknowledged, this.#furthest) / 2, 2 * this.#segmentSize)
    this.#congestion = this.#threshold
    this.#roundTrip.forget()
    const next = this.#next
    this.#next = this.#unacknowledged
    this.#sendNext(now)
    this.#next = next
  }

  /** All went well up to here: the waits begin anew. */
  #settle(): void {
    this.#tries = 0
    this.#duplicates = 0
    this.#wakeAt = undefined
    this.#roundTrip.settle()
  }

  #deliver({ bytes, ended }: Received, { payload, flags }: TcpSegment): void {
    for (const part of bytes) this.#events.push({ kind: 'data', bytes: part })
    if (ended && !this.#peerEnded) {
      this.#peerEnded = true
      this.#events.push({ kind: 'ended' })
    }
    if (payload.length > 0 || flags & FIN) this.#emit(ACK, this.#next)
  }

  /** As much as the other side and the network have room for. */
  #pump(now: Micros): void {
    if (this.#state !== 'established') return
    const room = Math.min(this.#peerWindow, this.#congestion)
    while (span(this.#unacknowledged, this.#next) < room || this.#outgoing.isFinDue(this.#next))
      if (!this.#sendNext(now)) break
    if (this.#wakeAt === undefined && this.#unacknowledged !== this.#outgoing.end) this.#arm(now)
  }

  /** The segment at `#next`; false: there is none. */
  #sendNext(now: Micros): boolean {
    const piece = this.#outgoing.pieceAt(this.#next, this.#segmentSize)
    if (!piece) return false
    const { payload, isLast, ends } = piece
    this.#emit(ACK | (isLast ? PSH : 0) | (ends ? FIN : 0), this.#next, payload)
    this.#next = plus(this.#next, payload.length + (ends ? 1 : 0))
    if (isAfter(this.#next, this.#furthest)) {
      this.#furthest = this.#next
      this.#roundTrip.start(now, this.#next)
    }
    return true
  }

  /** Both sides have said all, and ours was heard. */
  #finish(now: Micros): void {
    const isHeard = this.#outgoing.ended && this.#unacknowledged === this.#outgoing.end
    if (!isHeard || !this.#peerEnded || this.#state !== 'established') return
    if (this.#isPassive) return this.#close('done')
    this.#state = 'timeWait'
    this.#wakeAt = now + TIME_WAIT
  }

  #sendSyn(): void {
    const answer = this.#received ? ACK : 0
    this.#segments.push({
      sequence: this.#unacknowledged,
      acknowledgment: this.#received?.next ?? 0,
      flags: SYN | answer,
      window: RECEIVE_WINDOW,
      maxSegment: MAX_SEGMENT,
      payload: NO_BYTES,
    })
  }

  #emit(flags: number, sequence: number, payload: Uint8Array = NO_BYTES): void {
    const acknowledgment = this.#received?.next ?? 0
    this.#segments.push({ sequence, acknowledgment, flags, window: RECEIVE_WINDOW, payload })
  }

  #arm(now: Micros): void {
    this.#wakeAt = now + this.#roundTrip.timeout
  }

  #close(cause: CloseCause): void {
    this.#state = 'closed'
    this.#wakeAt = undefined
    this.#events.push({ kind: 'closed', cause })
  }
}

const NO_BYTES = new Uint8Array(0)
