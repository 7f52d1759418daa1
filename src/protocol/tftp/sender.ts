/**
 * One read transfer as the sender of DATA sees it: windows of blocks (RFC 7440; a window of one is RFC 1350's
 * lock-step), acknowledgements, resends, and when to give up. A state object, not a machine: the service owns its
 * socket, checks who speaks (TID), and asks it what to send. Keeps nothing of what it has sent (`data-packets.ts` may),
 * and does not decode packets.
 */
import type { Endpoint } from '../../core/address.ts'
import type { Action } from '../../core/state-machine.ts'
import type { Micros } from '../../core/micros.ts'
import { SECOND } from '../../core/micros.ts'
import { encodeTftp } from '../../wire/tftp/codec.ts'
import { LATER, blockNumber } from './data-packets.ts'
import type { DataPackets, PacketSource } from './data-packets.ts'
import type { TftpFile } from './files.ts'
import type { Negotiated } from './negotiation.ts'
import type { SenderTiming } from './sender-timing.ts'

/** A repeated ACK brings the resend forward, but never nearer than this. */
export const MIN_HURRIED_RESEND: Micros = 20_000

/**
 * Bytes of a window (one block at least) until DATA is acknowledged. The ACK of the OACK can be guessed by somebody who
 * does not see our answers, and who need only try all ports. Windows of 64 Ethernet-sized blocks are not touched.
 */
export const MAX_UNPROVEN_BYTES = 96 * 1024

export type SenderState = 'open' | 'completed' | 'timeout' | 'deadline' | 'unreadable'

type Out = Action<string, unknown>[]

export class TftpSender {
  readonly via: string
  readonly to: Endpoint
  readonly file: TftpFile
  readonly agreed: Negotiated
  readonly #timing: SenderTiming
  readonly #packets: PacketSource
  /** Number of the last block; blocks count from 1 and do not roll over here. */
  readonly #last: number
  /** The OACK, while it waits for its ACK of block 0. */
  #oack: Uint8Array | undefined
  /** First block not acknowledged. */
  #base = 1
  /** First block not sent. */
  #next = 1
  #state: SenderState = 'open'
  #resendAt: Micros
  #resends = 0
  #wait: Micros
  /** When the window was sent, if none of it was resent: only then does its ACK tell the round trip (Karn). */
  #sentAt: Micros | undefined
  #roundTrip: Micros | undefined
  #hurried = false
  /** The client has said its last ACK again since the last sending. */
  #isAskedAgain = false
  /** The client has acknowledged something: it exists, and it has our answer. */
  #answered = false
  /** It has acknowledged DATA. */
  #proven = false
  /** The next block is being read from the disk. */
  #isReading = false
  /** Blocks of a window, as far as the service has room for them. */
  #granted: number
  #progressAt: Micros
  readonly #endAt: Micros

  constructor(
    now: Micros,
    via: string,
    to: Endpoint,
    file: TftpFile,
    agreed: Negotiated,
    timing: SenderTiming,
    packets: DataPackets,
    blocksCame?: () => void,
  ) {
    this.via = via
    this.to = to
    this.file = file
    this.agreed = agreed
    this.#timing = timing
    this.#packets = packets.of(file, agreed.blockSize, agreed.windowSize, blocksCame)
    // A size that is a multiple of the block size ends with an empty block (RFC 1350 §6).
    this.#last = Math.floor(file.size / agreed.blockSize) + 1
    this.#oack =
      agreed.accepted.length > 0 ? encodeTftp({ kind: 'oack', options: agreed.accepted }) : undefined
    this.#granted = agreed.windowSize
    this.#wait = this.#firstWait
    this.#resendAt = now + this.#wait
    this.#progressAt = now
    this.#endAt = now + timing.maxDuration
  }

  get state(): SenderState {
    return this.#state
  }

  /** The client has not yet answered the OACK; an ERROR now is how a size query ends. */
  get awaitsFirstAck(): boolean {
    return this.#oack !== undefined
  }

  /** The client has acknowledged something: it exists, and it has our answer. */
  get answered(): boolean {
    return this.#answered
  }

  /** Fewer blocks under way than were agreed on, because there is no room for more. */
  grant(windowSize: number): void {
    this.#granted = windowSize
  }

  /** Everything is sent, and only the last window waits for its ACK. */
  get inLastWindow(): boolean {
    return this.#oack === undefined && this.#next > this.#last
  }

  get acknowledgedBytes(): number {
    return Math.min((this.#base - 1) * this.agreed.blockSize, this.file.size)
  }

  get progressAt(): Micros {
    return this.#progressAt
  }

  get wakeAt(): Micros {
    return Math.min(this.#resendAt, this.#progressAt + this.#maxSilence, this.#endAt)
  }

  get #maxSilence(): Micros {
    const { maxSilence, maxUnanswered } = this.#timing
    return this.#answered ? maxSilence : Math.min(maxSilence, maxUnanswered)
  }

  /** The first answer: OACK, or DATA at once if no option was agreed on. */
  start(now: Micros, out: Out): void {
    if (this.#oack) this.#send(this.#oack, out)
    else this.#sendWindow(now, out)
    this.#sentAt = now
  }

  acknowledge(now: Micros, block: number, out: Out): void {
    if (this.#state !== 'open') return
    if (this.#oack) {
      if (block !== 0) return
      this.#oack = undefined
      this.#progress(now)
      this.#sendWindow(now, out)
      return
    }
    const ahead = this.#aheadOfBase(block)
    if (ahead === 0) return this.#repeated(now)
    // Beyond what was sent: an ACK that is long past, or invented.
    if (ahead < 0 || this.#base - 1 + ahead >= this.#next) return
    this.#base += ahead
    this.#proven = true
    this.#progress(now)
    if (this.#base > this.#last) {
      this.#state = 'completed'
      return
    }
    // An ACK inside the window says that the block after it is missing: go on from there (RFC 7440 §4).
    this.#next = this.#base
    this.#sendWindow(now, out)
  }

  /** The block that `packets` did not have is there, or will never be. */
  resume(now: Micros, out: Out): void {
    if (this.#state !== 'open' || !this.#isReading) return
    this.#isReading = false
    this.#resendAt = now + this.#wait
    this.#sendWindow(now, out)
  }

  wake(now: Micros, out: Out): void {
    if (this.#state !== 'open') return
    if (now >= this.#endAt) this.#state = 'deadline'
    else if (now >= this.#progressAt + this.#maxSilence)
      this.#state = this.#isReading ? 'unreadable' : 'timeout'
    else if (now >= this.#resendAt) this.#resend(now, out)
  }

  #resend(now: Micros, out: Out): void {
    // The silence is ours.
    if (this.#isReading) return void (this.#resendAt = now + this.#wait)
    const { retries, unansweredRetries } = this.#timing
    if (this.#resends >= (this.#answered ? retries : Math.min(retries, unansweredRetries))) {
      this.#state = 'timeout'
      return
    }
    this.#resends++
    // The client's own `timeout` is kept to; our default backs off, so that a busy network is not made busier.
    if (this.agreed.timeoutSeconds === undefined && this.#resends > 1)
      this.#wait = Math.min(this.#wait * 2, this.#timing.maxResendAfter)
    this.#resendAt = now + this.#wait
    if (this.#oack) this.#send(this.#oack, out)
    else if (this.#isAskedAgain || this.agreed.windowSize === 1) this.#sendWindowAgain(now, out)
    else this.#probe(out)
    this.#sentAt = undefined
  }

  /**
   * After silence one block, not the window: nobody may be there. It is the last that was sent: a client that misses only
   * this one has all then, and whoever misses others, or has all of them, says how far it is (RFC 7440 §4).
   */
  #probe(out: Out): void {
    this.#hurried = false
    this.#sendBlock(this.#next - 1, out)
  }

  /**
   * The last ACK again. Answering it with DATA would double every packet from here on (the sorcerer's apprentice,
   * RFC 1123 §4.2.3.1); but it may also say that the first block of the window is lost. So it only brings the resend
   * forward, to a time by which the ACK of what is under way would have come.
   */
  #repeated(now: Micros): void {
    this.#isAskedAgain = true
    if (this.#hurried || this.#roundTrip === undefined) return
    this.#hurried = true
    this.#resendAt = Math.min(this.#resendAt, now + Math.max(2 * this.#roundTrip, MIN_HURRIED_RESEND))
  }

  #progress(now: Micros): void {
    if (this.#sentAt !== undefined) {
      const measured = now - this.#sentAt
      const known = this.#roundTrip
      // Rises at once, falls slowly: resending too late costs less than resending too early.
      this.#roundTrip =
        known === undefined || measured > known ? measured : known - Math.floor((known - measured) / 8)
    }
    this.#answered = true
    this.#progressAt = now
    this.#resends = 0
    this.#hurried = false
    this.#isAskedAgain = false
    this.#wait = this.#firstWait
    this.#resendAt = now + this.#wait
  }

  get #firstWait(): Micros {
    const asked = this.agreed.timeoutSeconds
    if (asked !== undefined) return asked * SECOND
    const { resendAfter, minResendAfter } = this.#timing
    if (this.#roundTrip === undefined) return resendAfter
    return Math.min(resendAfter, Math.max(minResendAfter, 4 * this.#roundTrip))
  }

  /** How many blocks after the last acknowledged one this number is, if it is in the cycle ahead; else negative. */
  #aheadOfBase(block: number): number {
    const acknowledged = this.#base - 1
    if (this.#timing.rollover === 0) return (block - acknowledged) & 0xffff
    if (block === 0) return acknowledged === 0 ? 0 : -1
    return acknowledged === 0 ? block : (block - blockNumber(acknowledged, 1) + 0xffff) % 0xffff
  }

  #sendWindowAgain(now: Micros, out: Out): void {
    this.#isAskedAgain = false
    this.#next = this.#base
    this.#sendWindow(now, out)
  }

  #sendWindow(now: Micros, out: Out): void {
    this.#isReading = false
    const windowSize = this.#windowSize
    const end = Math.min(this.#base + windowSize - 1, this.#last)
    for (; this.#next <= end; this.#next++) if (!this.#sendBlock(this.#next, out)) return
    // The client waits for the whole window that was agreed on, but a gap makes it say at once how far it is (RFC 7440 §4).
    if (windowSize < this.agreed.windowSize && end < this.#last) this.#sendGap(end, out)
    this.#sentAt = now
  }

  get #windowSize(): number {
    if (this.#proven) return this.#granted
    return Math.min(this.#granted, Math.max(1, Math.floor(MAX_UNPROVEN_BYTES / this.agreed.blockSize)))
  }

  #sendGap(end: number, out: Out): void {
    if (end + 2 <= this.#last) this.#sendBlock(end + 2, out)
    else if (this.#sendBlock(end + 1, out)) this.#next = end + 2
  }

  #sendBlock(block: number, out: Out): boolean {
    const packet = this.#packets.packet(block - 1)
    if (packet === LATER) this.#isReading = true
    else if (packet) this.#send(packet, out)
    else this.#state = 'unreadable'
    return packet !== LATER && packet !== undefined
  }

  #send(payload: Uint8Array, out: Out): void {
    out.push({ type: 'send', via: this.via, to: this.to, payload })
  }
}
