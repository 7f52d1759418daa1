/**
 * Capture files that are damaged in every way, from the labelled set: bytes changed, pieces cut out, doubled, swapped
 * between files, files cut short. Nothing throws, every file is done in a moment, and memory stays where it is.
 * NBS_FUZZ says how many files, NBS_FUZZ_SEED which.
 */
import t from 'tap'
import { Analyzer } from '../../src/analysis/analyzer.ts'
import { concat, u16At, writeU16 } from '../../src/core/bytes.ts'
import { random } from '../../src/core/random.ts'
import { CaptureReader, LINK_TYPE, encodePcap, encodePcapng } from '../../src/wire/capture/index.ts'
import { CLEAN } from './labelled/clean.ts'
import { CONTENDED, FAILING } from './labelled/faulty.ts'
import { byEffort } from '../effort.ts'

const FILES = byEffort({ quick: 500, thorough: 4_000, night: 1_000_000 })
const SEED = process.env['NBS_FUZZ_SEED'] ?? '1'
/** Frames of one seed file: a slow transfer has hundreds alike. */
const LONGEST = 40

/** A changed datagram must get past its checksum. */
const unchecked = (bytes: Uint8Array): Uint8Array => {
  const copy = bytes.slice()
  if (u16At(copy, 12) === 0x0800 && copy[23] === 17) writeU16(copy, 40, 0)
  return copy
}

const SEEDS: readonly Uint8Array[] = [...CLEAN, ...CONTENDED, ...FAILING].flatMap(({ frames }, i) => {
  const records = [...frames()].slice(0, LONGEST)
  const segments = [...new Set(records.map(({ segment }) => segment))]
  const numbered = records.map(({ at, segment, bytes }) => ({ at, iface: segments.indexOf(segment), bytes }))
  const plain = numbered.map(record => ({ ...record, bytes: unchecked(record.bytes) }))
  const interfaces = segments.map(name => ({ name, linkType: LINK_TYPE.ethernet }))
  return i % 2 ? [encodePcapng(interfaces, plain)] : [encodePcap(plain), encodePcapng(interfaces, numbered)]
})

type Draw = ReturnType<typeof random>
type Damage = (bytes: Uint8Array, draw: Draw) => Uint8Array

const DAMAGES: readonly Damage[] = [
  (bytes, draw) => {
    for (let n = draw.between(1, 12); n > 0; n--) bytes[draw.below(bytes.length)] = draw.below(256)
    return bytes
  },
  (bytes, draw) => {
    for (let n = draw.between(1, 6); n > 0; n--) bytes[draw.below(bytes.length)]! ^= 1 << draw.below(8)
    return bytes
  },
  (bytes, draw) => {
    const at = draw.below(bytes.length)
    bytes.fill(draw.chance(0.5) ? 0 : 255, at, at + draw.between(1, 64))
    return bytes
  },
  (bytes, draw) => bytes.slice(0, draw.between(1, bytes.length)),
  (bytes, draw) => {
    const at = draw.below(bytes.length)
    return concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + draw.between(1, 90)))])
  },
  (bytes, draw) => {
    const [from, to] = [draw.below(bytes.length), draw.below(bytes.length)]
    const piece = bytes.slice(from, from + draw.between(1, 400))
    return concat([bytes.subarray(0, to), piece, bytes.subarray(to)])
  },
  (bytes, draw) => {
    const other = SEEDS[draw.below(SEEDS.length)]!
    return concat([bytes.subarray(0, draw.below(bytes.length)), other.subarray(draw.below(other.length))])
  },
]

t.test(`${FILES} damaged captures`, async t => {
  const draw = random(`analysis-fuzz ${SEED}`)
  let [packets, findings, slowest] = [0, 0, 0]
  const before = process.memoryUsage().rss
  for (let i = 0; i < FILES; i++) {
    let bytes: Uint8Array = SEEDS[draw.below(SEEDS.length)]!.slice()
    for (let n = draw.between(1, 3); n > 0 && bytes.length > 0; n--)
      bytes = DAMAGES[draw.below(DAMAGES.length)]!(bytes, draw)
    const start = process.hrtime.bigint()
    const reader = new CaptureReader()
    const analyzer = new Analyzer({ keepMessages: true })
    for (let at = 0; at < bytes.length; at += 4_096) {
      reader.push(bytes.subarray(at, at + 4_096))
      for (let frame = reader.take(); frame; frame = reader.take())
        analyzer.add({ ...frame, segment: reader.interfaces[frame.iface]!.name })
    }
    reader.end()
    const analysis = analyzer.finish()
    packets += analysis.frames
    findings += analysis.findings.length
    slowest = Math.max(slowest, Number(process.hrtime.bigint() - start) / 1e6)
    for (const { message, evidence } of analysis.findings)
      if (message.length > 20_000 || evidence.some(({ frame }) => frame < 1 || frame > analysis.frames))
        t.fail(`file ${i}: a finding without measure`)
  }
  const grown = (process.memoryUsage().rss - before) / 1e6
  t.comment(`${packets} packets, ${findings} findings, slowest file ${slowest.toFixed(0)} ms, memory grew by ${grown.toFixed(0)} MB`) // prettier-ignore
  t.ok(packets > FILES, 'packets were read in spite of the damage')
  t.ok(slowest < 20_000, 'no file takes for ever')
  t.ok(grown < 300, 'memory is bounded')
})
