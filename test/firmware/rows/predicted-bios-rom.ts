/**
 * A BIOS boot ROM in all rows: predictions by rules B-1 … B-32, as closed ROMs were not
 * measured. Rows marked there "untested" or "unknown" follow the rule named beside them. Data only.
 */
import { type Cell, type Measured, OTHER_CPU } from './cell.ts'

const boots = (name: string): Cell => ({ lease: name, reads: name })
const combines = (lease: string, proxy: string): Cell => ({ lease, reads: proxy })
const asks = (lease: string, asked: string, reads: string): Cell => ({ lease, asked, reads })
const dead4011 = (lease: string, asked: string): Cell => ({ lease, asked, fails: 'PXE-E55' })
const stops = (fails: string): Cell => ({ fails })
/** B-11: a NAK is silence; four REQUESTs take a minute, and the next window brings the same offer again. */
const goesRound = (requestTo: string): Cell => ({ requestTo, pending: true })
const tftp = (fails: string): Cell => ({ lease: 'Df', reads: 'Df', fails })

export const BIOS_ROM: Measured = {
  '1': combines('D', 'Pa'),
  '2a': combines('D', 'Pa'),
  '2b': combines('D', 'Pa'),
  '2c': combines('D', 'Pa'),
  '3': combines('D', 'Pa'),
  '3c': combines('D', 'Pa'),
  '3d': combines('D', 'Pa'),
  '3e': combines('D', 'Pa'),
  '3f': boots('Df'),
  '4': combines('Df', 'Pa'),
  '4r': combines('Df', 'Pa'),
  '5': asks('Df', 'Ba', 'Ba'),
  '5d': asks('D', 'Ba', 'Ba'),
  '5f': asks('Df', 'Ba', 'Ba'), // B-16
  '5p': combines('D', 'Pa'),
  '6': dead4011('Df', 'Ba×4'),
  '6i': dead4011('Df', 'Ba×4'),
  '7': asks('D', 'Ba×4 Bb', 'Bb'),
  '7p': asks('D', 'Ba×4 Bb', 'Bb'),
  '7r': asks('D', 'Bb', 'Bb'),
  '8': dead4011('Db', 'Db×4'), // B-15
  '8d': dead4011('Db', 'Db×4'),
  '8i': dead4011('Db', 'Db×4'),
  '9': asks('Db', 'Db', 'Db'),
  '9r': asks('Db', 'Db', 'Db'),
  '10': combines('D', 'Pa'),
  '10b': combines('D', 'Pa'),
  '10c': combines('D', 'Pa'),
  '11': asks('Db', 'Db', 'Db'),
  '11b': asks('Db', 'Db', 'Db'),
  '11d': dead4011('Db', 'Db×4'),
  '12': boots('DpA'),
  '13': boots('DpA'),
  '13b': boots('DpA'),
  '13c': boots('DpA'),
  '14': boots('A'),
  '14b': boots('A'),
  '14c': boots('A'),
  '15': boots('Df'),
  '15r': boots('Df'),
  '16': stops('PXE-E52'),
  '17': stops('PXE-E51'),
  '18': stops('PXE-E53'),
  '18s': stops('PXE-E53'),
  '19': stops('PXE-E77'),
  '20': stops('PXE-E76'),
  '21': asks('D', 'S1', 'S1'),
  '21x': asks('D', 'S1', 'S1'),
  '21y': asks('D', 'S1×4 S2', 'S2'),
  '22': combines('D', 'S1'),
  '22d': { lease: 'D', fails: 'PXE-E78' },
  '23': combines('D', 'S1'),
  '23b': combines('D', 'S1'), // B-20: 54 counts
  '23c': combines('D', 'S1'), // B-24: siaddr, else 54
  '24': stops('PXE-E53'),
  '25': stops('PXE-E53'),
  '25q': boots('Df'),
  '25s': boots('A'),
  '26': dead4011('D', 'Ba×8'),
  '27': { ...combines('D', 'Pa'), file: OTHER_CPU, fails: '' },
  '28': goesRound('D'),
  '28f': goesRound('Df'),
  '28s': boots('B'),
  '28t': boots('B'),
  '29': goesRound('Df'),
  '30': tftp('PXE-E3B'),
  '31': tftp('PXE-E32'),
  '32': tftp('PXE-E32'),
  '32a': { lease: 'Df', fails: 'PXE-E11' },
  '33': { lease: 'Df', fails: 'PXE-E11' },
  '34': boots('Df'),
  '35': boots('Df'), // untested; B-21: only the size of a packet counts
  '36': tftp('PXE-E32'), // untested; assumed: it checks the source address
  '36w': tftp('PXE-E32'),
  '37': boots('Df'),
  '38': { ...boots('Df'), file: 'boot-o67' },
  '39': boots('Df'),
  '40': boots('Df'),
  '41': { ...combines('Df', 'T1'), file: 'boot-Df' },
  '42': { ...boots('Df'), file: 'undionly.kpxe' },
  '43': combines('D', 'Pa'),
  // PXE-E3B was expected (B-23); the TFTP service of the lab takes a colon in a name for an attack (ERROR 2).
  '44': { ...tftp('PXE-E3C'), file: 'http://10.7.0.2/boot-Df' },
  '45': stops('PXE-E52'),
  '46': combines('D', 'Pa'), // unknown; the specification asks for no check
  '46b': combines('D', 'Pa'), // unknown
  '47': stops('PXE-E51'),
  // The server has confirmed it; the machine has not heard.
  '47a': { lease: 'Df', pending: true },
  '47d': boots('B'),
  '48': asks('Db', 'Db', 'Db'),
  '49': boots('A'),
  '50': combines('Df', 'Pa'),
  '50r': combines('Dn', 'Pa'),
  '51': boots('A'),
  '51r': boots('B'),
  '52': boots('A'),
  '53': combines('D', 'Pa'),
}
