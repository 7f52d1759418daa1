/**
 * BIOS boot ROMs among the families. Closed ROMs were not measured, so there is none to boot.
 */
import { BIOS_ROM as CLIENT } from '../../analysis/clients/bios-rom.ts'
import type { FirmwareFamily } from '../family.ts'
import { biosRomFirmware } from './bios-rom.ts'
import { ROM_DEFAULT_PROFILE, ROM_PROFILES_BY_NAME } from './profile.ts'

export const BIOS_ROM: FirmwareFamily = {
  name: 'bios-rom',
  title: 'the BIOS ROM',
  aliases: ['bios', 'legacy', 'pxe'],
  profiles: ROM_PROFILES_BY_NAME,
  defaultProfile: ROM_DEFAULT_PROFILE,
  architectures: ['x86-bios'],
  create: biosRomFirmware,
  asks: 'pxe',
  client: CLIENT,
  choosingRules: ['B-10', 'B-18'],
  waitsForWindow: true, // B-10
  probe: {},
}
