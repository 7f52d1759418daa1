/**
 * What one of our sockets needs of a kernel socket, and its portable implementation on node:dgram. The other one is
 * `libc-sockets.ts`; one compliance suite covers both.
 */
import type { Socket } from 'node:dgram'
import { formatIp4, parseIp4 } from '../../core/address.ts'
import type { Endpoint, Ip4 } from '../../core/address.ts'
import type { Unreachable } from '../../core/state-machine.ts'
import { bindSocket, causeOf, quietly } from './system-socket.ts'

/** Bound, with SO_BROADCAST. All ports are kernel ports (offset applied). */
export interface SystemSocket {
  readonly port: number
  /** To be called once, before anything is sent. */
  listen(handler: SocketHandler): void
  /** The way to one place. `failed` is told later, never from within a send; the payload must not change after it. */
  routeTo(to: Endpoint, failed: (cause: Unreachable['cause']) => void): (payload: Uint8Array) => void
  /** `by`: an address of the interface. Does nothing where there is no multicast. */
  joinGroup(group: Ip4, by: Ip4): void
  sendGroupsBy(address: Ip4): void
  /** Sends what is pending; nothing is received afterwards. */
  close(): void
}

export interface SocketHandler {
  /** The payload is the receiver's to keep. */
  receive(payload: Uint8Array, ip: Ip4, port: number): void
  /** An ICMP error for something sent; only from a source that reports them, and if `errors` was asked for. */
  undelivered?(cause: Unreachable['cause'], target: Endpoint): void
}

export interface BindOptions {
  /** Others may bind the same address and port, if they too are shared. */
  readonly shared: boolean
  /** A well-known port with many peers: gets a larger receive buffer. */
  readonly listener?: boolean
  /** Report ICMP errors for datagrams sent, where that is possible. */
  readonly errors?: boolean
}

export interface SocketSource {
  /** Rejects with NetworkError. */
  bind(address: Ip4, port: number, options: BindOptions): Promise<SystemSocket>
  /** Sockets that are still open are of no use afterwards. */
  close(): void
}

export const dgramSource: SocketSource = {
  bind: async (address, port, options) => dgramSocket(await bindSocket(address, port, options)),
  close: () => {},
}

const dgramSocket = (socket: Socket): SystemSocket => {
  socket.setBroadcast(true)
  socket.on('error', () => {})
  return {
    port: socket.address().port,
    listen: handler => {
      socket.on('message', (message, from) => {
        const ip = parseIp4(from.address)
        // A plain array, not a Buffer, whose `slice` would not copy.
        const payload = new Uint8Array(message.buffer, message.byteOffset, message.length)
        if (ip !== undefined) handler.receive(payload, ip, from.port)
      })
    },
    routeTo: ({ ip, port }, failed) => {
      const address = formatIp4(ip)
      const done = (error: Error | null): void => {
        if (error) failed(causeOf(error))
      }
      return payload => socket.send(payload, port, address, done)
    },
    joinGroup: (group, by) => quietly(() => socket.addMembership(formatIp4(group), formatIp4(by))),
    sendGroupsBy: address => quietly(() => socket.setMulticastInterface(formatIp4(address))),
    close: () => quietly(() => socket.close()),
  }
}
