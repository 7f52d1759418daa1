import fc from 'fast-check'
import t from 'tap'
import { equalBytes } from '../../../src/core/bytes.ts'
import { toIp4 } from '../../../src/core/address.ts'
import { bootstrapFile } from '../../../src/nbs/bootstrap-files.ts'
import { PXE_STYLES } from '../../../src/protocol/pxe/offer.ts'
import { PxeService } from '../../../src/protocol/pxe/service.ts'
import { ForeignResponder } from '../../../src/servers/foreign/responder.ts'
import { SHORTHANDS, foreign, shorthand } from '../../servers/shorthand.ts'
import { decodeDhcp, encodeDhcp } from '../../../src/wire/dhcp/codec.ts'
import { isPxeClient } from '../../../src/wire/pxe/client.ts'
import { clientMessage, datagramOf, events, ip, replies } from './requests.ts'
import { FUZZ } from '../../effort.ts'

const RUNS = FUZZ
const SELF = ip('10.20.1.5')

const SEEDS = [
  clientMessage(),
  clientMessage({ type: 'request', ciaddr: ip('10.20.1.101'), bootItem: { type: 0xaaaa, layer: 0 } }),
  clientMessage({ type: 'request', serverIdentifier: SELF }),
  clientMessage({ class: 'MSFT 5.0', giaddr: ip('10.20.2.1') }),
].map(message => encodeDhcp(message))

/** A good message with some bytes changed, or bytes at random. */
const payload = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...SEEDS),
        fc.array(fc.tuple(fc.nat(380), fc.nat(255)), { maxLength: 6 }),
        fc.option(fc.nat(380), { freq: 4 }),
      )
      .map(([seed, changes, cut]) => {
        const bytes = seed.slice(0, cut ?? seed.length)
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
        return bytes
      }),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 600 }) },
)
const port = fc.constantFrom(67, 4011)
const target = fc.constantFrom(toIp4(0xffffffff), SELF, ip('224.0.1.2'))

t.test('the PXE service answers PXE clients only and never throws', async t => {
  const machines = PXE_STYLES.map(
    style => new PxeService({ addressOn: () => SELF, bootFile: bootstrapFile, style }),
  )
  let answered = 0
  let now = 0
  const check = (bytes: Uint8Array, to: number, at: ReturnType<typeof ip>, which: number): void => {
    const machine = machines[which]!
    const before = bytes.slice()
    const asked = machine.receive(
      now++,
      to === 67 ? 'dhcp' : 'bootServer',
      datagramOf(bytes, { port: to, target: at }),
    )
    const actions = [...asked]
    for (const event of events(asked))
      if (event.kind === 'ask')
        actions.push(
          ...machine.answer(now, event.id, {
            boot: 'pxe',
            client: 'managed',
            image: 'x',
            arch: 'x64',
            jobRunning: false,
          }),
        )
    if (!equalBytes(before, bytes)) throw new Error('it changed the bytes it was given')
    if (machine.wakeAt !== undefined) throw new Error('something is left waiting')
    if (replies(actions).length === 0) return
    answered++
    const request = decodeDhcp(bytes)
    if (!request.ok || !isPxeClient(request.value)) throw new Error('it answered who is no PXE client')
  }
  fc.assert(fc.property(payload, port, target, fc.nat(PXE_STYLES.length - 1), check), {
    numRuns: RUNS,
    seed: 42,
  })
  t.ok(answered > RUNS / 10, `it did answer: ${answered} of ${RUNS}`)
})

t.test('foreign responders never throw', async t => {
  const pool = { first: ip('10.20.1.100'), last: ip('10.20.1.110'), prefixLength: 24 }
  const machines = SHORTHANDS.map(
    kind =>
      new ForeignResponder(
        foreign({
          ...shorthand(kind, { address: SELF, pool, bootFile: 'boot.0' }),
          answers: 'nak-others',
          discovery: { types: [0xaaaa], broadcast: true, unicast: true },
        }),
      ),
  )
  let answered = 0
  let now = 0
  const check = (bytes: Uint8Array, to: number, at: ReturnType<typeof ip>, which: number): void => {
    const via = to === 67 ? 'dhcp' : 'bootServer'
    answered += replies(
      machines[which]!.receive(now++, via, datagramOf(bytes, { port: to, target: at })),
    ).length
  }
  fc.assert(fc.property(payload, port, target, fc.nat(SHORTHANDS.length - 1), check), {
    numRuns: RUNS,
    seed: 43,
  })
  t.ok(answered > RUNS / 10, `they did answer: ${answered} of ${RUNS}`)
})
