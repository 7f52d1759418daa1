/**
 * For which processor a boot file is, by its magic bytes. A file without a header that is known here may be anything
 * (a BIOS boot program has none, and files of a lab are often mere placeholders): the answer is then undefined, and
 * firmware takes it. Does not check that a file would run.
 */
import { u16At, u32At } from '../core/bytes.ts'

export type Processor = 'ia32' | 'x64' | 'arm32' | 'arm64' | 'ebc' | 'riscv64' | 'loongarch64'

/** Machine field of a PE header (Microsoft PE format, "Machine Types"; UEFI specification §2.1.1). */
const PE_MACHINES: ReadonlyMap<number, Processor> = new Map([
  [0x014c, 'ia32'],
  [0x8664, 'x64'],
  [0x01c2, 'arm32'],
  [0x01c4, 'arm32'],
  [0xaa64, 'arm64'],
  [0x0ebc, 'ebc'],
  [0x5064, 'riscv64'],
  [0x6264, 'loongarch64'],
])

const DOS_MAGIC = 0x4d5a
const PE_MAGIC = 0x50450000
/** Offset of the PE header, in the DOS header. */
const PE_OFFSET_AT = 0x3c

export const processorOf = (file: Uint8Array): Processor | undefined => {
  if (file.length < PE_OFFSET_AT + 4 || u16At(file, 0) !== DOS_MAGIC) return undefined
  const header =
    (file[PE_OFFSET_AT]! |
      (file[PE_OFFSET_AT + 1]! << 8) |
      (file[PE_OFFSET_AT + 2]! << 16) |
      (file[PE_OFFSET_AT + 3]! << 24)) >>>
    0
  if (header + 6 > file.length || u32At(file, header) !== PE_MAGIC) return undefined
  return PE_MACHINES.get(file[header + 4]! | (file[header + 5]! << 8))
}

/** A UEFI firmware of this processor would load the file, as far as its header says. Byte code runs on every one. */
export const loadsOnUefi = (file: Uint8Array, processor: Processor): boolean => {
  const made = processorOf(file)
  return made === undefined || made === processor || made === 'ebc'
}
