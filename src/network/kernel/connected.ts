/**
 * A second socket on the same address and port, connected to one peer: the operating system tells only connected
 * sockets that the peer's port is closed. What the peer sends from that port arrives here, everything else at the
 * first socket. Where the system has no such sharing, datagrams go unconnected, and no error is reported.
 */
import type { Socket } from 'node:dgram'
import { formatIp4, parseIp4 } from '../../core/address.ts'
import type { Endpoint, Ip4 } from '../../core/address.ts'
import type { Unreachable } from '../../core/state-machine.ts'
import { bindSocket, causeOf, quietly } from './system-socket.ts'

export interface Connected {
  send(payload: Uint8Array): void
  close(): void
}

export interface ConnectedOptions {
  /** In ports of the system. */
  readonly local: Endpoint
  readonly remote: Endpoint
  onMessage(payload: Uint8Array, ip: Ip4, port: number): void
  onRefused(cause: Unreachable['cause']): void
  /** Sends without being connected. */
  sendPlainly(payload: Uint8Array): void
}

/** Datagrams that wait for the connection; it takes less than a millisecond. */
const MAX_UNCONNECTED_DATAGRAMS = 64

export const connect = (options: ConnectedOptions): Connected => {
  let waiting: Uint8Array[] | undefined = []
  let socket: Socket | undefined
  let closed = false

  const sendNow = (payload: Uint8Array): void => {
    if (!socket) options.sendPlainly(payload)
    else
      socket.send(payload, error => {
        if (error && !closed) options.onRefused(causeOf(error))
      })
  }

  const flush = (): void => {
    const list = waiting ?? []
    waiting = undefined
    for (const payload of list) if (!closed) sendNow(payload)
  }

  const start = async (): Promise<void> => {
    const bound = await bindSocket(options.local.ip, options.local.port, { shared: true })
    await new Promise<void>((resolve, reject) => {
      bound.once('error', reject)
      bound.connect(options.remote.port, formatIp4(options.remote.ip), () => {
        bound.off('error', reject)
        resolve()
      })
    }).catch((error: unknown) => {
      quietly(() => bound.close())
      throw error
    })
    if (closed) return quietly(() => bound.close())
    bound.on('message', (message, from) => {
      const ip = parseIp4(from.address)
      // A plain array, not a Buffer, whose `slice` would not copy.
      const payload = new Uint8Array(message.buffer, message.byteOffset, message.length)
      if (ip !== undefined) options.onMessage(payload, ip, from.port)
    })
    bound.on('error', error => void (closed || options.onRefused(causeOf(error))))
    socket = bound
  }

  start().then(flush, flush)
  return {
    send: payload => {
      if (!waiting) sendNow(payload)
      else if (waiting.length < MAX_UNCONNECTED_DATAGRAMS) waiting.push(payload)
    },
    close: () => {
      closed = true
      waiting = undefined
      quietly(() => socket?.close())
    },
  }
}
