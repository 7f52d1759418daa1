/**
 * All firmware models by name: families, their profiles with a line each, and the architectures they come for. A new
 * family is a new row. Does not run any.
 */
import { nearestName } from '../document/nearest.ts'
import { type ArchitectureName, isArchitectureName } from '../wire/pxe/client.ts'
import { APPLE_DEFAULT_PROFILE, APPLE_PROFILES, appleFirmware } from './apple/apple.ts'
import { BIOS_ROM_PROFILES, biosRomFirmware } from './bios-rom/bios-rom.ts'
import { EDK2_PROFILES, edk2Firmware } from './edk2/edk2.ts'
import { EDK2_ARCHITECTURES } from './edk2/profile.ts'
import { IPXE_PROFILES, ipxeFirmware } from './ipxe/ipxe.ts'
import type { Firmware } from './pc.ts'
import { RASPBERRY_PI_PROFILES, raspberryPiFirmware } from './raspberry-pi/raspberry-pi.ts'
import { U_BOOT_PROFILES, uBootFirmware } from './u-boot/u-boot.ts'

export interface FirmwareFamily {
  /** Profile name -> what it is. */
  readonly profiles: Readonly<Record<string, string>>
  /** Told apart from "the first", which JavaScript does not keep for names like 2022. */
  readonly defaultProfile: string
  /** The first one is what a machine of this family usually is. */
  readonly architectures: readonly ArchitectureName[]
  readonly create: (profile: string, architecture: ArchitectureName) => Firmware
}

const UEFI: readonly ArchitectureName[] = [
  'x64-uefi',
  ...[...EDK2_ARCHITECTURES.keys()].filter(name => name !== 'x64-uefi'),
]

export const FIRMWARE_FAMILIES: Readonly<Record<string, FirmwareFamily>> = {
  edk2: { profiles: EDK2_PROFILES, defaultProfile: '2022', architectures: UEFI, create: edk2Firmware },
  ipxe: {
    profiles: IPXE_PROFILES,
    defaultProfile: 'head',
    architectures: ['x86-bios', ...UEFI.filter(name => !name.endsWith('-http'))],
    create: ipxeFirmware,
  },
  'u-boot': {
    profiles: U_BOOT_PROFILES,
    defaultProfile: '2023',
    architectures: [
      'arm64-u-boot',
      'arm32-u-boot',
      'arm64-uefi',
      'arm32-uefi',
      'riscv64-uefi',
      'x64-uefi',
      'ia32-uefi',
      'x86-bios',
    ],
    create: uBootFirmware,
  },
  'bios-rom': {
    // It says x86-bios of itself, and servers take it for a BIOS ROM.
    profiles: { ...BIOS_ROM_PROFILES, ...RASPBERRY_PI_PROFILES },
    defaultProfile: 'intel',
    architectures: ['x86-bios'],
    create: (profile, architecture) =>
      Object.hasOwn(RASPBERRY_PI_PROFILES, profile)
        ? raspberryPiFirmware(profile)
        : biosRomFirmware(profile, architecture),
  },
  apple: {
    profiles: APPLE_PROFILES,
    defaultProfile: APPLE_DEFAULT_PROFILE,
    architectures: ['x64-uefi', 'ia32-uefi', 'powerpc-open-firmware'],
    create: appleFirmware,
  },
}

/** Family -> profile -> what it is. */
export const FIRMWARE_PROFILES: Readonly<Record<string, Readonly<Record<string, string>>>> =
  Object.fromEntries(Object.entries(FIRMWARE_FAMILIES).map(([family, { profiles }]) => [family, profiles]))

export interface UnknownFirmware {
  readonly what: 'family' | 'profile' | 'architecture'
  /** The name that is not known. */
  readonly unknown: string
  readonly nearest: string | undefined
}

/** Without a profile or an architecture: the usual one of the family. */
export const firmwareFor = (
  family: string,
  profile?: string,
  architecture?: string,
): Firmware | UnknownFirmware => {
  const known = ownOf(FIRMWARE_FAMILIES, family)
  if (!known) return unknown('family', family, Object.keys(FIRMWARE_FAMILIES))
  const chosen = profile ?? known.defaultProfile
  if (ownOf(known.profiles, chosen) === undefined)
    return unknown('profile', chosen, Object.keys(known.profiles))
  const wanted = architecture ?? known.architectures[0]!
  if (!isArchitectureName(wanted) || !known.architectures.includes(wanted))
    return unknown('architecture', wanted, known.architectures)
  return known.create(chosen, wanted)
}

const ownOf = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

const unknown = (what: UnknownFirmware['what'], name: string, names: readonly string[]): UnknownFirmware => ({
  what,
  unknown: name,
  nearest: nearestName(name, names),
})
