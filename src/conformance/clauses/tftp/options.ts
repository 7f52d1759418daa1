/**
 * TFTP: options (RFC 2347 to 2349, RFC 7440).
 */
import { toSeconds } from '../../../core/micros.ts'
import type { TftpOptions } from '../../../wire/tftp/packet.ts'
import type { Clause } from '../../clause.ts'
import { fail, must, notApplicable } from '../../judgement.ts'
import { type Download, download } from '../../probe/download.ts'
import { anyFile, beginning, mustBegin, mustLoad, spelled } from './files.ts'
import { blockSizeFor, losing, sendingsOf, withSomeBlocks } from './transfer.ts'

const LEAST_BLOCK = 8
const LARGEST_BLOCK = 65_464
const PLAIN_BLOCK = 512
/** What fits a frame of 1500 bytes. */
const ETHERNET_BLOCK = 1468

const oackOf = ({ oack }: Download): ReadonlyMap<string, string> => oack ?? new Map<string, string>()
const told = (transfer: Download): string =>
  transfer.oack ? `OACK ${spelled([...transfer.oack])}` : transfer.end

const unasked = (transfer: Download, options: TftpOptions): string | undefined =>
  [...oackOf(transfer).keys()].find(name => !options.some(([asked]) => asked.toLowerCase() === name))

export const OPTIONS: readonly Clause[] = [
  {
    id: 'T03',
    level: 'MUST',
    requirement: 'An option that the server does not know is left out of the OACK, and refuses nothing.',
    source: 'RFC 2347',
    rules: ['S-12'],
    needs: ['file'],
    *check(probe, survey) {
      const file = anyFile(survey)
      const strange = ['nbs-check', '1'] as const
      for (const options of [[strange], [strange, ['blksize', '1024'] as const]]) {
        const transfer = yield* mustBegin(probe, file, options)
        must(
          !oackOf(transfer).has(strange[0]),
          `it acknowledged an option that nobody knows: ${told(transfer)}`,
        )
      }
      return 'it was left out'
    },
  },
  {
    id: 'T04',
    level: 'MUST',
    requirement: 'The OACK has no option that was not asked for; without options there is no OACK.',
    source: 'RFC 2347',
    rules: ['E-48'],
    needs: ['file'],
    *check(probe, survey) {
      const file = anyFile(survey)
      for (const options of [[], [['blksize', '1024'] as const], [['tsize', '0'] as const]]) {
        const transfer = yield* mustBegin(probe, file, options)
        const extra = unasked(transfer, options)
        must(extra === undefined, `asked with ${spelled(options)}, it said ${told(transfer)}`)
        must(options.length > 0 || !transfer.oack, 'an OACK to a request without options')
      }
      return 'each OACK had what was asked for and no more'
    },
  },
  {
    id: 'T05',
    level: 'MUST',
    requirement:
      'blksize from 8 to 65464 is taken or lowered and never raised; 7 and 65465 are refused or brought into the range.',
    source: 'RFC 2348',
    rules: ['E-48', 'B-21', 'S-12'],
    needs: ['file'],
    *check(probe, survey) {
      const file = anyFile(survey)
      const agreed: string[] = []
      for (const asked of [LEAST_BLOCK, PLAIN_BLOCK, 1428, 1432, 1456, ETHERNET_BLOCK, LARGEST_BLOCK]) {
        const transfer = yield* mustBegin(probe, file, [['blksize', String(asked)]])
        const size = oackOf(transfer).get('blksize')
        if (size === undefined) continue
        must(
          Number(size) <= asked && Number(size) >= LEAST_BLOCK,
          `asked for ${asked}, it said ${told(transfer)}`,
        )
        agreed.push(size)
      }
      must(agreed.length > 0, 'it acknowledges no blksize, and EDK2 gives up without')
      for (const asked of [LEAST_BLOCK - 1, LARGEST_BLOCK + 1]) {
        const transfer = yield* beginning(probe, file.name, [['blksize', String(asked)]])
        const size = Number(oackOf(transfer).get('blksize') ?? PLAIN_BLOCK)
        must(size >= LEAST_BLOCK && size <= LARGEST_BLOCK, `asked for ${asked}, it said ${told(transfer)}`)
      }
      const some = agreed.find(size => Number(size) >= PLAIN_BLOCK)
      if (some !== undefined)
        yield* mustLoad(probe, file, { options: [['blksize', some]] }, `in blocks of ${some} bytes`)
      return `it agreed to ${[...new Set(agreed)].join(', ')}`
    },
  },
  {
    id: 'T06',
    level: 'FIRMWARE',
    requirement: 'tsize 0 in the request is answered with the exact size of the file, in octet mode.',
    source: 'RFC 2349',
    rules: ['E-46', 'E-48', 'S-12'],
    needs: ['file'],
    *check(probe, survey) {
      for (const file of survey.files) {
        const transfer = yield* mustBegin(probe, file, [['tsize', '0']])
        const size = oackOf(transfer).get('tsize')
        must(size !== undefined, `it does not tell the size of ${file.name}: ${told(transfer)}`)
        must(
          size === String(file.bytes.length),
          `${file.name} has ${file.bytes.length} bytes, and it said ${size}`,
        )
      }
      return survey.files.map(({ name, bytes }) => `${name}: ${bytes.length}`).join(', ')
    },
  },
  {
    id: 'T07',
    level: 'FIRMWARE',
    requirement:
      'A client that breaks off with ERROR 8 once it knows the size, and asks again at once, is served as if it had not.',
    source: 'EDK2, BIOS ROMs',
    rules: ['E-46', 'B-21'],
    needs: ['file'],
    *check(probe, survey) {
      const file = anyFile(survey)
      const query: TftpOptions = [
        ['tsize', '0'],
        ['blksize', '1468'],
        ['windowsize', '4'],
      ]
      for (let time = 1; time <= 3; time++) {
        yield* mustBegin(probe, file, query)
        yield* mustLoad(probe, file, { options: query.slice(1) }, `after ${time} size queries broken off`)
      }
      return 'three times'
    },
  },
  {
    id: 'T08',
    level: 'MUST',
    requirement: 'windowsize from 1 to 65535 is taken or lowered, never raised.',
    source: 'RFC 7440 §3',
    rules: ['E-46'],
    needs: ['file'],
    *check(probe, survey) {
      const file = anyFile(survey)
      const agreed: string[] = []
      for (const asked of [1, 4, 16, 64, 65_535]) {
        const transfer = yield* mustBegin(probe, file, [['windowsize', String(asked)]])
        const size = oackOf(transfer).get('windowsize')
        if (size === undefined) continue
        must(Number(size) >= 1 && Number(size) <= asked, `asked for ${asked}, it said ${told(transfer)}`)
        agreed.push(`${asked}: ${size}`)
      }
      if (agreed.length === 0) notApplicable('it does not know windowsize, and need not')
      yield* mustLoad(probe, file, { options: [['windowsize', '4']] }, 'in windows of 4 blocks')
      return agreed.join(', ')
    },
  },
  {
    id: 'T09',
    level: 'SHOULD',
    requirement:
      'After a loss within a window it goes on behind the last block that came in order, once for each gap.',
    source: 'RFC 7440 §4',
    rules: ['S-12'],
    needs: ['file'],
    *check(probe, survey) {
      const file = withSomeBlocks(survey)
      const options: TftpOptions = [
        ['blksize', String(blockSizeFor(file.bytes.length))],
        ['windowsize', '4'],
      ]
      const lost = 6
      const loses = (block: number, copy: number): boolean => block === lost && copy === 0
      const transfer = yield* mustLoad(probe, file, { options, loses }, `with block ${lost} lost`)
      if (transfer.windowSize === 1) notApplicable('it does not know windowsize, and need not')
      const copies = (block: number): number => transfer.data.filter(each => each.block === block).length
      must(copies(lost - 1) === 1, `block ${lost - 1} had come, and was sent ${copies(lost - 1)} times`)
      must(copies(lost) === 2, `block ${lost} was sent ${copies(lost)} times for one loss`)
      return `block ${lost} was sent twice, what came before it once`
    },
  },
  {
    id: 'T16',
    level: 'SHOULD',
    requirement: 'A timeout from 1 to 255 s is taken as it is and kept to; others are not acknowledged.',
    source: 'RFC 2349',
    rules: ['S-12'],
    needs: ['file'],
    *check(probe, survey) {
      const file = withSomeBlocks(survey)
      for (const asked of ['0', '256']) {
        const transfer = yield* beginning(probe, file.name, [['timeout', asked]])
        must(!oackOf(transfer).has('timeout'), `asked for ${asked} s, it said ${told(transfer)}`)
      }
      const seconds = 2
      const options: TftpOptions = [
        ['blksize', String(blockSizeFor(file.bytes.length))],
        ['timeout', String(seconds)],
      ]
      const transfer = download(probe, {
        file: file.name,
        options,
        loses: losing(probe, 2, 1),
      })
      yield* transfer.finish()
      const agreed = transfer.oack?.get('timeout')
      if (agreed === undefined) notApplicable('it does not know timeout, and need not')
      must(agreed === String(seconds), `asked for ${seconds} s, it said ${agreed}`)
      const [first, second] = sendingsOf(transfer.data, 2)
      if (first === undefined || second === undefined)
        return fail(`block 2 never came again: ${transfer.end}`)
      const waited = toSeconds(second - first)
      must(
        Math.abs(waited - seconds) <= seconds / 2,
        `${seconds} s were agreed on, and it resent after ${waited.toFixed(2)} s`,
      )
      return `it resent after ${waited.toFixed(2)} s of ${seconds}`
    },
  },
  {
    id: 'T24',
    level: 'FIRMWARE',
    requirement: 'No DATA packet needs fragments on Ethernet unless the client asked for blocks that large.',
    source: 'tianocore/edk2 issue 7632',
    rules: ['E-48'],
    needs: ['file'],
    *check(probe, survey) {
      const file = anyFile(survey)
      for (const options of [[], [['tsize', '0'] as const], [['blksize', String(ETHERNET_BLOCK)] as const]]) {
        const transfer = yield* mustLoad(probe, file, { options }, `with ${spelled(options)}`)
        const large = transfer.data.find(({ size }) => size > ETHERNET_BLOCK)
        must(!large, `${large?.size} bytes in a block, asked with ${spelled(options)}`)
      }
      return `no block above ${ETHERNET_BLOCK} bytes`
    },
  },
]
