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
import type { ArpPacket, Frame, Ip4Packet } from '../../wire/frame.ts'
import { fragment, ip4Length } from '../../wire/frames.ts'
import type { Address, Interface } from '../port.ts'
import { ArpTable } from './arp.ts'
import type { VirtualHost } from './host.ts'
import type { Port, Segment, Station } from './segment.ts'

const NOBODY_YET = toMac(0)

export class VirtualInterface implements Interface, Station {
  readonly name: string
  readonly mac: Mac
  readonly port: Port
  address: Address | undefined
  readonly arp: ArpTable
  readonly #host: VirtualHost
  #broadcast: Ip4 | undefined
  #network: Ip4 = ANY_IP4
  #mask: Ip4 = ANY_IP4

  constructor(host: VirtualHost, name: string, mac: Mac, segment: Segment) {
    this.#host = host
    this.name = name
    this.mac = mac
    this.port = segment.attach({ name: `${host.name}/${name}`, mac, receive: frame => this.receive(frame) })
    this.arp = new ArpTable(host.clock, host.traits.arp, {
      ask: ip => this.#sendArp('request', BROADCAST_MAC, NOBODY_YET, ip),
      transmit: (packet, target) => this.transmit(packet, target),
      failed: packets => host.undeliverable(packets),
    })
  }

  get mtu(): number {
    const { rules, segment } = this.port
    return rules ? Math.min(rules.mtu, segment.rules.mtu) : segment.rules.mtu
  }

  setAddress(address: Address | undefined): void {
    if (this.address) this.port.dropAddress(this.address.ip)
    this.address = address
    if (address) {
      const { ip, prefixLength } = address
      this.#mask = netmask(prefixLength)
      this.#network = networkOf(ip, prefixLength)
      this.#broadcast = directedBroadcast({ network: this.#network, prefixLength })
    } else this.#broadcast = undefined
    if (address) this.port.holdAddress(address.ip)
    else this.arp.clear()
  }

  isOnLink(ip: Ip4): boolean {
    return this.address !== undefined && maskedBy(ip, this.#mask) === this.#network
  }

  isDirectedBroadcast(ip: Ip4): boolean {
    return ip === this.#broadcast
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
    const forUs = this.address !== undefined && packet.targetIp === this.address.ip
    this.arp.learn(packet.senderIp, packet.senderMac, forUs)
    if (forUs && packet.operation === 'request')
      this.#sendArp('reply', packet.senderMac, packet.senderMac, packet.senderIp)
  }

  #sendArp(operation: ArpPacket['operation'], target: Mac, targetMac: Mac, targetIp: Ip4): void {
    if (!this.#host.up) return
    const senderIp = this.address?.ip ?? ANY_IP4
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
