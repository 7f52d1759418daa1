/**
 * What one of our sockets needs of a socket of the system, in our words, and the portable way to it: node:dgram. The
 * other way is `libc-sockets.ts`; both do the same, and the compliance suite holds both to it.
 */
import type { Socket } from 'node:dgram'
import { formatIp4, parseIp4 } from '../../core/address.ts'
import type { Endpoint, Ip4 } from '../../core/address.ts'
import type { Unreachable } from '../../core/machine.ts'
import { bindSocket, causeOf, quietly } from './system-socket.ts'

/** Bound; it may send broadcasts. All ports are those of the system. */
export interface SystemSocket {
  readonly port: number
  /** To be called once, before anything is sent. */
  listen(hearing: Hearing): void
  /** The way to one place. `failed` is told later, never from within a send; the payload must not change after it. */
  routeTo(to: Endpoint, failed: (cause: Unreachable['cause']) => void): (payload: Uint8Array) => void
  /** `by`: an address of the interface. Does nothing where there is no multicast. */
  joinGroup(group: Ip4, by: Ip4): void
  sendGroupsBy(address: Ip4): void
  /** What was sent before is sent; nothing is received any more. */
  close(): void
}

export interface Hearing {
  /** The payload is the receiver's to keep. */
  receive(payload: Uint8Array, ip: Ip4, port: number): void
  /** ICMP says that something sent did not arrive; only from a source that can hear it, and if `errors` was asked. */
  undelivered?(cause: Unreachable['cause'], target: Endpoint): void
}

export interface BindOptions {
  /** Others may bind the same address and port, if they too are shared. */
  readonly shared: boolean
  /** Many may talk to it at once. */
  readonly busy?: boolean
  /** What ICMP says of datagrams sent is to be heard, where it can be. */
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
    listen: hearing => {
      socket.on('message', (message, from) => {
        const ip = parseIp4(from.address)
        // A plain array, not a Buffer, whose `slice` would not copy.
        const payload = new Uint8Array(message.buffer, message.byteOffset, message.length)
        if (ip !== undefined) hearing.receive(payload, ip, from.port)
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
