/**
 * The open transfers of a TFTP service: found by socket and by client, counted by client address, apart as long as nothing
 * was acknowledged, and the windows of the others summed up, so that limits cost nothing to check. Does not open or end
 * anything on the wire.
 */
import { type Endpoint, type Ip4, ip4Number } from '../../core/address.ts'
import { equalBytes } from '../../core/bytes.ts'
import type { Micros } from '../../core/micros.ts'
import type { TftpSender } from './sender.ts'
import { MAX_KEPT_REQUEST, RESTART_AFTER } from './service-options.ts'

export interface Transfer {
  readonly client: Endpoint
  /** As asked. */
  readonly file: string
  /** The request's first bytes: a repetition is told from another request by them. */
  readonly request: Uint8Array
  readonly startedAt: Micros
  readonly sender: TftpSender
  strangersAnswered: number
  /** What its window counts for; 0 before the first ACK. */
  windowBytes: number
  /** The deadline now set; the sender's own moves with every ACK and is looked at when this one comes. */
  wakeSetFor: Micros
}

export class Transfers {
  readonly #bySocket = new Map<string, Transfer>()
  readonly #byClient = new Map<number, Transfer>()
  readonly #countByAddress = new Map<Ip4, number>()
  /** Without a first ACK, the oldest first. */
  readonly #unanswered = new Set<Transfer>()
  #bytesInFlight = 0

  get size(): number {
    return this.#bySocket.size
  }

  get unanswered(): number {
    return this.#unanswered.size
  }

  /** What all windows together may have under way. */
  get bytesInFlight(): number {
    return this.#bytesInFlight
  }

  all(): Transfer[] {
    return [...this.#bySocket.values()]
  }

  /** The oldest to which nobody has said anything yet; of one client, or of all. */
  oldestUnanswered(address?: Ip4): Transfer | undefined {
    for (const transfer of this.#unanswered)
      if (address === undefined || transfer.client.ip === address) return transfer
    return undefined
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
    this.#unanswered.add(transfer)
  }

  /** Its client has acknowledged something; `windowBytes`: what it may have under way from now on. */
  answered(transfer: Transfer, windowBytes: number): void {
    if (!this.#unanswered.delete(transfer)) return
    transfer.windowBytes = windowBytes
    this.#bytesInFlight += windowBytes
  }

  isUnanswered(transfer: Transfer): boolean {
    return this.#unanswered.has(transfer)
  }

  remove(transfer: Transfer): void {
    const { client, sender } = transfer
    const left = this.countFor(client.ip) - 1
    if (left === 0) this.#countByAddress.delete(client.ip)
    else this.#countByAddress.set(client.ip, left)
    this.#bySocket.delete(sender.via)
    this.#byClient.delete(clientKey(client))
    this.#unanswered.delete(transfer)
    this.#bytesInFlight -= transfer.windowBytes
  }
}

/**
 * The same bytes again are a retransmission, or a copy the network made: what is under way goes on. Unless its
 * client has answered before and been silent since: then a machine was reset and asks anew from the same port, as
 * BIOS ROMs do, which always begin with port 2070 (B-21).
 */
export const isRepeatedRequest = (now: Micros, { request, sender }: Transfer, payload: Uint8Array): boolean =>
  equalBytes(request, keptRequest(payload)) && !(sender.answered && now - sender.progressAt >= RESTART_AFTER)

export const keptRequest = (payload: Uint8Array): Uint8Array => payload.subarray(0, MAX_KEPT_REQUEST)

const clientKey = (client: Endpoint): number => ip4Number(client.ip) * 0x10000 + client.port
