/**
 * Rows 54 to 65, odd packets, on the real firmware: facts without times, as the host was busy (`nbs verify`, December
 * 2026). Data only.
 */
import type { Measured } from './cell.ts'

/** OVMF 2022.11. */
export const EDK2_ODD: Measured = {
  '54': { requestTo: 'Pa', fails: 'PXE-E16' },
  '55': { lease: 'D', fails: 'PXE-E99' },
  '56': { lease: 'D', reads: 'S1' },
  '57': { lease: 'Df', reads: 'Df' },
  '58': { lease: 'B', reads: 'B' },
  '59': { lease: 'A', reads: 'A' },
  '60': { lease: 'Df', reads: 'Df', file: 'my boot%20Df' },
  '61': { lease: 'Df', fails: 'PXE-E09' },
  '62': { lease: 'Df', fails: 'PXE-E99' },
  '63': { lease: 'Df', reads: 'Df', file: 'boot.ipxe', fails: 'Not Found' },
  '64': { lease: 'Df', reads: 'Df' },
  '65': { lease: 'D', fails: 'PXE-E16' },
  '54b': { requestTo: 'Ba', fails: 'PXE-E16' },
  '54c': { lease: 'B', reads: 'B' },
  '54d': { lease: 'D', fails: 'PXE-E99' },
  '55b': { lease: 'D', fails: 'PXE-E07' },
  '59b': { lease: 'A', reads: 'A', file: '\u00ff', fails: 'PXE-E23' },
  '62b': { lease: 'Df', fails: 'PXE-E99' },
  '63b': { lease: 'Df', reads: 'Df', file: 'BStrap/x86/BStrap.0', fails: 'Not Found' },
  '63c': { lease: 'Df', reads: 'Df', file: 'BStrap/x64/BStrap.efi' },
  '63d': { lease: 'Df', reads: 'Df', file: 'empty', fails: 'PXE-E99' },
  '64b': { lease: 'Df', reads: 'Df' },
  '64c': { lease: 'Df', reads: 'T1', file: 'boot-Df' },
}

/** QEMU's option ROM of 2019, with an IPv6 router. */
export const IPXE_2019_ODD: Measured = {
  '54': { lease: 'Df', reads: 'Df' },
  '55': { lease: 'D', fails: '' },
  '56': { lease: 'D', pending: true },
  '57': { lease: 'Df', reads: 'Df', file: '\u00ff', fails: '2d12603b' },
  '58': { lease: 'B', reads: 'B' },
  '59': { lease: 'B', reads: 'B' },
  '60': { lease: 'Df', reads: 'Df', file: 'my boot%20Df' },
  '61': { lease: 'Df', reads: 'Df' },
  '62': { lease: 'Df', reads: 'Df' },
  '63': { lease: 'Df', reads: 'Df', file: 'boot.ipxe' },
  '64': { lease: 'Df', fails: '4c126035' },
  '65': { lease: 'D', asked: 'Ba', fails: '4c126035' },
  '54b': { lease: 'Df', asked: 'Ba', reads: 'Df' },
  '54c': { lease: 'B', reads: 'B' },
  '54d': { lease: 'D', fails: '2d03e13b' },
  '55b': { lease: 'D', fails: '' },
  '59b': { lease: 'B', reads: 'B' },
  '62b': { lease: 'Df', reads: 'Df' },
  '63b': { lease: 'Df', reads: 'Df', file: 'BStrap/x86/BStrap.0' },
  '63c': { lease: 'Df', reads: 'Df', file: 'BStrap/x64/BStrap.efi', fails: '' },
  '63d': { lease: 'Df', reads: 'Df', file: 'empty', fails: '2e008001' },
  '64b': { lease: 'Df', reads: 'Df' },
  '64c': { lease: 'Df', reads: 'T1', file: 'boot-Df', fails: '4c126035' },
}
