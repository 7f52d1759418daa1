/**
 * Who on a segment would take a broadcast: an index over the addresses stations hold (for ARP) and the UDP ports
 * they listen on, refined by the payload bytes a socket demands (`match`). Does not filter: hosts still check.
 */
import type { Ip4 } from '../../core/address.ts'
import type { Frame } from '../../wire/frame.ts'

export interface Match {
  readonly offset: number
  readonly bytes: Uint8Array
}

interface PortListeners<Port> {
  readonly any: Counted<Port>
  /** By offset and length of the demanded bytes, then by the bytes. */
  readonly keyed: {
    readonly offset: number
    readonly length: number
    readonly byKey: Map<string, Counted<Port>>
  }[]
}

/** A port may listen with several sockets; it is a receiver as long as one is open. */
type Counted<Port> = Map<Port, number>

/** `Port`: what a station is plugged into. */
export class Listeners<Port> {
  readonly #byAddress = new Map<Ip4, Set<Port>>()
  readonly #byUdpPort = new Map<number, PortListeners<Port>>()
  readonly #everyone = new Set<Port>()

  addAddress(ip: Ip4, port: Port): void {
    const holders = this.#byAddress.get(ip)
    if (holders) holders.add(port)
    else this.#byAddress.set(ip, new Set([port]))
  }

  removeAddress(ip: Ip4, port: Port): void {
    this.#byAddress.get(ip)?.delete(port)
  }

  addUdp(udpPort: number, port: Port, match: Match | undefined): void {
    this.#everyone.add(port)
    const counted = this.#countedFor(udpPort, match)
    counted.set(port, (counted.get(port) ?? 0) + 1)
  }

  removeUdp(udpPort: number, port: Port, match: Match | undefined): void {
    const counted = this.#countedFor(udpPort, match)
    const count = (counted.get(port) ?? 0) - 1
    if (count > 0) counted.set(port, count)
    else counted.delete(port)
    if (match && counted.size === 0) this.#forget(udpPort, match)
  }

  /** The ports that would take this group-addressed frame. */
  receiversOf(frame: Frame): Iterable<Port> {
    const { packet } = frame
    switch (packet.kind) {
      case 'arp':
        return this.#byAddress.get(packet.targetIp) ?? NOBODY
      case 'ip4':
        return packet.body.kind === 'udp'
          ? this.#udpReceivers(packet.body.targetPort, packet.body.payload)
          : [...this.#everyone]
      case 'other':
        return NOBODY
    }
  }

  #udpReceivers(udpPort: number, payload: Uint8Array): readonly Port[] {
    const listeners = this.#byUdpPort.get(udpPort)
    if (!listeners) return NOBODY
    const receivers = [...listeners.any.keys()]
    for (const { offset, length, byKey } of listeners.keyed) {
      if (payload.length < offset + length) continue
      const matching = byKey.get(keyOf(payload, offset, length))
      if (matching) for (const port of matching.keys()) if (!receivers.includes(port)) receivers.push(port)
    }
    return receivers
  }

  #countedFor(udpPort: number, match: Match | undefined): Counted<Port> {
    let listeners = this.#byUdpPort.get(udpPort)
    if (!listeners) this.#byUdpPort.set(udpPort, (listeners = { any: new Map(), keyed: [] }))
    if (!match) return listeners.any
    const { offset, bytes } = match
    let keyed = listeners.keyed.find(entry => entry.offset === offset && entry.length === bytes.length)
    if (!keyed) listeners.keyed.push((keyed = { offset, length: bytes.length, byKey: new Map() }))
    const key = keyOf(bytes, 0, bytes.length)
    let counted = keyed.byKey.get(key)
    if (!counted) keyed.byKey.set(key, (counted = new Map()))
    return counted
  }

  #forget(udpPort: number, { offset, bytes }: Match): void {
    const keyed = this.#byUdpPort
      .get(udpPort)
      ?.keyed.find(entry => entry.offset === offset && entry.length === bytes.length)
    keyed?.byKey.delete(keyOf(bytes, 0, bytes.length))
  }
}

const NOBODY: readonly never[] = []

const keyOf = (bytes: Uint8Array, offset: number, length: number): string => {
  let key = ''
  for (let i = offset; i < offset + length; i++) key += String.fromCharCode(bytes[i]!)
  return key
}
