/**
 * A virtual host: interfaces, IPv4 with fragmentation and reassembly, ICMP echo and unreachable, UDP sockets, and
 * forwarding if it is a router. Does not do TCP, and keeps no routes but its links and a default router each.
 */
import {
  type Endpoint,
  type Ip4,
  type Mac,
  ANY_IP4,
  LIMITED_BROADCAST,
  isMulticast,
} from '../../core/address.ts'
import type { Datagram, Destination } from '../../core/state-machine.ts'
import type { Random } from '../../core/random.ts'
import type { Ip4Packet, UdpPacket } from '../../wire/frame.ts'
import {
  ICMP_TYPE,
  Reassembler,
  UNREACHABLE_CODE,
  icmpUnreachable,
  readUnreachable,
} from '../../wire/frames.ts'
import {
  type Address,
  type Clock,
  type Host,
  NetworkError,
  type SendStatus,
  type TcpListener,
  type TcpPort,
  type TcpStream,
  type UdpOptions,
  type UdpSocket,
} from '../port.ts'
import { type HostTraits, SERVER_TRAITS } from './host-traits.ts'
import { type InterfaceOwner, VirtualInterface } from './interface.ts'
import type { Segment } from './segment.ts'
import { type BoundSocket, Sockets } from './sockets.ts'
import { TcpStack, isTcp } from './tcp.ts'

/** IPv4 and UDP headers together. */
const HEADERS = 28
const LARGEST_PAYLOAD = 65535 - HEADERS

export class VirtualHost implements Host, InterfaceOwner {
  readonly name: string
  readonly clock: Clock
  readonly random: Random
  readonly traits: HostTraits
  readonly interfaces: VirtualInterface[] = []
  /** False: switched off; it neither sends nor receives. */
  up = true
  readonly #sockets: Sockets
  readonly #reassembler = new Reassembler()
  /** Made when it is needed: most hosts never do. */
  #tcp: TcpStack | undefined
  #identification = 0
  /** Of what `#faceTo` was asked for last; a field, because an answer of two parts would be an object for each packet. */
  #nextHop: Ip4 = ANY_IP4
  /** Where the last datagram came from and went to: the next of a conversation shares them. */
  #source: Endpoint = NOWHERE
  #target: Endpoint = NOWHERE

  constructor(name: string, clock: Clock, random: Random, traits: HostTraits = SERVER_TRAITS) {
    this.name = name
    this.clock = clock
    this.random = random
    this.traits = traits
    this.#sockets = new Sockets({
      send: (socket, to, payload) => this.#send(socket, to, payload),
      opened: socket =>
        this.#eachListening(socket, face =>
          face.port.segment.listeners.addUdp(socket.port, face.port, socket.options.match),
        ),
      closed: socket =>
        this.#eachListening(socket, face =>
          face.port.segment.listeners.removeUdp(socket.port, face.port, socket.options.match),
        ),
    })
  }

  /** Plugs in another interface; only before sockets are opened. */
  attach(segment: Segment, mac: Mac, address?: Address): VirtualInterface {
    const face = new VirtualInterface(this, `eth${this.interfaces.length}`, mac, segment)
    if (address) face.setAddresses([address])
    this.interfaces.push(face)
    return face
  }

  openUdp(options: UdpOptions): UdpSocket {
    return this.#sockets.open(options)
  }

  connectTcp(to: Endpoint, owner: TcpPort): TcpStream | undefined {
    return this.#tcpStack.connect(to, owner)
  }

  listenTcp(port: number, listener: TcpListener): { close(): void } {
    return this.#tcpStack.listen(port, listener)
  }

  configure(iface: string, addresses: readonly Address[]): void {
    this.#interface(iface).setAddresses(addresses)
  }

  /** A socket's owner has no room for a datagram. */
  overflow({ iface, source, target, payload }: Datagram): void {
    const body: UdpPacket = { kind: 'udp', sourcePort: source.port, targetPort: target.port, payload }
    this.#named(iface)?.drop(this.#packet(source.ip, target.ip, body), 'receive-buffer')
  }

  /** Off: as if the plug were pulled; sockets and addresses are gone. */
  powerOff(): void {
    this.up = false
    this.#sockets.closeAll()
    this.#tcp?.clear()
    for (const face of this.interfaces) face.arp.clear()
  }

  receive(face: VirtualInterface, packet: Ip4Packet): void {
    const group = this.#isGroup(face, packet.target)
    if (!group && !this.#isOwn(face, packet.target)) {
      if (this.traits.forwards) this.#forward(face, packet)
      return
    }
    if (packet.moreFragments || packet.fragmentOffset > 0) {
      const whole = this.#reassembler.add(this.clock.now(), packet, undefined, lost =>
        face.drop(lost, 'reassembly'),
      )
      if (whole) this.#receiveWhole(face, whole, group)
    } else this.#receiveWhole(face, packet, group)
  }

  undeliverable(packets: readonly Ip4Packet[]): void {
    for (const packet of packets) {
      const { body } = packet
      if (this.#isSelf(packet.source)) {
        if (body.kind === 'udp')
          this.#sockets.unreachable(body.sourcePort, {
            cause: 'arp',
            target: { ip: packet.target, port: body.targetPort },
          })
      } else this.#sendUnreachable(packet, UNREACHABLE_CODE.host)
    }
  }

  #receiveWhole(face: VirtualInterface, packet: Ip4Packet, group: boolean): void {
    const { body } = packet
    if (body.kind === 'udp') {
      const datagram: Datagram = {
        iface: face.name,
        source: (this.#source = endpoint(this.#source, packet.source, body.sourcePort)),
        target: (this.#target = endpoint(this.#target, packet.target, body.targetPort)),
        payload: body.payload,
      }
      if (
        !this.#sockets.deliver(datagram, group) &&
        !group &&
        face.ip !== undefined &&
        this.traits.sendsPortUnreachable
      )
        this.#sendUnreachable(packet, UNREACHABLE_CODE.port)
    } else if (body.kind === 'icmp') this.#receiveIcmp(face, packet)
    else if (isTcp(body) && !group && face.ip !== undefined) this.#tcpStack.receive(packet, body)
  }

  #receiveIcmp(face: VirtualInterface, packet: Ip4Packet): void {
    const { body } = packet
    if (body.kind !== 'icmp') return
    if (body.type === ICMP_TYPE.echoRequest && face.ip !== undefined)
      return this.#emit(this.#packet(packet.target, packet.source, { ...body, type: ICMP_TYPE.echoReply }))
    const lost = readUnreachable(body)
    if (lost) this.#sockets.unreachable(lost.source.port, { cause: lost.cause, target: lost.target })
  }

  get #tcpStack(): TcpStack {
    this.#tcp ??= new TcpStack(this.clock, this.random.fork('tcp'), {
      sourceFor: target => this.#faceTo(target, undefined, undefined)?.ip,
      send: (source, target, body) => this.#emit(this.#packet(source, target, body)),
    })
    return this.#tcp
  }

  #send(socket: BoundSocket, to: Destination, payload: Uint8Array): SendStatus {
    if (payload.length > LARGEST_PAYLOAD) return 'tooLarge'
    const face = this.#faceTo(to.ip, to.iface ?? socket.options.iface, to.mac)
    if (!face) return 'noRoute'
    const source = socket.options.address ?? face.ip ?? ANY_IP4
    const body: UdpPacket = { kind: 'udp', sourcePort: socket.port, targetPort: to.port, payload }
    const packet = this.#packet(source, to.ip, body)
    if (this.#isSelf(to.ip)) this.#receiveOwn(face, packet)
    else face.send(packet, this.#nextHop, to.mac)
    return 'sent'
  }

  /** Apart, so that only what a host says to itself pays for the closure. */
  #receiveOwn(face: VirtualInterface, packet: Ip4Packet): void {
    this.clock.setTimer(this.clock.now(), () => this.receive(face, packet))
  }

  /** The way to `target`, if there is one: out of this interface, to `#nextHop`. */
  #faceTo(target: Ip4, iface: string | undefined, mac: Mac | undefined): VirtualInterface | undefined {
    const faces = this.interfaces
    this.#nextHop = target
    if (iface !== undefined) {
      const face = this.#named(iface)
      if (face && isGroup(target)) return face
      if (face && (mac !== undefined || face.isOnLink(target))) return this.#onLink(face, target)
    } else if (mac !== undefined || isGroup(target)) return faces[0]
    for (const face of faces) if (face.isOnLink(target)) return this.#onLink(face, target)
    for (const face of faces) {
      const { router } = face
      if (router === undefined) continue
      this.#nextHop = router
      return face
    }
    return undefined
  }

  #onLink(face: VirtualInterface, target: Ip4): VirtualInterface {
    this.#nextHop = face.nextHopTo(target)
    return face
  }

  #forward(from: VirtualInterface, packet: Ip4Packet): void {
    if (isGroup(packet.target)) return
    if (packet.ttl <= 1) return from.drop(packet, 'ttl')
    const face = this.#faceTo(packet.target, undefined, undefined)
    if (!face) {
      from.drop(packet, 'no-route')
      return this.#sendUnreachable(packet, UNREACHABLE_CODE.net)
    }
    if (face === from || face.isDirectedBroadcast(packet.target)) return
    face.send({ ...packet, ttl: packet.ttl - 1 }, this.#nextHop, undefined)
  }

  #sendUnreachable(original: Ip4Packet, code: number): void {
    if (original.body.kind === 'icmp' || original.source === ANY_IP4) return
    const source =
      code === UNREACHABLE_CODE.port
        ? original.target
        : (this.#faceTo(original.source, undefined, undefined)?.ip ?? ANY_IP4)
    this.#emit(this.#packet(source, original.source, icmpUnreachable(original, code)))
  }

  #emit(packet: Ip4Packet): void {
    this.#faceTo(packet.target, undefined, undefined)?.send(packet, this.#nextHop, undefined)
  }

  #packet(source: Ip4, target: Ip4, body: Ip4Packet['body']): Ip4Packet {
    this.#identification = (this.#identification + 1) & 0xffff
    return {
      kind: 'ip4',
      source,
      target,
      ttl: this.traits.ttl,
      identification: this.#identification,
      dontFragment: false,
      moreFragments: false,
      fragmentOffset: 0,
      body,
    }
  }

  #isOwn(face: VirtualInterface, ip: Ip4): boolean {
    if (face.holds(ip)) return true
    if (face.ip === undefined) return this.traits.acceptsUnicastUnconfigured
    return this.traits.forwards && this.#isSelf(ip)
  }

  #isSelf(ip: Ip4): boolean {
    for (const face of this.interfaces) if (face.holds(ip)) return true
    return false
  }

  #isGroup(face: VirtualInterface, ip: Ip4): boolean {
    return isGroup(ip) || face.isDirectedBroadcast(ip)
  }

  /** Loops rather than closures on the way of each packet: the engine inlines them, and nothing is allocated. */
  #named(name: string): VirtualInterface | undefined {
    for (const face of this.interfaces) if (face.name === name) return face
    return undefined
  }

  #interface(name: string): VirtualInterface {
    const face = this.#named(name)
    if (!face) throw new NetworkError('no-such-interface', `${this.name} has no interface ${name}`)
    return face
  }

  #eachListening(socket: BoundSocket, visit: (face: VirtualInterface) => void): void {
    for (const face of this.interfaces)
      if (socket.options.iface === undefined || socket.options.iface === face.name) visit(face)
  }
}

const NOWHERE: Endpoint = { ip: ANY_IP4, port: 0 }

const endpoint = (known: Endpoint, ip: Ip4, port: number): Endpoint =>
  known.ip === ip && known.port === port ? known : { ip, port }

const isGroup = (ip: Ip4): boolean => ip === LIMITED_BROADCAST || isMulticast(ip)
