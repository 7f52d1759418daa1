/**
 * The end of a cable as raw Ethernet: a packet socket (packet(7)) through the C library, and the switches of a card that
 * leave checksums and large segments to it. Only within a network namespace of one's own.
 */
import * as c from '../../kernel/libc.ts'
import type { Libc } from '../../kernel/libc.ts'

const AF_PACKET = 17
const SOCK_RAW = 3
/** ETH_P_ALL in network order. */
const EVERY_PROTOCOL = 0x0300
const SOL_PACKET = 263
const PACKET_IGNORE_OUTGOING = 23
/** `struct sockaddr_ll`. */
const ADDRESS_SIZE = 20
/** Larger than any frame that a card without offload sends. */
const MAX_FRAME = 65_536
const RECEIVE_BUFFER = 8 << 20

/** `struct ifreq`, and the orders of ethtool (linux/ethtool.h). */
const SIOCETHTOOL = 0x8946
const IFREQ_SIZE = 40
const OFFLOADS = { checksum: 0x17, scatterGather: 0x19, segmentation: 0x1f, genericSegmentation: 0x24 }

/** A card that computes nothing leaves it to the kernel: what is read from the other end is what a wire would carry. */
export const withoutOffload = (libc: Libc, card: string): void => {
  const socket = libc.socket(c.AF_INET, c.SOCK_DGRAM | c.SOCK_CLOEXEC, 0)
  for (const order of Object.values(OFFLOADS)) {
    const value = new Uint8Array(new ArrayBuffer(8))
    new DataView(value.buffer).setUint32(0, order, true)
    const request = new Uint8Array(new ArrayBuffer(IFREQ_SIZE))
    request.set(new TextEncoder().encode(card))
    new DataView(request.buffer).setBigUint64(16, libc.addressOf(value), true)
    // A kernel that does not know one of them has nothing to switch off.
    libc.ioctl(socket, SIOCETHTOOL, request)
  }
  libc.close(socket)
}

export interface PacketSocket {
  send(frame: Uint8Array): void
}

/** A watch that nobody holds is collected, and its socket is then deaf. */
const watches = new Set<c.Watch>()

/** `index`: of the interface. Throws if the system does not let it. */
export const openPacketSocket = (
  libc: Libc,
  index: number,
  onFrame: (frame: Uint8Array) => void,
): PacketSocket => {
  const socket = libc.socket(AF_PACKET, SOCK_RAW | c.SOCK_NONBLOCK | c.SOCK_CLOEXEC, EVERY_PROTOCOL)
  if (socket < 0) throw new Error(`packet socket: ${libc.errorCode()}`)
  const number = (value: number): Uint8Array => {
    const bytes = new Uint8Array(new ArrayBuffer(4))
    new DataView(bytes.buffer).setUint32(0, value, true)
    return bytes
  }
  libc.setsockopt(socket, SOL_PACKET, PACKET_IGNORE_OUTGOING, number(1), 4)
  libc.setsockopt(socket, c.SOL_SOCKET, c.SO_RCVBUF, number(RECEIVE_BUFFER), 4)
  const address = new Uint8Array(new ArrayBuffer(ADDRESS_SIZE))
  const view = new DataView(address.buffer)
  view.setUint16(0, AF_PACKET, true)
  view.setUint16(2, EVERY_PROTOCOL, true)
  view.setUint32(4, index, true)
  if (libc.bind(socket, address, ADDRESS_SIZE) < 0) throw new Error(`packet socket: ${libc.errorCode()}`)
  const buffer = new Uint8Array(new ArrayBuffer(MAX_FRAME))
  const from = new Uint8Array(new ArrayBuffer(ADDRESS_SIZE))
  const watch = libc.watch(socket, () => {
    for (;;) {
      const length = libc.recvfrom(socket, buffer, MAX_FRAME, 0, from, Uint32Array.of(ADDRESS_SIZE))
      if (length < 0) return
      onFrame(buffer.slice(0, length))
    }
  })
  watches.add(watch)
  // A frame that the cable has no room for is lost, as on any.
  return { send: frame => void libc.sendto(socket, frame, frame.length, 0, address, ADDRESS_SIZE) }
}
