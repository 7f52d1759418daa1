/**
 * The network of the operating system behind the port: real UDP sockets, the real clock. Needs no right beyond
 * opening the ports in question and changes nothing of the machine.
 *
 * What node:dgram cannot do, and this back-end therefore does not: unicast to a MAC (such datagrams are broadcast),
 * tell by which of several interfaces a 255.255.255.255 came in, give a host an address, deliver broadcasts to
 * ephemeral ports, report closed ports except to sockets that hear one peer only (`from`)
 * and, through the C library, to those of a fresh port.
 */
import { randomBytes } from 'node:crypto'
// The global of this name is looked up anew each time.
import { performance } from 'node:perf_hooks'
import { random } from '../../core/random.ts'
import { NetworkError } from '../port.ts'
import type { Capabilities, Host } from '../port.ts'
import { accelerated } from './acceleration.ts'
import type { AccelerationKind } from './acceleration.ts'
import { kernelClock } from './clock.ts'
import type { AddressedInterface } from './interfaces.ts'
import { noteOpenFileLimit } from './open-files.ts'
import { portMap } from './ports.ts'
import { dgramSource } from './socket-source.ts'
import { KernelUdpSocket } from './udp-socket.ts'

export { kernelInterfaces, loopbackInterface } from './interfaces.ts'
export type { AddressedInterface } from './interfaces.ts'

export interface KernelOptions {
  /** Added to all ports below 49152 on their way to the system: 10000 makes 67 10067, 4011 14011. */
  readonly portOffset?: number
  /** Monotonic, with fractions. */
  readonly millis?: () => number
  /** Fixed only by tests: transaction ids must differ between two programs on one network. */
  readonly seed?: string
  /** The fastest that can be had (`acceleration.ts`), or what is named here. */
  readonly acceleration?: AccelerationKind | 'off'
}

export interface Accelerated {
  readonly kind: AccelerationKind
  /** Of the system, to send. */
  readonly calls: number
  /** Sent. */
  readonly datagrams: number
}

export interface KernelNetwork {
  readonly capabilities: Capabilities
  /** Undefined without acceleration. */
  readonly accelerated: Accelerated | undefined
  /** A host of these interfaces: those of the machine (`kernelInterfaces`) or one on loopback. */
  addHost(spec: { readonly name: string; readonly interfaces: readonly AddressedInterface[] }): Host
  /** Closes all sockets and stops all timers of all hosts. */
  close(): void
}

export const createKernelNetwork = (options: KernelOptions = {}): KernelNetwork => {
  noteOpenFileLimit()
  const clock = kernelClock(options.millis ?? (() => performance.now()))
  const ports = portMap(options.portOffset ?? 0)
  const stream = random(options.seed ?? randomBytes(16).toString('hex'))
  const open = new Set<KernelUdpSocket>()
  const fast = accelerated(process.env, options.acceleration)
  const source = fast?.sockets ?? dgramSource

  return {
    capabilities: { deterministic: false, linkLayerUnicast: false, configurable: false },
    accelerated: fast && {
      kind: fast.kind,
      get calls() {
        return fast.sockets.counts.calls
      },
      get datagrams() {
        return fast.sockets.counts.datagrams
      },
    },
    addHost: ({ name, interfaces }) => ({
      name,
      clock,
      random: stream.fork(name),
      interfaces,
      openUdp: udpOptions => {
        const socket = new KernelUdpSocket(interfaces, ports, source, udpOptions, () => open.delete(socket))
        open.add(socket)
        return socket
      },
      configure: () => {
        throw new NetworkError(
          'unsupported',
          'addresses of real interfaces are set with the tools of the system',
        )
      },
    }),
    close: () => {
      for (const socket of open) socket.close()
      source.close()
      clock.stop()
    },
  }
}
