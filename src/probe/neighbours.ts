/**
 * The Ethernet addresses of neighbours, from the operating system's own table: a UDP socket does not tell who sent a
 * broadcast. Linux only; elsewhere nobody's is known. Changes no entry by hand.
 */
import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import {
  type Ip4,
  LIMITED_BROADCAST,
  type Mac,
  contains,
  formatIp4,
  networkOf,
  parseIp4,
  parseMac,
  toMac,
} from '../core/address.ts'
import { type AddressedInterface, isLoopback } from '../network/kernel/interfaces.ts'
import { bindSocket } from '../network/kernel/system-socket.ts'

/** RFC 863: what comes to this port is thrown away. */
const DISCARD_PORT = 9
const TABLE = '/proc/net/arp'
/** A neighbour answers ARP within this, or it is no neighbour. */
const ARP_MILLIS = 1_000
const LOOK_MILLIS = 50

/** Who is not on this link has no entry, and so has no MAC here: that of its router would be misleading. */
export const neighbourMacs = async (
  iface: AddressedInterface,
  addresses: readonly Ip4[],
): Promise<ReadonlyMap<Ip4, Mac>> => {
  const { ip: own, prefixLength } = iface.address
  const network = { network: networkOf(own, prefixLength), prefixLength }
  const wanted = addresses.filter(ip => contains(network, ip) && ip !== LIMITED_BROADCAST)
  const known = new Map<Ip4, Mac>()
  if (isLoopback(iface) || wanted.length === 0) return known
  if (wanted.includes(own)) known.set(own, iface.mac)
  await makeNeighbours(iface, wanted.filter(ip => ip !== own)) // prettier-ignore
  for (let waited = 0; known.size < wanted.length && waited < ARP_MILLIS; waited += LOOK_MILLIS) {
    await pause(LOOK_MILLIS)
    for (const [ip, mac] of await arpTable()) if (wanted.includes(ip)) known.set(ip, mac)
  }
  return known
}

/** Sending anything makes the system ask for the address: an empty datagram that nobody reads. */
const makeNeighbours = async (iface: AddressedInterface, addresses: readonly Ip4[]): Promise<void> => {
  const socket = await bindSocket(iface.address.ip, 0, { shared: false }).catch(() => undefined)
  if (!socket) return
  socket.on('error', () => {})
  await Promise.all(
    addresses.map(
      ip =>
        new Promise<void>(done => socket.send(new Uint8Array(0), DISCARD_PORT, formatIp4(ip), () => done())),
    ),
  )
  // Waits in the socket's queue for the address, and would be lost with it.
  await pause(LOOK_MILLIS)
  socket.close()
}

const arpTable = async (): Promise<ReadonlyMap<Ip4, Mac>> => {
  const text = await readFile(TABLE, 'utf8').catch(() => '')
  const entries = text
    .split('\n')
    .slice(1)
    .flatMap((line): [Ip4, Mac][] => {
      const [address = '', , , hardware = ''] = line.split(/\s+/)
      const ip = parseIp4(address)
      const mac = parseMac(hardware)
      return ip === undefined || mac === undefined || mac === toMac(0) ? [] : [[ip, mac]]
    })
  return new Map(entries)
}
