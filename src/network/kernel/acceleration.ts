/**
 * Whether UDP sockets go through the C library here, found out by trying: a run of datagrams sent to itself over
 * loopback must come back as the same datagrams. Whatever is missing (Linux, koffi, a kernel that cuts, the right to
 * load native code) leaves node:dgram, which does the same more slowly. NBS_NO_ACCELERATION=1 leaves it too.
 */
import { toIp4 } from '../../core/address.ts'
import * as c from './libc.ts'
import type { Libc } from './libc.ts'
import { RunMessage } from './run-message.ts'

export interface Acceleration {
  readonly libc: Libc
  /** Several datagrams in one call; else it is one call each, but still without node:dgram. */
  readonly takesRuns: boolean
}

/** Undefined: there is none here. */
export const acceleration = (environment: NodeJS.ProcessEnv): Acceleration | undefined =>
  (environment['NBS_NO_ACCELERATION'] ?? '') === '' ? found() : undefined

let result: { readonly acceleration: Acceleration | undefined } | undefined

const found = (): Acceleration | undefined => {
  result ??= { acceleration: tried(c.libc()) }
  return result.acceleration
}

/** Of one run; the last is shorter, as the end of a file is. */
const TRIAL_SIZES = [32, 32, 32, 7]

export const tried = (libc: Libc | undefined): Acceleration | undefined => {
  if (!libc) return undefined
  const descriptor = libc.socket(c.AF_INET, c.SOCK_DGRAM | c.SOCK_NONBLOCK | c.SOCK_CLOEXEC, 0)
  if (descriptor < 0) return undefined
  try {
    const name = new Uint8Array(new ArrayBuffer(c.SOCKADDR_SIZE))
    c.writeSockaddr(name, toIp4(0x7f000001), 0)
    if (libc.bind(descriptor, name, c.SOCKADDR_SIZE) < 0) return undefined
    if (libc.getsockname(descriptor, name, Uint32Array.of(c.SOCKADDR_SIZE)) < 0) return undefined
    const payloads = TRIAL_SIZES.map((size, i) => new Uint8Array(size).fill(i + 1))
    const comesBack = (sent: number): boolean =>
      sent >= 0 && payloads.every(one => isNext(libc, descriptor, one))
    const [first] = payloads
    if (libc.sendto(descriptor, first!, first!.length, 0, name, c.SOCKADDR_SIZE) < 0) return undefined
    if (!isNext(libc, descriptor, first!)) return undefined
    const takesRuns = comesBack(new RunMessage(libc).send(descriptor, name, payloads))
    return { libc, takesRuns }
  } catch {
    return undefined
  } finally {
    libc.close(descriptor)
  }
}

/** Loopback delivers within the sending call. */
const isNext = (libc: Libc, descriptor: number, expected: Uint8Array): boolean => {
  const bytes = new Uint8Array(new ArrayBuffer(256))
  const source = new Uint8Array(new ArrayBuffer(c.SOCKADDR_SIZE))
  const length = libc.recvfrom(descriptor, bytes, bytes.length, 0, source, Uint32Array.of(c.SOCKADDR_SIZE))
  return length === expected.length && expected.every((byte, i) => bytes[i] === byte)
}
