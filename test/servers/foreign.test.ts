import t from 'tap'
import { toIp4, ANY_IP4, ip4After, type Ip4 } from '../../src/core/address.ts'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import { macPattern } from '../core/mac-patterns.ts'
import { MAX_DELAYED_ANSWERS } from '../../src/protocol/delayed-actions.ts'
import { describeForeignEvent } from '../../src/servers/foreign/events.ts'
import type { ForeignDescription } from '../../src/servers/foreign/fields.ts'
import { ForeignResponder, type ForeignSurroundings } from '../../src/servers/foreign/responder.ts'
import { SHORTHANDS, foreign, shorthand, type Shorthand } from './shorthand.ts'
import {
  bytesOption,
  first,
  ip4Option,
  messageType,
  serverIdentifier,
  textOption,
} from '../../src/wire/dhcp/options.ts'
import {
  type ClientMessage,
  PC,
  UUID,
  type Way,
  events,
  ip,
  optionList,
  replies,
  sent,
} from '../protocol/pxe/requests.ts'

const A = ip('10.7.0.2')
const B = ip('10.7.0.3')
const LEASE = ip('10.7.0.101')
const EVERYONE = { ip: toIp4(0xffffffff), port: 68, iface: 'eth0' }
const pool = { first: LEASE, last: ip('10.7.0.150'), prefixLength: 24 }

const server = (
  kind: Shorthand,
  more: Partial<ForeignDescription> = {},
  surroundings: ForeignSurroundings = {},
) =>
  new ForeignResponder(
    foreign({ ...shorthand(kind, { address: A, pool, bootFile: `boot-${kind}` }), ...more }),
    surroundings,
  )

const types = (...numbers: number[]) => ({ types: numbers, broadcast: true, unicast: true })
const lasting = (micros: number) => ({ low: micros, high: micros })

const say = (machine: ForeignResponder, message: ClientMessage = {}, way: Way = {}, now = 0) =>
  machine.receive(now, way.port === 4011 ? 'bootServer' : 'dhcp', sent(message, way))

const offerOf = (machine: ForeignResponder, message: ClientMessage = {}) =>
  replies(say(machine, message))[0]!.message
const because = (actions: ReturnType<typeof say>) =>
  events(actions).flatMap(event => (event.kind === 'ignored' ? [event.because] : []))

const REQUEST_A: ClientMessage = { type: 'request', serverIdentifier: A }
const REQUEST_B: ClientMessage = { type: 'request', serverIdentifier: B }
const ON_4011: Way = { source: LEASE, sourcePort: 4011, target: A, port: 4011 }
const BINL: ClientMessage = { type: 'request', ciaddr: LEASE, flags: 0 }

const ascii = (text: string) => toHex(new TextEncoder().encode(text))
const IDENTITY = '0a070002'
const LEASED = ['51 00000e10', '1 ffffff00']
const CLASS = `60 ${ascii('PXEClient')}`
const MACHINE = `97 00${toHex(UUID)}`

t.test('every shorthand, option by option', async t => {
  const offers: Record<Shorthand, readonly string[]> = {
    D: ['53 02', `54 ${IDENTITY}`, ...LEASED],
    Df: ['53 02', `54 ${IDENTITY}`, ...LEASED],
    Db: ['53 02', `54 ${IDENTITY}`, ...LEASED, CLASS],
    Dp: ['53 02', `54 ${IDENTITY}`, ...LEASED, CLASS, '43 060108ff'],
    Pa: ['53 02', `54 ${IDENTITY}`, CLASS, MACHINE, '43 060108ff'],
    Ba: ['53 02', `54 ${IDENTITY}`, CLASS, MACHINE],
    Pm: [
      '53 02',
      `54 ${IDENTITY}`,
      CLASS,
      MACHINE,
      `43 06010308070001010a070002090f00010c${ascii('Network boot')}0a0400${ascii('PXE')}ff`,
    ],
  }
  const header: Record<Shorthand, readonly [yiaddr: Ip4, siaddr: Ip4, file: string]> = {
    D: [LEASE, ANY_IP4, ''],
    Df: [LEASE, A, 'boot-Df'],
    Db: [LEASE, A, 'boot-Db'],
    Dp: [LEASE, A, 'boot-Dp'],
    Pa: [ANY_IP4, A, 'boot-Pa'],
    Ba: [ANY_IP4, A, ''],
    Pm: [ANY_IP4, A, ''],
  }
  for (const kind of SHORTHANDS) {
    const [reply, ...more] = replies(say(server(kind)))
    t.strictSame(more, [])
    const { message, to, issues } = reply!
    t.strictSame(issues, [], kind)
    t.strictSame(to, EVERYONE)
    t.strictSame(optionList(message), offers[kind], kind)
    t.strictSame([message.yiaddr, message.siaddr, message.file], header[kind], kind)
    t.match(message, { op: 2, xid: 0x1234, flags: 0x8000, giaddr: 0, ciaddr: 0, ended: true })
  }
})

t.test('one packet of all, byte by byte', async t => {
  const { payload } = replies(say(server('Pa')))[0]!
  t.equal(payload.length, 300)
  t.equal(
    toHex(payload.subarray(0, 44)),
    [
      '02010600',
      '00001234',
      '00008000',
      '00000000',
      '00000000',
      '0a070002',
      '00000000',
      '00505600000100000000000000000000',
    ].join(''),
  )
  t.equal(toHex(payload.subarray(108, 118)), `${ascii('boot-Pa')}000000`)
  t.equal(
    toHex(payload.subarray(236)),
    `63825363 350102 36040a070002 3c09${ascii('PXEClient')} 611100${toHex(UUID)} 2b04060108ff ff`
      .replaceAll(' ', '')
      .padEnd(128, '0'),
  )
})

t.test('who is answered', async t => {
  const plain: ClientMessage = { class: 'MSFT 5.0' }
  const http: ClientMessage = { class: 'HTTPClient:Arch:00016:UNDI:003001', arch: 16 }
  const bsdp: ClientMessage = { class: 'AAPLBSDPC/i386/iMac' }
  const counts = (machine: ForeignResponder) =>
    [{}, plain, http, bsdp].map(client => replies(say(machine, client)).length)
  t.strictSame(counts(server('D')), [1, 1, 1, 1])
  t.strictSame(counts(server('Pa')), [1, 0, 0, 0])
  t.strictSame(counts(server('D', { answersClass: 'http' })), [0, 0, 1, 0], 'row 43')
  t.strictSame(counts(server('D', { answersClass: 'bsdp-none' })), [1, 1, 1, 0])
  const picky = server('Pa', { minimumSecs: 4, own: [macPattern('00:50:56:00:00:02')] })
  t.strictSame(because(say(picky)), ['another server may have it first'])
  t.equal(replies(say(picky, { secs: 4 })).length, 1)
  t.equal(replies(say(picky, { mac: (PC + 1) as typeof PC })).length, 1)
})

t.test('an ACK has its own delay', async t => {
  const machine = server('Df', { delay: lasting(5_000_000), ackDelay: lasting(2_000) })
  const waits = (message: ClientMessage) => {
    t.strictSame(replies(say(machine, message)), [])
    const at = machine.wakeAt!
    t.equal(replies(machine.wake(at)).length, 1)
    return at
  }
  t.equal(waits({}), 5_000_000)
  t.equal(waits(REQUEST_A), 2_000)
})

t.test('leases: kept for the client, ACKed, released, declined, exhausted', async t => {
  const machine = server('Df')
  t.equal(offerOf(machine).yiaddr, LEASE)
  t.equal(offerOf(machine).yiaddr, LEASE, 'the same again')
  t.equal(offerOf(machine, { mac: (PC + 1) as typeof PC }).yiaddr, ip4After(LEASE))
  const ack = replies(say(machine, REQUEST_A))[0]!
  t.equal(messageType(ack.message), 'ack')
  t.match(ack.message, { yiaddr: LEASE, siaddr: A, file: 'boot-Df' })
  t.equal(
    because(say(machine, { type: 'request', options: [ip4Option(50, ip('10.7.0.140'))] }))[0],
    'it did not give that address',
  )
  const renewal = replies(
    say(machine, { type: 'request', ciaddr: LEASE, flags: 0 }, { source: LEASE, target: A }),
  )[0]!
  t.strictSame(renewal.to, { ip: LEASE, port: 68 })
  say(machine, { type: 'decline', options: [ip4Option(50, LEASE)] })
  t.equal(offerOf(machine).yiaddr, ip4After(LEASE, 2), 'declined')
  const small = server('D', { pools: [{ ...pool, last: LEASE }] })
  offerOf(small)
  t.strictSame(because(say(small, { mac: (PC + 1) as typeof PC })), ['it has no address for it'])
  say(small, { type: 'release' })
  t.equal(offerOf(small, { mac: (PC + 1) as typeof PC }).yiaddr, LEASE, 'released')
})

t.test('pools by relay; router and mask of the pool', async t => {
  const far = { first: ip('10.8.0.10'), last: ip('10.8.0.20'), prefixLength: 16, router: ip('10.8.0.1') }
  const machine = server('D', { pools: [pool, far] })
  const reply = replies(say(machine, { giaddr: ip('10.8.0.1'), hops: 1 }))[0]!
  t.strictSame(reply.to, { ip: ip('10.8.0.1'), port: 67 })
  t.match(reply.message, { yiaddr: far.first, hops: 1 })
  t.strictSame(optionList(reply.message).slice(2), ['51 00000e10', '1 ffff0000', '3 0a080001'])
  t.strictSame(because(say(machine, { giaddr: ip('10.9.0.1') })), ['it has no address for it'])
})

t.test('REQUESTs, by behavior (rows 28, 28t, 29, 51, 52, 53)', async t => {
  const answer = (machine: ForeignResponder, request: ClientMessage) => {
    const reply = replies(say(machine, request))[0]?.message
    return (
      reply &&
      `${messageType(reply)} ${reply.yiaddr === ANY_IP4 ? '-' : 'leased'} ${serverIdentifier(reply) === A ? 'A' : '?'}`
    )
  }
  const cases: [ForeignDescription['answers'], string | undefined, string | undefined][] = [
    ['normal', 'ack leased A', undefined],
    ['offer-only', undefined, undefined],
    ['nak', 'nak - A', undefined],
    ['nak-others', 'ack leased A', 'nak - A'],
    ['ack-others', 'ack leased A', 'ack leased A'],
    ['silent', undefined, undefined],
  ]
  for (const [answers, own, others] of cases) {
    const machine = server('Df', { answers })
    t.equal(replies(say(machine)).length, answers === 'silent' ? 0 : 1, `${answers}: OFFER`)
    t.equal(answer(machine, REQUEST_A), own, `${answers}: its own`)
    t.equal(answer(machine, REQUEST_B), others, `${answers}: another's`)
  }
  const asleep = server('D', { answers: 'silent-but-nak-others' })
  t.equal(replies(say(asleep)).length, 0)
  t.equal(answer(asleep, REQUEST_B), 'nak - A')
  t.equal(
    answer(asleep, { type: 'request', options: [ip4Option(50, ip('10.7.0.99'))] }),
    'nak - A',
    'INIT-REBOOT',
  )
  t.equal(answer(server('Pa'), REQUEST_A), undefined, 'S-4: a proxy has nothing to confirm')
  const meddling = replies(say(server('Pa', { answers: 'ack-others' }), REQUEST_B))[0]!
  t.match(meddling.message, { yiaddr: 0, file: 'boot-Pa' }, 'row 53')
  t.strictSame(meddling.to, EVERYONE)
  const nak = replies(say(server('D', { answers: 'nak' }), REQUEST_A))[0]!
  t.strictSame(optionList(nak.message), ['53 06', `54 ${IDENTITY}`])
  t.strictSame(nak.to, EVERYONE)
})

t.test('omitted and malformed options (rows 24, 37, 46, 46b)', async t => {
  t.equal(serverIdentifier(offerOf(server('Pa', { omit: [54] }))), undefined)
  t.equal(first(offerOf(server('Df', { omit: [1] })), 1), undefined)
  const unended = replies(say(server('Pa', { malformed: ['no-end'] })))[0]!
  t.equal(unended.message.ended, false)
  t.equal(toHex(unended.payload.subarray(285)), '00'.repeat(15), 'no 255 after the options')
  const short = replies(say(server('Pa', { malformed: ['bad-length-51'] })))[0]!
  t.equal(toHex(first(short.message, 51)!), '000e10')
  t.match(short.issues, [{ code: 'dhcp.option.length' }])
  t.strictSame(short.message.options.filter(({ code }) => code === 51).length, 1)
  const leased = offerOf(server('D', { malformed: ['bad-length-51'] }))
  t.strictSame(leased.options.filter(({ code }) => code === 51).length, 1, 'instead of the good one')
})

t.test('given options replace defaults and keep their order (rows 38, 39, 40, 41, 44)', async t => {
  const machine = server('Df', {
    options: [textOption(67, 'boot-o67'), ip4Option(54, B), ip4Option(66, B)],
    nextServer: toIp4(0),
  })
  const message = offerOf(machine)
  t.strictSame(
    optionList(message).map(text => text.split(' ')[0]),
    ['53', '51', '1', '67', '54', '66'],
  )
  t.equal(message.siaddr, 0)
  t.equal(
    because(say(machine, REQUEST_A))[0],
    'the REQUEST is for another server',
    'it is who option 54 says',
  )
  t.equal(replies(say(machine, REQUEST_B)).length, 1)
  t.equal(offerOf(server('D', { options: [textOption(67, 'x')] })).siaddr, A, 'option 67 names a file, too')
  t.equal(offerOf(server('Df', { nextServer: B })).siaddr, B)
  const http = offerOf(
    server('Df', { options: [textOption(60, 'HTTPClient')], bootFile: 'http://10.7.0.2/x' }),
  )
  t.match(optionList(http).at(-1), `60 ${ascii('HTTPClient')}`)
  t.equal(offerOf(server('Df', { bootFile: '/{mac}/not-allowed' })).file, '/00:50:56:00:00:01/not-allowed')
})

t.test('yiaddr 0 without option 60 (rows 25, 25q)', async t => {
  const message = offerOf(server('Df', { noLease: true }))
  t.strictSame(optionList(message), ['53 02', `54 ${IDENTITY}`])
  t.match(message, { yiaddr: 0, siaddr: A, file: 'boot-Df' })
})

t.test('iPXE options (rows 49, 50)', async t => {
  t.equal(toHex(first(offerOf(server('Df', { ipxe: { priority: 10, noProxy: false } })), 175)!), '01010a')
  t.equal(
    toHex(first(offerOf(server('Df', { ipxe: { priority: -1, noProxy: true } })), 175)!),
    '0101ffb00101',
  )
  t.equal(first(offerOf(server('Df', { ipxe: { noProxy: false } })), 175), undefined)
})

t.test('unicast although a broadcast was asked for (rows 47, 47a)', async t => {
  const direct = { ip: LEASE, port: 68, mac: PC, iface: 'eth0' }
  const offering = server('Df', { unicast: ['offer'] })
  t.strictSame(replies(say(offering))[0]!.to, direct)
  t.strictSame(replies(say(offering, REQUEST_A))[0]!.to, EVERYONE)
  const confirming = server('Df', { unicast: ['ack'] })
  t.strictSame(replies(say(confirming))[0]!.to, EVERYONE)
  t.strictSame(replies(say(confirming, REQUEST_A))[0]!.to, direct)
  t.strictSame(replies(say(server('Df'), { flags: 0 }))[0]!.to, direct, 'RFC 2131: flag clear')
})

t.test('repeated packets, further offers, delays (rows 3, 26, 45, 48)', async t => {
  t.equal(replies(say(server('Ba', { repeat: 16 }))).length, 16)
  const twice = replies(say(server('Db', { also: [shorthand('Ba', { address: A, bootFile: 'x' })] })))
  t.strictSame(
    twice.map(({ message }) => [message.yiaddr, message.siaddr]),
    [
      [LEASE, A],
      [0, A],
    ],
  )
  const slow = server('Pa', { delay: lasting(5_000_000) })
  t.strictSame(say(slow), [])
  t.equal(slow.wakeAt, 5_000_000)
  t.strictSame(slow.wake(4_999_999), [])
  t.equal(replies(slow.wake(5_000_000)).length, 1)
  const busy = server('Pa', { delay: lasting(1) })
  for (let i = 0; i < MAX_DELAYED_ANSWERS; i++) say(busy)
  t.strictSame(because(say(busy)), ['too many answers wait'])
})

t.test('port 4011: alive, dead, closed (rows 5, 6, 6i, 8, 9)', async t => {
  const opens = (machine: ForeignResponder) =>
    machine.start().flatMap(action => (action.type === 'open' ? [action.options.port] : []))
  t.strictSame(opens(server('Ba')), [67, 4011])
  t.strictSame(opens(server('Db')), [67], 'an ordinary DHCP server has none')
  t.strictSame(opens(server('Db', { boot4011: 'alive' })), [67, 4011])
  t.strictSame(opens(server('Ba', { boot4011: 'closed' })), [67])
  const dead = server('Ba', { boot4011: 'dead' })
  t.strictSame(opens(dead), [67, 4011])
  t.strictSame(because(say(dead, BINL, ON_4011)), ['port 4011 is dead'])
  const reply = replies(say(server('Ba'), BINL, ON_4011))[0]!
  t.strictSame(reply.to, { ip: LEASE, port: 4011 })
  t.equal(reply.via, 'bootServer')
  t.strictSame(optionList(reply.message), ['53 05', `54 ${IDENTITY}`, CLASS, MACHINE])
  t.match(reply.message, { yiaddr: 0, ciaddr: LEASE, siaddr: A, file: 'boot-Ba', flags: 0 })
  const other = server('Db', {
    reply: {
      bootFile: 'other',
      nextServer: B,
      serverIdentifier: B,
      options: [bytesOption(43, fromHex('060108ff'))],
    },
  })
  const told = replies(say(other, BINL, ON_4011))[0]!.message
  t.match(told, { siaddr: B, file: 'other' })
  t.strictSame(optionList(told), ['53 05', '54 0a070003', CLASS, MACHINE, '43 060108ff'])
  t.strictSame(because(say(server('Ba'), { ...BINL, serverIdentifier: B }, ON_4011)), [
    'it is for another server',
  ])
  t.strictSame(because(say(server('Ba'), {}, ON_4011)), ['it does not answer such messages'])
})

t.test('boot-server discovery (rows 20 to 23c)', async t => {
  const group = ip('239.1.1.1')
  const machine = server('D', {
    answers: 'silent',
    discovery: { ...types(1), bootFile: 'boot-S1', group, unicast: false },
  })
  t.strictSame(machine.start()[1], {
    type: 'open',
    socket: 'bootServer',
    options: { port: 4011, groups: [group] },
  })
  const ask: ClientMessage = { type: 'request', ciaddr: LEASE, bootItem: { type: 1, layer: 0 } }
  const broadcast = replies(say(machine, ask, { source: LEASE }))[0]!
  t.strictSame(broadcast.to, { ip: LEASE, port: 68 })
  t.match(broadcast.message, { siaddr: A, file: 'boot-S1' })
  t.strictSame(optionList(broadcast.message).at(-1), '43 470400010000ff')
  t.equal(replies(say(machine, ask, { ...ON_4011, target: group })).length, 1)
  t.strictSame(
    because(say(machine, ask, ON_4011)),
    ['it does not serve that boot server type'],
    'unicast is off',
  )
  t.strictSame(because(say(machine, { ...ask, bootItem: { type: 2, layer: 0 } }, { source: LEASE })), [
    'it does not serve that boot server type',
  ])
  t.equal(replies(say(machine)).length, 0, 'no offers')
  const rogue = server('D', {
    discovery: { ...types(1), bootFile: 'boot-S2', nextServer: B, serverIdentifier: B },
  })
  const copied = replies(say(rogue, ask, ON_4011))[0]!.message
  t.match(copied, { siaddr: B, file: 'boot-S2' })
  t.equal(serverIdentifier(copied), B)
  const nowhere = server('D', { discovery: { ...types(1), nextServer: toIp4(0), bootFile: 'x' } })
  t.equal(replies(say(nowhere, ask, ON_4011))[0]!.message.siaddr, 0, 'row 23c')
})

t.test('by architecture', async t => {
  const machine = server('Ba', {
    byArchitecture: [
      { arches: ['x86-bios'], options: [bytesOption(43, fromHex('060108ff'))], bootFile: 'x.0' },
    ],
  })
  t.match(offerOf(machine, { arch: 0 }), { file: 'x.0' })
  t.match(offerOf(machine, { arch: 7 }), { file: '' })
  t.equal(first(offerOf(machine, { arch: 7 }), 43), undefined)
})

t.test('what is left alone', async t => {
  const machine = server('D', {}, { iface: 'eth0' })
  t.strictSame(say(machine, {}, { iface: 'eth1' }), [], 'another interface')
  t.strictSame(because(say(machine, { type: 'inform' })), ['it does not answer such messages'])
  t.strictSame(because(say(machine, REQUEST_B)), ['the REQUEST is for another server'])
  t.strictSame(machine.unreachable(), [])
})

t.test('lines of the trace', async t => {
  const lines = [
    ...events(say(server('Df'))),
    ...events(say(server('Pa'))),
    ...events(say(server('D'), REQUEST_B)),
  ]
  t.strictSame(
    lines.map(event => describeForeignEvent(event)),
    [
      'OFFER to 00:50:56:00:00:01 at 255.255.255.255:68, address 10.7.0.101, file boot-Df',
      'OFFER to 00:50:56:00:00:01 at 255.255.255.255:68, file boot-Pa',
      'ignored 00:50:56:00:00:01, because the REQUEST is for another server',
    ],
  )
})
