/**
 * All firmware models: one line per family, and how one is found by name. Who takes families as a value may be given
 * others beside these (`docs/extending.md`). Does not run any.
 */
import type { ClientKind } from '../analysis/clients/client-kind.ts'
import { CLIENT_KINDS } from '../analysis/clients/index.ts'
import type { BootMethod } from '../core/boot-option.ts'
import type { GuestKind } from '../network/attach/qemu/guest.ts'
import { nearestName } from '../document/nearest.ts'
import { isArchitectureName } from '../wire/pxe/client.ts'
import { APPLE } from './apple/family.ts'
import { BIOS_ROM } from './bios-rom/family.ts'
import { EDK2 } from './edk2/family.ts'
import type { FirmwareFamily } from './family.ts'
import { IPXE } from './ipxe/family.ts'
import type { Firmware } from './pc.ts'
import { RASPBERRY_PI } from './raspberry-pi/family.ts'
import { U_BOOT } from './u-boot/family.ts'

export type FirmwareFamilies = readonly FirmwareFamily[]

/** In the order in which they are listed and compared. */
export const FIRMWARE_FAMILIES: FirmwareFamilies = [EDK2, IPXE, U_BOOT, BIOS_ROM, RASPBERRY_PI, APPLE]

export const familyNamed = (families: FirmwareFamilies, name: string): FirmwareFamily | undefined =>
  families.find(family => family.name === name)

/** The family that a profile belongs to: that of this name, or the one that has taken the profile over from it. */
export const familyFor = (
  families: FirmwareFamilies,
  name: string,
  profile: string | undefined,
): FirmwareFamily | undefined => {
  const family = familyNamed(families, name)
  if (!family || profile === undefined || Object.hasOwn(family.profiles, profile)) return family
  return families.find(other => other.formerly === name && Object.hasOwn(other.profiles, profile)) ?? family
}

export interface UnknownFirmware {
  readonly what: 'family' | 'profile' | 'architecture'
  /** The name that is not known. */
  readonly unknown: string
  readonly nearest: string | undefined
}

/** Without a profile, an architecture or an order of boot options: the usual one of the family. */
export const firmwareFor = (
  families: FirmwareFamilies,
  name: string,
  profile?: string,
  architecture?: string,
  order?: readonly BootMethod[],
): Firmware | UnknownFirmware => {
  const family = familyFor(families, name, profile)
  return family
    ? firmwareOf(family, profile, architecture, order)
    : unknown('family', name, namesOf(families))
}

export const firmwareOf = (
  { profiles, defaultProfile, architectures, create }: FirmwareFamily,
  profile: string = defaultProfile,
  architecture: string = architectures[0],
  order?: readonly BootMethod[],
): Firmware | UnknownFirmware => {
  if (!Object.hasOwn(profiles, profile)) return unknown('profile', profile, Object.keys(profiles))
  if (!isArchitectureName(architecture) || !architectures.includes(architecture))
    return unknown('architecture', architecture, architectures)
  return create(profile, architecture, order)
}

export const namesOf = (families: FirmwareFamilies): string[] => families.map(({ name }) => name)

/** Those of which a real one can be booted. */
export const guestsOf = (families: FirmwareFamilies): GuestKind[] =>
  families.flatMap(({ guest }) => guest ?? [])

/** What an observer tells apart where these families boot: its own kinds, after those that only they know. */
export const clientKindsOf = (families: FirmwareFamilies): readonly ClientKind[] => {
  const added = families.map(({ client }) => client).filter(client => !CLIENT_KINDS.includes(client))
  return added.length === 0 ? CLIENT_KINDS : [...new Set(added), ...CLIENT_KINDS]
}

const unknown = (what: UnknownFirmware['what'], name: string, names: readonly string[]): UnknownFirmware => ({
  what,
  unknown: name,
  nearest: nearestName(name, names),
})
