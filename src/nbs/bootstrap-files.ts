/**
 * Which first boot file a machine gets, by the architecture it names (option 93, else its class identifier). The
 * names are the product's (NBS-3); ARM is ours. Does not check that the file is there.
 */
import { type ArchitectureName, architectureNumber } from '../wire/pxe/client.ts'

export const BOOTSTRAP_FILES: readonly (readonly [ArchitectureName, string])[] = [
  ['x86-bios', 'BStrap/x86/BStrap.0'],
  ['ia32-uefi', 'BStrap/x86/BStrap.efi'],
  ['x64-uefi', 'BStrap/x64/BStrap.efi'],
  // Firmware and servers disagree on 7 and 9 (RFC 4578 errata 3716): x64 machines send either.
  ['ebc', 'BStrap/x64/BStrap.efi'],
  ['arm64-uefi', 'BStrap/arm64/BStrap.efi'],
]

const BY_NUMBER: ReadonlyMap<number, string> = new Map(
  BOOTSTRAP_FILES.map(([name, file]) => [architectureNumber(name), file]),
)

export const bootstrapFile = (architecture: number): string | undefined => BY_NUMBER.get(architecture)
