/**
 * U-Boot 2023.01, legacy stack, in QEMU. Data only.
 */
import type { Measured } from './cell.ts'

/** As built for QEMU, with `bootfile=bzImage` in its environment. */
export const U_BOOT_QEMU: Measured = {
  '1': { lease: 'D', fails: "*** ERROR: `serverip' not set", request: 0.02, end: 0.04 },
  '3': { lease: 'D', fails: "*** ERROR: `serverip' not set", request: 0.02, end: 0.05 },
  '4': { lease: 'Df', reads: 'Df', request: 0.02, rrq: 0.04, end: 0.06 },
  '4r': { lease: 'Df', reads: 'Df', request: 0.06, rrq: 0.09, end: 0.09 },
  '5': { lease: 'Df', reads: 'Df', request: 0.02, rrq: 0.05, end: 0.05 },
  '6': { lease: 'Df', reads: 'Df', request: 0.02, rrq: 0.05, end: 0.05 },
  '8': { lease: 'Db', reads: 'Db', request: 0.02, rrq: 0.04, end: 0.05 },
  '14': { lease: 'A', reads: 'A', request: 0.02, rrq: 0.04, end: 0.05 },
  '14b': { lease: 'A', reads: 'A', request: 0.02, rrq: 0.05, end: 0.05 },
  '14c': { lease: 'A', reads: 'A', request: 0.02, rrq: 0.05, end: 0.05 },
  '15': { lease: 'D', fails: "*** ERROR: `serverip' not set", request: 0.02, end: 0.05 },
  '15r': { lease: 'Df', reads: 'Df', request: 0.02, rrq: 0.05, end: 0.06 },
  '17': { fails: 'Retry time exceeded', end: 29.77 },
  '18s': {
    lease: 'D',
    reads: 'D',
    file: 'bzImage',
    fails: 'TFTP error',
    request: 0.03,
    rrq: 0.05,
    end: 0.06,
  },
  '28f': { requestTo: 'Df', fails: 'Retry time exceeded', request: 0.02, end: 30.13 },
  '29': { requestTo: 'Df', fails: 'Retry time exceeded', request: 0.02, end: 30.13 },
  '30': { lease: 'Df', reads: 'Df', fails: 'TFTP error', request: 0.02, rrq: 0.05, end: 0.05 },
  '31': { lease: 'Df', reads: 'Df', fails: 'Retry count exceeded', request: 0.02, rrq: 0.04, end: 55.05 },
  '32': { lease: 'Df', reads: 'Df', fails: 'Retry count exceeded', request: 0.02, rrq: 0.05, end: 55.06 },
  '34': { lease: 'Df', reads: 'Df', request: 0.02, rrq: 0.04, end: 0.05 },
  '35': { lease: 'Df', reads: 'Df', fails: 'Invalid blk size(=1472)', request: 0.02, rrq: 0.04, end: 0.04 },
  '36': { lease: 'Df', reads: 'Df', fails: 'Retry count exceeded', request: 0.02, rrq: 0.04, end: 55.05 },
  '36w': { lease: 'Df', reads: 'Df', request: 0.02, rrq: 0.04, end: 0.05 },
  '38': { lease: 'Df', reads: 'Df', request: 0.02, rrq: 0.05, end: 0.05 },
  '40': { lease: 'Df', reads: 'Df', request: 0.02, rrq: 0.04, end: 0.05 },
  '41': { lease: 'Df', reads: 'T1', file: 'boot-Df', request: 0.02, rrq: 0.05, end: 0.05 },
  '47': { lease: 'Df', reads: 'Df', request: 0.02, rrq: 0.04, end: 0.04 },
  '49': { lease: 'A', reads: 'A', request: 0.02, rrq: 0.04, end: 0.05 },
  '50': { lease: 'Df', reads: 'Df', request: 0.02, rrq: 0.05, end: 0.06 },
  '51': { lease: 'B', reads: 'B', request: 0.02, rrq: 0.03, end: 0.04 },
  '51r': { lease: 'B', reads: 'B', request: 0.02, rrq: 0.04, end: 0.04 },
  '52': { lease: 'A', reads: 'A', request: 0.02, rrq: 0.04, end: 0.05 },
}

/** With that variable removed. */
export const U_BOOT: Measured = {
  '18s': { lease: 'D', reads: 'D', file: '0A070065.img', request: 0.02, rrq: 0.04, end: 0.05 },
}
