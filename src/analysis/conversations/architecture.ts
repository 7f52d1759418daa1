/**
 * For which machine a boot file is made: by its name, and by its magic bytes where a capture shows its first block.
 * Only what is certain is said; a file that does not tell is never called wrong.
 */
import { type Processor, processorOf } from '../../wire/executable.ts'
import { plainFile } from '../words.ts'

/** `uefi`: some UEFI machine, the name does not say which. */
export type FileArchitecture = 'bios' | 'uefi' | 'ia32-uefi' | 'x64-uefi' | 'arm32-uefi' | 'arm64-uefi'

/** Option 93 (IANA). 9 is byte code by the registry, but x64 in much firmware: RFC 4578 and its errata disagree. */
const OF_OPTION_93: Readonly<Record<number, FileArchitecture>> = {
  0: 'bios',
  6: 'ia32-uefi',
  7: 'x64-uefi',
  9: 'x64-uefi',
  10: 'arm32-uefi',
  11: 'arm64-uefi',
  15: 'ia32-uefi',
  16: 'x64-uefi',
  18: 'arm32-uefi',
  19: 'arm64-uefi',
}

export const architectureOfClient = (architecture: number | undefined): FileArchitecture | undefined =>
  architecture === undefined ? undefined : OF_OPTION_93[architecture]

const BIOS_NAME = /\.(0|kpxe|kkpxe|pxe|bs|n12|com|lkrn)$/
const NAMES: readonly (readonly [RegExp, FileArchitecture])[] = [
  [/(^|[^a-z0-9])(aa64|arm64|aarch64)([^a-z0-9]|$)|bootaa64/, 'arm64-uefi'],
  [/(^|[^a-z0-9])(arm|arm32|armhf)([^a-z0-9]|$)|bootarm\./, 'arm32-uefi'],
  [/(^|[^a-z0-9])(x64|x86[_-]64|amd64)([^a-z0-9]|$)|bootx64|grubx64|shimx64/, 'x64-uefi'],
  [/(^|[^a-z0-9])(ia32|i386|x86|efi32)([^a-z0-9]|$)|bootia32/, 'ia32-uefi'],
]

/** `BStrap/x86/BStrap.0` is for a BIOS, `BStrap/x64/BStrap.efi` for x64 UEFI, `boot.ipxe` is not told. */
export const architectureOfName = (name: string): FileArchitecture | undefined => {
  const plain = plainFile(name.replace(/^[a-z]+:\/\/[^/]*/i, ''))
  if (BIOS_NAME.test(plain)) return 'bios'
  if (!plain.endsWith('.efi')) return undefined
  return NAMES.find(([pattern]) => pattern.test(plain))?.[1] ?? 'uefi'
}

/** What a UEFI machine of this processor boots; others are not told apart here. */
const OF_PROCESSOR: Readonly<Partial<Record<Processor, FileArchitecture>>> = {
  ia32: 'ia32-uefi',
  x64: 'x64-uefi',
  arm32: 'arm32-uefi',
  arm64: 'arm64-uefi',
}

/** Of the first block of a file; undefined for anything but a PE image, because a BIOS program has no magic. */
export const architectureOfBytes = (bytes: Uint8Array): FileArchitecture | undefined => {
  const processor = processorOf(bytes)
  return processor && OF_PROCESSOR[processor]
}

/** A file for `file` cannot run on a machine that is `machine`. */
export const cannotRunOn = (machine: FileArchitecture, file: FileArchitecture): boolean =>
  machine !== file && (machine === 'bios' || file === 'bios' || (machine !== 'uefi' && file !== 'uefi'))

const TEXTS: Record<FileArchitecture, string> = {
  bios: 'BIOS',
  uefi: 'UEFI',
  'ia32-uefi': '32-bit x86 UEFI',
  'x64-uefi': 'x64 UEFI',
  'arm32-uefi': '32-bit ARM UEFI',
  'arm64-uefi': '64-bit ARM UEFI',
}
export const describeArchitecture = (architecture: FileArchitecture): string => TEXTS[architecture]
