import t from 'tap'
import fc from 'fast-check'
import { fromBase64, toBase64 } from '../../src/core/base64.ts'
import { fromHex } from '../../src/core/bytes.ts'
import { formatMac, toIp4, toMac } from '../../src/core/address.ts'
import { formatIp, ip6At } from '../../src/core/ip.ts'
import { type PackedTrace, TraceReader, packTrace } from '../../src/core/packed-trace.ts'
import { recorded } from '../../src/core/recorded-event.ts'
import {
  type EventFacts,
  type EventProjection,
  FAULT_CHANGES,
  type TraceEvent,
  serviceEvent,
} from '../../src/core/trace.ts'
import { PLAIN, type Phrase, type Wording, named, phrase } from '../../src/core/wording.ts'

t.test('base64 is that of RFC 4648', async t => {
  // Its section 10.
  const vectors = {
    '': '',
    f: 'Zg==',
    fo: 'Zm8=',
    foo: 'Zm9v',
    foob: 'Zm9vYg==',
    fooba: 'Zm9vYmE=',
    foobar: 'Zm9vYmFy',
  }
  for (const [text, encoded] of Object.entries(vectors)) {
    const bytes = new TextEncoder().encode(text)
    t.equal(toBase64(bytes), encoded)
    t.same(fromBase64(encoded), bytes)
  }
  t.same(fromBase64('+/8='), fromHex('fbff'))
  for (const wrong of ['Zg=', 'Z===', 'Zm9\n', 'Zm9_', 'Zm9é']) t.equal(fromBase64(wrong), undefined, wrong)
})

const name = fc.constantFrom('office', 'pc-1', 'nbs-a', '')
const at = fc.integer({ min: 0, max: 1e9 })
const bytes = fc.uint8Array({ maxLength: 200 })
const ip = fc.oneof(
  fc.nat({ max: 0xffffffff }).map(toIp4),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map(bytes => ip6At(bytes)),
)
const mac = fc.nat({ max: 0xffffffffffff }).map(toMac)
const text: fc.Arbitrary<Phrase> = fc.oneof(
  fc.string(),
  fc.tuple(fc.string(), ip).map(([words, server]) => phrase`${named(server)} ${words}`),
)
/** A protocol that core has never heard of. */
const EVENTS: EventProjection<EventFacts> = {
  service: 'quake',
  facts: facts => facts,
  describe: ({ type, client }, wording) =>
    client === undefined ? type : `${type} of ${wording.machine(client)}`,
}
const facts: fc.Arbitrary<EventFacts> = fc.record({
  type: name,
  client: fc.option(mac, { nil: undefined }),
  address: fc.option(ip, { nil: undefined }),
})
const event: fc.Arbitrary<TraceEvent> = fc.oneof(
  fc.record({ at, kind: fc.constant('frame' as const), segment: name, bytes }),
  fc.record({
    at,
    kind: fc.constant('drop' as const),
    segment: name,
    receiver: name,
    cause: fc.constantFrom('loss' as const, 'arp-queue' as const),
    bytes,
  }),
  fc.record({
    at,
    kind: fc.constant('screen' as const),
    host: name,
    text: fc.string(),
    continues: fc.boolean(),
  }),
  fc.record({ at, kind: fc.constant('choice' as const), host: name, rule: name, text }),
  fc.tuple(at, name, facts).map(([when, host, detail]) => serviceEvent(when, host, EVENTS, detail)),
  fc.record({ at, kind: fc.constant('power' as const), host: name, on: fc.boolean() }),
  fc.record({
    at,
    kind: fc.constant('fault' as const),
    change: fc.constantFrom(...FAULT_CHANGES),
    what: fc.array(fc.constantFrom('office', 'nbs-a.tftp', 'pc-1'), { minLength: 1, maxLength: 3 }),
    text: fc.string(),
  }),
)

const NAMES: Wording = {
  address: ip => `server ${formatIp(ip)}`,
  machine: mac => `machine ${formatMac(mac)}`,
}

t.test('a trace comes back as it was recorded', async t => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), trace => {
      const reader = TraceReader.open(JSON.parse(JSON.stringify(packTrace(trace, NAMES))) as PackedTrace)!
      trace.forEach((one, i) => {
        t.strictSame(reader.event(i), { ...recorded(one, NAMES) })
        t.equal(reader.kind(i), one.kind)
        if ('bytes' in one) t.strictSame(reader.bytes(i), one.bytes)
        if ('segment' in one) t.equal(reader.segment(i), one.segment)
      })
    }),
    { numRuns: 200 },
  )
})

t.test('what repeats is kept once, and the head of a frame is read without the rest', async t => {
  const frame = (mark: number) => Uint8Array.from({ length: 1500 }, (_, i) => (i === 10 ? mark : i & 255))
  const trace = [1, 2, 3, 4].map(mark => ({
    at: mark,
    kind: 'frame' as const,
    segment: 's',
    bytes: frame(mark),
  }))
  const packed = packTrace(trace, PLAIN)
  t.same(packed.pieces, [46, 40, 1414, 46, 46, 46], 'only the first 46 bytes differ')
  const reader = TraceReader.open(packed)!
  const head = new Uint8Array(12)
  t.equal(reader.head(2, head), 12)
  t.same(head, frame(3).subarray(0, 12))
})

t.test('a trace that does not fit together is refused', async t => {
  const trace: TraceEvent[] = [
    { at: 1, kind: 'screen', host: 'pc-1', text: 'hello', continues: false },
    { at: 2, kind: 'frame', segment: 's', bytes: fromHex('01 02 03') },
  ]
  const packed = packTrace(trace, PLAIN)
  t.ok(TraceReader.open(packed))
  const wrong: Partial<PackedTrace>[] = [
    { bytes: packed.bytes.slice(0, -1) },
    { bytes: '' },
    { kinds: 's' },
    { kinds: 'sZ' },
    { operands: packed.operands.slice(0, -1) },
    { operands: packed.operands.map(() => 99) },
    { at: [1] },
    { texts: [] },
  ]
  for (const change of wrong)
    t.equal(TraceReader.open({ ...packed, ...change }), undefined, JSON.stringify(change))
})
