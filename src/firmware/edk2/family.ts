/**
 * EDK2 among the families: names, builds, and how a real one is booted and read.
 */
import { EDK2 as CLIENT } from '../../analysis/clients/edk2.ts'
import { type GuestKind, quotedForQemu } from '../../network/attach/qemu/guest.ts'
import type { ArchitectureName } from '../../wire/pxe/client.ts'
import type { FirmwareFamily } from '../family.ts'
import type { ScreenSigns } from '../screens.ts'
import { edk2Firmware } from './edk2.ts'
import { EDK2_ARCHITECTURES, EDK2_DEFAULT_PROFILE, EDK2_PROFILES_BY_NAME } from './profile.ts'

const USUAL: ArchitectureName = 'x64-uefi'

/** The texts of EDK2's console (`console.ts`), read the other way round. */
const SCREEN: ScreenSigns = {
  signs: [
    { text: /(PXE-[EM]\w\w): /, means: ([, code]) => ({ kind: 'gaveUp', code }) },
    { text: /BdsDxe: starting Boot\w+ "UEFI PXEv4/, means: () => ({ kind: 'started' }) },
    {
      text: /BdsDxe: failed to load Boot\w+ "UEFI PXEv4.*: ([A-Z][a-z]+(?: [A-Z][a-z]+)?)\s*$/,
      means: ([, status]) => ({ kind: 'refused', code: status }),
    },
  ],
  localDiskCode: 'PXE-E21', // E-39
}

const OVMF = ['/usr/share/OVMF', '/usr/share/edk2/x64', '/usr/share/edk2/ovmf']

const flash = (unit: number, path: string, mode: string): string[] => [
  '-drive',
  `if=pflash,unit=${unit},format=raw,${mode},file=${quotedForQemu(path)}`,
]

const GUEST: GuestKind = {
  name: 'edk2',
  arch: USUAL,
  files: [
    { file: 'OVMF_CODE_4M.fd', places: OVMF, package: 'ovmf' },
    { file: 'OVMF_VARS_4M.fd', places: OVMF, package: 'ovmf' },
  ],
  // Without a ROM on the card EDK2's own driver and PXE code run. Variables are written to a copy that QEMU throws away.
  call: ([code = '', variables = '']) => ({
    machine: ['-machine', 'q35', ...flash(0, code, 'readonly=on'), ...flash(1, variables, 'snapshot=on')],
    card: ',romfile=',
  }),
  usual: true,
  profiles: () => ({ profile: EDK2_DEFAULT_PROFILE, withRouter: EDK2_DEFAULT_PROFILE }),
}

export const EDK2: FirmwareFamily = {
  name: 'edk2',
  title: 'EDK2',
  aliases: ['uefi', 'ovmf'],
  profiles: EDK2_PROFILES_BY_NAME,
  defaultProfile: EDK2_DEFAULT_PROFILE,
  architectures: [USUAL, ...[...EDK2_ARCHITECTURES.keys()].filter(name => name !== USUAL)],
  methods: ['pxe4', 'http4'],
  create: edk2Firmware,
  asks: 'pxe',
  client: CLIENT,
  choosingRules: ['E-21', 'E-22', 'E-41', 'E-42'],
  waitsForWindow: true, // E-14
  probe: { architectures: [USUAL] },
  screen: SCREEN,
  guest: GUEST,
}
