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
import { blockNumber } from './data-packets.ts'
import type { DataPackets, PacketSource } from './data-packets.ts'
import type { TftpFile } from './files.ts'
import type { Negotiated } from './negotiation.ts'

export interface SenderTiming {
  /** Until the first resend, if the client named no `timeout`, while its round trip is not known. */
  readonly resendAfter: Micros
  /** Once the round trip is known, the first resend comes after four of them, but not before this. */
  readonly minResendAfter: Micros
  /** The wait doubles with each resend, up to this. */
  readonly maxResendAfter: Micros
  /** Resends without any progress before the transfer fails. */
  readonly retries: number
  /** Without progress for so long the transfer fails, however long the client's `timeout` is. */
  readonly maxSilence: Micros
  /** A transfer that has not ended by then fails. */
  readonly maxDuration: Micros
  /** What follows block 65535. Nearly everybody says 0. */
  readonly rollover: 0 | 1
}

export const DEFAULT_SENDER_TIMING: SenderTiming = {
  resendAfter: SECOND,
  minResendAfter: 250_000,
  maxResendAfter: 8 * SECOND,
  retries: 7,
  maxSilence: 120 * SECOND,
  maxDuration: 3_600 * SECOND,
  rollover: 0,
}

/** A repeated ACK brings the resend forward, but never nearer than this. */
export const MIN_HURRIED_RESEND: Micros = 20_000

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
  ) {
    this.via = via
    this.to = to
    this.file = file
    this.agreed = agreed
    this.#timing = timing
    this.#packets = packets.of(file, agreed.blockSize, agreed.windowSize)
    // A size that is a multiple of the block size ends with an empty block (RFC 1350 §6).
    this.#last = Math.floor(file.size / agreed.blockSize) + 1
    this.#oack =
      agreed.accepted.length > 0 ? encodeTftp({ kind: 'oack', options: agreed.accepted }) : undefined
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
    return this.#oack === undefined && (this.#base > 1 || this.agreed.accepted.length > 0)
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
    return Math.min(this.#resendAt, this.#progressAt + this.#timing.maxSilence, this.#endAt)
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
    this.#progress(now)
    if (this.#base > this.#last) {
      this.#state = 'completed'
      return
    }
    // An ACK inside the window says that the block after it is missing: go on from there (RFC 7440 §4).
    this.#next = this.#base
    this.#sendWindow(now, out)
  }

  wake(now: Micros, out: Out): void {
    if (this.#state !== 'open') return
    if (now >= this.#endAt) this.#state = 'deadline'
    else if (now >= this.#progressAt + this.#timing.maxSilence) this.#state = 'timeout'
    else if (now >= this.#resendAt) this.#resend(now, out)
  }

  #resend(now: Micros, out: Out): void {
    if (this.#resends >= this.#timing.retries) {
      this.#state = 'timeout'
      return
    }
    this.#resends++
    // The client's own `timeout` is kept to; our default backs off, so that a busy network is not made busier.
    if (this.agreed.timeoutSeconds === undefined && this.#resends > 1)
      this.#wait = Math.min(this.#wait * 2, this.#timing.maxResendAfter)
    this.#resendAt = now + this.#wait
    if (this.#oack) {
      this.#send(this.#oack, out)
    } else {
      this.#next = this.#base
      this.#sendWindow(now, out)
    }
    this.#sentAt = undefined
  }

  /**
   * The last ACK again. Answering it with DATA would double every packet from here on (the sorcerer's apprentice,
   * RFC 1123 §4.2.3.1); but it may also say that the first block of the window is lost. So it only brings the resend
   * forward, to a time by which the ACK of what is under way would have come.
   */
  #repeated(now: Micros): void {
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
    this.#progressAt = now
    this.#resends = 0
    this.#hurried = false
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

  #sendWindow(now: Micros, out: Out): void {
    const end = Math.min(this.#base + this.agreed.windowSize - 1, this.#last)
    for (; this.#next <= end; this.#next++) {
      const packet = this.#packets.packet(this.#next - 1)
      if (!packet) {
        this.#state = 'unreadable'
        return
      }
      this.#send(packet, out)
    }
    this.#sentAt = now
  }

  #send(payload: Uint8Array, out: Out): void {
    out.push({ type: 'send', via: this.via, to: this.to, payload })
  }
}
