/**
 * A read-only TFTP server as a machine: one socket for requests, a fresh one (TID) for each transfer, which replies
 * from the address that was asked. It keeps to its limits, checks who speaks, and leaves
 * options to `negotiation.ts`, windows and resends to `sender.ts`, names to the file store. Does not write files.
 */
import type { Endpoint, Ip4 } from '../../core/address.ts'
import { LIMITED_BROADCAST, isMulticast, ANY_IP4 } from '../../core/address.ts'
import { u16At } from '../../core/bytes.ts'
import { Deadlines } from '../../core/deadlines.ts'
import type { Action, Datagram, StateMachine, Unreachable } from '../../core/state-machine.ts'
import { NOTHING } from '../../core/state-machine.ts'
import type { Micros } from '../../core/micros.ts'
import { toSeconds } from '../../core/micros.ts'
import { OPCODE, decodeTftp } from '../../wire/tftp/codec.ts'
import { TFTP_ERROR } from '../../wire/tftp/packet.ts'
import type { TftpFile, TftpRefusal } from './files.ts'
import { isRefusal } from './files.ts'
import { DataPackets } from './data-packets.ts'
import { makesRoom } from './make-room.ts'
import { negotiate } from './negotiation.ts'
import { Refusals, errorTo } from './refusals.ts'
import { type Request, requestedFile } from './requested-file.ts'
import { TftpSender } from './sender.ts'
import type { TftpEvent, TransferFault } from './events.ts'
import type { TftpServiceOptions } from './service-options.ts'
import { UNCONFIRMED_WITHIN, MAX_STRANGERS_ANSWERED, serviceSettings } from './service-options.ts'
import { type Transfer, Transfers, isRepeatedRequest, keptRequest } from './transfers.ts'

export type { TftpFile, TftpFiles, TftpRefusal } from './files.ts'
export type { TftpEvent } from './events.ts'
export type { TftpServiceOptions } from './service-options.ts'

const LISTENING = 'requests'

type Out = Action<string, TftpEvent>[]

export class TftpService implements StateMachine<string, TftpEvent> {
  readonly #settings: ReturnType<typeof serviceSettings>
  readonly #packets: DataPackets
  readonly #transfers = new Transfers()
  readonly #refusals = new Refusals(LISTENING)
  readonly #deadlines = new Deadlines<string>()
  #opened = 0

  constructor(options: TftpServiceOptions) {
    this.#settings = serviceSettings(options)
    this.#packets = new DataPackets(this.#settings.timing.rollover)
  }

  get wakeAt(): Micros | undefined {
    return this.#deadlines.next
  }

  /** Transfers now open. */
  get transfers(): number {
    return this.#transfers.size
  }

  start(_now: Micros): readonly Action<string, TftpEvent>[] {
    const { port, address } = this.#settings
    return [
      { type: 'open', socket: LISTENING, options: address === undefined ? { port } : { port, address } },
    ]
  }

  receive(now: Micros, via: string, datagram: Datagram): readonly Action<string, TftpEvent>[] {
    const out: Out = []
    if (via === LISTENING) {
      this.#receiveRequest(now, datagram, out)
      return out
    }
    const transfer = this.#transfers.bySocket(via)
    if (!transfer) return NOTHING
    if (!isSame(datagram.source, transfer.client)) this.#answerStranger(transfer, datagram, out)
    else this.#receiveFromClient(now, transfer, datagram.payload, out)
    return out
  }

  unreachable(now: Micros, via: string, what: Unreachable): readonly Action<string, TftpEvent>[] {
    const transfer = this.#transfers.bySocket(via)
    // Only a closed port is final: a machine that is not reached may be one that answers no ARP now, as GRUB does while
    // it waits at a menu. What does not come back is sent again, until the time is over.
    if (!transfer || what.cause !== 'port') return NOTHING
    // A stranger to whom we sent ERROR 5 may be gone: no matter.
    if (!isSame(what.target, transfer.client)) return NOTHING
    const out: Out = []
    const { sender } = transfer
    // Everything was sent, the client was there a moment ago, and has closed its port: only its last ACK is missing.
    if (sender.inLastWindow && now - sender.progressAt < UNCONFIRMED_WITHIN)
      this.#complete(now, transfer, false, out)
    else if (sender.awaitsFirstAck && sender.agreed.tellsSize)
      this.#endSizeQuery(now, transfer, 'port closed', out)
    else this.#fail(now, transfer, 'unreachable', what.cause, out)
    return out
  }

  /** No socket for a transfer: its client is told from the port that is there. */
  lost(now: Micros, via: string, why: string): readonly Action<string, TftpEvent>[] {
    const out: Out = []
    const transfer = this.#transfers.bySocket(via)
    if (!transfer) this.#refusals.lost(via, out)
    else {
      out.push(errorTo(LISTENING, transfer.client, TFTP_ERROR.undefined, 'no socket for this transfer'))
      this.#fail(now, transfer, 'no-socket', why, out)
    }
    return out
  }

  wake(now: Micros): readonly Action<string, TftpEvent>[] {
    const out: Out = []
    for (let via = this.#deadlines.take(now); via !== undefined; via = this.#deadlines.take(now)) {
      const transfer = this.#transfers.bySocket(via)
      if (!transfer) continue
      transfer.wakeSetFor = Infinity
      transfer.sender.wake(now, out)
      this.#settle(now, transfer, out)
    }
    return out
  }

  /** Ends every transfer and closes every socket; `start` may follow. */
  stop(now: Micros): readonly Action<string, TftpEvent>[] {
    const out: Out = []
    for (const transfer of this.#transfers.all()) this.#fail(now, transfer, 'stopped', 'service stopped', out)
    out.push({ type: 'close', socket: LISTENING })
    this.#refusals.close(out)
    return out
  }

  #receiveRequest(now: Micros, datagram: Datagram, out: Out): void {
    const { source, payload } = datagram
    const opcode = payload.length < 2 ? 0 : u16At(payload, 0)
    if (opcode !== OPCODE.rrq && opcode !== OPCODE.wrq) return ignore(source, '', 'no request', out)
    if (source.port === 0 || isGroup(source.ip) || source.ip === ANY_IP4)
      return ignore(source, '', 'source cannot be answered', out)
    const toAll = this.#isToAll(datagram.target.ip)
    if (toAll && this.#settings.broadcast === 'ignore')
      return ignore(source, '', 'sent to a broadcast address', out)

    const open = this.#transfers.byClient(source)
    if (open && isRepeatedRequest(now, open, payload))
      return ignore(source, open.file, 'request repeated', out)

    const result = decodeTftp(payload)
    if (!result.ok) {
      const message = result.issues[0].message
      return this.#refuse(datagram, '', { code: TFTP_ERROR.illegalOperation, message }, out)
    }
    if (open) this.#fail(now, open, 'superseded', 'another request from the same port', out)
    const request = result.value as Request
    const { kind, file, mode, options } = request
    out.push({ type: 'event', event: { type: 'requested', client: source, file, kind, mode, options } })
    const opened = requestedFile(this.#settings, source.ip, request)
    if (isRefusal(opened)) return this.#refuse(datagram, file, opened, out)
    const room = makesRoom(now, this.#transfers, source.ip, this.#settings)
    if (room && 'code' in room) return this.#refuse(datagram, file, room, out)
    if (room) this.#evict(now, room, out)
    this.#begin(now, datagram, request, opened, out)
  }

  #begin(now: Micros, datagram: Datagram, request: Request, file: TftpFile, out: Out): void {
    const { source, target, payload } = datagram
    const { maxBlockSize, maxWindowSize, refuseOptions, timing, later } = this.#settings
    const octet = request.mode.toLowerCase() === 'octet'
    const maxWindowBytes = Math.min(this.#settings.maxWindowBytes, this.#bytesLeft)
    const agreed = negotiate(request.options, octet ? file.size : undefined, {
      maxBlockSize,
      maxWindowSize,
      maxWindowBytes,
      refuse: refuseOptions,
    })
    const via = `t${++this.#opened}`
    const blocksCame = later && (() => later(at => this.#resume(at, via)))
    const sender = new TftpSender(now, via, source, file, agreed, timing, this.#packets, blocksCame)
    const transfer: Transfer = {
      client: source,
      file: request.file,
      request: new Uint8Array(keptRequest(payload)),
      startedAt: now,
      sender,
      strangersAnswered: 0,
      windowBytes: 0,
      wakeSetFor: Infinity,
    }
    this.#transfers.add(transfer)

    // The client checks that answers come from the address it asked (E-47), so a multi-homed host must bind to it.
    const options = this.#isToAll(target.ip) ? { port: 0 } : { port: 0, address: target.ip }
    out.push({ type: 'open', socket: via, options })
    const { blockSize, windowSize } = agreed
    const about = { client: source, file: request.file }
    out.push({ type: 'event', event: { type: 'started', ...about, size: file.size, blockSize, windowSize } })
    sender.start(now, out)
    this.#settle(now, transfer, out)
  }

  #receiveFromClient(now: Micros, transfer: Transfer, payload: Uint8Array, out: Out): void {
    if (payload.length < 4) return
    const opcode = u16At(payload, 0)
    if (opcode === OPCODE.ack) {
      transfer.sender.acknowledge(now, u16At(payload, 2), out)
      if (transfer.windowBytes === 0 && transfer.sender.answered) this.#grantWindow(transfer)
      this.#settle(now, transfer, out)
    } else if (opcode === OPCODE.error) {
      const result = decodeTftp(payload)
      if (!result.ok || result.value.kind !== 'error') return
      const text = `${result.value.code}: ${result.value.message}`
      // E-46, B-21: the normal end of a size query; the client comes back with another request.
      if (transfer.sender.awaitsFirstAck && transfer.sender.agreed.tellsSize)
        this.#endSizeQuery(now, transfer, text, out)
      else this.#fail(now, transfer, 'client-error', text, out)
    }
  }

  get #bytesLeft(): number {
    return this.#settings.maxBytesInFlight - this.#transfers.bytesInFlight
  }

  /** Only who answered counts: others could use up with requests what all have. */
  #grantWindow(transfer: Transfer): void {
    const { blockSize, windowSize } = transfer.sender.agreed
    const granted = Math.min(windowSize, Math.max(1, Math.floor(this.#bytesLeft / blockSize)))
    transfer.sender.grant(granted)
    this.#transfers.answered(transfer, granted * blockSize)
  }

  /** Blocks that were read from the disk. */
  #resume(now: Micros, via: string): readonly Action<string, TftpEvent>[] {
    const transfer = this.#transfers.bySocket(via)
    if (!transfer) return NOTHING
    const out: Out = []
    transfer.sender.resume(now, out)
    this.#settle(now, transfer, out)
    return out
  }

  /** Who never answered is not told: it may be somebody in whose name another one asked. */
  #evict(now: Micros, transfer: Transfer, out: Out): void {
    const { sender, client } = transfer
    const text = 'made room for another transfer'
    if (sender.answered) out.push(errorTo(sender.via, client, TFTP_ERROR.undefined, text))
    if (sender.awaitsFirstAck && sender.agreed.tellsSize) this.#endSizeQuery(now, transfer, text, out)
    else this.#fail(now, transfer, 'evicted', text, out)
  }

  /** RFC 1350 §4: whoever speaks from another TID is told so, and the transfer is not disturbed. */
  #answerStranger(transfer: Transfer, { source, payload }: Datagram, out: Out): void {
    const isError = payload.length >= 2 && u16At(payload, 0) === OPCODE.error
    if (isError || source.port === 0 || transfer.strangersAnswered >= MAX_STRANGERS_ANSWERED) return
    transfer.strangersAnswered++
    out.push(errorTo(transfer.sender.via, source, TFTP_ERROR.unknownTid, 'unknown transfer'))
  }

  /** Does what the sender's state asks for. */
  #settle(now: Micros, transfer: Transfer, out: Out): void {
    const { sender } = transfer
    switch (sender.state) {
      case 'open':
        if (sender.wakeAt < transfer.wakeSetFor) {
          transfer.wakeSetFor = sender.wakeAt
          this.#deadlines.set(sender.via, sender.wakeAt)
        }
        return
      case 'completed':
        return this.#complete(now, transfer, true, out)
      case 'unreadable':
        out.push(errorTo(sender.via, transfer.client, TFTP_ERROR.undefined, 'file can no longer be read'))
        return this.#fail(now, transfer, 'unreadable', 'file can no longer be read', out)
      case 'deadline':
        out.push(errorTo(sender.via, transfer.client, TFTP_ERROR.undefined, 'transfer took too long'))
        return this.#fail(now, transfer, 'deadline', 'transfer took too long', out)
      case 'timeout':
        return this.#fail(now, transfer, 'timeout', 'no answer', out)
    }
  }

  #complete(now: Micros, transfer: Transfer, confirmed: boolean, out: Out): void {
    const bytes = transfer.sender.file.size
    this.#end(transfer, { type: 'completed', confirmed, ...this.#account(now, transfer), bytes }, out)
  }

  #endSizeQuery(now: Micros, transfer: Transfer, text: string, out: Out): void {
    this.#end(transfer, { type: 'aborted-after-size-query', text, ...this.#account(now, transfer) }, out)
  }

  #fail(now: Micros, transfer: Transfer, reason: TransferFault, text: string, out: Out): void {
    this.#end(transfer, { type: 'failed', reason, text, ...this.#account(now, transfer) }, out)
  }

  #account(now: Micros, { client, file, startedAt, sender }: Transfer) {
    return { client, file, bytes: sender.acknowledgedBytes, seconds: toSeconds(now - startedAt) }
  }

  #end(transfer: Transfer, event: TftpEvent, out: Out): void {
    this.#transfers.remove(transfer)
    this.#deadlines.clear(transfer.sender.via)
    out.push({ type: 'event', event }, { type: 'close', socket: transfer.sender.via })
  }

  /** An ERROR instead of a transfer. A request to everybody is not answered with one: another server may have it. */
  #refuse({ source, target }: Datagram, file: string, refusal: TftpRefusal, out: Out): void {
    const { code, message } = refusal
    out.push({ type: 'event', event: { type: 'refused', client: source, file, code, reason: message } })
    if (!this.#isToAll(target.ip)) this.#refusals.send(source, target.ip, refusal, out)
  }

  #isToAll(ip: Ip4): boolean {
    return isGroup(ip) || this.#settings.isOwnAddress?.(ip) === false
  }
}

const isSame = (a: Endpoint, b: Endpoint): boolean => a.ip === b.ip && a.port === b.port

const isGroup = (ip: Ip4): boolean => ip === LIMITED_BROADCAST || isMulticast(ip)

const ignore = (client: Endpoint, file: string, reason: string, out: Out): void => {
  out.push({ type: 'event', event: { type: 'ignored', client, file, reason } })
}
