/**
 * Whether UDP sockets go through the C library here, and how, found out by trying: a run of datagrams sent to itself
 * over loopback must come back as the same datagrams. Whatever is missing (io_uring, Linux, koffi, a kernel that cuts,
 * the right to load native code) leaves the next best, and in the end node:dgram, which does the same more slowly.
 * NBS_NO_IO_URING=1 and NBS_NO_ACCELERATION=1 leave it too.
 */
import { toIp4 } from '../../core/address.ts'
import type { Courier } from './courier.ts'
import { EpollCourier } from './epoll-courier.ts'
import * as c from './libc.ts'
import type { Libc } from './libc.ts'
import { LibcSockets } from './libc-sockets.ts'
import { RingCourier } from './ring-courier.ts'

/** The best first. */
const COURIERS = {
  io_uring: libc => RingCourier.open(libc),
  epoll: libc => EpollCourier.open(libc),
} as const satisfies Readonly<Record<string, (libc: Libc) => Courier | undefined>>

export type AccelerationKind = keyof typeof COURIERS

export interface Acceleration {
  readonly libc: Libc
  readonly kind: AccelerationKind
  /** Several datagrams in one call; else it is one call each, but still without node:dgram. */
  readonly takesRuns: boolean
}

/** What is open, and how. Undefined: there is none here, or not of the kind that is wanted. */
export const accelerated = (
  environment: NodeJS.ProcessEnv,
  wanted?: AccelerationKind | 'off',
): { readonly kind: AccelerationKind; readonly sockets: LibcSockets } | undefined => {
  const isSet = (name: string): boolean => (environment[name] ?? '') !== ''
  if (wanted === 'off' || isSet('NBS_NO_ACCELERATION')) return undefined
  for (const kind of KINDS) {
    if ((wanted ?? kind) !== kind || (kind === 'io_uring' && isSet('NBS_NO_IO_URING'))) continue
    const found = foundOnce(kind)
    // What was there once may be no more: memory that may be locked, descriptors.
    const sockets = found && openLibcSockets(found)
    if (sockets) return { kind, sockets }
  }
  return undefined
}

const KINDS = Object.keys(COURIERS) as AccelerationKind[]
const known = new Map<AccelerationKind, Acceleration | undefined>()

const foundOnce = (kind: AccelerationKind): Acceleration | undefined => {
  if (!known.has(kind)) known.set(kind, tried(c.libc(), kind))
  return known.get(kind)
}

export const openLibcSockets = ({ libc, kind, takesRuns }: Acceleration): LibcSockets | undefined => {
  const courier = COURIERS[kind](libc)
  return courier && new LibcSockets(libc, courier, takesRuns)
}

/** Of one run; the last is shorter, as the end of a file is. */
const TRIAL_SIZES = [32, 32, 32, 7]
const TRIAL_TURNS = 16

export const tried = (libc: Libc | undefined, kind: AccelerationKind): Acceleration | undefined => {
  if (!libc) return undefined
  const payloads = TRIAL_SIZES.map((size, i) => new Uint8Array(size).fill(i + 1))
  for (const takesRuns of [true, false]) {
    const found = { libc, kind, takesRuns }
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
    for (let turn = 0; turn < TRIAL_TURNS && got.length < payloads.length; turn++) sockets.turn()
  } finally {
    sockets.close()
  }
  const isSame = (one: Uint8Array, i: number): boolean => Buffer.compare(one, payloads[i]!) === 0
  return got.length === payloads.length && got.every(isSame)
}
