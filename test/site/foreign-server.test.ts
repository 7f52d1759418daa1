import t from 'tap'
import { type Ip4, formatIp4 } from '../../src/core/address.ts'
import { SECOND } from '../../src/core/micros.ts'
import { random } from '../../src/core/random.ts'
import { type TraceEvent, noTrace, traceTo } from '../../src/core/trace.ts'
import { memoryImages } from '../../src/nbs/images.ts'
import { runMachine } from '../../src/network/runner.ts'
import { VirtualNetwork } from '../../src/network/virtual/network.ts'
import { type ReceiverEvent, type ReceiverOptions, TftpReceiver } from '../../src/protocol/tftp/receiver.ts'
import { ForeignServer, type ForeignSetup } from '../../src/site/foreign.ts'
import { ForeignResponder } from '../../src/site/foreign-responder.ts'
import { PRESETS, type PresetName, presetOptions } from '../../src/site/presets.ts'
import { shorthand } from '../../src/site/shorthand.ts'
import { encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import {
  type ClientMessage,
  clientMessage,
  events,
  ip,
  optionList,
  replies,
  sent,
} from '../protocol/pxe/requests.ts'

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
  const { address: _, ...responder } = shorthand('Df', {
    address: SELF,
    pool: { first: LEASE, last: LEASE, prefixLength: 24 },
    bootFile: 'boot',
  })
  const server = new ForeignServer(host, { responder, files, otherAddress: OTHER, ...setup }, traceTo(trace))
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
  const runner = runMachine(pc, machine, event => void outcomes.push(event))
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
      event.kind === 'service' ? [`${event.service}: ${event.text}`] : [],
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

t.test('presets', async t => {
  const pool = { first: LEASE, last: LEASE, prefixLength: 24 }
  const make = (name: PresetName) =>
    new ForeignResponder({
      ...presetOptions(name, { address: SELF, bootFile: 'boot' }),
      address: SELF,
      pools: [pool],
    })
  const offers = (name: PresetName, message: ClientMessage = {}) =>
    replies(make(name).receive(0, 'dhcp', sent(message))).map(reply => ({
      codes: reply.message.options.map(({ code }) => code).join(' '),
      vendor: optionList(reply.message)
        .find(text => text.startsWith('43 '))
        ?.slice(3),
      file: reply.message.file,
      yiaddr: reply.message.yiaddr,
      siaddr: reply.message.siaddr,
    }))
  const on4011 = (name: PresetName, message: ClientMessage = {}) =>
    replies(
      make(name).receive(
        0,
        'bootServer',
        sent(
          { type: 'request', ciaddr: LEASE, flags: 0, ...message },
          { source: LEASE, sourcePort: 4011, target: SELF, port: 4011 },
        ),
      ),
    ).map(({ message: { file } }) => file)

  const uefi = { codes: '53 54 60 97', vendor: undefined, file: '', yiaddr: 0, siaddr: SELF }
  t.strictSame(offers('dnsmasq-proxy'), [uefi], 'S-22')
  t.strictSame(on4011('dnsmasq-proxy'), ['boot'])
  const [bios] = offers('dnsmasq-proxy', { arch: 0 })
  t.match(bios, { vendor: /^0601030807800001 ?0a070002090f8000/, file: '', siaddr: SELF }, 'S-21')
  t.strictSame(on4011('dnsmasq-proxy', { arch: 0, bootItem: { type: 0x8000, layer: 0 } }), ['boot'], 'S-23')

  t.strictSame(offers('pixiecore'), [uefi])
  t.strictSame(on4011('pixiecore'), ['boot'])
  t.match(offers('pixiecore', { arch: 0 }), [{ vendor: '060108ff', file: 'boot' }])

  t.match(offers('smee-proxy'), [{ vendor: '060108ff', file: 'boot', yiaddr: 0 }])
  const foreignRequest = sent({ type: 'request', serverIdentifier: ip('10.7.0.3') })
  t.equal(
    replies(make('smee-proxy').receive(0, 'dhcp', foreignRequest)).length,
    1,
    'ACKs what is not meant for it',
  )
  t.strictSame(offers('smee-reservation'), [], 'silent to whom it does not know')
  t.match(events(make('smee-reservation').receive(0, 'dhcp', sent({ secs: 0xffff }))), [{ kind: 'ignored' }])

  t.match(offers('pypxe-proxy'), [
    { codes: '53 54 60 97 66 67 43', vendor: '0601080a0400505845ff', file: 'boot' },
  ])
  t.equal(make('pypxe-proxy').start().length, 1, 'one socket')

  t.match(offers('plain-dhcp-option-60'), [{ codes: '53 54 51 1 60', file: 'boot', yiaddr: LEASE }])
  t.equal(make('plain-dhcp-option-60').start().length, 1)

  t.strictSame(offers('wds'), [uefi])
  t.strictSame([on4011('wds'), on4011('wds', { arch: 0 })], [['boot'], ['boot\\x86\\wdsnbp.com']])

  t.equal(offers('itcm').length, 0)
  t.match(offers('itcm', { secs: 12 }), [{ vendor: '060108ff' }])

  t.match(offers('split-scope-pair'), [{ codes: '53 54 51 1', file: 'boot' }])
  const nak = replies(make('split-scope-pair').receive(0, 'dhcp', foreignRequest))[0]!
  t.strictSame(optionList(nak.message)[0], '53 06')

  for (const name of PRESETS)
    t.ok(presetOptions(name, { address: SELF }).role, `${name} needs no boot file to be described`)
})
