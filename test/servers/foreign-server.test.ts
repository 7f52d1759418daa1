import t from 'tap'
import { type Ip4, formatIp4 } from '../../src/core/address.ts'
import { SECOND } from '../../src/core/micros.ts'
import { random } from '../../src/core/random.ts'
import { type TraceEvent, describeEvent, noTrace, traceTo } from '../../src/core/trace.ts'
import { PLAIN } from '../../src/core/wording.ts'
import { memoryImages } from '../../src/nbs/images.ts'
import { runStateMachine } from '../../src/network/runner.ts'
import { VirtualNetwork } from '../../src/network/virtual/network.ts'
import { type ReceiverEvent, type ReceiverOptions, TftpReceiver } from '../../src/protocol/tftp/receiver.ts'
import { ForeignServer, type ForeignSetup } from '../../src/servers/foreign/server.ts'
import { foreign, shorthand } from './shorthand.ts'
import { encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import { clientMessage, ip } from '../protocol/pxe/requests.ts'

const SELF = ip('10.7.0.2')
const OTHER = ip('10.7.0.77')
const LEASE = ip('10.7.0.101')
const CONTENT = Uint8Array.from({ length: 5000 }, (_, i) => i & 255)

/** The server has a second interface for its other address, on the same segment. */
const lab = async (setup: Partial<ForeignSetup> = {}) => {
  const trace: TraceEvent[] = []
  const network = new VirtualNetwork(random(1), noTrace)
  const segment = network.addSegment('lan')
  const at = (address: Ip4) => ({ segment, address: { ip: address, prefixLength: 24 } })
  const host = network.addHost('rival', [at(SELF), at(OTHER)])
  const pc = network.addHost('pc', [at(LEASE)])
  const files = memoryImages({ boot: CONTENT })
  const responder = foreign(
    shorthand('Df', {
      address: SELF,
      pool: { first: LEASE, last: LEASE, prefixLength: 24 },
      bootFile: 'boot',
    }),
  )
  const whole = { responder, tftp: 'on', files, otherAddress: OTHER, ...setup } as const
  const server = new ForeignServer(host, whole, traceTo(trace))
  await server.start()
  return { network, pc, server, trace }
}

const fetchFile = (
  { network, pc }: Awaited<ReturnType<typeof lab>>,
  options: Partial<ReceiverOptions> = {},
) => {
  const outcomes: ReceiverEvent[] = []
  const asked = [
    ['blksize', '1468'],
    ['windowsize', '4'],
  ] as const
  const machine = new TftpReceiver({
    server: { ip: SELF, port: 69 },
    file: 'boot',
    options: asked,
    waits: [SECOND, SECOND],
    ...options,
  })
  const runner = runStateMachine(pc, machine, event => void outcomes.push(event))
  network.run(network.clock.now() + 60 * SECOND)
  runner.stop()
  return outcomes[0]
}

t.test('tftp: on, closed, silent', async t => {
  t.match(fetchFile(await lab()), { type: 'done', bytes: CONTENT, from: { ip: SELF } })
  t.match(fetchFile(await lab({ tftp: 'closed' }), { onUnreachable: 'fail' }), {
    cause: 'unreachable',
    what: 'port',
  })
  t.match(fetchFile(await lab({ tftp: 'silent' }), { onUnreachable: 'fail' }), {
    cause: 'timeout',
    answered: false,
  })
})

t.test('tftp: no-options (row 34)', async t => {
  const outcome = fetchFile(await lab({ tftp: 'no-options' }))
  t.match(outcome, { type: 'done', bytes: CONTENT, oack: undefined })
})

t.test('tftp: raises-blksize (row 35)', async t => {
  const outcome = fetchFile(await lab({ tftp: 'raises-blksize' }), { raisedOption: 'accept' })
  t.match(outcome, {
    type: 'done',
    bytes: CONTENT,
    oack: [
      ['blksize', '1472'],
      ['windowsize', '4'],
    ],
  })
  const strict = { raisedOption: { code: 4, message: 'Malformatted OACK packet' } }
  t.match(fetchFile(await lab({ tftp: 'raises-blksize' }), strict), { type: 'failed', cause: 'bad-oack' })
})

t.test('tftp: other-address (rows 36, 36w)', async t => {
  const lenient = { sourceCheck: 'none' } as const
  for (const tftp of ['other-address', 'other-address-hears-both'] as const) {
    const strict = fetchFile(await lab({ tftp }), { sourceCheck: 'address' })
    t.match(strict, { type: 'failed', cause: 'timeout' }, `${tftp}: EDK2`)
    const follows = fetchFile(await lab({ tftp }), { ...lenient, repliesTo: 'source' })
    t.match(follows, { type: 'done', bytes: CONTENT, from: { ip: OTHER } }, `${tftp}: iPXE`)
  }
  const stubborn = { ...lenient, repliesTo: 'asked-address' } as const
  t.match(fetchFile(await lab({ tftp: 'other-address' }), stubborn), { type: 'failed' }, 'U-Boot, row 36')
  const both = fetchFile(await lab({ tftp: 'other-address-hears-both' }), stubborn)
  t.match(both, { type: 'done', bytes: CONTENT, from: { ip: OTHER } }, 'U-Boot, row 36w')
})

t.test(
  'answers once, although it has two interfaces on the segment; its services stop and start',
  async t => {
    const on = await lab()
    const got: number[] = []
    on.pc.openUdp({ port: 68, onDatagram: each => void got.push(each.payload.length) })
    const discover = () => {
      on.pc
        .openUdp({ port: 0, onDatagram: () => {} })
        .send({ ip: ip('255.255.255.255'), port: 67, iface: 'eth0' }, encodeDhcp(clientMessage()))
      on.network.run(on.network.clock.now() + SECOND)
      return got.splice(0).length
    }
    t.equal(discover(), 1)
    on.server.stopService('dhcp')
    t.equal(discover(), 0)
    await on.server.startService('dhcp')
    t.equal(discover(), 1)
    on.server.stop()
    t.equal(discover(), 0)
    const lines = on.trace.flatMap(event =>
      event.kind === 'service' ? [`${event.service}: ${describeEvent(event, PLAIN)}`] : [],
    )
    t.strictSame(
      lines,
      Array.from(
        { length: 2 },
        () =>
          `foreign: OFFER to 00:50:56:00:00:01 at 255.255.255.255:68, address ${formatIp4(LEASE)}, file boot`,
      ),
    )
  },
)
