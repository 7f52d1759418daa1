/**
 * U-Boot in the rows that were not measured, by rules U-1 … U-6: it takes the first packet
 * with an address and hears no proxy. Data only.
 */
import type { Cell, Measured } from './cell.ts'

/** U-5: D names no next server. */
const noServer = (lease: string): Cell => ({ lease, fails: "`serverip' not set" })
const boots = (name: string): Cell => ({ lease: name, reads: name })
const refusedBy = (name: string): Cell => ({ requestTo: name, fails: 'Retry time exceeded' })
/** U-5: the server is there, but names no file; nobody has one of the name U-Boot makes of its address. */
const ownName: Cell = { lease: 'Db', reads: 'Db', file: '0A07008D.img', fails: 'TFTP error' }

const FAILS_WITHOUT_SERVER =
  '2a 2b 2c 3c 3d 3e 5d 5p 7 7p 7r 10 10c 11 11b 11d 13b 18 19 20 21 21x 21y 22 22d 23 23b 23c 24 25 25q 26 27 43 45 46 46b 53'

export const U_BOOT_PREDICTED: Measured = {
  ...Object.fromEntries(FAILS_WITHOUT_SERVER.split(' ').map(row => [row, noServer('D')])),
  '3f': boots('Df'),
  '5f': boots('Df'),
  '6i': boots('Df'),
  '8d': boots('Df'),
  '8i': boots('Db'),
  '9': ownName,
  '9r': ownName,
  '10b': ownName,
  '12': boots('DpA'),
  '13': boots('DpA'),
  '13c': boots('DpA'),
  '16': { fails: 'Retry time exceeded' },
  '25s': boots('A'),
  '28': refusedBy('D'),
  '28s': refusedBy('A'),
  '28t': boots('B'),
  '32a': { lease: 'Df', fails: 'ARP Retry count exceeded' },
  '33': { lease: 'Df', fails: 'ARP Retry count exceeded' },
  '37': boots('Df'),
  '39': noServer('Df'),
  '42': { ...boots('Df'), file: 'undionly.kpxe' },
  '44': { ...boots('Df'), file: 'http://10.7.0.2/boot-Df', fails: 'TFTP error' },
  '47a': boots('Df'),
  '47d': boots('A'),
  '48': ownName,
  '50r': noServer('Dn'),
}

/** The environment of the QEMU build has a name of its own (U-5). */
export const U_BOOT_QEMU_PREDICTED: Measured = Object.fromEntries(
  Object.entries(U_BOOT_PREDICTED).map(([row, cell]) => [
    row,
    cell === ownName ? { ...ownName, file: 'bzImage' } : cell,
  ]),
)
