/**
 * The machine's own interfaces, and stand-ins on loopback for a lab in one machine. IPv4 only. Does not change any.
 */
import { existsSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import {
  directedBroadcast,
  networkOf,
  parseIp4,
  parseMac,
  toIp4,
  toMac,
  isLoopbackIp,
  ip4Number,
} from '../../core/address.ts'
import type { Ip4, Mac } from '../../core/address.ts'
import type { Address, Interface } from '../port.ts'

/** An interface that has an address: the only kind this back-end can use. */
export interface AddressedInterface extends Interface {
  /** Its only one: further addresses of a card are interfaces of their own here. */
  readonly address: Address
}

export const addressedInterface = (name: string, mac: Mac, address: Address): AddressedInterface => ({
  name,
  mac,
  address,
  addresses: [address],
})

/** As the operating system has them now; further addresses of one interface are `eth0:1`, `eth0:2` … */
export const kernelInterfaces = (): AddressedInterface[] => {
  const found: AddressedInterface[] = []
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    let count = 0
    for (const { family, address, cidr, mac } of addresses ?? []) {
      const ip = parseIp4(address)
      if (family !== 'IPv4' || ip === undefined) continue
      const prefixLength = Number(cidr?.split('/')[1] ?? 32)
      const alias = count++ === 0 ? name : `${name}:${count - 1}`
      found.push(addressedInterface(alias, parseMac(mac) ?? toMac(0), { ip, prefixLength }))
    }
  }
  return found
}

/** Whether the system has one of this name at all, be it without link or address (Linux; false elsewhere). */
export const isKnownInterface = (name: string): boolean =>
  /^[^/\s]{1,15}$/.test(name) && !/^\.\.?$/.test(name) && existsSync(`/sys/class/net/${name}`)

/** On Linux every address of 127.0.0.0/8 is there without being configured, so each host of a lab can have its own. */
export const loopbackInterface = (ip: Ip4 = toIp4(0x7f000001), name = 'loopback'): AddressedInterface =>
  // The MAC is locally administered, so that hosts differ.
  addressedInterface(name, toMac(0x020000000000 + ip4Number(ip)), { ip, prefixLength: 8 })

export const isLoopback = (iface: AddressedInterface): boolean => isLoopbackIp(iface.address.ip)

/** Undefined for point-to-point links, which have none (RFC 3021). */
export const broadcastOf = ({ address }: AddressedInterface): Ip4 | undefined =>
  address.prefixLength >= 31
    ? undefined
    : directedBroadcast({
        network: networkOf(address.ip, address.prefixLength),
        prefixLength: address.prefixLength,
      })
