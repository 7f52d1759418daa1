/**
 * Which sockets of the operating system stand for one of ours. node:dgram cannot tell to which address a datagram was
 * sent, nor by which interface it came; so there is one socket per answer: per own address, per broadcast address, per
 * group. Decides only; opens nothing.
 */
import { LIMITED_BROADCAST, formatIp4 } from '../../core/address.ts'
import type { Ip4 } from '../../core/address.ts'
import { NetworkError } from '../port.ts'
import type { UdpOptions } from '../port.ts'
import { broadcastOf, isLoopback } from './interfaces.ts'
import type { AddressedInterface } from './interfaces.ts'

export interface Listening {
  /** Only `own` sockets send. Several sockets may share a `broadcast` or `group` address and each get a copy. */
  readonly kind: 'own' | 'broadcast' | 'group'
  readonly address: Ip4
  /**
   * What a datagram received here came in by. A guess for 255.255.255.255 on a machine with several interfaces: the
   * first; a caller that needs to know gives `iface` and runs one socket per interface.
   */
  readonly iface: AddressedInterface
  /** The address it was sent to, as protocol code is told. */
  readonly target: Ip4
}

/** Throws NetworkError if the host has no such interface or address. */
export const listeningsFor = (
  interfaces: readonly AddressedInterface[],
  options: UdpOptions,
): Listening[] => {
  const usable = usableInterfaces(interfaces, options)
  const own = usable.map((iface): Listening => {
    const ip = iface.address.ip
    return { kind: 'own', address: ip, iface, target: ip }
  })
  if (options.address !== undefined) return own
  const groups = (options.groups ?? []).map((group): Listening => {
    return { kind: 'group', address: group, iface: usable[0]!, target: group }
  })
  // Nobody can know an ephemeral port before it has sent something, so nobody broadcasts to one.
  return [...own, ...(options.port === 0 ? [] : broadcasts(usable)), ...groups]
}

/** The address that a broadcast leaving by `iface` is sent to. */
export const outgoingBroadcast = (iface: AddressedInterface): Ip4 =>
  // 255.255.255.255 is not delivered on loopback everywhere; the net's own broadcast address is, and stands for it.
  isLoopback(iface) ? (broadcastOf(iface) ?? LIMITED_BROADCAST) : LIMITED_BROADCAST

const usableInterfaces = (
  interfaces: readonly AddressedInterface[],
  { iface: name, address }: UdpOptions,
): AddressedInterface[] => {
  const named = interfaces.filter(iface => name === undefined || iface.name === name)
  if (named.length === 0)
    throw new NetworkError(
      'no-such-interface',
      name === undefined
        ? 'no interface with an IPv4 address'
        : `no interface ${name} with an IPv4 address; there are: ${interfaces.map(i => i.name).join(', ')}`,
    )
  const usable = named.filter(iface => address === undefined || iface.address.ip === address)
  if (usable.length === 0)
    throw new NetworkError('no-such-address', `no interface has the address ${formatIp4(address!)}`)
  return usable
}

const broadcasts = (usable: readonly AddressedInterface[]): Listening[] => {
  const found = new Map<Ip4, Listening>()
  for (const iface of usable) {
    const address = broadcastOf(iface)
    if (address === undefined || found.has(address)) continue
    found.set(address, {
      kind: 'broadcast',
      address,
      iface,
      target: isLoopback(iface) ? LIMITED_BROADCAST : address,
    })
  }
  const real = usable.find(iface => !isLoopback(iface))
  if (real)
    found.set(LIMITED_BROADCAST, {
      kind: 'broadcast',
      address: LIMITED_BROADCAST,
      iface: real,
      target: LIMITED_BROADCAST,
    })
  return [...found.values()]
}
