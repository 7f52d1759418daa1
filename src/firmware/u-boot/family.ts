/**
 * U-Boot among the families: names, builds, and how a real one is booted and read.
 */
import { U_BOOT as CLIENT } from '../../analysis/clients/u-boot.ts'
import type { GuestKind } from '../../network/attach/qemu/guest.ts'
import type { FirmwareFamily } from '../family.ts'
import type { ScreenSigns } from '../screens.ts'
import { U_BOOT_PROFILES } from './profile.ts'
import { uBootFirmware } from './u-boot.ts'

const SCREEN: ScreenSigns = {
  signs: [
    { text: /\*\*\* ERROR: `serverip' not set/, means: ([code]) => ({ kind: 'gaveUp', code }) },
    { text: /TFTP error: '.*' \(\d+\)/, means: ([code]) => ({ kind: 'gaveUp', code }) },
    { text: /(ARP )?Retry (time|count) exceeded/, means: ([code]) => ({ kind: 'gaveUp', code }) },
    { text: /Invalid blk size\(=\d+\)/, means: ([code]) => ({ kind: 'gaveUp', code }) },
    { text: /Bytes transferred = \d+/, means: () => ({ kind: 'started' }) },
  ],
}

const GUEST: GuestKind = {
  name: 'u-boot',
  arch: 'x64-uefi',
  files: [{ file: 'u-boot.rom', places: ['/usr/lib/u-boot/qemu-x86_64'], package: 'u-boot-qemu' }],
  version: /U-Boot \d{4}\.\d\d[\w.+-]*/,
  call: ([rom = '']) => ({
    machine: ['-machine', 'pc', '-bios', rom],
    card: ',romfile=',
    typing: [
      { at: /stop autoboot/, keys: '\r' },
      // Without `netretry no` it starts again after an error.
      { at: /=> $/, keys: 'virtio scan; setenv autoload yes; setenv netretry no; dhcp\r' },
    ],
  }),
  profiles: () => ({ profile: '2023-qemu', withRouter: '2023-qemu' }),
}

export const U_BOOT: FirmwareFamily = {
  name: 'u-boot',
  title: 'U-Boot',
  aliases: [],
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
  asks: 'pxe',
  client: CLIENT,
  choosingRules: ['U-3', 'U-8'],
  probe: { architectures: ['arm64-uefi'] },
  screen: SCREEN,
  guest: GUEST,
}
