/**
 * In a namespace of an ordinary user there is one user and one group. Servers want to become another one all the same, and
 * end where they may not; here the kernel tells them that they have, and does nothing (seccomp(2)). Nothing is lost by it:
 * their rights end with the namespace anyway. For this process and those that it starts.
 */
import process from 'node:process'
import type { Libc } from '../../kernel/libc.ts'

const PR_SET_NO_NEW_PRIVS = 38
const PR_SET_SECCOMP = 22
const SECCOMP_MODE_FILTER = 2

/** setuid, setgid, setreuid, setregid, setgroups, setresuid, setresgid, setfsuid, setfsgid; chown and its like. */
const CALLS: Readonly<
  Record<string, { readonly architecture: number; readonly numbers: readonly number[] }>
> = {
  x64: {
    architecture: 0xc000_003e,
    numbers: [105, 106, 113, 114, 116, 117, 119, 122, 123, 92, 93, 94, 260],
  },
  arm64: {
    architecture: 0xc000_00b7,
    numbers: [146, 144, 145, 143, 159, 147, 149, 151, 152, 55, 54],
  },
}

/** Of a filter's instructions (linux/filter.h, linux/seccomp.h). */
const LOAD = 0x20
const IF_EQUAL = 0x15
const RETURN = 0x06
const NUMBER_AT = 0
const ARCHITECTURE_AT = 4
const ALLOW = 0x7fff_0000
/** Error 0: the call is not made, and has succeeded. */
const PRETEND = 0x0005_0000

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number]

export const filterFor = (cpu: string): readonly Instruction[] => {
  const calls = CALLS[cpu]
  if (!calls) return []
  const { architecture, numbers } = calls
  return [
    [LOAD, 0, 0, ARCHITECTURE_AT],
    [IF_EQUAL, 0, numbers.length + 1, architecture],
    [LOAD, 0, 0, NUMBER_AT],
    ...numbers.map((number, at): Instruction => [IF_EQUAL, numbers.length - at, 0, number]),
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, PRETEND],
  ]
}

export const pretendOtherUsers = (libc: Libc): void => {
  const filter = filterFor(process.arch)
  if (filter.length === 0) return
  const program = new Uint8Array(new ArrayBuffer(8 * filter.length))
  const view = new DataView(program.buffer)
  filter.forEach(([code, ifTrue, ifFalse, value], at) => {
    view.setUint16(8 * at, code, true)
    view.setUint8(8 * at + 2, ifTrue)
    view.setUint8(8 * at + 3, ifFalse)
    view.setUint32(8 * at + 4, value, true)
  })
  const head = new Uint8Array(new ArrayBuffer(16))
  new DataView(head.buffer).setUint16(0, filter.length, true)
  new DataView(head.buffer).setBigUint64(8, libc.addressOf(program), true)
  libc.prctl(PR_SET_NO_NEW_PRIVS, 1, null)
  libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, head)
}
