/**
 * A TFTP read client as a machine: asks for a file, takes blocks in order, acknowledges each window (RFC 7440; a
 * window of one is RFC 1350's lock-step), and ends with one event. What firmware does differently is a parameter
 * (`receiver-options.ts`). Does not wait after the last ACK (dallying): firmware closes its port at once.
 */
import type { Endpoint } from '../../core/address.ts'
import type { Action, Datagram, StateMachine, OpenSocket, Unreachable } from '../../core/state-machine.ts'
import { NOTHING } from '../../core/state-machine.ts'
import type { Micros } from '../../core/micros.ts'
import { u16At } from '../../core/bytes.ts'
import { OPCODE, decodeTftp, encodeAck, encodeTftp } from '../../wire/tftp/codec.ts'
import type { TftpOptions } from '../../wire/tftp/packet.ts'
import { TFTP_ERROR } from '../../wire/tftp/packet.ts'
import { Content, DATA_HEADER } from './content.ts'
import { DEFAULT_BLOCK_SIZE } from './negotiation.ts'
import { readOack } from './oack.ts'
import type { ClientError, ReceiverEvent, ReceiverFault, ReceiverOptions } from './receiver-options.ts'
import { MAX_CONTENT_SIZE } from './receiver-options.ts'

export type * from './receiver-options.ts'

type Out = Action<'transfer', ReceiverEvent>[]

export class TftpReceiver implements StateMachine<'transfer', ReceiverEvent> {
  readonly #options: ReceiverOptions
  readonly #request: Uint8Array
  /** Sent again when nothing comes: the request, or the last ACK. */
  #lastSent: Uint8Array
  /** Where the next packet goes: port 69 until somebody answers, then its TID. */
  #to: Endpoint
  /** Who answered first. */
  #from: Endpoint | undefined
  #oack: TftpOptions | undefined
  #size: number | undefined
  #content: Content | undefined
  #blockSize = DEFAULT_BLOCK_SIZE
  #windowSize = 1
  /** Last block taken in order, and the last one acknowledged; both count on past 65535. */
  #taken = 0
  #acknowledged = 0
  /** The gap after `#taken` has been acknowledged: once is enough. */
  #gapTold = false
  #sendings = 0
  #wakeAt: Micros | undefined
  #ended = false

  constructor(options: ReceiverOptions) {
    this.#options = options
    const { file, mode = 'octet', options: asked = [] } = options
    this.#request = encodeTftp({ kind: 'rrq', file, mode, options: asked })
    this.#lastSent = this.#request
    this.#to = options.server
  }

  get wakeAt(): Micros | undefined {
    return this.#wakeAt
  }

  start(now: Micros): readonly Action<'transfer', ReceiverEvent>[] {
    const { server, sourceCheck = 'address', localPort = 0 } = this.#options
    const options: OpenSocket =
      sourceCheck === 'address' ? { port: localPort, from: server.ip } : { port: localPort }
    const out: Out = [{ type: 'open', socket: 'transfer', options }]
    this.#send(this.#request, out)
    this.#waitAfresh(now)
    return out
  }

  receive(
    now: Micros,
    _via: 'transfer',
    { source, payload }: Datagram,
  ): readonly Action<'transfer', ReceiverEvent>[] {
    if (this.#ended || payload.length < 2) return NOTHING
    const out: Out = []
    if (!this.#isPeer(source)) {
      this.#answerStranger(source, payload, out)
      return out
    }
    switch (u16At(payload, 0)) {
      case OPCODE.data:
        if (payload.length >= DATA_HEADER) this.#receiveData(now, source, u16At(payload, 2), payload, out)
        break
      case OPCODE.oack:
        this.#receiveOack(now, source, payload, out)
        break
      case OPCODE.error: {
        const result = decodeTftp(payload)
        if (!result.ok || result.value.kind !== 'error') break
        const { code, message } = result.value
        this.#fail({ cause: 'error-packet', code, message }, undefined, out)
      }
    }
    return out
  }

  unreachable(
    _now: Micros,
    _via: 'transfer',
    what: Unreachable,
  ): readonly Action<'transfer', ReceiverEvent>[] {
    const out: Out = []
    const fails = (this.#options.onUnreachable ?? 'ignore') === 'fail' && what.cause !== 'arp'
    if (fails && !this.#ended) this.#fail({ cause: 'unreachable', what: what.cause }, undefined, out)
    return out
  }

  /** For whoever runs this machine and learns that a send had no route (E-48). */
  noRoute(): readonly Action<'transfer', ReceiverEvent>[] {
    const out: Out = []
    if (!this.#ended) this.#fail({ cause: 'no-route' }, undefined, out)
    return out
  }

  wake(now: Micros): readonly Action<'transfer', ReceiverEvent>[] {
    const out: Out = []
    if (this.#wakeAt === undefined || now < this.#wakeAt) return out
    const wait = this.#waitAfter(this.#sendings + 1)
    if (wait === undefined) {
      this.#fail({ cause: 'timeout', answered: this.#from !== undefined }, undefined, out)
      return out
    }
    this.#sendings++
    this.#wakeAt = now + wait
    this.#send(this.#lastSent, out)
    return out
  }

  #isPeer(source: Endpoint): boolean {
    const { server, sourceCheck = 'address', repliesTo = 'source' } = this.#options
    if (sourceCheck === 'address' && source.ip !== server.ip) return false
    if (!this.#from) return true
    return source.port === this.#from.port && (source.ip === this.#from.ip || repliesTo === 'asked-address')
  }

  /** #9: a second server, or a second OACK from another port; the transfer under way is not disturbed. */
  #answerStranger(source: Endpoint, payload: Uint8Array, out: Out): void {
    if ((this.#options.strangers ?? 'error') === 'ignore' || u16At(payload, 0) === OPCODE.error) return
    const error = encodeTftp({ kind: 'error', code: TFTP_ERROR.unknownTid, message: 'unknown transfer' })
    out.push({ type: 'send', via: 'transfer', to: source, payload: error })
  }

  /** The first answer fixes the other side's TID (RFC 1350 §4). */
  #meet(source: Endpoint): void {
    if (this.#from) return
    this.#from = source
    const { server, repliesTo = 'source' } = this.#options
    this.#to = repliesTo === 'source' ? source : { ip: server.ip, port: source.port }
  }

  #receiveOack(now: Micros, source: Endpoint, payload: Uint8Array, out: Out): void {
    const {
      options: asked = [],
      raisedOption = 'accept',
      unaskedOption = 'accept',
      stopAtOack,
    } = this.#options
    if (this.#taken > 0) return
    if (this.#content) {
      // Again: our ACK was lost.
      if (this.#oack) this.#send(this.#lastSent, out)
      return
    }
    const result = decodeTftp(payload)
    if (!result.ok || result.value.kind !== 'oack') return
    this.#meet(source)
    const terms = readOack(result.value.options, asked)
    const answers = { raised: raisedOption, unasked: unaskedOption, value: BAD_VALUE }
    for (const { kind, text } of terms.faults) {
      const refusal = answers[kind]
      if (refusal !== 'accept') return this.#fail({ cause: 'bad-oack', why: text }, refusal, out)
    }
    this.#oack = result.value.options
    this.#size = terms.size
    this.#blockSize = terms.blockSize
    this.#windowSize = terms.windowSize
    if (stopAtOack) {
      this.#sendError(stopAtOack, out)
      return this.#done(out)
    }
    if ((terms.size ?? 0) > this.#maxSize)
      return this.#fail({ cause: 'too-large', what: 'file' }, TOO_LARGE, out)
    this.#content = new Content(terms.size ?? this.#options.expectedSize)
    this.#acknowledge(out)
    this.#waitAfresh(now)
  }

  #receiveData(now: Micros, source: Endpoint, block: number, packet: Uint8Array, out: Out): void {
    if (!this.#content) {
      // RFC 2347: a server that does not know options answers with the first block at once.
      if (block !== 1) return
      this.#meet(source)
      const { needsOack, stopAtOack, expectedSize } = this.#options
      if (needsOack) return this.#fail({ cause: 'no-oack' }, needsOack, out)
      if (stopAtOack) {
        this.#sendError(stopAtOack, out)
        return this.#done(out)
      }
      this.#content = new Content(expectedSize)
    }
    const offset = this.#offsetFromNext(block)
    if (offset !== 0) return this.#receiveOutOfOrder(offset, out)
    const size = packet.length - DATA_HEADER
    if (size > Math.min(this.#blockSize, this.#options.maxDataSize ?? Infinity))
      return this.#fail({ cause: 'too-large', what: 'packet' }, TOO_LARGE, out)
    if (this.#content.length + size > this.#maxSize)
      return this.#fail({ cause: 'too-large', what: 'file' }, TOO_LARGE, out)

    this.#content.append(packet)
    this.#taken++
    this.#gapTold = false
    const last = size < this.#blockSize
    if (last || this.#taken - this.#acknowledged >= this.#windowSize) this.#acknowledge(out)
    if (last) this.#done(out)
    else this.#waitAfresh(now)
  }

  /**
   * A block from further on means that one is missing: the last one in order is acknowledged, once per gap, and the
   * window begins anew after it (RFC 7440 §4). The block taken last, again, means that its ACK was lost. Older ones
   * say nothing: answering them would double the traffic (RFC 1123 §4.2.3.1).
   */
  #receiveOutOfOrder(offset: number, out: Out): void {
    const isGap = offset > 0 && offset < this.#windowSize
    if (isGap ? this.#gapTold : offset !== -1) return
    if (isGap) this.#gapTold = true
    this.#acknowledge(out)
  }

  /** 0: the block that is due; 1, 2 …: later ones; -1: the one taken last. */
  #offsetFromNext(block: number): number {
    const due = this.#numberOf(this.#taken + 1)
    const cycle = this.#options.rollover === 1 ? 0xffff : 0x10000
    const ahead = (block - due + cycle) % cycle
    return ahead < cycle / 2 ? ahead : ahead - cycle
  }

  #numberOf(block: number): number {
    return this.#options.rollover === 1 && block > 0 ? ((block - 1) % 0xffff) + 1 : block & 0xffff
  }

  get #maxSize(): number {
    return Math.min(this.#options.maxSize ?? Infinity, MAX_CONTENT_SIZE)
  }

  #acknowledge(out: Out): void {
    this.#acknowledged = this.#taken
    this.#lastSent = encodeAck(this.#numberOf(this.#taken))
    this.#send(this.#lastSent, out)
  }

  #send(payload: Uint8Array, out: Out): void {
    out.push({ type: 'send', via: 'transfer', to: this.#to, payload })
  }

  #sendError({ code, message }: ClientError, out: Out): void {
    this.#send(encodeTftp({ kind: 'error', code, message }), out)
  }

  /** Something came that brings the transfer forward: the waits begin anew. */
  #waitAfresh(now: Micros): void {
    this.#sendings = 1
    this.#wakeAt = now + (this.#waitAfter(1) ?? 0)
  }

  #waitAfter(sending: number): Micros | undefined {
    const { waits } = this.#options
    return typeof waits === 'function' ? waits(sending) : waits[sending - 1]
  }

  #done(out: Out): void {
    const bytes = this.#content?.bytes ?? NO_BYTES
    const from = this.#from ?? this.#to
    const event = {
      type: 'done',
      bytes,
      size: this.#size,
      blocks: this.#taken,
      oack: this.#oack,
      from,
    } as const
    this.#end(event, out)
  }

  #fail(fault: ReceiverFault, told: ClientError | undefined, out: Out): void {
    if (told) this.#sendError(told, out)
    this.#end({ type: 'failed', received: this.#content?.length ?? 0, ...fault }, out)
  }

  #end(event: ReceiverEvent, out: Out): void {
    this.#ended = true
    this.#wakeAt = undefined
    this.#content = undefined
    out.push({ type: 'close', socket: 'transfer' }, { type: 'event', event })
  }
}

const NO_BYTES = new Uint8Array(0)
const BAD_VALUE: ClientError = { code: TFTP_ERROR.optionRefused, message: 'bad option value' }
const TOO_LARGE: ClientError = { code: TFTP_ERROR.diskFull, message: 'too large' }
