/**
 * TFTP: the transfer itself (RFC 1350).
 */
import { formatEndpoint, formatIp4 } from '../../../core/address.ts'
import { equalBytes } from '../../../core/bytes.ts'
import { MILLISECOND, type Micros, SECOND, toSeconds } from '../../../core/micros.ts'
import { decodeTftp, encodeAck } from '../../../wire/tftp/codec.ts'
import { TFTP_ERROR, TFTP_PORT } from '../../../wire/tftp/packet.ts'
import type { Clause } from '../../clause.ts'
import { fail, must, notApplicable } from '../../judgement.ts'
import { type DataPacket, type Download, download } from '../../probe/download.ts'
import type { Probe } from '../../probe/probe.ts'
import type { Survey } from '../../survey.ts'
import { anyFile, fileThat, mustLoad } from './files.ts'

const PLAIN_BLOCK = 512
/** Blocks that a file has at the block size chosen for it, at least. */
const SOME_BLOCKS = 20
const SMALLEST_BLOCK = 8

/** So that the file has about this many blocks. */
export const blockSizeFor = (size: number, blocks = SOME_BLOCKS): number =>
  Math.max(SMALLEST_BLOCK, Math.min(1428, Math.floor(size / blocks)))

export const withSomeBlocks = (survey: Survey) =>
  fileThat(
    survey,
    size => size >= SOME_BLOCKS * SMALLEST_BLOCK,
    `has ${SOME_BLOCKS} blocks of ${SMALLEST_BLOCK} bytes`,
  )

/** The largest block size by which the file ends with a whole block; undefined: none. */
const divisorOf = (size: number): number | undefined => {
  if (size > 0 && size % PLAIN_BLOCK === 0) return PLAIN_BLOCK
  for (let blocks = 2; size / blocks >= SMALLEST_BLOCK && blocks < 4096; blocks++)
    if (size % blocks === 0 && size / blocks <= 1428) return size / blocks
  return undefined
}

/** Copies closer to each other were made at once, and are no resends. */
const AT_ONCE = 10 * MILLISECOND

/** When a block was sent and resent. */
export const sendingsOf = (data: readonly DataPacket[], block: number): readonly Micros[] => {
  const times = data.filter(each => each.block === block).map(({ at }) => at)
  return times.filter((at, index) => index === 0 || at - times[index - 1]! > AT_ONCE)
}

/** Loses the first sendings of a block, with all their copies. */
export const losing = (probe: Probe, wanted: number, sendings: number): ((block: number) => boolean) => {
  const lost: Micros[] = []
  return block => {
    if (block !== wanted) return false
    const isNew = lost.length === 0 || probe.now - lost.at(-1)! > AT_ONCE
    if (isNew && lost.length === sendings) return false
    if (isNew) lost.push(probe.now)
    return true
  }
}

/** Seconds from each sending of a block to the next. */
const gapsOf = (data: readonly DataPacket[], block: number): readonly number[] => {
  const times = sendingsOf(data, block)
  return times.slice(1).map((at, index) => toSeconds(at - times[index]!))
}

const RECOVERS_WITHIN = 5
/** Timers are not exact. */
const TOLERANCE = 0.8
const BLOCK_NUMBERS = 65_536

export const TRANSFER: readonly Clause[] = [
  {
    id: 'T01',
    level: 'MUST',
    requirement: 'Each transfer has a port of its own, and is answered from the address that was asked.',
    source: 'RFC 1350 §4',
    rules: ['E-47', 'S-9'],
    needs: ['file'],
    *check(probe, survey) {
      const { peer } = yield* mustLoad(probe, anyFile(survey), {}, 'without options')
      const { address } = probe.server
      must(peer!.ip === address, `${formatIp4(address)} was asked, and ${formatIp4(peer!.ip)} answered`)
      must(peer!.port !== TFTP_PORT, 'the transfer comes from port 69')
      return `the transfer came from ${formatEndpoint(peer!)}`
    },
  },
  {
    id: 'T02',
    level: 'MUST',
    requirement:
      'Without options a block has 512 bytes; the last one has fewer, and is empty where the file ends with a whole block.',
    source: 'RFC 1350 §2, §6',
    rules: ['E-48'],
    needs: ['file'],
    *check(probe, survey) {
      const file = anyFile(survey)
      const plain = yield* mustLoad(probe, file, {}, 'without options')
      const lastBlock = Math.max(...plain.data.map(({ block }) => block))
      const wrong = plain.data.find(({ block, size }) => block < lastBlock && size !== PLAIN_BLOCK)
      must(!wrong, `block ${wrong?.block} of ${file.name} has ${wrong?.size} bytes`)
      const size = file.bytes.length
      const divisor = divisorOf(size)
      if (divisor !== undefined) {
        const options = divisor === PLAIN_BLOCK ? [] : [['blksize', String(divisor)] as const]
        const whole = yield* mustLoad(probe, file, { options }, `in blocks of ${divisor} bytes`)
        const last = whole.data.at(-1)!
        if (whole.blockSize === divisor)
          must(
            last.size === 0,
            `${size} bytes in blocks of ${divisor} end with a block of ${last.size} bytes`,
          )
      }
      const empty = survey.files.find(({ bytes }) => bytes.length === 0)
      if (empty) yield* mustLoad(probe, empty, {}, 'an empty file')
      return `${size} bytes in ${plain.data.length} blocks${divisor === undefined ? '' : `, and with an empty last block at ${divisor}`}`
    },
  },
  {
    id: 'T10',
    level: 'MUST',
    requirement: 'An ACK that comes twice does not make the server send a block twice.',
    source: 'RFC 1123 §4.2.3.1',
    rules: ['S-12'],
    needs: ['file'],
    *check(probe, survey) {
      const transfer = yield* mustLoad(probe, anyFile(survey), { ackCopies: 2 }, 'with each ACK sent twice')
      const blocks = new Set(transfer.data.map(({ block }) => block))
      must(
        blocks.size === transfer.data.length,
        `${transfer.data.length} DATA packets for ${blocks.size} blocks`,
      )
      return `${blocks.size} blocks, each once`
    },
  },
  {
    id: 'T11',
    level: 'MUST',
    requirement:
      'A lost packet is made good within 5 s, and each further resend comes no sooner than the one before.',
    source: 'RFC 1123 §4.2.3.2',
    rules: ['E-47'],
    needs: ['file'],
    *check(probe, survey) {
      const file = withSomeBlocks(survey)
      const options = [['blksize', String(blockSizeFor(file.bytes.length))] as const]
      const loses = losing(probe, 2, 3)
      const { data } = yield* mustLoad(probe, file, { options, loses }, 'with block 2 lost three times')
      const gaps = gapsOf(data, 2)
      must(gaps[0]! * TOLERANCE <= RECOVERS_WITHIN, `block 2 came again after ${gaps[0]!.toFixed(1)} s`)
      const sooner = gaps.findIndex((gap, index) => index > 0 && gap < gaps[index - 1]! * TOLERANCE)
      must(sooner < 0, `resends after ${gaps.map(gap => gap.toFixed(2)).join(', ')} s: they come ever sooner`)
      return `resends after ${gaps.map(gap => gap.toFixed(2)).join(', ')} s`
    },
  },
  {
    id: 'T12',
    level: 'FIRMWARE',
    requirement: 'Block number 0 follows 65535, also within a window.',
    source: 'RFC 7440 §4, and what clients do',
    rules: ['S-12'],
    needs: ['file'],
    *check(probe, survey) {
      const least = BLOCK_NUMBERS * SMALLEST_BLOCK
      const file = fileThat(survey, size => size > least, `has over ${least} bytes`)
      const options = [
        ['blksize', '8'],
        ['windowsize', '16'],
      ] as const
      const transfer = yield* mustLoad(probe, file, { options }, 'in blocks of 8 bytes')
      if (transfer.blockSize > SMALLEST_BLOCK)
        notApplicable(`blocks of ${transfer.blockSize} bytes are its smallest`)
      return `${transfer.data.length} blocks`
    },
  },
  {
    id: 'T15',
    level: 'SHOULD',
    requirement: 'A packet of a stranger is answered with ERROR 5, and the transfer goes on.',
    source: 'RFC 1350 §4',
    rules: ['S-12'],
    needs: ['file'],
    *check(probe, survey) {
      const file = withSomeBlocks(survey)
      const options = [['blksize', String(blockSizeFor(file.bytes.length))] as const]
      const transfer = download(probe, { file: file.name, options, mutedAfter: 1 })
      yield* probe.until(() => transfer.data.length > 0 || transfer.isOver, probe.patience.answer)
      must(transfer.data.length > 0, `${file.name}: ${transfer.end}`)
      const stranger = probe.open()
      stranger.send(transfer.peer!, encodeAck(1))
      const isToldOff = (): boolean =>
        stranger.heard.some(({ payload }) => {
          const read = decodeTftp(payload)
          return read.ok && read.value.kind === 'error' && read.value.code === TFTP_ERROR.unknownTid
        })
      const told = yield* probe.until(isToldOff, SECOND)
      transfer.resume()
      yield* transfer.finish()
      must(
        transfer.isComplete && equalBytes(transfer.bytes, file.bytes),
        `the transfer broke off: ${transfer.end}`,
      )
      must(told, 'the stranger got no ERROR 5')
      return 'the stranger got ERROR 5, and the file came whole'
    },
  },
  {
    id: 'T20',
    level: 'SHOULD',
    requirement: 'Many machines load at once, and each gets the right bytes or an ERROR, never silence.',
    source: 'classrooms that switch on together',
    rules: ['E-47'],
    needs: ['file'],
    *check(probe, survey) {
      const file = anyFile(survey)
      // The addresses are to be known before the crowd comes: a stack holds few packets while it asks ARP.
      yield* mustLoad(probe, file, {}, 'alone')
      const count = probe.station.crowd
      const options = [['blksize', '1428']] as const
      const all: Download[] = Array.from({ length: count }, () =>
        download(probe, { file: file.name, options }),
      )
      for (let before = -1, now = 0; now !== before; now = progressOf(all)) {
        before = now
        yield* probe.until(() => all.every(({ isOver }) => isOver), probe.patience.transfer)
      }
      const silent = all.filter(({ isOver }) => !isOver)
      if (silent.length > 0) fail(`${silent.length} of ${count} did not end: ${silent[0]!.end}`)
      const wrong = all.filter(each => each.isComplete && !equalBytes(each.bytes, file.bytes))
      must(wrong.length === 0, `${wrong.length} of ${count} got other bytes`)
      const refused = all.filter(({ error }) => error).length
      must(refused < count, `all ${count} were refused: ${all[0]!.end}`)
      return `${count - refused} of ${count} got the file, ${refused} an ERROR`
    },
  },
]

const progressOf = (all: readonly Download[]): number => all.reduce((sum, { data }) => sum + data.length, 0)
