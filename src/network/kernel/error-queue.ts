/**
 * What ICMP said of datagrams that a socket has sent, read from the socket's error queue (IP_RECVERR of ip(7)): a
 * socket that is not connected has no other way to learn of it. Laid out for 64-bit little-endian Linux. Does not clear
 * errors that concern another peer.
 */
import { type Ip4, toIp4 } from '../../core/address.ts'
import type { Unreachable } from '../../core/state-machine.ts'
import { UNREACHABLE_CODE } from '../../wire/icmp.ts'
import { causeOfIcmpCode } from '../../wire/unreachable.ts'
import * as c from './libc.ts'
import type { Libc } from './libc.ts'

export interface Undelivered {
  readonly cause: Unreachable['cause']
  /** Where the datagram was sent to. */
  readonly ip: Ip4
  readonly port: number
}

// `struct msghdr`, what it points to, and within the control message `struct cmsghdr` and `struct sock_extended_err`.
const HEADER_SIZE = 56
const ADDRESS_AT = 64
const VECTOR_AT = 80
const BYTES_AT = 96
const BYTES_SIZE = 16
const CONTROL_AT = 112
const CONTROL_SIZE = 80
const MEMORY_SIZE = CONTROL_AT + CONTROL_SIZE
const ERROR_AT = CONTROL_AT + 16
const ORIGIN = 4
const TYPE = 5
const CODE = 6
const ORIGIN_ICMP = 2
const DESTINATION_UNREACHABLE = 3

export class ErrorQueue {
  readonly #libc: Libc
  readonly #bytes = new Uint8Array(new ArrayBuffer(MEMORY_SIZE))
  readonly #view = new DataView(this.#bytes.buffer)
  readonly #header = new Uint8Array(this.#bytes.buffer, 0, HEADER_SIZE)

  constructor(libc: Libc) {
    this.#libc = libc
    const base = libc.addressOf(this.#bytes)
    const view = this.#view
    view.setBigUint64(0, base + BigInt(ADDRESS_AT), true)
    view.setBigUint64(16, base + BigInt(VECTOR_AT), true)
    view.setBigUint64(24, 1n, true)
    view.setBigUint64(32, base + BigInt(CONTROL_AT), true)
    view.setBigUint64(VECTOR_AT, base + BigInt(BYTES_AT), true)
    view.setBigUint64(VECTOR_AT + 8, BigInt(BYTES_SIZE), true)
  }

  /** Local errors (a datagram larger than the link) are read too, but not reported. */
  read(descriptor: number): Undelivered[] {
    const errors: Undelivered[] = []
    while (this.#next(descriptor)) {
      const view = this.#view
      const isIcmp = view.getUint8(ERROR_AT + ORIGIN) === ORIGIN_ICMP
      const code = view.getUint8(ERROR_AT + CODE)
      if (!isIcmp || view.getUint8(ERROR_AT + TYPE) !== DESTINATION_UNREACHABLE) continue
      // From then on the kernel fragments to the smaller size.
      if (code === UNREACHABLE_CODE.fragmentationNeeded) continue
      errors.push({
        cause: causeOfIcmpCode(code),
        ip: toIp4(view.getUint32(ADDRESS_AT + 4)),
        port: view.getUint16(ADDRESS_AT + 2),
      })
    }
    return errors
  }

  #next(descriptor: number): boolean {
    this.#view.setUint32(8, c.SOCKADDR_SIZE, true)
    this.#view.setUint32(40, CONTROL_SIZE, true)
    return this.#libc.recvmsg(descriptor, this.#header, c.MSG_ERRQUEUE | c.MSG_DONTWAIT) >= 0
  }
}
