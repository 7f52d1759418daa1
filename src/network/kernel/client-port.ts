/**
 * Port 68 of one interface, for programs that ask DHCP and PXE servers without being configured by them: sends
 * broadcasts, hears what comes back by broadcast or to the interface's own address. Needs no raw socket, and therefore
 * hears no unicast to an address that it does not have: messages need the BROADCAST flag (RFC 2131 §4.1).
 */
import type { RemoteInfo, Socket } from 'node:dgram'
import { type Endpoint, LIMITED_BROADCAST, formatIp4, parseIp4 } from '../../core/address.ts'
import { DHCP_PORT } from '../../wire/dhcp/message.ts'
import { NetworkError } from '../port.ts'
import { type AddressedInterface, broadcastOf, isLoopback } from './interfaces.ts'
import { portMap } from './ports.ts'
import { bindSocket } from './system-socket.ts'

export interface ClientPort {
  /** Broadcast to port 67. */
  broadcast(payload: Uint8Array): void
  close(): void
}

/** `from` in the ports of the protocols. Rejects with NetworkError where it may not listen. */
export const openClientPort = async (
  iface: AddressedInterface,
  portOffset: number,
  onMessage: (payload: Uint8Array, from: Endpoint) => void,
): Promise<ClientPort> => {
  const ports = portMap(portOffset)
  const port = ports.toSystem(DHCP_PORT.client)
  const broadcastAddress = isLoopback(iface) ? (broadcastOf(iface) ?? LIMITED_BROADCAST) : LIMITED_BROADCAST
  const receive = (bytes: Buffer, from: RemoteInfo): void => {
    const ip = parseIp4(from.address)
    if (ip === undefined) return
    // A plain array, not a Buffer, whose `slice` would not copy.
    const payload = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    onMessage(payload, { ip, port: ports.fromSystem(from.port) })
  }

  // The DHCP client of this machine may have port 68 of the address; broadcasts still arrive.
  const own = await bindSocket(iface.address.ip, port, { shared: false }).catch((error: unknown) => {
    if (!(error instanceof NetworkError) || error.code !== 'address-in-use') throw error
    return bindSocket(iface.address.ip, 0, { shared: false })
  })
  const sockets: Socket[] = [own]
  const close = (): void => {
    for (const socket of sockets.splice(0)) socket.close()
  }
  try {
    sockets.push(await bindSocket(broadcastAddress, port, { shared: true }))
  } catch (error) {
    close()
    throw error
  }
  for (const socket of sockets) {
    socket.on('message', receive)
    socket.on('error', () => {})
  }
  own.setBroadcast(true)
  return {
    broadcast: payload =>
      own.send(payload, ports.toSystem(DHCP_PORT.server), formatIp4(broadcastAddress), () => {}),
    close,
  }
}
