import t from 'tap'
import { formatMac, toIp4, type Ip4 } from '../../../src/core/address.ts'
import { fromHex, toHex } from '../../../src/core/bytes.ts'
import { macPattern } from '../../core/mac-patterns.ts'
import { SECOND } from '../../../src/core/micros.ts'
import { bootstrapFile } from '../../../src/nbs/bootstrap-files.ts'
import type { Answer, Decision } from '../../../src/protocol/pxe/decision.ts'
import { describePxeEvent, type PxeEvent } from '../../../src/protocol/pxe/events.ts'
import {
  DECISION_TIMEOUT,
  MAX_WAITING_PER_MACHINE,
  MAX_WAITING_REQUESTS,
  PxeService,
  type PxeServiceOptions,
} from '../../../src/protocol/pxe/service.ts'
import type { PxeSocket } from '../../../src/protocol/pxe/request.ts'
import {
  all,
  bytesOption,
  concatenated,
  first,
  messageType,
  serverIdentifier,
} from '../../../src/wire/dhcp/options.ts'
import { decodePxeVendor } from '../../../src/wire/pxe/vendor-options.ts'
import {
  type ClientMessage,
  PC,
  UUID,
  type Way,
  datagramOf,
  events,
  ip,
  optionList,
  replies,
  sent,
} from './requests.ts'

const SELF = ip('10.20.1.5')
const LEASE = ip('10.20.1.101')
const JOB: Decision = { boot: 'automation', client: 'managed', image: 'WinPE', arch: 'x64', jobRunning: true }
const DISK: Decision = { boot: 'production', client: 'managed', image: '', arch: 'x64', jobRunning: false }
const MENU_TYPE = 0xaaaa

const service = (options: Partial<PxeServiceOptions> = {}) =>
  new PxeService({
    addressOn: iface => (iface === 'eth0' ? SELF : undefined),
    bootFile: bootstrapFile,
    ...options,
  })

/** Hands over a request and answers what it asks, at once. */
const exchange = (
  machine: PxeService,
  answer: Answer,
  message: ClientMessage = {},
  way: Way = {},
  now = 0,
) => {
  const via: PxeSocket = way.port === 4011 ? 'bootServer' : 'dhcp'
  const asked = machine.receive(now, via, sent(message, way))
  const question = events(asked).find(event => event.kind === 'ask')
  const actions = question?.kind === 'ask' ? machine.answer(now, question.id, answer) : asked
  return {
    asked,
    actions,
    reply: replies(actions)[0],
    events: actions === asked ? events(asked) : [...events(asked), ...events(actions)],
  }
}

const reasons = (list: readonly PxeEvent[]) =>
  list.flatMap(event => (event.kind === 'ignored' ? [event.reason] : []))

const BOOT_SERVER: Way = { source: LEASE, sourcePort: 4011, target: SELF, port: 4011 }
const BOOT_REQUEST: ClientMessage = { type: 'request', ciaddr: LEASE, flags: 0 }

t.test('opens 67 and 4011, with the groups it is told', async t => {
  t.strictSame(service().start(), [
    { type: 'open', socket: 'dhcp', options: { port: 67 } },
    { type: 'open', socket: 'bootServer', options: { port: 4011 } },
  ])
  const group = ip('239.1.1.1')
  t.strictSame(
    service({
      discovery: { multicast: group },
      groups: [ip('239.1.1.2')],
      dhcpPort: false,
      ports: { server: 10067, client: 10068, bootServer: 14011 },
    }).start(),
    [{ type: 'open', socket: 'bootServer', options: { port: 14011, groups: [ip('239.1.1.2'), group] } }],
    'S-2, S-10',
  )
})

t.test('S-3, S-6: the OFFER of style complete, option by option', async t => {
  const { reply, events } = exchange(service(), JOB)
  t.ok(reply)
  const { message, to, via, issues } = reply!
  t.strictSame(issues, [])
  t.equal(via, 'dhcp')
  t.strictSame(to, { ip: toIp4(0xffffffff), port: 68, iface: 'eth0' }, 'S-7: broadcast')
  t.match(message, {
    op: 2,
    xid: 0x1234,
    flags: 0x8000,
    ciaddr: 0,
    yiaddr: 0,
    siaddr: SELF,
    giaddr: 0,
    ended: true,
  })
  t.equal(message.file, 'BStrap/x64/BStrap.efi')
  const menu = toHex(new TextEncoder().encode('Automation: WinPE (job running)'))
  t.strictSame(optionList(message), [
    '53 02',
    '54 0a140105',
    '60 505845436c69656e74',
    `97 00${toHex(UUID)}`,
    `43 0601080922aaaa1f${menu}0a2000${menu}ff`,
  ])
  t.equal(formatMac(PC), '00:50:56:00:00:01')
  t.strictSame(
    events.map(event => describePxeEvent(event)),
    [
      'asks what 00:50:56:00:00:01 (x64-uefi) is to do',
      'OFFER to 00:50:56:00:00:01 at 255.255.255.255:68: Automation: WinPE (job running) (managed), file BStrap/x64/BStrap.efi from 10.20.1.5',
    ],
  )
})

t.test('what is asked', async t => {
  const asked = service().receive(0, 'dhcp', sent({ giaddr: ip('10.20.2.1'), uuid: undefined, arch: 0 }))
  t.strictSame(events(asked), [
    { kind: 'ask', id: 1, question: { mac: PC, uuid: undefined, architecture: 0, giaddr: ip('10.20.2.1') } },
  ])
  const byClass = service().receive(0, 'dhcp', sent({ class: 'PXEClient:Arch:00006:UNDI:003000' }))
  t.match(events(byClass), [{ question: { architecture: 7, uuid: UUID } }], 'option 93 goes before the class')
})

t.test('clients without 97 or with an odd one are served', async t => {
  t.equal(first(exchange(service(), JOB, { uuid: undefined }).reply!.message, 97), undefined)
  const odd = { uuid: undefined, options: [bytesOption(97, fromHex('ff0102'))] }
  t.equal(toHex(first(exchange(service(), JOB, odd).reply!.message, 97)!), 'ff0102', 'echoed as it came')
})

t.test('the boot file by architecture', async t => {
  const files = [0, 6, 7, 9, 11].map(arch => exchange(service(), JOB, { arch }).reply!.message.file)
  t.strictSame(files, [
    'BStrap/x86/BStrap.0',
    'BStrap/x86/BStrap.efi',
    'BStrap/x64/BStrap.efi',
    'BStrap/x64/BStrap.efi',
    'BStrap/arm64/BStrap.efi',
  ])
  t.strictSame(reasons(exchange(service(), JOB, { arch: 27 }).events), ['no-boot-file'])
  t.equal(exchange(service(), DISK, { arch: 27 }).reply!.message.file, '', 'production needs none')
})

t.test('production: a menu whose only item is the local disk', async t => {
  for (const style of ['complete', 'menu', 'legacy-quirk'] as const) {
    const { message } = exchange(service({ style }), DISK).reply!
    t.equal(message.file, '', style)
    t.match(decodePxeVendor(first(message, 43)!), {
      ok: true,
      issues: [],
      value: {
        discoveryControl: 2,
        bootMenu: [{ type: 0, text: 'Production: local disk' }],
        prompt: { timeout: 0, text: 'Local disk' },
        tags: [6, 9, 10],
        ended: true,
      },
    })
  }
})

t.test('style redirect: nothing in the OFFER, everything on 4011', async t => {
  const machine = service({ style: 'redirect' })
  const offer = exchange(machine, JOB).reply!.message
  t.equal(offer.file, '')
  t.strictSame(
    offer.options.map(({ code }) => code),
    [53, 54, 60, 97],
  )
  t.equal(offer.siaddr, SELF, 'E-32: where EDK2 goes')
  const ack = exchange(machine, JOB, BOOT_REQUEST, BOOT_SERVER).reply!
  t.equal(ack.via, 'bootServer')
  t.strictSame(ack.to, { ip: LEASE, port: 4011 }, 'S-5')
  t.equal(messageType(ack.message), 'ack')
  t.match(ack.message, { yiaddr: 0, ciaddr: LEASE, siaddr: SELF, flags: 0, file: 'BStrap/x64/BStrap.efi' })
  t.match(decodePxeVendor(first(ack.message, 43)!), { value: { discoveryControl: 8, tags: [6, 9, 10] } })
  const home = exchange(machine, DISK, BOOT_REQUEST, BOOT_SERVER).reply!.message
  t.equal(home.file, '')
  t.match(decodePxeVendor(first(home, 43)!), { value: { bootMenu: [{ type: 0 }] } })
})

t.test('style menu: prompt, list of one, discovery by unicast', async t => {
  const machine = service({ style: 'menu' })
  const waiting: Decision = { ...JOB, boot: 'pxe', client: 'unknown', jobRunning: false }
  const offer = exchange(machine, waiting).reply!.message
  t.equal(offer.file, '')
  t.match(decodePxeVendor(first(offer, 43)!), {
    issues: [],
    value: {
      discoveryControl: 7,
      bootServers: [{ type: MENU_TYPE, addresses: [SELF] }],
      bootMenu: [
        { type: MENU_TYPE, text: 'PXE: WinPE' },
        { type: 0, text: 'Local disk' },
      ],
      prompt: { timeout: 3, text: 'Press F8 for the boot menu' },
    },
  })
  const prompts = [JOB, { ...JOB, prompt: 255 }, { ...waiting, prompt: 0 }].map(decision => {
    const read = decodePxeVendor(first(exchange(machine, decision).reply!.message, 43)!)
    return read.ok && read.value.prompt?.timeout
  })
  t.strictSame(prompts, [0, 255, 0], 'a job waits for nobody, unless the rule says otherwise')

  const item = { type: MENU_TYPE, layer: 0 }
  const { reply } = exchange(machine, waiting, { ...BOOT_REQUEST, bootItem: item }, BOOT_SERVER)
  t.equal(reply!.message.file, 'BStrap/x64/BStrap.efi')
  t.equal(toHex(first(reply!.message, 43)!), '4704aaaa0000ff', 'S-5: type and layer echoed')
  t.strictSame(reasons(exchange(machine, DISK, { ...BOOT_REQUEST, bootItem: item }, BOOT_SERVER).events), [
    'production',
  ])
})

t.test('S-10, S-11: other ways of discovery are advertised only if told so', async t => {
  const multicast = ip('239.1.1.1')
  const menu = (discovery: PxeServiceOptions['discovery']) => {
    const { message } = exchange(service({ style: 'menu', ...(discovery && { discovery }) }), JOB).reply!
    const read = decodePxeVendor(first(message, 43)!)
    return read.ok && [read.value.discoveryControl, read.value.multicastAddress]
  }
  t.strictSame(menu(undefined), [7, undefined])
  t.strictSame(menu({ broadcast: 'answer' }), [7, undefined])
  t.strictSame(menu({ broadcast: 'advertise' }), [6, undefined])
  t.strictSame(menu({ multicast }), [5, multicast])
  const ask: ClientMessage = { type: 'request', ciaddr: LEASE, bootItem: { type: MENU_TYPE, layer: 0 } }
  const deaf = service({ discovery: { broadcast: 'off' } })
  t.strictSame(reasons(exchange(deaf, JOB, ask, { source: LEASE }).events), ['no-broadcast-discovery'])
  t.ok(exchange(deaf, JOB, ask, BOOT_SERVER).reply, 'unicast still is')
})

t.test('style legacy-quirk: three END-closed instances, one of 253 bytes', async t => {
  const { message } = exchange(service({ style: 'legacy-quirk' }), JOB).reply!
  const instances = all(message, 43)
  t.equal(instances.length, 3)
  t.strictSame(
    instances.map(value => value.at(-1)),
    [255, 255, 255],
  )
  t.equal(instances[2]!.length, 253)
  const tags = instances.map(value => {
    const read = decodePxeVendor(value)
    return read.ok && read.value.ended && read.value.tags
  })
  t.strictSame(tags, [[1, 2, 3, 4, 5, 6, 8], [9, 10, 71], [224]])
  const strict = decodePxeVendor(concatenated(message, 43)!)
  t.match(strict, {
    value: { discoveryControl: 0x0b, bootServers: [{ type: MENU_TYPE, addresses: [SELF] }] },
  })
  t.strictSame(strict.ok && strict.value.tags, [1, 2, 3, 4, 5, 6, 8], 'who joins them misses the rest')
  t.equal(message.file, 'BStrap/x64/BStrap.efi')
})

t.test('S-7, S-8: through a relay', async t => {
  const giaddr = ip('10.20.2.1')
  const circuit = fromHex('01 04 00 00 00 07')
  const { reply } = exchange(
    service(),
    JOB,
    { giaddr, hops: 2, flags: 0, options: [bytesOption(82, circuit)] },
    { source: giaddr, sourcePort: 67, target: SELF },
  )
  t.strictSame(reply!.to, { ip: giaddr, port: 67 })
  t.match(reply!.message, { giaddr, hops: 2, flags: 0x8000, xid: 0x1234 })
  t.equal(toHex(first(reply!.message, 82)!), toHex(circuit))
  t.equal(reply!.message.options.at(-1)!.code, 82, 'RFC 3046: last')
})

t.test('S-7: a proxy broadcasts even to clients that do not ask for it', async t => {
  const { reply } = exchange(service(), JOB, { flags: 0 })
  t.strictSame(reply!.to, { ip: toIp4(0xffffffff), port: 68, iface: 'eth0' })
  t.equal(reply!.message.flags, 0x8000, 'S-20')
})

t.test('S-9: the address of the interface, and none without one', async t => {
  const addresses: Record<string, Ip4> = { eth0: SELF, eth1: ip('10.20.9.5') }
  const machine = service({ addressOn: iface => addresses[iface] })
  const { reply } = exchange(machine, JOB, {}, { iface: 'eth1' })
  t.equal(reply!.message.siaddr, ip('10.20.9.5'))
  t.equal(serverIdentifier(reply!.message), ip('10.20.9.5'))
  t.strictSame(reasons(exchange(machine, JOB, {}, { iface: 'eth2' }).events), ['no-address'])
})

t.test('S-5: boot-server discovery by unicast, multicast and broadcast', async t => {
  const bootItem = { type: MENU_TYPE, layer: 0 }
  const ask: ClientMessage = { type: 'request', ciaddr: LEASE, bootItem }
  const group = exchange(service(), JOB, ask, {
    source: LEASE,
    sourcePort: 4011,
    target: ip('224.0.1.2'),
    port: 4011,
  })
  t.strictSame(group.reply!.to, { ip: LEASE, port: 4011 })
  const broadcast = exchange(service(), JOB, ask, { source: LEASE, sourcePort: 68 })
  t.equal(broadcast.reply!.via, 'dhcp')
  t.strictSame(broadcast.reply!.to, { ip: LEASE, port: 68 })
  const inform = exchange(service(), JOB, { ...ask, type: 'inform' }, { ...BOOT_SERVER, sourcePort: 2001 })
  t.strictSame(inform.reply!.to, { ip: LEASE, port: 2001 }, 'the port it used')
  const relayed = exchange(
    service(),
    JOB,
    { ...ask, giaddr: ip('10.20.2.1') },
    { source: ip('10.20.2.1'), sourcePort: 67 },
  )
  t.strictSame(relayed.reply!.to, { ip: ip('10.20.2.1'), port: 67 }, 'ciaddr is what anybody may write')
  t.equal(relayed.reply!.message.flags, 0x8000, 'the relay has no other address to deliver it to')
  const addressless = exchange(service(), JOB, { ...ask, ciaddr: toIp4(0) }, { source: toIp4(0) })
  t.strictSame(addressless.reply!.to, { ip: toIp4(0xffffffff), port: 68, iface: 'eth0' })
})

t.test('I-11: iPXE asks 4011 from port 68 and names us in option 54', async t => {
  const { reply } = exchange(
    service({ style: 'redirect' }),
    JOB,
    { ...BOOT_REQUEST, serverIdentifier: SELF, arch: 0 },
    { ...BOOT_SERVER, sourcePort: 68 },
  )
  t.strictSame(reply!.to, { ip: LEASE, port: 68 })
  t.equal(reply!.message.file, 'BStrap/x86/BStrap.0')
})

t.test('what is ignored, and why', async t => {
  const machine = service({
    deny: [macPattern('00:50:56:00:00:66')],
    allow: [macPattern('00:50:56:*')],
    arches: [0, 7],
    minimumSecs: 4,
  })
  const item = (type: number, layer = 0): ClientMessage => ({
    type: 'request',
    ciaddr: LEASE,
    bootItem: { type, layer },
  })
  const other = ip('10.20.1.9')
  const cases: [string, ClientMessage, Way?][] = [
    ['no-pxe-client', { class: undefined }],
    ['no-pxe-client', { class: 'HTTPClient:Arch:00016:UNDI:003001' }],
    ['no-pxe-client', { class: 'pxeclient' }],
    ['for-dhcp-server', { type: 'request' }],
    ['for-dhcp-server', { type: 'request', serverIdentifier: SELF }],
    ['for-dhcp-server', { type: 'inform' }],
    ['other-message', { type: 'release' }],
    ['other-message', { type: 'decline' }],
    ['other-message', {}, BOOT_SERVER],
    ['other-boot-server-type', item(7)],
    ['other-boot-server-type', item(7), BOOT_SERVER],
    ['other-layer', item(MENU_TYPE, 1), BOOT_SERVER],
    ['other-layer', item(MENU_TYPE, 0x8000)],
    ['for-other-server', { ...item(MENU_TYPE), serverIdentifier: other }],
    ['for-other-server', { ...BOOT_REQUEST, serverIdentifier: other }, BOOT_SERVER],
    ['denied', { mac: 0x005056000066 as typeof PC, secs: 4 }],
    ['not-allowed', { mac: 0x005057000001 as typeof PC, secs: 4 }],
    ['other-architecture', { arch: 6, secs: 4 }],
    ['too-early', { secs: 3 }],
  ]
  for (const [reason, message, way] of cases) {
    const { reply, events } = exchange(machine, JOB, message, way)
    t.equal(reply, undefined, `${reason}: no answer`)
    t.strictSame(reasons(events), [reason])
    t.match(describePxeEvent(events[0]!), /^ignored .*, because /)
  }
  t.ok(exchange(machine, JOB, { secs: 4 }).reply, 'secs high enough')
  t.ok(exchange(machine, JOB, BOOT_REQUEST, BOOT_SERVER).reply, 'E-33: secs does not count on 4011')
  t.strictSame(reasons(events(machine.receive(0, 'dhcp', datagramOf(fromHex('01'))))), ['malformed'])
  const reply = exchange(service(), JOB).reply!.payload
  t.strictSame(reasons(events(machine.receive(0, 'dhcp', datagramOf(reply)))), ['no-request'])
})

t.test('S-4: the DHCP conversation of its own clients gets no word from it', async t => {
  const machine = service()
  const actions = machine.receive(0, 'dhcp', sent({ type: 'request', serverIdentifier: ip('10.20.1.2') }))
  t.strictSame(replies(actions), [])
})

t.test('a dead boot server hears and says nothing', async t => {
  const machine = service({ boot4011: 'dead' })
  t.ok(exchange(machine, JOB).reply, 'the proxy still offers')
  t.strictSame(reasons(exchange(machine, JOB, BOOT_REQUEST, BOOT_SERVER).events), ['boot-server-dead'])
  machine.boot4011 = 'alive'
  t.ok(exchange(machine, JOB, BOOT_REQUEST, BOOT_SERVER).reply)
})

t.test('decisions: refused, unreachable, assumed', async t => {
  t.strictSame(reasons(exchange(service(), 'refused').events), ['refused'])
  t.strictSame(reasons(exchange(service(), 'unreachable').events), ['unreachable'], 'silence by default')
  const { reply, events } = exchange(service({ whenUnreachable: DISK }), 'unreachable')
  t.equal(reply!.message.file, '')
  t.match(describePxeEvent(events.at(-1)!), /because the Notification Server is unreachable$/)
})

t.test('response delay: after the decision, drawn once per answer', async t => {
  const delays = [2000, 500]
  const machine = service({ delay: () => delays.shift()! })
  const first = exchange(machine, JOB, { xid: 1 }, {}, 100)
  t.equal(first.reply, undefined)
  t.equal(machine.wakeAt, 2100)
  exchange(machine, JOB, { xid: 2 }, {}, 200)
  t.equal(machine.wakeAt, 700)
  t.strictSame(replies(machine.wake(699)), [])
  t.strictSame(
    replies(machine.wake(700)).map(({ message }) => message.xid),
    [2],
  )
  t.strictSame(
    replies(machine.wake(5000)).map(({ message }) => message.xid),
    [1],
  )
  t.equal(machine.wakeAt, undefined)
})

t.test('a retransmission while the question is pending is answered once', async t => {
  const machine = service()
  const asked = machine.receive(0, 'dhcp', sent({ secs: 0 }))
  t.strictSame(
    events(asked).map(({ kind }) => kind),
    ['ask'],
  )
  const again = machine.receive(4 * SECOND, 'dhcp', sent({ secs: 4 }))
  t.strictSame(reasons(events(again)), ['already-asked'])
  t.equal(replies(machine.answer(5 * SECOND, 1, JOB)).length, 1)
  t.strictSame(machine.answer(5 * SECOND, 1, JOB), [], 'a second answer finds nobody')
  t.equal(
    events(machine.receive(12 * SECOND, 'dhcp', sent({ secs: 12 })))[0]!.kind,
    'ask',
    'asked again later',
  )
})

t.test('copies by two relays are two requests (row 26)', async t => {
  const machine = service()
  machine.receive(0, 'dhcp', sent({ giaddr: ip('10.20.2.1') }))
  machine.receive(0, 'dhcp', sent({ giaddr: ip('10.20.3.1') }))
  t.strictSame(
    replies(machine.answer(1, 1, JOB)).map(({ to }) => to.ip),
    [ip('10.20.2.1')],
  )
  t.strictSame(
    replies(machine.answer(2, 2, JOB)).map(({ to }) => to.ip),
    [ip('10.20.3.1')],
  )
  t.equal(machine.wakeAt, undefined)
})

t.test('undecided requests are given up', async t => {
  const machine = service()
  machine.receive(0, 'dhcp', sent())
  t.equal(machine.wakeAt, DECISION_TIMEOUT)
  t.strictSame(reasons(events(machine.wake(DECISION_TIMEOUT))), ['undecided'])
  t.strictSame(machine.answer(DECISION_TIMEOUT + 1, 1, JOB), [])
  t.equal(machine.wakeAt, undefined)
})

t.test('limits on what waits', async t => {
  const machine = service()
  for (let xid = 0; xid < MAX_WAITING_PER_MACHINE; xid++) machine.receive(0, 'dhcp', sent({ xid }))
  t.strictSame(reasons(events(machine.receive(0, 'dhcp', sent({ xid: 999 })))), ['too-many-waiting'])
  const crowd = service()
  for (let i = 0; i < MAX_WAITING_REQUESTS; i++)
    crowd.receive(0, 'dhcp', sent({ mac: (PC + i) as typeof PC }))
  const late = (PC + MAX_WAITING_REQUESTS) as typeof PC
  t.strictSame(reasons(events(crowd.receive(0, 'dhcp', sent({ mac: late })))), ['too-many-waiting'])
  crowd.wake(DECISION_TIMEOUT)
  t.equal(events(crowd.receive(DECISION_TIMEOUT, 'dhcp', sent({ mac: late })))[0]!.kind, 'ask', 'room again')
})

t.test('what was waiting for one machine is forgotten one by one, in any order', async t => {
  const machine = service()
  for (const xid of [1, 2, 3]) machine.receive(0, 'dhcp', sent({ xid }))
  for (const id of [2, 1, 3]) t.equal(replies(machine.answer(1, id, JOB))[0]!.message.xid, id)
  t.strictSame(machine.wake(DECISION_TIMEOUT), [])
})

t.test('undeliverable answers are told', async t => {
  const what = { cause: 'port', target: { ip: LEASE, port: 4011 } } as const
  t.strictSame(
    events(service().unreachable(0, 'bootServer', what)).map(event => describePxeEvent(event)),
    ['an answer to 10.20.1.101:4011 was not delivered (port unreachable)'],
  )
})
