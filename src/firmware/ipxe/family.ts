/**
 * iPXE among the families: names, builds, and how a real one is booted and read.
 */
import { IPXE as CLIENT } from '../../analysis/clients/ipxe.ts'
import type { GuestKind } from '../../network/attach/qemu/guest.ts'
import type { FirmwareFamily } from '../family.ts'
import type { ScreenSigns } from '../screens.ts'
import { ipxeFirmware } from './ipxe.ts'
import { IPXE_PROFILES } from './profile.ts'

const SCREEN: ScreenSigns = {
  signs: [
    { text: /bytes \[PXE-NBP\]/, means: () => ({ kind: 'started' }) },
    // I-23: started, and hangs.
    { text: /\(may be EFI\?\)/, means: () => ({ kind: 'refused', code: undefined }) },
    {
      text: /Could not boot image: .*ipxe\.org\/([0-9a-f]{8})/,
      means: ([, code]) => ({ kind: 'refused', code }),
    },
    { text: /No more network devices/, means: (_match, codes) => ({ kind: 'gaveUp', code: codes.at(-1) }) },
  ],
  codes: /ipxe\.org\/([0-9a-f]{8})/g,
}

const WITH_ROUTER: Readonly<Record<string, string>> = { '2019': '2019-ra' }

/** By the date in Debian's version: NAKs are heard since 2021, a missing file is told since 2024 (profile.ts). */
const buildOf = (version: string): string => {
  const year = Number(/git-?(\d{4})\d{4}/.exec(version)?.[1] ?? 9999)
  if (year < 2021) return '2019'
  return year < 2024 ? '2022' : 'head'
}

const GUEST: GuestKind = {
  name: 'ipxe',
  arch: 'x86-bios',
  files: [
    {
      // With the EFI build beside the BIOS build in one file; QEMU writes the card's own PCI id into it.
      file: 'efi-virtio.rom',
      places: ['/usr/lib/ipxe/qemu', '/usr/share/qemu', '/usr/share/ipxe/qemu', '/usr/share/ipxe.efi'],
      package: 'ipxe-qemu',
    },
    { file: 'bios-256k.bin', places: ['/usr/share/seabios', '/usr/share/qemu'], package: 'seabios' },
  ],
  version: /\b1\.\d+\.\d+\+[\w.+-]*/,
  // Without graphics SeaBIOS, and with it iPXE, speaks to the serial line. QEMU takes its own ROM, whose PCI id it sets.
  call: () => ({ machine: ['-machine', 'pc,graphics=off'], card: '' }),
  usual: true,
  profiles: version => {
    const profile = buildOf(version)
    return { profile, withRouter: WITH_ROUTER[profile] ?? profile }
  },
  wantsRouter: profile => profile.endsWith('-ra'),
}

export const IPXE: FirmwareFamily = {
  name: 'ipxe',
  title: 'iPXE',
  aliases: [],
  profiles: IPXE_PROFILES,
  defaultProfile: 'head',
  architectures: [
    'x86-bios',
    'x64-uefi',
    'ia32-uefi',
    'arm32-uefi',
    'arm64-uefi',
    'ebc',
    'riscv64-uefi',
    'loongarch64-uefi',
  ],
  create: ipxeFirmware,
  asks: 'pxe',
  client: CLIENT,
  choosingRules: ['I-7', 'I-8', 'I-12', 'I-13', 'I-20'],
  otherPlatform: { suffix: 'efi', architecture: 'x64-uefi' },
  probe: { architectures: ['x86-bios', 'x64-uefi'] },
  screen: SCREEN,
  guest: GUEST,
}
