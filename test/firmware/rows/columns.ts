/**
 * The columns of the tables, one per client of `scenarios/firmware/NN-….yaml`: the cells that were measured, and for
 * the other rows what follows from a measured column or from a rule. Does not run anything.
 */
import type { Cell, Measured } from './cell.ts'
import { EDK2 } from './measured-edk2.ts'
import { IPXE_2019, IPXE_2019_RA } from './measured-ipxe-2019.ts'
import { IPXE_EFI, IPXE_EFI_RA, IPXE_HEAD } from './measured-ipxe-head.ts'
import { EDK2_ODD, IPXE_2019_ODD } from './measured-odd-packets.ts'
import { U_BOOT, U_BOOT_QEMU } from './measured-u-boot.ts'
import { BIOS_ROM } from './predicted-bios-rom.ts'
import {
  BIOS_ROM_ODD,
  IPXE_2019_ALONE_ODD,
  IPXE_EFI_ODD,
  IPXE_EFI_RA_ODD,
  IPXE_HEAD_ODD,
  U_BOOT_ODD,
  U_BOOT_QEMU_ODD,
} from './predicted-odd-packets.ts'
import { U_BOOT_PREDICTED, U_BOOT_QEMU_PREDICTED } from './predicted-u-boot.ts'

export interface Column {
  /** Group of clients in the scenarios. */
  readonly client: string
  readonly measured: Measured
  /** Measured, without times. */
  readonly facts: Measured
  /** Without times. */
  readonly predicted: Measured
}

/** Rows that were not measured on any firmware. */
const LOADED = { lease: 'Df', reads: 'Df', file: 'undionly.kpxe' }
/** I-16: the simulator ends what would never end. */
const CHAIN: Cell = { ...LOADED, fails: '', says: 'iPXE has loaded itself 8 times' }
const BESIDE_HTTP: Cell = { lease: 'D', reads: 'Pa' }

/** I-50: without a router advertisement a failed DHCP is a failed configuration; with one it is not. */
const isUnconfigured = (row: string, { lease, fails }: Cell) =>
  lease === undefined && fails !== undefined && fails !== '' && row !== '27'

const changed = (cells: Measured, change: (row: string, cell: Cell) => Cell): Measured =>
  Object.fromEntries(Object.entries(cells).map(([row, cell]) => [row, change(row, cell)]))

/** I-24: the last byte of a code is the platform's. */
const EFI_BYTES: Readonly<Record<string, string>> = { '3b': '8e', '19': '86', '35': '92' }
const efiCode = (code: string): string => code.slice(0, 6) + (EFI_BYTES[code.slice(6)] ?? code.slice(6))

/** I-12: an EFI build gives up on a menu. */
const MENU_ROWS = /^2[0-3]/
const NO_MENU: Cell = { lease: 'D', fails: '', says: 'Booting from PXE menu' }

const efiRa: Measured = {
  ...changed({ ...IPXE_HEAD, '42': CHAIN, '43': BESIDE_HTTP }, (row, cell) => {
    if (MENU_ROWS.test(row)) return NO_MENU
    if (isUnconfigured(row, cell)) return { ...cell, fails: '2d03e18e' }
    return cell.fails === undefined ? cell : { ...cell, fails: efiCode(cell.fails) }
  }),
  ...IPXE_EFI_RA,
}

/** Rows of odd packets: measured for their facts alone, or predicted. */
const ODD: Readonly<Record<string, { readonly facts?: Measured; readonly predicted?: Measured }>> = {
  edk2: { facts: EDK2_ODD },
  ipxe: { predicted: IPXE_HEAD_ODD },
  'ipxe-2019-ra': { facts: IPXE_2019_ODD },
  'ipxe-2019': { predicted: IPXE_2019_ALONE_ODD },
  'ipxe-efi-ra': { predicted: IPXE_EFI_RA_ODD },
  'ipxe-efi': { predicted: IPXE_EFI_ODD },
  'u-boot-qemu': { predicted: U_BOOT_QEMU_ODD },
  'u-boot': { predicted: U_BOOT_ODD },
  'bios-rom': { predicted: BIOS_ROM_ODD },
}

const TIMED: readonly Omit<Column, 'facts'>[] = [
  { client: 'edk2', measured: EDK2, predicted: { '42': LOADED, '43': BESIDE_HTTP } },
  { client: 'ipxe', measured: IPXE_HEAD, predicted: { '42': CHAIN, '43': BESIDE_HTTP } },
  { client: 'ipxe-2019-ra', measured: IPXE_2019_RA, predicted: { '42': CHAIN, '43': BESIDE_HTTP } },
  {
    client: 'ipxe-2019',
    measured: IPXE_2019,
    predicted: changed({ ...IPXE_2019_RA, '42': CHAIN, '43': BESIDE_HTTP }, (row, cell) =>
      isUnconfigured(row, cell) ? { ...cell, fails: '040ee119' } : cell,
    ),
  },
  { client: 'ipxe-efi-ra', measured: IPXE_EFI_RA, predicted: efiRa },
  {
    client: 'ipxe-efi',
    measured: IPXE_EFI,
    predicted: changed(efiRa, (row, cell) =>
      isUnconfigured(row, cell) ? { ...cell, fails: '040ee186' } : cell,
    ),
  },
  { client: 'u-boot-qemu', measured: U_BOOT_QEMU, predicted: U_BOOT_QEMU_PREDICTED },
  { client: 'u-boot', measured: U_BOOT, predicted: { ...U_BOOT_QEMU, ...U_BOOT_PREDICTED } },
  { client: 'bios-rom', measured: {}, predicted: BIOS_ROM },
]

export const COLUMNS: readonly Column[] = TIMED.map(column => {
  const odd = ODD[column.client]!
  return { ...column, facts: odd.facts ?? {}, predicted: { ...column.predicted, ...odd.predicted } }
})
