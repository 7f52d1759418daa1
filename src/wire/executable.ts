/**
 * Executables by their magic bytes: what a file is, for which processor a PE image is made, and the smallest header that
 * says so. Files of a lab are often mere placeholders, a text, a pattern or one byte over and over: these may be
 * anything. Does not check that a
 * file would run.
 */
import { latin1Text, u16At, u32At } from '../core/bytes.ts'

export type Processor = 'ia32' | 'x64' | 'arm32' | 'arm64' | 'ebc' | 'riscv64' | 'loongarch64'

/** Machine field of a PE header (Microsoft PE format, "Machine Types"; UEFI specification §2.1.1). */
const PE_MACHINES: readonly (readonly [machine: number, processor: Processor])[] = [
  [0x014c, 'ia32'],
  [0x8664, 'x64'],
  // Thumb mixed is what UEFI demands; the two others are ARM and ARMNT of the PE format.
  [0x01c2, 'arm32'],
  [0x01c0, 'arm32'],
  [0x01c4, 'arm32'],
  [0xaa64, 'arm64'],
  [0x0ebc, 'ebc'],
  [0x5064, 'riscv64'],
  [0x6264, 'loongarch64'],
]

const DOS_MAGIC = 0x4d5a
const PE_MAGIC = 0x50450000
/** Offset of the PE header, in the DOS header: 32 bits, little-endian. */
const PE_OFFSET_AT = 0x3c
const DOS_HEADER_SIZE = 0x40

/** Of a file, or of its first block; undefined for anything but a PE image of a known machine. */
export const processorOf = (file: Uint8Array): Processor | undefined => {
  const header = peHeaderOf(file)
  if (header === undefined) return undefined
  const machine = file[header + 4]! | (file[header + 5]! << 8)
  return PE_MACHINES.find(([number]) => number === machine)?.[1]
}

const peOffsetOf = (file: Uint8Array): number =>
  (file[PE_OFFSET_AT]! |
    (file[PE_OFFSET_AT + 1]! << 8) |
    (file[PE_OFFSET_AT + 2]! << 16) |
    (file[PE_OFFSET_AT + 3]! << 24)) >>>
  0

const peHeaderOf = (file: Uint8Array): number | undefined => {
  if (file.length < DOS_HEADER_SIZE || u16At(file, 0) !== DOS_MAGIC) return undefined
  const header = peOffsetOf(file)
  return header + 6 > file.length || u32At(file, header) !== PE_MAGIC ? undefined : header
}

/**
 * `pe`: with its processor, undefined for one that is not known here; `application` is false for drivers. `dos`: an MZ
 * file without a PE header. `script`: of iPXE. `binary`: none of these, and no text: a BIOS boot program has no magic.
 */
export type Executable =
  | { readonly kind: 'pe'; readonly processor: Processor | undefined; readonly application: boolean }
  | { readonly kind: 'dos' | 'script' | 'binary' }

/** Of a file, or of its first block; undefined for a placeholder, which stands for whatever is wanted, and for nothing. */
export const executableIn = (file: Uint8Array): Executable | undefined => {
  if (SCRIPT.test(latin1Text(file, 0, Math.min(file.length, 8)))) return { kind: 'script' }
  if (file.length >= 2 && u16At(file, 0) === DOS_MAGIC) return mzIn(file)
  return isPlaceholder(file) ? undefined : { kind: 'binary' }
}

const SCRIPT = /^#!(?:ipxe|gpxe|pxe)/

/** Of the optional header: its magic, and the subsystem of an EFI application. */
const OPTIONAL_AT = 24
const SUBSYSTEM_AT = OPTIONAL_AT + 68
const EFI_APPLICATION = 10
/** A header made for a lab says none. */
const UNTOLD = 0

/** Undefined: the place of its PE header is not among these bytes. */
const mzIn = (file: Uint8Array): Executable | undefined => {
  if (file.length < DOS_HEADER_SIZE || peOffsetOf(file) + 6 > file.length) return undefined
  const header = peHeaderOf(file)
  if (header === undefined) return { kind: 'dos' }
  const told = header + SUBSYSTEM_AT + 2 <= file.length
  const subsystem = told ? file[header + SUBSYSTEM_AT]! | (file[header + SUBSYSTEM_AT + 1]! << 8) : UNTOLD
  return {
    kind: 'pe',
    processor: processorOf(file),
    application: subsystem === EFI_APPLICATION || subsystem === UNTOLD,
  }
}

/** Bytes that are looked at to tell text and pattern from a program. */
const LOOKED_AT = 512

const isPlaceholder = (file: Uint8Array): boolean => {
  const start = file.subarray(0, LOOKED_AT)
  const [first] = start
  return (
    start.every(isLetter) ||
    start.every(byte => byte === first) ||
    start.every((byte, at) => byte === patternAt(at))
  )
}

const isLetter = (byte: number): boolean =>
  (byte >= 0x20 && byte !== 0x7f && (byte < 0x80 || byte >= 0xa0)) || (byte >= 9 && byte <= 13)

const patternAt = (at: number): number => (at * 7 + (at >>> 9)) & 255

/** A placeholder of some size: bytes that differ from block to block, so that a mixed-up transfer does not go unseen. */
export const placeholderOf = (size: number): Uint8Array => {
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; at++) bytes[at] = patternAt(at)
  return bytes
}

/** A placeholder for a program of this processor: 128 bytes, headers and nothing else. */
export const peHeaderFor = (processor: Processor): Uint8Array => {
  const bytes = new Uint8Array(2 * DOS_HEADER_SIZE)
  const machine = PE_MACHINES.find(([, known]) => known === processor)![0]
  bytes.set([DOS_MAGIC >> 8, DOS_MAGIC & 255])
  bytes[PE_OFFSET_AT] = DOS_HEADER_SIZE
  bytes.set([0x50, 0x45, 0, 0, machine & 255, machine >> 8], DOS_HEADER_SIZE)
  return bytes
}
