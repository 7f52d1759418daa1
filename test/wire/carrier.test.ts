import t from 'tap'
import { readFileSync } from 'node:fs'
import { toHex } from '../../src/core/bytes.ts'
import { random } from '../../src/core/random.ts'
import { Analyzer } from '../../src/analysis/analyzer.ts'
import { carriedIn } from '../../src/wire/carrier.ts'
import { readCapture } from '../../src/wire/capture/index.ts'
import { decodeLink } from '../../src/wire/link.ts'
import { capturedRun, framesOf } from '../cli/captures.ts'
import { CARRIERS, ETHERNET_CARRIERS, WIRELESS } from './carriers.ts'

const CAPTURED = capturedRun('scenarios/two-nbs-same-notification-server.yaml')
const FRAMES = framesOf(CAPTURED.run.trace).filter(({ segment }) => segment === 'office')
const isIp = ({ bytes }: { bytes: Uint8Array }): boolean => bytes[12] === 8 && bytes[13] === 0

const findingsOf = (
  frames: readonly { at: number; segment: string; bytes: Uint8Array }[],
  linkType?: number,
) => {
  const analyzer = new Analyzer()
  for (const frame of frames) analyzer.add(linkType === undefined ? frame : { ...frame, linkType })
  return analyzer.finish()
}
const rules = (analysis: ReturnType<typeof findingsOf>) =>
  analysis.findings.map(({ rule, servers, subnet }) => ({ rule, servers, subnet }))

t.test('what is carried comes out as it went in', async t => {
  const frame = FRAMES[0]!.bytes
  for (const [what, { linkType, wrap }] of Object.entries(ETHERNET_CARRIERS)) {
    if (what === 'vxlan in vxlan') continue
    const outer = decodeLink(linkType, wrap(frame))
    const carried = outer.ok ? carriedIn(outer.value.packet) : undefined
    t.equal(carried && toHex(carried.bytes.subarray(0, frame.length)), toHex(frame), what)
  }
})

t.test('the same contention is found in every carrier, on a segment of its own', async t => {
  const plain = rules(findingsOf(FRAMES))
  t.ok(plain.some(({ rule }) => rule === 'multiple-pxe-responders'))
  for (const [what, { linkType, name, wrap }] of Object.entries({ ...ETHERNET_CARRIERS, ...WIRELESS })) {
    const carried = FRAMES.map(frame => ({ ...frame, bytes: wrap(frame.bytes) }))
    const expected = plain.map(finding => ({ ...finding, subnet: `office${name}` }))
    t.strictSame(rules(findingsOf(carried, linkType)), expected, what)
  }
})

t.test('where the addresses are lost, the packets are there', async t => {
  for (const [what, { linkType, wrap }] of Object.entries(CARRIERS)) {
    const carried = FRAMES.filter(isIp).map(frame => ({ ...frame, bytes: wrap(frame.bytes) }))
    const found = rules(findingsOf(carried, linkType))
    t.ok(found.some(({ rule }) => rule === 'multiple-pxe-responders'), what) // prettier-ignore
  }
})

t.test('captures of a mirror session, an overlay and a loopback', async t => {
  for (const [file, segment] of [
    ['det-dc_vxlan', 'lan vxlan 5001'],
    ['det-dc_erspan2', 'lan erspan 7'],
    ['det-dc_null', 'lan'],
  ] as const) {
    const { frames } = readCapture(readFileSync(`test/fixtures/cases/${file}.pcap`))
    const analyzer = new Analyzer()
    for (const { at, bytes, linkType } of frames) analyzer.add({ at, segment: 'lan', bytes, linkType })
    const found = analyzer.finish().findings
    t.ok(found.some(({ rule, subnet }) => rule === 'multiple-pxe-responders' && subnet === segment), file) // prettier-ignore
  }
})

t.test('damaged carriers are read or left, never thrown on', async t => {
  const draw = random('carriers')
  for (const { linkType, wrap } of Object.values(CARRIERS))
    for (let i = 0; i < 300; i++) {
      const bytes = wrap(FRAMES[draw.below(FRAMES.length)]!.bytes).slice()
      for (let n = draw.below(4); n >= 0; n--) bytes[draw.below(Math.min(bytes.length, 90))] = draw.below(256)
      const cut = bytes.subarray(0, draw.below(bytes.length + 1))
      findingsOf([{ at: 0, segment: 'lan', bytes: cut }], linkType)
    }
  t.pass('none threw')
})
