/**
 * Which interfaces and ports a command that touches a real network uses: what the call says, or the only choice there
 * is. Opens nothing.
 */
import { formatIp4, parseIp4, isLoopbackIp, directedBroadcast, toIp4, type Cidr } from '../core/address.ts'
import { type AddressedInterface, kernelInterfaces, loopbackInterface } from '../network/kernel/network.ts'
import { isLoopback } from '../network/kernel/interfaces.ts'
import { MAX_PORT_OFFSET } from '../network/kernel/ports.ts'
import { UsageError } from '../core/exit.ts'

/** Where a lab without rights finds it: DHCP 10067, boot server 14011, TFTP 10069. */
const LOOPBACK_PORT_OFFSET = 10_000

interface NetworkCall {
  readonly loopback?: boolean | undefined
  readonly 'port-offset'?: number | undefined
  readonly portOffset?: number | undefined
}

export const portOffsetFrom = ({ portOffset, loopback }: NetworkCall): number => {
  const offset = portOffset ?? (loopback ? LOOPBACK_PORT_OFFSET : 0)
  if (!Number.isInteger(offset) || offset < 0 || offset > MAX_PORT_OFFSET)
    throw new UsageError(`--port-offset ${offset}: a whole number from 0 to ${MAX_PORT_OFFSET}`)
  return offset
}

const LOOPBACK: Cidr = { network: toIp4(0x7f000000), prefixLength: 8 }

/** Of 127.0.0.0/8, so that several servers can stand side by side in one machine. */
export const loopbackAt = (text: string | undefined): AddressedInterface => {
  const ip = text === undefined ? undefined : parseIp4(text)
  if (text === undefined) return loopbackInterface()
  if (ip === undefined || !isLoopbackIp(ip) || ip === LOOPBACK.network || ip === directedBroadcast(LOOPBACK))
    throw new UsageError(`--address ${text}: an address of 127.0.0.0/8, such as 127.0.0.2`)
  return loopbackInterface(ip)
}

/** By name or by address; the only one that is not loopback, if none is named. `purpose`: "serve", "ask". */
export const chooseInterfaces = (
  names: readonly string[],
  purpose: string,
): readonly AddressedInterface[] => {
  const all = kernelInterfaces()
  const real = all.filter(iface => !isLoopback(iface))
  const list = real.map(({ name, address }) => `${name} (${formatIp4(address.ip)})`).join(', ')
  const choices =
    list === '' ? 'this machine has none with an IPv4 address; try --loopback' : `there is ${list}`
  if (names.length === 0) {
    if (real.length === 1) return real
    throw new UsageError(`say which network to ${purpose}, with --interface: ${choices}`)
  }
  return [...new Set(names)].map(name => {
    const found = all.find(iface => iface.name === name || formatIp4(iface.address.ip) === name)
    if (!found) throw new UsageError(`there is no interface "${name}" with an IPv4 address; ${choices}`)
    return found
  })
}

export const chooseInterface = (
  call: NetworkCall & { readonly interface?: string | undefined },
  purpose: string,
): AddressedInterface =>
  call.loopback
    ? loopbackInterface()
    : chooseInterfaces(call.interface === undefined ? [] : [call.interface], purpose)[0]!
