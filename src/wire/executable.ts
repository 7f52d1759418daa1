/**
 * Executables by their magic bytes: for which processor a PE image is made, and the smallest header that says so. A
 * file without a header that is known here may be anything (a BIOS boot program has none, and files of a lab are often
 * mere placeholders). Does not check that a file would run.
 */
import { u16At, u32At } from '../core/bytes.ts'

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
  if (file.length < DOS_HEADER_SIZE || u16At(file, 0) !== DOS_MAGIC) return undefined
  const header =
    (file[PE_OFFSET_AT]! |
      (file[PE_OFFSET_AT + 1]! << 8) |
      (file[PE_OFFSET_AT + 2]! << 16) |
      (file[PE_OFFSET_AT + 3]! << 24)) >>>
    0
  if (header + 6 > file.length || u32At(file, header) !== PE_MAGIC) return undefined
  const machine = file[header + 4]! | (file[header + 5]! << 8)
  return PE_MACHINES.find(([number]) => number === machine)?.[1]
}

/** A UEFI firmware of this processor would load the file, as far as its header says. Byte code runs on every one. */
export const loadsOnUefi = (file: Uint8Array, processor: Processor): boolean => {
  const made = processorOf(file)
  return made === undefined || made === processor || made === 'ebc'
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
