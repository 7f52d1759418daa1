/**
 * For which machine a boot file is made: by its name, and by its magic bytes where a capture shows its first block.
 * Only what is certain is said; a file of unknown make is never called wrong.
 */
import { u16At } from '../../core/bytes.ts'
import { plainFile } from '../words.ts'

/** `uefi`: some UEFI machine, the name does not say which. */
export type Make = 'bios' | 'uefi' | 'ia32-uefi' | 'x64-uefi' | 'arm32-uefi' | 'arm64-uefi'

/** Option 93 (IANA). 9 is byte code by the registry, but x64 in much firmware: RFC 4578 and its errata disagree. */
const MAKES: Readonly<Record<number, Make>> = {
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

export const makeOfClient = (architecture: number | undefined): Make | undefined =>
  architecture === undefined ? undefined : MAKES[architecture]

const BIOS_NAME = /\.(0|kpxe|kkpxe|pxe|bs|n12|com|lkrn)$/
const NAMES: readonly (readonly [RegExp, Make])[] = [
  [/(^|[^a-z0-9])(aa64|arm64|aarch64)([^a-z0-9]|$)|bootaa64/, 'arm64-uefi'],
  [/(^|[^a-z0-9])(arm|arm32|armhf)([^a-z0-9]|$)|bootarm\./, 'arm32-uefi'],
  [/(^|[^a-z0-9])(x64|x86[_-]64|amd64)([^a-z0-9]|$)|bootx64|grubx64|shimx64/, 'x64-uefi'],
  [/(^|[^a-z0-9])(ia32|i386|x86|efi32)([^a-z0-9]|$)|bootia32/, 'ia32-uefi'],
]

/** `BStrap/x86/BStrap.0` is for a BIOS, `BStrap/x64/BStrap.efi` for x64 UEFI, `boot.ipxe` is not told. */
export const makeOfName = (name: string): Make | undefined => {
  const plain = plainFile(name.replace(/^[a-z]+:\/\/[^/]*/i, ''))
  if (BIOS_NAME.test(plain)) return 'bios'
  if (!plain.endsWith('.efi')) return undefined
  return NAMES.find(([pattern]) => pattern.test(plain))?.[1] ?? 'uefi'
}

/** Machine field of a PE header (UEFI specification §2.1.1). */
const PE_MACHINES: Readonly<Record<number, Make>> = {
  0x014c: 'ia32-uefi',
  0x8664: 'x64-uefi',
  0x01c0: 'arm32-uefi',
  0x01c2: 'arm32-uefi',
  0x01c4: 'arm32-uefi',
  0xaa64: 'arm64-uefi',
}

/** Of the first block of a file; undefined for anything but a PE image, because a BIOS program has no magic. */
export const makeOfBytes = (bytes: Uint8Array): Make | undefined => {
  if (bytes.length < 0x40 || u16At(bytes, 0) !== 0x4d5a) return undefined
  const header = bytes[0x3c]! | (bytes[0x3d]! << 8) | (bytes[0x3e]! << 16)
  if (bytes[0x3f] !== 0 || header + 6 > bytes.length || u16At(bytes, header) !== 0x5045) return undefined
  return PE_MACHINES[bytes[header + 4]! | (bytes[header + 5]! << 8)]
}

/** A file of make `file` cannot run on a machine of make `client`. */
export const isWrongMake = (client: Make, file: Make): boolean =>
  client !== file && (client === 'bios' || file === 'bios' || (client !== 'uefi' && file !== 'uefi'))

const TEXTS: Record<Make, string> = {
  bios: 'a BIOS',
  uefi: 'UEFI',
  'ia32-uefi': '32-bit x86 UEFI',
  'x64-uefi': 'x64 UEFI',
  'arm32-uefi': '32-bit ARM UEFI',
  'arm64-uefi': '64-bit ARM UEFI',
}
export const describeMake = (make: Make): string => TEXTS[make]
