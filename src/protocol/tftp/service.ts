/**
 * A read-only TFTP server as a machine: one socket for requests, a fresh one (TID) for each transfer, which replies
 * from the address that was asked. It keeps to its limits, checks who speaks, and leaves
 * options to `negotiation.ts`, windows and resends to `sender.ts`, names to the file store. Does not write files.
 */
import type { Endpoint, Ip4 } from '../../core/address.ts'
import { LIMITED_BROADCAST, isMulticast, ANY_IP4, ip4Number } from '../../core/address.ts'
import { u16At } from '../../core/bytes.ts'
import { Deadlines } from '../../core/deadlines.ts'
import type { Action, Datagram, StateMachine, Unreachable } from '../../core/state-machine.ts'
import { NOTHING } from '../../core/state-machine.ts'
import type { Micros } from '../../core/micros.ts'
import { toSeconds } from '../../core/micros.ts'
import { OPCODE, decodeTftp, encodeTftp } from '../../wire/tftp/codec.ts'
import type { TftpPacket } from '../../wire/tftp/packet.ts'
import { TFTP_ERROR } from '../../wire/tftp/packet.ts'
import type { TftpFile, TftpRefusal } from './files.ts'
import { isRefusal } from './files.ts'
import { DataPackets } from './data-packets.ts'
import { negotiate } from './negotiation.ts'
import { netasciiFile } from './netascii.ts'
import { TftpSender } from './sender.ts'
import type { TftpEvent, TransferFault } from './events.ts'
import type { TftpServiceOptions } from './service-options.ts'
import {
  MAX_REFUSAL_SOCKETS,
  UNCONFIRMED_WITHIN,
  MAX_STRANGERS_ANSWERED,
  serviceSettings,
} from './service-options.ts'
import type { Transfer } from './transfers.ts'
import { Transfers, isRepeatedRequest } from './transfers.ts'

export type { TftpFile, TftpFiles, TftpRefusal } from './files.ts'
export type { TftpEvent } from './events.ts'
export type { TftpServiceOptions } from './service-options.ts'

const LISTENING = 'requests'

type Out = Action<string, TftpEvent>[]
type Request = TftpPacket & { readonly kind: 'rrq' | 'wrq' }

export class TftpService implements StateMachine<string, TftpEvent> {
  readonly #settings: ReturnType<typeof serviceSettings>
  readonly #packets: DataPackets
  readonly #transfers = new Transfers()
  readonly #refusalSockets = new Set<string>()
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
    if (datagram.source.ip !== transfer.client.ip || datagram.source.port !== transfer.client.port)
      this.#answerStranger(transfer, datagram, out)
    else this.#receiveFromClient(now, transfer, datagram.payload, out)
    return out
  }

  unreachable(now: Micros, via: string, what: Unreachable): readonly Action<string, TftpEvent>[] {
    const transfer = this.#transfers.bySocket(via)
    // Only a closed port is final: a machine that is not reached may be one that answers no ARP now, as GRUB does while
    // it waits at a menu. What does not come back is sent again, until the time is over.
    if (!transfer || what.cause !== 'port') return NOTHING
    // A stranger to whom we sent ERROR 5 may be gone: no matter.
    if (what.target.ip !== transfer.client.ip || what.target.port !== transfer.client.port) return NOTHING
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
    for (const socket of [LISTENING, ...this.#refusalSockets]) out.push({ type: 'close', socket })
    this.#refusalSockets.clear()
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
    const opened = this.#open(source, request)
    if (isRefusal(opened)) return this.#refuse(datagram, file, opened, out)
    this.#begin(now, datagram, request, opened, out)
  }

  #open(client: Endpoint, request: Request): TftpFile | TftpRefusal {
    const { maxTransfers, maxTransfersPerClient, netascii, files } = this.#settings
    if (request.kind === 'wrq')
      return { code: TFTP_ERROR.accessViolation, message: 'this server is read-only' }
    const mode = request.mode.toLowerCase()
    if (mode !== 'octet' && (mode !== 'netascii' || netascii === 'refuse'))
      return { code: TFTP_ERROR.illegalOperation, message: 'mode not served' }
    if (this.#transfers.size >= maxTransfers)
      return { code: TFTP_ERROR.undefined, message: 'too many transfers on this server' }
    if (this.#transfers.countFor(client.ip) >= maxTransfersPerClient)
      return { code: TFTP_ERROR.undefined, message: 'too many transfers for this client' }
    const opened = files.open(request.file, client.ip)
    if (isRefusal(opened) || mode === 'octet') return opened
    return netasciiFile(opened) ?? { code: TFTP_ERROR.undefined, message: 'too large for netascii' }
  }

  #begin(now: Micros, datagram: Datagram, request: Request, file: TftpFile, out: Out): void {
    const { source, target, payload } = datagram
    const { maxBlockSize, maxWindowSize, maxBytesInFlight, refuseOptions, timing } = this.#settings
    const octet = request.mode.toLowerCase() === 'octet'
    const maxWindowBytes = Math.min(
      this.#settings.maxWindowBytes,
      maxBytesInFlight - this.#transfers.bytesInFlight,
    )
    const agreed = negotiate(request.options, octet ? file.size : undefined, {
      maxBlockSize,
      maxWindowSize,
      maxWindowBytes,
      refuse: refuseOptions,
    })
    const via = `t${++this.#opened}`
    this.#packets.begin(file)
    const sender = new TftpSender(now, via, source, file, agreed, timing, this.#packets)
    const transfer: Transfer = {
      client: source,
      file: request.file,
      request: new Uint8Array(payload),
      startedAt: now,
      sender,
      strangersAnswered: 0,
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
  #refuse({ source, target }: Datagram, file: string, { code, message }: TftpRefusal, out: Out): void {
    out.push({ type: 'event', event: { type: 'refused', client: source, file, code, reason: message } })
    if (this.#isToAll(target.ip)) return
    out.push(errorTo(this.#refusalSocket(target.ip, out), source, code, message))
  }

  /** ERRORs leave from the address that was asked, too, but need no socket each. */
  #refusalSocket(address: Ip4, out: Out): string {
    const socket = `e${ip4Number(address)}`
    if (this.#refusalSockets.has(socket)) return socket
    if (this.#refusalSockets.size >= MAX_REFUSAL_SOCKETS) return LISTENING
    this.#refusalSockets.add(socket)
    out.push({ type: 'open', socket, options: { port: 0, address } })
    return socket
  }

  #isToAll(ip: Ip4): boolean {
    return isGroup(ip) || this.#settings.isOwnAddress?.(ip) === false
  }
}

const isGroup = (ip: Ip4): boolean => ip === LIMITED_BROADCAST || isMulticast(ip)

const ignore = (client: Endpoint, file: string, reason: string, out: Out): void => {
  out.push({ type: 'event', event: { type: 'ignored', client, file, reason } })
}

const errorTo = (via: string, to: Endpoint, code: number, message: string): Action<string, TftpEvent> => ({
  type: 'send',
  via,
  to,
  payload: encodeTftp({ kind: 'error', code, message }),
})
