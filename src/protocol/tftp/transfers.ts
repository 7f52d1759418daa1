/**
 * The open transfers of a TFTP service: found by socket and by client, counted by client address, and their windows
 * summed up, so that limits cost nothing to check. Does not open or end anything on the wire.
 */
import { type Endpoint, type Ip4, ip4Number } from '../../core/address.ts'
import { equalBytes } from '../../core/bytes.ts'
import type { Micros } from '../../core/micros.ts'
import type { TftpSender } from './sender.ts'
import { RESTART_AFTER } from './service-options.ts'

export interface Transfer {
  readonly client: Endpoint
  /** As asked. */
  readonly file: string
  /** The request's bytes: a repetition is told from another request by them. */
  readonly request: Uint8Array
  readonly startedAt: Micros
  readonly sender: TftpSender
  strangersAnswered: number
  /** The deadline now set; the sender's own moves with every ACK and is looked at when this one comes. */
  wakeSetFor: Micros
}

export class Transfers {
  readonly #bySocket = new Map<string, Transfer>()
  readonly #byClient = new Map<number, Transfer>()
  readonly #countByAddress = new Map<Ip4, number>()
  #bytesInFlight = 0

  get size(): number {
    return this.#bySocket.size
  }

  /** What all windows together may have under way. */
  get bytesInFlight(): number {
    return this.#bytesInFlight
  }

  all(): Transfer[] {
    return [...this.#bySocket.values()]
  }

  bySocket(socket: string): Transfer | undefined {
    return this.#bySocket.get(socket)
  }

  byClient(client: Endpoint): Transfer | undefined {
    return this.#byClient.get(clientKey(client))
  }

  countFor(address: Ip4): number {
    return this.#countByAddress.get(address) ?? 0
  }

  add(transfer: Transfer): void {
    const { client, sender } = transfer
    this.#bySocket.set(sender.via, transfer)
    this.#byClient.set(clientKey(client), transfer)
    this.#countByAddress.set(client.ip, this.countFor(client.ip) + 1)
    this.#bytesInFlight += windowBytes(sender)
  }

  remove({ client, sender }: Transfer): void {
    const left = this.countFor(client.ip) - 1
    if (left === 0) this.#countByAddress.delete(client.ip)
    else this.#countByAddress.set(client.ip, left)
    this.#bySocket.delete(sender.via)
    this.#byClient.delete(clientKey(client))
    this.#bytesInFlight -= windowBytes(sender)
  }
}

/**
 * The same bytes again are a retransmission, or a copy the network made: what is under way goes on. Unless its
 * client has answered before and been silent since: then a machine was reset and asks anew from the same port, as
 * BIOS ROMs do, which always begin with port 2070 (B-21).
 */
export const isRepeatedRequest = (now: Micros, { request, sender }: Transfer, payload: Uint8Array): boolean =>
  equalBytes(request, payload) && !(sender.answered && now - sender.progressAt >= RESTART_AFTER)

const clientKey = (client: Endpoint): number => ip4Number(client.ip) * 0x10000 + client.port

const windowBytes = (sender: TftpSender): number => sender.agreed.windowSize * sender.agreed.blockSize
