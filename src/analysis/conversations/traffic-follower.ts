/**
 * Second stage, the rest: TFTP by request and transfer ports, ICMP unreachable, ARP. Puts each into the boot it
 * belongs to, by the address that DHCP gave, else by the machine that ARP or the frame names. Does not judge.
 */
import { ANY_IP4, type Ip4, type Mac } from '../../core/address.ts'
import { u16At } from '../../core/bytes.ts'
import type { IcmpPacket, UdpPacket } from '../../wire/frame.ts'
import { readUnreachable } from '../../wire/frames.ts'
import { OPCODE, decodeTftp } from '../../wire/tftp/codec.ts'
import { TFTP_PORT } from '../../wire/tftp/packet.ts'
import type { BootTable } from './boots.ts'
import type { Boot } from './conversation.ts'
import { EndpointTable } from './endpoint-table.ts'
import type { FrameRef } from '../reading/record.ts'
import {
  type ArpArrival,
  type DatagramHandler,
  type IpArrival,
  isFromThisSegment,
} from '../reading/frames.ts'
import { MAX_ARP_WAITS, MAX_CONFLICTS, MAX_OPEN_TRANSFERS, MAX_TRANSFERS } from '../limits.ts'
import type { ServerTable } from './servers.ts'
import {
  type Hash,
  type Transfer,
  isNextAck,
  isNextBlock,
  isSameRequest,
  noteAck,
  noteClientPacket,
  noteNextBlock,
  noteServerPacket,
  openTransfer,
  repeatRequest,
} from './transfer.ts'

interface Followed {
  readonly boot: Boot
  readonly transfer: Transfer
}

/** Transfers of a boot that are never forgotten to make room: the boot files come first. */
const KEPT_TRANSFERS = 8

export class TrafficFollower {
  readonly #boots: BootTable
  readonly #servers: ServerTable
  /** By the client's address and port. */
  readonly #followed = new EndpointTable<Followed>()

  readonly #newHash: (() => Hash) | undefined
  readonly #keepsHeads: boolean

  constructor(
    boots: BootTable,
    servers: ServerTable,
    { newHash, keepMessages = false }: { newHash?: () => Hash; keepMessages?: boolean } = {},
  ) {
    this.#boots = boots
    this.#servers = servers
    this.#newHash = newHash
    this.#keepsHeads = keepMessages
  }

  /** The boot was closed. */
  forget(boot: Boot): void {
    for (const transfer of boot.transfers) this.#release(transfer)
  }

  /** The next block of a transfer, or its acknowledgement: nearly all packets of a capture of boots. */
  readonly nextOfTransfer: DatagramHandler = (datagram, frame, at, segment) => {
    const toClient = this.#followed.get(datagram.target, datagram.targetPort)
    const followed = toClient ?? this.#followed.get(datagram.source, datagram.sourcePort)
    if (!followed) return 'unknown'
    const { transfer } = followed
    const { bytes, start, end, missing } = datagram
    if (end - start < 4 || transfer.end || !transfer.answered) return 'decode'
    const opcode = u16At(bytes, start)
    const block = u16At(bytes, start + 2)
    if (toClient) {
      if (opcode !== OPCODE.data || datagram.source !== transfer.server || !isNextBlock(transfer, block))
        return 'decode'
      const length = end - start - 4 + missing
      // The last block ends the transfer.
      if (transfer.bytes === 0 || length !== transfer.blockSize) return 'decode'
      // A damaged block is fetched again and changes nothing here, but the hash would be of another file.
      if (transfer.hash && (missing > 0 || !datagram.isIntact())) transfer.hash = undefined
      noteNextBlock(transfer, block, length, segment, at)
      transfer.hash?.update(bytes.subarray(start + 4, end))
    } else {
      if (opcode !== OPCODE.ack || datagram.target !== transfer.server || !isNextAck(transfer, block))
        return 'decode'
      noteAck(transfer, { frame, at, segment }, block)
    }
    this.#boots.touch(followed.boot, at)
    return 'handled'
  }

  udp(arrival: IpArrival<UdpPacket>): void {
    const { source, target, body, seen } = arrival
    if (body.targetPort === TFTP_PORT) this.#toServer(arrival)
    else {
      const toClient = this.#followed.get(target, body.targetPort)
      const fromClient = toClient ? undefined : this.#followed.get(source, body.sourcePort)
      const followed = toClient ?? fromClient
      if (!followed) return
      const { transfer } = followed
      const result = decodeTftp(body.payload)
      if (!result.ok) return
      if (toClient) noteServerPacket(transfer, arrival, result.value)
      else if (target === transfer.server) noteClientPacket(transfer, arrival, result.value)
      this.#boots.touch(followed.boot, seen.at)
      if (toClient && source === transfer.server) this.#servers.noteTftp(source, seen)
    }
  }

  icmp(arrival: IpArrival<IcmpPacket>): void {
    const what = readUnreachable(arrival.body)
    if (!what) return
    const { seen } = arrival
    const followed = this.#followed.get(what.source.ip, what.source.port)
    if (followed && followed.transfer.server === what.target.ip) {
      const { transfer } = followed
      transfer.unreachable ??= { cause: what.cause, by: arrival.source, seen }
      return
    }
    const boot = this.#boots.ofAddress(what.source.ip)
    const ask = boot?.asks4011.findLast(candidate => candidate.target === what.target.ip)
    if (ask) ask.unreachable ??= { cause: what.cause, seen }
  }

  arp(arrival: ArpArrival): void {
    const { packet, seen } = arrival
    const { senderIp, senderMac, targetIp, operation } = packet
    if (senderIp !== ANY_IP4) {
      this.#boots.noteNeighbour(senderIp, senderMac)
      this.#noteOwner(senderIp, senderMac, seen)
    }
    if (operation === 'reply') this.#boots.noteAnswersFor(senderMac, senderIp)
    if (operation === 'reply') this.#arpAnswered(senderIp, packet.targetMac, targetIp)
    else if (targetIp !== senderIp) this.#arpAsked(senderMac, senderIp, targetIp, seen)
  }

  /** Somebody says that an address is his own which is leased to another machine on this segment. */
  #noteOwner(ip: Ip4, mac: Mac, seen: FrameRef): void {
    const boot = this.#boots.ofAddress(ip)
    if (boot?.client === undefined || boot.client === mac || boot.segment !== seen.segment) return
    if (!boot.exchanges.some(exchange => exchange.acks.some(ack => ack.yiaddr === ip))) return
    if (boot.conflicts.some(conflict => conflict.kind === 'arp' && conflict.mac === mac)) return
    if (boot.conflicts.length < MAX_CONFLICTS) boot.conflicts.push({ kind: 'arp', seen, address: ip, mac })
  }

  #arpAsked(mac: Mac, ip: Ip4, target: Ip4, seen: FrameRef): void {
    const boot = this.#boots.ofClient(mac) ?? this.#boots.ofAddress(ip)
    if (!boot || boot.client !== mac || seen.segment !== boot.segment) return
    this.#boots.touch(boot, seen.at)
    const wait = boot.arps.get(target)
    if (wait) {
      wait.count++
      wait.lastAt = seen.at
      wait.answered = false
    } else if (boot.arps.size < MAX_ARP_WAITS)
      boot.arps.set(target, { seen, count: 1, lastAt: seen.at, answered: false })
  }

  #arpAnswered(ip: Ip4, askerMac: Mac, askerIp: Ip4): void {
    const boot = this.#boots.ofClient(askerMac) ?? this.#boots.ofAddress(askerIp)
    const wait = boot?.arps.get(ip)
    if (!wait) return
    wait.answered = true
    wait.count = 0
  }

  #toServer(arrival: IpArrival<UdpPacket>): void {
    const result = decodeTftp(arrival.body.payload)
    if (!result.ok) return
    const { source, body, seen } = arrival
    const packet = result.value
    const followed = this.#followed.get(source, body.sourcePort)
    if (packet.kind !== 'rrq') {
      // An ERROR to port 69 instead of the transfer's port ends it as well.
      if (followed?.transfer.server === arrival.target) noteClientPacket(followed.transfer, arrival, packet)
      return
    }
    if (followed && isSameRequest(followed.transfer, arrival, packet)) {
      this.#boots.touch(followed.boot, seen.at)
      repeatRequest(followed.transfer, seen)
      return
    }
    const boot = this.#bootOf(arrival)
    this.#boots.touch(boot, seen.at)
    boot.arps.delete(arrival.target)
    const transfer = openTransfer(arrival, packet, {
      hash: this.#newHash?.(),
      keepsHead: this.#keepsHeads,
    })
    if (!this.#makeRoom(boot)) return
    this.#boots.weigh(boot)
    boot.transfers.push(transfer)
    this.#followed.set(source, body.sourcePort, { boot, transfer })
  }

  #bootOf(arrival: IpArrival<UdpPacket>): Boot {
    const { source, sourceMac, seen } = arrival
    const local = isFromThisSegment(arrival)
    // Two machines may have asked for one address, of which one was denied it.
    const own = local ? this.#boots.ofClient(sourceMac) : undefined
    // A Raspberry Pi takes what it was offered, without asking for it.
    if (own && own.address === undefined) this.#boots.setAddress(own, source)
    const known = own ?? this.#boots.ofAddress(source)
    if (known) return known
    const client = this.#boots.neighbour(source) ?? (local ? sourceMac : undefined)
    const open = client === undefined ? undefined : this.#boots.ofClient(client)
    const boot = open ?? this.#boots.open(client, seen)
    if (!open) boot.direct = local
    this.#boots.setAddress(boot, source)
    return boot
  }

  #makeRoom(boot: Boot): boolean {
    if (this.#followed.size >= MAX_OPEN_TRANSFERS) return false
    if (boot.transfers.length < MAX_TRANSFERS) return true
    const index = boot.transfers.findIndex(
      (transfer, i) =>
        i >= KEPT_TRANSFERS && (transfer.end?.kind === 'completed' || transfer.end?.kind === 'sizeQuery'),
    )
    if (index < 0) return false
    this.#release(boot.transfers[index]!)
    boot.transfers.splice(index, 1)
    return true
  }

  #release(transfer: Transfer): void {
    const { client, clientPort } = transfer
    if (this.#followed.get(client, clientPort)?.transfer === transfer)
      this.#followed.delete(client, clientPort)
  }
}
