/**
 * Whether UDP sockets go through the C library here, and by which backend, found out by trying: a batch of datagrams
 * sent to itself over loopback must come back as the same datagrams. Whatever is missing (io_uring, Linux, koffi,
 * UDP_SEGMENT, the right to load native code), the next best is taken, and in the end node:dgram, which does the same
 * more slowly. NBS_NO_IO_URING=1 and NBS_NO_ACCELERATION=1 switch it off.
 */
import { toIp4 } from '../../core/address.ts'
import type { IoBackend } from './io-backend.ts'
import { EpollBackend } from './epoll-backend.ts'
import * as c from './libc.ts'
import type { Libc } from './libc.ts'
import { LibcSockets } from './libc-sockets.ts'
import { IoUringBackend } from './io-uring-backend.ts'

/** Best first. */
const BACKENDS = {
  io_uring: libc => IoUringBackend.open(libc),
  epoll: libc => EpollBackend.open(libc),
} as const satisfies Readonly<Record<string, (libc: Libc) => IoBackend | undefined>>

export type AccelerationKind = keyof typeof BACKENDS

export interface Acceleration {
  readonly libc: Libc
  readonly kind: AccelerationKind
  /** Batches go in one call; otherwise one call for each datagram, still without node:dgram. */
  readonly supportsGso: boolean
}

/** The opened sockets and their backend. Undefined: none is available, or not of the wanted kind. */
export const accelerated = (
  environment: NodeJS.ProcessEnv,
  wanted?: AccelerationKind | 'off',
): { readonly kind: AccelerationKind; readonly sockets: LibcSockets } | undefined => {
  const isSet = (name: string): boolean => (environment[name] ?? '') !== ''
  if (wanted === 'off' || isSet('NBS_NO_ACCELERATION')) return undefined
  for (const kind of KINDS) {
    if ((wanted ?? kind) !== kind || (kind === 'io_uring' && isSet('NBS_NO_IO_URING'))) continue
    const found = foundOnce(kind)
    // What worked once may fail later: locked memory and descriptors run out.
    const sockets = found && openLibcSockets(found)
    if (sockets) return { kind, sockets }
  }
  return undefined
}

const KINDS = Object.keys(BACKENDS) as AccelerationKind[]
const known = new Map<AccelerationKind, Acceleration | undefined>()

const foundOnce = (kind: AccelerationKind): Acceleration | undefined => {
  if (!known.has(kind)) known.set(kind, tried(c.libc(), kind))
  return known.get(kind)
}

export const openLibcSockets = ({ libc, kind, supportsGso }: Acceleration): LibcSockets | undefined => {
  const backend = BACKENDS[kind](libc)
  return backend && new LibcSockets(libc, backend, supportsGso)
}

/** One batch; the last is shorter, as the end of a file is. */
const TRIAL_SIZES = [32, 32, 32, 7]
const TRIAL_POLLS = 16

export const tried = (libc: Libc | undefined, kind: AccelerationKind): Acceleration | undefined => {
  if (!libc) return undefined
  const payloads = TRIAL_SIZES.map((size, i) => new Uint8Array(size).fill(i + 1))
  for (const supportsGso of [true, false]) {
    const found = { libc, kind, supportsGso }
    try {
      const sockets = openLibcSockets(found)
      if (!sockets) return undefined
      if (comeBack(sockets, payloads)) return found
    } catch {
      return undefined
    }
  }
  return undefined
}

/** Loopback delivers within the sending call. */
const comeBack = (sockets: LibcSockets, payloads: readonly Uint8Array[]): boolean => {
  const got: Uint8Array[] = []
  try {
    const ip = toIp4(0x7f000001)
    const socket = sockets.bindNow(ip, 0, { shared: false })
    socket.listen({ receive: payload => void got.push(payload) })
    const send = socket.routeTo({ ip, port: socket.port }, () => {})
    for (const payload of payloads) send(payload)
    for (let poll = 0; poll < TRIAL_POLLS && got.length < payloads.length; poll++) sockets.poll()
  } finally {
    sockets.close()
  }
  const isSame = (one: Uint8Array, i: number): boolean => Buffer.compare(one, payloads[i]!) === 0
  return got.length === payloads.length && got.every(isSame)
}
