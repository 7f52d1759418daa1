/**
 * The boot ROM of a Raspberry Pi among the families.
 */
import { RASPBERRY_PI as CLIENT } from '../../analysis/clients/raspberry-pi.ts'
import type { FirmwareFamily } from '../family.ts'
import { raspberryPiFirmware } from './raspberry-pi.ts'

export const RASPBERRY_PI: FirmwareFamily = {
  name: 'raspberry-pi',
  title: 'the Raspberry Pi',
  aliases: ['rpi', 'pi'],
  profiles: {
    'raspberry-pi-3': {
      description:
        'Raspberry Pi 3 Model B boot ROM: boots only by "Raspberry Pi Boot" in option 43, or by option 66; no REQUEST',
      source: 'public reports and captures (RPI-1 to RPI-5); not measured',
    },
  },
  defaultProfile: 'raspberry-pi-3',
  // It says x86-bios of itself, and servers take it for a BIOS ROM.
  architectures: ['x86-bios'],
  create: raspberryPiFirmware,
  asks: 'pxe',
  client: CLIENT,
  choosingRules: ['RPI-1', 'RPI-2'],
  formerly: 'bios-rom',
  comparedOnRequest: true,
}
