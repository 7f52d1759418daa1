/**
 * The few C library calls that node:dgram cannot make: several datagrams in one call, many sockets read in one iteration
 * of the event loop, ICMP errors. Bound at run time through the optional package koffi. Only for Linux on x86-64 and
 * ARM64, whose structures it lays out; elsewhere, or without koffi, it is undefined. Decides nothing; never throws.
 */
import { createRequire } from 'node:module'
import { isMainThread } from 'node:worker_threads'
import { type Ip4, ip4Number } from '../../core/address.ts'

export interface Libc {
  socket(domain: number, type: number, protocol: number): number
  bind(descriptor: number, address: Uint8Array, length: number): number
  getsockname(descriptor: number, address: Uint8Array, length: Uint32Array): number
  setsockopt(descriptor: number, level: number, name: number, value: Uint8Array, length: number): number
  sendto(
    descriptor: number,
    bytes: Uint8Array,
    length: number,
    flags: number,
    to: Uint8Array,
    toLength: number,
  ): number
  sendmsg(descriptor: number, message: Uint8Array, flags: number): number
  recvfrom(
    descriptor: number,
    bytes: Uint8Array,
    length: number,
    flags: number,
    from: Uint8Array,
    fromLength: Uint32Array,
  ): number
  recvmmsg(descriptor: number, messages: Uint8Array, count: number, flags: number, timeout: null): number
  recvmsg(descriptor: number, message: Uint8Array, flags: number): number
  epollCreate(flags: number): number
  epollControl(epoll: number, operation: number, descriptor: number, event: Uint8Array): number
  epollWait(epoll: number, events: Uint8Array, count: number, millis: number): number
  ringSetup(entries: number, parameters: Uint32Array): number
  ringEnter(
    ring: number,
    submit: number,
    complete: number,
    flags: number,
    argument: Uint8Array | null,
    size: number,
  ): number
  ringRegister(ring: number, operation: number, argument: Uint8Array, count: number): number
  eventfd(value: number, flags: number): number
  ioctl(descriptor: number, request: number, argument: Uint8Array): number
  prctl(option: number, value: number, argument: Uint8Array | null): number
  /** Of a mount and all below it (mount_setattr(2), Linux 5.12); `path` ends with 0. */
  mountAttributes(path: Uint8Array, attributes: Uint8Array): number
  read(descriptor: number, bytes: Uint8Array, length: number): number
  /** Memory shared with the system; undefined if it may not be had. Nobody may touch it after `unmap`. */
  map(descriptor: number, offset: number, size: number): Mapping | undefined
  unmap(mapping: Mapping): void
  close(descriptor: number): number
  capset(header: Uint32Array, sets: Uint32Array): number
  /** Of the last call that failed, as `EAGAIN`. */
  errorCode(): string
  /** The name of an error by its number. */
  errorName(number: number): string
  /** Where the bytes lie; they do not move if they are a view of an `ArrayBuffer` that was made as one. */
  addressOf(bytes: Uint8Array): bigint
  /** Calls whenever the descriptor is readable, outside of any callback of the platform. */
  watch(descriptor: number, readable: () => void): Watch
}

export interface Mapping {
  readonly address: bigint
  readonly memory: ArrayBuffer
}

export interface Watch {
  /** Whether it keeps the process alive. */
  ref(): void
  unref(): void
  close(): void
}

export const AF_INET = 2
export const SOCK_DGRAM = 2
export const SOCK_NONBLOCK = 0o4000
export const SOCK_CLOEXEC = 0o2000000
export const SOL_SOCKET = 1
export const SO_REUSEADDR = 2
export const SO_BROADCAST = 6
export const SO_RCVBUF = 8
export const SOL_UDP = 17
export const UDP_SEGMENT = 103
export const IPPROTO_IP = 0
export const IP_RECVERR = 11
export const IP_MULTICAST_IF = 32
export const IP_ADD_MEMBERSHIP = 35
export const EPOLL_CLOEXEC = 0o2000000
export const EPOLL_CTL_ADD = 1
export const EPOLL_CTL_DEL = 2
export const EPOLL_CTL_MOD = 3
export const EPOLLIN = 1
export const EPOLLOUT = 4
export const EPOLLERR = 8
export const EFD_NONBLOCK_CLOEXEC = 0o2004000
export const MSG_DONTWAIT = 0x40
export const MSG_ERRQUEUE = 0x2000
/** `struct sockaddr_in`. */
export const SOCKADDR_SIZE = 16

/** For a view of an `ArrayBuffer` of its own. */
export const writeSockaddr = (bytes: Uint8Array, ip: Ip4, port: number): void => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, SOCKADDR_SIZE)
  view.setUint16(0, AF_INET, true)
  view.setUint16(2, port)
  view.setUint32(4, ip4Number(ip))
}

/** Its first two words of 32 bits; the others are 0. */
export const sockaddrWords = (ip: Ip4, port: number): readonly [number, number] => {
  const bytes = new Uint8Array(new ArrayBuffer(SOCKADDR_SIZE))
  writeSockaddr(bytes, ip, port)
  const [first, second] = new Uint32Array(bytes.buffer)
  return [first!, second!]
}

/** Addresses as two words: what is done with a `bigint` costs more than the call that it is for. */
export interface Pointer {
  readonly low: number
  readonly high: number
}

export const pointerTo = (address: bigint): Pointer => ({
  low: Number(address & 0xffff_ffffn),
  high: Number(address >> 32n),
})

/** `struct epoll_event` is packed on x86-64 only (epoll_ctl(2)). */
export const EPOLL_EVENT = process.arch === 'x64' ? { size: 12, dataOffset: 4 } : { size: 16, dataOffset: 8 }

let known: Libc | undefined
let isSought = false

/** Undefined where it cannot be had. */
export const libc = (): Libc | undefined => {
  if (!isSought) {
    isSought = true
    known = boundLibc(() => createRequire(import.meta.url)('koffi'))
  }
  return known
}

/** `load`: gives koffi, or throws. */
export const boundLibc = (load: () => unknown): Libc | undefined => {
  // The event loop that is watched is the one of the main thread.
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch) || !isMainThread)
    return undefined
  try {
    return boundBy(load() as Koffi)
  } catch {
    // Not installed, not for this platform, or not allowed (`--permission`): an ordinary state, not a fault.
    return undefined
  }
}

const boundBy = (koffi: Koffi): Libc => {
  const library = koffi.load(null)
  const bound = <F>(name: string, ...parameters: string[]): F => library.func(name, 'int', parameters) as F
  const names = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]))
  const errorName = (number: number): string => names.get(number) ?? 'UNKNOWN'
  const system = (...parameters: string[]): SystemCall =>
    library.func('syscall', 'int', ['long', ...parameters]) as SystemCall
  const prctl = bound<
    (option: number, value: number, argument: Uint8Array | null, none: 0, more: 0) => number
  >('prctl', 'int', 'ulong', 'void *', 'ulong', 'ulong')
  const setAttributes = system('int', 'void *', 'uint32', 'void *', 'size_t')
  const [setup, enter, register] = [
    system('uint32', 'void *'),
    system('int', 'uint32', 'uint32', 'uint32', 'void *', 'size_t'),
    system('int', 'uint32', 'void *', 'uint32'),
  ]
  const mmap = library.func('mmap', 'void *', ['void *', 'size_t', 'int', 'int', 'int', 'long']) as Mmap
  const munmap = bound<(address: bigint, size: number) => number>('munmap', 'void *', 'size_t')
  return {
    socket: bound('socket', 'int', 'int', 'int'),
    bind: bound('bind', 'int', 'void *', 'uint32'),
    getsockname: bound('getsockname', 'int', 'void *', 'void *'),
    setsockopt: bound('setsockopt', 'int', 'int', 'int', 'void *', 'uint32'),
    sendto: bound('sendto', 'int', 'void *', 'size_t', 'int', 'void *', 'uint32'),
    sendmsg: bound('sendmsg', 'int', 'void *', 'int'),
    recvfrom: bound('recvfrom', 'int', 'void *', 'size_t', 'int', 'void *', 'void *'),
    recvmmsg: bound('recvmmsg', 'int', 'void *', 'uint32', 'int', 'void *'),
    recvmsg: bound('recvmsg', 'int', 'void *', 'int'),
    epollCreate: bound('epoll_create1', 'int'),
    epollControl: bound('epoll_ctl', 'int', 'int', 'int', 'void *'),
    epollWait: bound('epoll_wait', 'int', 'void *', 'int', 'int'),
    ringSetup: (entries, parameters) => setup(IO_URING_SETUP, entries, parameters),
    ringEnter: (ring, submit, complete, flags, argument, size) =>
      enter(IO_URING_ENTER, ring, submit, complete, flags, argument, size),
    ringRegister: (ring, operation, argument, count) =>
      register(IO_URING_REGISTER, ring, operation, argument, count),
    map: (descriptor, offset, size) => {
      const address = mmap(null, size, PROT_READ_WRITE, MAP_SHARED_POPULATE, descriptor, offset)
      return address === MAP_FAILED ? undefined : { address, memory: koffi.view(address, size) }
    },
    unmap: ({ address, memory }) => void munmap(address, memory.byteLength),
    eventfd: bound('eventfd', 'uint32', 'int'),
    ioctl: bound('ioctl', 'int', 'ulong', 'void *'),
    prctl: (option, value, argument) => prctl(option, value, argument, 0, 0),
    mountAttributes: (path, attributes) =>
      setAttributes(MOUNT_SETATTR, AT_FDCWD, path, AT_RECURSIVE, attributes, attributes.length),
    read: bound('read', 'int', 'void *', 'size_t'),
    close: bound('close', 'int'),
    capset: bound('capset', 'void *', 'void *'),
    errorCode: () => errorName(koffi.errno()),
    errorName,
    addressOf: bytes => koffi.address(bytes),
    watch: (descriptor, readable) => koffi.node.poll(descriptor, readable),
  }
}

// The C library has no functions for these; the numbers are the same on all architectures.
const IO_URING_SETUP = 425
const IO_URING_ENTER = 426
const IO_URING_REGISTER = 427
const MOUNT_SETATTR = 442
const AT_FDCWD = -100
const AT_RECURSIVE = 0x8000
const PROT_READ_WRITE = 3
const MAP_SHARED_POPULATE = 0x8001
const MAP_FAILED = 0xffff_ffff_ffff_ffffn

type SystemCall = (number: number, ...words: (number | Uint8Array | Uint32Array | null)[]) => number
type Mmap = (at: null, size: number, access: number, flags: number, file: number, offset: number) => bigint

/** What is used of koffi; its own types are not there where it is not installed. */
interface Koffi {
  load(path: null): { func(name: string, result: string, parameters: readonly string[]): unknown }
  errno(): number
  address(value: Uint8Array): bigint
  view(address: bigint, size: number): ArrayBuffer
  readonly os: { readonly errno: Readonly<Record<string, number>> }
  readonly node: { poll(descriptor: number, callback: () => void): Watch }
}
