/**
 * The field that a boot program leaves for whoever serves it: who that is and what was decided about the machine, so
 * that the machine's own screen says it. `boot-images/src/common.inc` has the same layout:
 *
 *      0  8  NBSSTAMP
 *      8  2  length n of the text, least significant byte first
 *     10  1  what the machine is to do: 0 not stamped, 1 PXE, 2 automation, 3 production
 *     11  1  0
 *     12  n  ASCII text, zeros to its end, at least one
 *
 * Does not know who is told what.
 */
import { latin1Bytes, latin1Text } from '../../core/bytes.ts'

export interface Stamp {
  /** 1 PXE, 2 automation, 3 production. */
  readonly boot: number
  readonly text: string
}

/** The part of a program that holds all of the field, if it has one. */
export const STAMP_WITHIN = 8192

const MAGIC = latin1Bytes('NBSSTAMP')
const BOOT_AT = 10
const TEXT_AT = 12

/** Where in a program the NBS writes: from `offset` on, `length` bytes. */
export interface StampField {
  readonly offset: number
  readonly length: number
}

/** Undefined: the program has no such field. Looks at the first `STAMP_WITHIN` bytes. */
export const stampFieldOf = (program: Uint8Array): StampField | undefined => {
  const head = program.subarray(0, STAMP_WITHIN)
  for (let at = head.indexOf(MAGIC[0]!); at >= 0; at = head.indexOf(MAGIC[0]!, at + 1)) {
    if (!MAGIC.every((byte, i) => head[at + i] === byte)) continue
    const room = (head[at + 8] ?? 0) | ((head[at + 9] ?? 0) << 8)
    if (room > 0 && at + TEXT_AT + room <= head.length)
      return { offset: at + BOOT_AT, length: TEXT_AT - BOOT_AT + room }
  }
  return undefined
}

/** What is to stand in a field. A text that is too long is cut; what is not ASCII becomes `?`. */
export const stampBytes = ({ length }: StampField, { boot, text }: Stamp): Uint8Array => {
  const bytes = new Uint8Array(length)
  bytes[0] = boot
  bytes.set(latin1Bytes(text.replace(/[^ -~]/gu, '?').slice(0, length - 3)), 2)
  return bytes
}

/** Undefined: no field, or nobody has written into it. */
export const stampOf = (program: Uint8Array): Stamp | undefined => {
  const field = stampFieldOf(program)
  const boot = field && program[field.offset]
  if (!field || boot === undefined || boot === 0) return undefined
  return { boot, text: latin1Text(program, field.offset + 2, field.offset + field.length) }
}

/** The program as it lies on its server's disk: the same for every server, machine and decision. */
export const unstamped = (program: Uint8Array): Uint8Array => {
  const field = stampFieldOf(program)
  if (!field || program[field.offset] === 0) return program
  return program.slice().fill(0, field.offset, field.offset + field.length)
}
