/**
 * One interface of a virtual host: its place on a segment, its address and its ARP. Does not route; the host does.
 */
import {
  type Ip4,
  type Mac,
  ANY_IP4,
  BROADCAST_MAC,
  directedBroadcast,
  isMulticast,
  multicastMac,
  netmask,
  networkOf,
  toMac,
  maskedBy,
  LIMITED_BROADCAST,
} from '../../core/address.ts'
import type { DropCause } from '../../core/drops.ts'
import type { ArpPacket, Frame, Ip4Packet } from '../../wire/frame.ts'
import { fragment, ip4Length } from '../../wire/frames.ts'
import type { Address, Clock, Interface } from '../port.ts'
import { ArpTable, type ArpTraits } from './arp.ts'
import type { Port, Segment, Station } from './segment.ts'

const NOBODY_YET = toMac(0)
/** Addresses that an interface looks for through its router, after they have not answered ARP. */
const MAX_DETOURS = 64

/** What an address says of the link that it is on. */
interface Link {
  readonly mask: Ip4
  readonly network: Ip4
  /** Undefined: a network of two addresses or one has none (RFC 3021). */
  readonly broadcast: Ip4 | undefined
}

const linkOf = ({ ip, prefixLength, mask }: Address): Link => {
  if (mask !== undefined) return { mask, network: maskedBy(ip, mask), broadcast: undefined }
  const network = networkOf(ip, prefixLength)
  const broadcast = prefixLength < 31 ? directedBroadcast({ network, prefixLength }) : undefined
  return { mask: netmask(prefixLength), network, broadcast }
}

/** What an interface needs of the host that it belongs to. */
export interface InterfaceOwner {
  readonly name: string
  readonly clock: Clock
  readonly traits: { readonly arp: ArpTraits }
  /** False: switched off. */
  readonly up: boolean
  receive(face: VirtualInterface, packet: Ip4Packet): void
  /** ARP gave up on these. */
  undeliverable(packets: readonly Ip4Packet[]): void
}

export class VirtualInterface implements Interface, Station {
  readonly name: string
  readonly mac: Mac
  readonly port: Port
  addresses: readonly Address[] = []
  readonly arp: ArpTable
  readonly #host: InterfaceOwner
  /** Addresses that do not answer on the link itself. */
  readonly #detours = new Set<Ip4>()
  /** On which its addresses are, in their order. */
  #links: readonly Link[] = []

  constructor(host: InterfaceOwner, name: string, mac: Mac, segment: Segment) {
    this.#host = host
    this.name = name
    this.mac = mac
    this.port = segment.attach({ name: `${host.name}/${name}`, mac, receive: frame => this.receive(frame) })
    this.arp = new ArpTable(host.clock, host.traits.arp, {
      ask: ip => this.#sendArp('request', BROADCAST_MAC, NOBODY_YET, ip),
      transmit: (packet, target) => this.transmit(packet, target),
      failed: packets => this.#failed(packets),
      overflow: packet => this.drop(packet, 'arp-queue'),
    })
  }

  get mtu(): number {
    const { rules, segment } = this.port
    return rules ? Math.min(rules.mtu, segment.rules.mtu) : segment.rules.mtu
  }

  setAddresses(addresses: readonly Address[]): void {
    for (const { ip } of this.addresses) this.port.dropAddress(ip)
    this.addresses = addresses
    this.#links = addresses.map(linkOf)
    this.#detours.clear()
    for (const { ip } of addresses) this.port.holdAddress(ip)
    if (addresses.length === 0) this.arp.clear()
  }

  /** The address that packets leave with; undefined while there is none. */
  get ip(): Ip4 | undefined {
    return this.addresses[0]?.ip
  }

  holds(ip: Ip4): boolean {
    for (const address of this.addresses) if (address.ip === ip) return true
    return false
  }

  isOnLink(ip: Ip4): boolean {
    for (const { mask, network } of this.#links) if (maskedBy(ip, mask) === network) return true
    return false
  }

  isDirectedBroadcast(ip: Ip4): boolean {
    for (const link of this.#links) if (link.broadcast === ip) return true
    return false
  }

  /** The first default router that is on a link of its own, or need not be. */
  get router(): Ip4 | undefined {
    for (const { router, routerOffLink } of this.addresses)
      if (router !== undefined && (routerOffLink || this.isOnLink(router))) return router
    return undefined
  }

  /** For what is taken to be on its link. */
  nextHopTo(ip: Ip4): Ip4 {
    return this.#detours.has(ip) ? (this.router ?? ip) : ip
  }

  /** Where everything is taken to be on the link (prefix length 0), the router is the second choice. */
  #failed(packets: readonly Ip4Packet[]): void {
    const target = packets[0]?.target
    const { router } = this
    const takesAll = this.addresses.some(({ prefixLength }) => prefixLength === 0)
    const isNew = target !== undefined && !this.#detours.has(target) && this.#detours.size < MAX_DETOURS
    if (!takesAll || !isNew || router === undefined || router === target) {
      for (const packet of packets) this.drop(packet, 'arp-silence')
      return this.#host.undeliverable(packets)
    }
    this.#detours.add(target)
    for (const packet of packets) this.arp.send(packet, router)
  }

  /** Fragments where needed and finds the MAC: given, a group's, or by ARP for `nextHop`. */
  send(packet: Ip4Packet, nextHop: Ip4, mac: Mac | undefined): void {
    const target = mac ?? this.#groupMac(nextHop)
    if (ip4Length(packet) <= this.mtu) this.#sendWhole(packet, nextHop, target)
    else for (const piece of fragment(packet, this.mtu)) this.#sendWhole(piece, nextHop, target)
  }

  #sendWhole(packet: Ip4Packet, nextHop: Ip4, target: Mac | undefined): void {
    if (target === undefined) this.arp.send(packet, nextHop)
    else this.transmit(packet, target)
  }

  /** It goes no further, and nobody is told but who watches the run. */
  drop(packet: Ip4Packet, cause: DropCause): void {
    const { segment, station } = this.port
    segment.drop(station.name, { target: NOBODY_YET, source: this.mac, packet }, cause)
  }

  transmit(packet: Ip4Packet, target: Mac): void {
    if (this.#host.up) this.port.transmit({ target, source: this.mac, packet })
  }

  receive(frame: Frame): void {
    const { packet } = frame
    if (!this.#host.up) return
    if (packet.kind === 'ip4') this.#host.receive(this, packet)
    else if (packet.kind === 'arp') this.#receiveArp(packet)
  }

  #receiveArp(packet: ArpPacket): void {
    const forUs = this.holds(packet.targetIp)
    this.arp.learn(packet.senderIp, packet.senderMac, forUs)
    if (forUs && packet.operation === 'request')
      this.#sendArp('reply', packet.senderMac, packet.senderMac, packet.senderIp, packet.targetIp)
  }

  #sendArp(
    operation: ArpPacket['operation'],
    target: Mac,
    targetMac: Mac,
    targetIp: Ip4,
    senderIp: Ip4 = this.ip ?? ANY_IP4,
  ): void {
    if (!this.#host.up) return
    this.port.transmit({
      target,
      source: this.mac,
      packet: { kind: 'arp', operation, senderMac: this.mac, senderIp, targetMac, targetIp },
    })
  }

  #groupMac(ip: Ip4): Mac | undefined {
    if (ip === LIMITED_BROADCAST || this.isDirectedBroadcast(ip)) return BROADCAST_MAC
    return isMulticast(ip) ? multicastMac(ip) : undefined
  }
}
