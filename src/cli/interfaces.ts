/**
 * Which interfaces and ports a command that touches a real network uses: what the call says. Opens
 * nothing.
 */
import { formatIp4, parseIp4, isLoopbackIp, directedBroadcast, toIp4, type Cidr } from '../core/address.ts'
import { type AddressedInterface, kernelInterfaces, loopbackInterface } from '../network/kernel/network.ts'
import { isKnownInterface, isLoopback } from '../network/kernel/interfaces.ts'
import { MAX_PORT_OFFSET } from '../network/kernel/ports.ts'
import { UsageError } from '../core/exit.ts'
import { type WantedInterface, wantedInterface } from '../serve/stations.ts'

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
    throw new UsageError(`--port-offset ${offset}: must be a whole number from 0 to ${MAX_PORT_OFFSET}`)
  return offset
}

const LOOPBACK: Cidr = { network: toIp4(0x7f000000), prefixLength: 8 }

/** Of 127.0.0.0/8, so that several servers can stand side by side in one machine. */
export const loopbackAt = (text: string | undefined): AddressedInterface => {
  const ip = text === undefined ? undefined : parseIp4(text)
  if (text === undefined) return loopbackInterface()
  if (ip === undefined || !isLoopbackIp(ip) || ip === LOOPBACK.network || ip === directedBroadcast(LOOPBACK))
    throw new UsageError(`--address ${text}: must be an address in 127.0.0.0/8, such as 127.0.0.2`)
  return loopbackInterface(ip)
}

/** By name or by address, as they are now. `purpose`: "serve", "ask". */
export const chooseInterfaces = (
  names: readonly string[],
  purpose: string,
): readonly AddressedInterface[] => {
  if (names.length === 0) throw noInterfaceNamed(purpose)
  const all = kernelInterfaces()
  return [...new Set(names)].map(name => {
    const found = wantedInterface(name, () => all).now()
    if (!found) throw noSuchInterface(name)
    return found
  })
}

/** What sends packets never chooses a real interface by itself, not even the only one. */
const noInterfaceNamed = (purpose: string): UsageError =>
  new UsageError(`say which network to ${purpose} with --interface or --loopback; ${choices()}`)

const noSuchInterface = (name: string): UsageError =>
  new UsageError(`no interface "${name}" with an IPv4 address; ${choices()}`)

const choices = (): string => {
  const real = kernelInterfaces().filter(iface => !isLoopback(iface))
  const list = real.map(({ name, address }) => `${name} (${formatIp4(address.ip)})`).join(', ')
  return list === ''
    ? 'this machine has no interface with an IPv4 address; try --loopback'
    : `there is ${list}`
}

/**
 * Interfaces that need not be there yet: an address may come (keepalived, DHCP), a link too. A name that nobody knows is
 * waited for only if it stands in the settings (`patient`), whose interface may not be made yet when the system starts;
 * typed by hand it is a mistake.
 */
export const wantedInterfaces = (
  names: readonly string[],
  purpose: string,
  { patient }: { readonly patient: boolean },
): readonly WantedInterface[] => {
  if (names.length === 0) throw noInterfaceNamed(purpose)
  return [...new Set(names)].map(name => {
    const wanted = wantedInterface(name, kernelInterfaces)
    const mayCome = patient || parseIp4(name) !== undefined || isKnownInterface(name)
    if (!mayCome && !wanted.now()) throw noSuchInterface(name)
    return wanted
  })
}

export const chooseInterface = (
  call: NetworkCall & { readonly interface?: string | undefined },
  purpose: string,
): AddressedInterface =>
  call.loopback
    ? loopbackInterface()
    : chooseInterfaces(call.interface === undefined ? [] : [call.interface], purpose)[0]!
