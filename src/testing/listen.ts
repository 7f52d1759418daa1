/**
 * A responder that is a function on real sockets: for tests of programs that speak to a server. On loopback, unless it
 * is told otherwise, and there on ports that need no rights. Does not choose an interface.
 */
import { formatIp4, isLoopbackIp, parseIp4 } from '../core/address.ts'
import { UsageError } from '../core/exit.ts'
import { random } from '../core/random.ts'
import { noTrace } from '../core/trace.ts'
import type { FunctionServer } from '../library/respond.ts'
import {
  type AddressedInterface,
  createKernelNetwork,
  kernelInterfaces,
  loopbackInterface,
} from '../network/kernel/network.ts'
import { functionKind, servicesOf } from '../servers/function/kind.ts'
import { type TestContext, whenOver } from './test-context.ts'

export interface ListenOptions {
  /** Of this computer; default 127.0.0.1. */
  readonly address?: string
  /** Added to the ports of the protocols: DHCP 67 is 10067 then. Default 10000 on loopback, else 0. */
  readonly portOffset?: number
}

export interface Listening {
  readonly address: string
  /** Where the port of a protocol is: `port(67)` is 10067. */
  port(of: number): number
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** As `nbs serve --loopback` has it. */
const LOOPBACK_OFFSET = 10_000

/**
 * Resolves when it hears. `context` is what the framework hands to the test, by which it closes itself. Rejects with
 * `NetworkError` where a port is taken or needs a right, with `UsageError` for an address that is not this computer's.
 */
export const listen = async (
  context: TestContext | null | undefined,
  server: FunctionServer,
  options: ListenOptions = {},
): Promise<Listening> => {
  const iface = interfaceOf(options.address ?? '127.0.0.1')
  const { ip } = iface.address
  const { portOffset = isLoopbackIp(ip) ? LOOPBACK_OFFSET : 0 } = options
  const network = createKernelNetwork({ portOffset, acceleration: 'off' })
  const host = network.addHost({ name: iface.name, interfaces: [iface] })
  const services = servicesOf(setupOf(server), host, random('listen'), noTrace)
  const close = async (): Promise<void> => {
    for (const service of Object.values(services)) service.stop()
    network.close()
  }
  try {
    await Promise.all(Object.values(services).map(service => service.start()))
  } catch (error) {
    await close()
    throw error
  }
  whenOver(context, close)
  return {
    address: formatIp4(ip),
    port: of => of + portOffset,
    close,
    [Symbol.asyncDispose]: close,
  }
}

const interfaceOf = (address: string): AddressedInterface => {
  const ip = parseIp4(address)
  if (ip !== undefined && isLoopbackIp(ip)) return loopbackInterface(ip)
  const own = kernelInterfaces()
  const found = own.find(iface => iface.address.ip === ip)
  if (found) return found
  const known = own.map(iface => formatIp4(iface.address.ip))
  throw new UsageError(`${address} is no address of this computer; it has ${known.join(', ')}`)
}

/** Place is that of the interface. Throws `TypeError`. */
const setupOf = (server: FunctionServer) => {
  const read = functionKind.form.safeParse({ ...server, on: 'loopback', address: '127.0.0.1' })
  if (read.success) return read.data
  const [{ path, message } = { path: [], message: '' }] = read.error.issues
  throw new TypeError(`${path.join('.')}: ${message}`)
}
