/**
 * One node:dgram socket, opened the way this back-end needs it, and its errors in our words. Does not know ports
 * beyond those of the system.
 */
import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import { formatIp4 } from '../../core/address.ts'
import type { Ip4 } from '../../core/address.ts'
import type { Unreachable } from '../../core/state-machine.ts'
import { NetworkError } from '../port.ts'
import { openFilesText } from './open-files.ts'

/** For sockets many may talk to at once: half a second of a flood of 10,000 a second. The system may grant less. */
export const RECEIVE_BUFFER_BYTES = 4 << 20

/** Rejects with NetworkError. `shared`: others may bind the same address and port, if they too are shared. */
export const bindSocket = (
  address: Ip4,
  port: number,
  { shared, listener = false }: { readonly shared: boolean; readonly listener?: boolean },
): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = createSocket({
      type: 'udp4',
      reuseAddr: shared,
      lookup,
      ...(listener && { recvBufferSize: RECEIVE_BUFFER_BYTES }),
    })
    const fail = (error: Error) => {
      quietly(() => socket.close())
      reject(networkError(error, address, port))
    }
    socket.once('error', fail)
    socket.bind({ address: formatIp4(address), port, exclusive: true }, () => {
      socket.off('error', fail)
      resolve(socket)
    })
  })

/** All our names are addresses; asking the resolver would cost a turn of the event loop for every datagram. */
const lookup = (
  address: string,
  _options: unknown,
  done: (error: null, address: string, family: number) => void,
): void => done(null, address, 4)

export const networkError = (error: Error, address: Ip4, port: number): NetworkError => {
  const where = `${formatIp4(address)}:${port}`
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new NetworkError(
        'address-in-use',
        `UDP ${where} is taken by another program (a DHCP or TFTP server?): stop it, or use a port offset`,
      )
    case 'EACCES':
    case 'EPERM':
      return new NetworkError(
        'not-permitted',
        `no right to open UDP ${where}: ports below 1024 need root or CAP_NET_BIND_SERVICE, or use a port offset`,
      )
    case 'EADDRNOTAVAIL':
      return new NetworkError(
        'no-such-address',
        `this machine has no address ${formatIp4(address)}: name one of its interfaces`,
      )
    case 'EMFILE':
      return new NetworkError('no-descriptor', `no descriptor for a socket: ${openFilesText()}`)
    case 'ENFILE':
      return new NetworkError(
        'no-descriptor',
        'no descriptor for a socket: the system has no more (fs.file-max)',
      )
    default:
      return new NetworkError('failed', `UDP ${where}: ${error.message}`)
  }
}

/** What the system's refusal of something sent means. */
export const causeOf = (error: Error): Unreachable['cause'] => causeOfCode(codeOf(error))

export const causeOfCode = (code: string): Unreachable['cause'] => CAUSES[code] ?? 'other'

const CAUSES: Readonly<Record<string, Unreachable['cause']>> = {
  ECONNREFUSED: 'port',
  EHOSTUNREACH: 'host',
  ENETUNREACH: 'net',
}

/** node:dgram throws where it has nothing to do: closing what is closed, leaving what is left. */
export const quietly = (act: () => void): void => {
  try {
    act()
  } catch {
    // Nothing is lost.
  }
}

const codeOf = (error: Error): string => (error as NodeJS.ErrnoException).code ?? ''
