/** The DHCP server machine by direct calls in virtual time: leases, the kinds of REQUEST, where replies go. */
import t from 'tap'
import {
  LIMITED_BROADCAST,
  formatIp4,
  parseCidr,
  parseIp4,
  toMac,
  ip4After,
} from '../../../src/core/address.ts'
import type { Ip4 } from '../../../src/core/address.ts'
import { fromHex, toHex } from '../../../src/core/bytes.ts'
import type { Action, Datagram } from '../../../src/core/state-machine.ts'
import { SECOND } from '../../../src/core/micros.ts'
import { random } from '../../../src/core/random.ts'
import { inWords } from '../../../src/core/wording.ts'
import { type DhcpEvent, describeDhcpEvent } from '../../../src/protocol/dhcp/events.ts'
import { FreeAddresses, MAX_POOL_ADDRESSES } from '../../../src/protocol/dhcp/free-addresses.ts'
import { DECLINE_HOLD, LeasePool, OFFER_HOLD } from '../../../src/protocol/dhcp/leases.ts'
import { replyDestination } from '../../../src/protocol/dhcp/reply-address.ts'
import type { DhcpServerOptions } from '../../../src/protocol/dhcp/server-options.ts'
import { DhcpServer } from '../../../src/protocol/dhcp/server.ts'
import { decodeDhcp, encodeDhcp } from '../../../src/wire/dhcp/codec.ts'
import type { DhcpMessage, DhcpOption, MessageType } from '../../../src/wire/dhcp/message.ts'
import * as options from '../../../src/wire/dhcp/options.ts'
import { OPTION } from '../../../src/wire/dhcp/options.ts'
import { FUZZ } from '../../effort.ts'

const ip = (text: string): Ip4 => parseIp4(text)!
const SERVER = ip('10.20.1.2')
const OTHER = ip('10.20.1.3')
const MAC = toMac(0x005056000001)
const POOL = { first: ip('10.20.1.100'), last: ip('10.20.1.102') }

const setup: DhcpServerOptions = {
  addresses: new Map([['eth0', SERVER]]),
  subnets: [
    { cidr: parseCidr('10.20.1.0/24')!, pool: [POOL], router: ip('10.20.1.1') },
    { cidr: parseCidr('10.20.7.0/24')!, pool: [{ first: ip('10.20.7.50'), last: ip('10.20.7.60') }] },
  ],
}

interface Exchange {
  readonly reply: DhcpMessage | undefined
  readonly to: string | undefined
  readonly event: DhcpEvent | undefined
}

const read = (actions: readonly Action<'dhcp', DhcpEvent>[]): Exchange => {
  const send = actions.find(action => action.type === 'send')
  const told = actions.find(action => action.type === 'event')
  const result = send && decodeDhcp(send.payload)
  const { ip: target, port, mac, iface } = send?.to ?? {}
  return {
    reply: result?.ok ? result.value : undefined,
    to:
      send &&
      `${formatIp4(target!)}:${port}${mac === undefined ? '' : ' to MAC'}${iface ? ` by ${iface}` : ''}`,
    event: told?.event,
  }
}

const datagram = (message: DhcpMessage, target: Ip4 = LIMITED_BROADCAST): Datagram => ({
  iface: 'eth0',
  source: { ip: message.ciaddr, port: 68 },
  target: { ip: target, port: 67 },
  payload: encodeDhcp(message),
})

/** Sends one message of a client; what is not given is as a freshly started client has it. */
const ask = (
  server: DhcpServer,
  now: number,
  type: MessageType,
  extra: readonly DhcpOption[] = [],
  fields: Partial<DhcpMessage> = {},
  target?: Ip4,
): Exchange => {
  const message = options.bootRequest({
    xid: 0x11223344,
    flags: 0x8000,
    chaddr: options.chaddrOf(MAC),
    options: [options.messageTypeOption(type), ...extra],
    ...fields,
  })
  return read(server.receive(now, 'dhcp', datagram(message, target)))
}

const requested = (address: Ip4) => options.ip4Option(OPTION.requestedIpAddress, address)
const selects = (server: Ip4) => options.ip4Option(OPTION.serverIdentifier, server)
const client = (number: number) => ({ chaddr: options.chaddrOf(toMac(0x005056000000 + number)) })
const codes = (message: DhcpMessage | undefined) => message?.options.map(option => option.code)
const told = ({ event }: Exchange) => event && [event.kind, inWords(event.because)]
const yiaddr = (exchange: Exchange) => exchange.reply && formatIp4(exchange.reply.yiaddr)

t.test('DISCOVER, OFFER, REQUEST, ACK', async t => {
  const server = new DhcpServer({
    ...setup,
    bootFile: 'boot.efi',
    nextServer: OTHER,
    options: new Map([[OPTION.tftpServerName, fromHex('6162')]]),
  })
  t.strictSame(server.start(), [{ type: 'open', socket: 'dhcp', options: { port: 67 } }])
  const offer = ask(server, 0, 'discover')
  t.equal(options.messageType(offer.reply!), 'offer')
  t.strictSame(codes(offer.reply), [53, 54, 51, 58, 59, 1, 3, 66])
  t.match(offer.reply, { xid: 0x11223344, flags: 0x8000, siaddr: OTHER, file: 'boot.efi', op: 2, ciaddr: 0 })
  t.equal(yiaddr(offer), '10.20.1.100')
  t.equal(options.serverIdentifier(offer.reply!), SERVER)
  t.equal(options.leaseTimeSeconds(offer.reply!), 86400)
  t.strictSame(options.routers(offer.reply!), [ip('10.20.1.1')])
  t.equal(formatIp4(options.subnetMask(offer.reply!)!), '255.255.255.0')
  t.equal(offer.to, '255.255.255.255:68 by eth0')
  t.equal(describeDhcpEvent(offer.event!), 'offered 10.20.1.100 to 00:50:56:00:00:01: asked by DISCOVER')
  const ack = ask(server, SECOND, 'request', [selects(SERVER), requested(ip('10.20.1.100'))])
  t.equal(options.messageType(ack.reply!), 'ack')
  t.equal(yiaddr(ack), '10.20.1.100')
  t.match(ack.event, { kind: 'acknowledged', because: 'selected this server' })
})

t.test('a REQUEST for another server is left alone, and the offer withdrawn', async t => {
  const server = new DhcpServer(setup)
  ask(server, 0, 'discover')
  const exchange = ask(server, 1, 'request', [selects(OTHER), requested(ip('10.20.1.100'))])
  t.equal(exchange.reply, undefined)
  t.match(told(exchange), ['ignored', 'names another server, 10.20.1.3'])
  t.equal(yiaddr(ask(server, 2, 'discover', [], client(9))), '10.20.1.100', 'the address is free again')
})

t.test('NAK where RFC 2131 says so, silence where it says so', async t => {
  const server = new DhcpServer(setup)
  const unknown = ask(server, 0, 'request', [requested(ip('10.20.1.101'))])
  t.match(
    [unknown.reply, unknown.event],
    [undefined, { kind: 'ignored', because: 'no record of this client' }],
  )

  const foreign = ask(server, 0, 'request', [requested(ip('192.168.1.5'))], { flags: 0 })
  t.equal(options.messageType(foreign.reply!), 'nak')
  t.equal(foreign.to, '255.255.255.255:68 by eth0', 'a NAK is broadcast even without the flag')
  t.match(foreign.reply, { yiaddr: 0, siaddr: 0, ciaddr: 0, file: '' })
  t.strictSame(codes(foreign.reply), [53, 54])

  ask(server, 0, 'discover', [], client(2))
  ask(server, 0, 'request', [selects(SERVER), requested(ip('10.20.1.100'))], client(2))
  const taken = ask(server, 1, 'request', [selects(SERVER), requested(ip('10.20.1.100'))])
  t.equal(options.messageType(taken.reply!), 'nak')
  t.match(told(taken), ['refused', '10.20.1.100 is not free'])

  const wrong = ask(server, 2, 'request', [requested(ip('10.20.1.101'))], client(2))
  t.match([options.messageType(wrong.reply!), ...told(wrong)!], ['nak', 'refused', 'has 10.20.1.100'])
  const rebooted = ask(server, 3, 'request', [requested(ip('10.20.1.100'))], client(2))
  t.equal(options.messageType(rebooted.reply!), 'ack')
  const nothing = ask(server, 3, 'request', [], client(2))
  t.match([nothing.reply, nothing.event?.kind], [undefined, 'ignored'])
  const noAddress = ask(server, 3, 'request', [selects(SERVER)], client(2))
  t.match(
    [noAddress.reply, noAddress.event?.kind],
    [undefined, 'ignored'],
    'as the client of npm dhcp asks: docs/npm-dhcp.md, finding 11',
  )
})

t.test('renewing by unicast, also from behind a router', async t => {
  const server = new DhcpServer(setup)
  const relayed = { giaddr: ip('10.20.7.1') }
  const offer = ask(server, 0, 'discover', [], relayed)
  t.equal(yiaddr(offer), '10.20.7.50')
  t.equal(offer.to, '10.20.7.1:67')
  ask(server, 0, 'request', [selects(SERVER), requested(ip('10.20.7.50'))], relayed)
  const renewed = ask(server, 5, 'request', [], { ciaddr: ip('10.20.7.50'), flags: 0 }, SERVER)
  t.equal(options.messageType(renewed.reply!), 'ack')
  t.equal(renewed.to, '10.20.7.50:68')
  t.match(renewed.reply, { ciaddr: ip('10.20.7.50'), yiaddr: ip('10.20.7.50') })
  const moved = ask(server, 6, 'request', [], { ciaddr: ip('10.20.7.50') })
  t.equal(options.messageType(moved.reply!), 'nak', 'rebinding by broadcast in another subnet')
  const nak = ask(server, 6, 'request', [requested(ip('10.20.1.100'))], { ...relayed, flags: 0 })
  t.equal(nak.to, '10.20.7.1:67')
  t.equal(nak.reply!.flags, 0x8000, 'the relay must broadcast it')
  t.match(ask(server, 6, 'discover', [], { giaddr: ip('10.99.0.1') }).event, {
    because: 'no pool for its subnet',
  })
})

t.test('DECLINE, RELEASE, INFORM', async t => {
  const server = new DhcpServer(setup)
  ask(server, 0, 'discover')
  ask(server, 0, 'request', [selects(SERVER), requested(ip('10.20.1.100'))])
  const declined = ask(server, 1, 'decline', [selects(SERVER), requested(ip('10.20.1.100'))])
  t.match([declined.reply, declined.event?.kind], [undefined, 'declined'])
  t.equal(yiaddr(ask(server, 2, 'discover')), '10.20.1.101')
  t.match(ask(server, 2, 'decline', [selects(OTHER), requested(ip('10.20.1.101'))]).event, {
    kind: 'ignored',
  })
  ask(server, 3, 'request', [selects(SERVER), requested(ip('10.20.1.101'))])
  t.match(ask(server, 4, 'release', [selects(SERVER)], { ciaddr: ip('10.20.1.102') }).event, {
    kind: 'ignored',
  })
  t.match(ask(server, 4, 'release', [selects(SERVER)], { ciaddr: ip('10.20.1.101') }).event, {
    kind: 'released',
  })
  t.equal(yiaddr(ask(server, 5, 'discover', [], client(7))), '10.20.1.101')
  const late = 2 + DECLINE_HOLD
  t.equal(
    yiaddr(ask(server, late, 'discover', [], client(8))),
    '10.20.1.100',
    'the declined address comes back',
  )

  const informed = ask(server, 6, 'inform', [], { ciaddr: ip('10.20.1.55'), flags: 0 })
  t.equal(informed.to, '10.20.1.55:68')
  t.strictSame(codes(informed.reply), [53, 54, 1, 3], 'no lease times (RFC 2131 §4.3.5)')
  t.equal(informed.reply!.yiaddr, 0)
  const elsewhere = ask(server, 6, 'inform', [], { ciaddr: ip('192.0.2.7'), flags: 0 })
  t.equal(elsewhere.reply, undefined, 'an answer would go to whom nobody knows')
})

t.test('a DISCOVER with ciaddr sends nothing there', async t => {
  const offer = ask(new DhcpServer(setup), 0, 'discover', [], { ciaddr: ip('192.0.2.7') })
  t.equal(offer.to, '255.255.255.255:68 by eth0')
})

t.test('overbooking: offers that nobody takes do not empty the pool', async t => {
  const server = new DhcpServer({ ...setup, overbooks: true })
  const honest = client(1)
  const address = yiaddr(ask(server, 0, 'discover', [], honest))
  for (let n = 0; n < 50; n++)
    t.equal(ask(server, 1, 'discover', [], client(100 + n)).event?.kind, 'offered', `${n}`)
  const selected = [selects(SERVER), requested(ip(address!))]
  t.equal(yiaddr(ask(server, 2, 'request', selected, honest)), address, 'who asks first has it')
  const late = ask(server, 3, 'request', selected, client(149))
  t.equal(options.messageType(late.reply!), 'nak', 'and nobody else')
  for (let n = 0; n < 50; n++) t.not(yiaddr(ask(server, 4, 'discover', [], client(200 + n))), address)
})

t.test('what is echoed', async t => {
  const server = new DhcpServer({
    ...setup,
    options: new Map([[OPTION.classIdentifier, fromHex('505845436c69656e74')]]),
  })
  const uuid = options.bytesOption(97, new Uint8Array(17).fill(3))
  const information = options.bytesOption(82, fromHex('0102abcd'))
  const identifier = options.bytesOption(61, fromHex('01005056000001'))
  const offer = ask(server, 0, 'discover', [information, uuid, identifier])
  t.strictSame(codes(offer.reply), [53, 54, 51, 58, 59, 1, 3, 60, 61, 97, 82])
  t.equal(toHex(options.first(offer.reply!, 82)!), '0102abcd')
  t.strictSame(codes(ask(new DhcpServer(setup), 0, 'discover', [uuid]).reply), [53, 54, 51, 58, 59, 1, 3])
})

t.test('options: instances kept, a subnet overrides its server, the user overrides all', async t => {
  const [office] = setup.subnets
  const server = new DhcpServer({
    ...setup,
    options: [
      [43, fromHex('060108ff')],
      [43, fromHex('0a0100ff')],
      [OPTION.router, fromHex('0a140163')],
      [OPTION.leaseTime, fromHex('0000003c')],
      [66, fromHex('61')],
    ],
    subnets: [{ ...office!, options: new Map([[66, fromHex('62')]]) }],
  })
  const { reply } = ask(server, 0, 'discover')
  t.strictSame(codes(reply), [53, 54, 51, 58, 59, 1, 43, 43, 3, 66])
  t.strictSame(options.all(reply!, 43).map(toHex), ['060108ff', '0a0100ff'])
  t.strictSame(options.routers(reply!), [ip('10.20.1.99')])
  t.equal(options.leaseTimeSeconds(reply!), 60)
  t.equal(options.tftpServerName(reply!), 'b')
})

t.test('modes and delay', async t => {
  const offerOnly = new DhcpServer({ ...setup, answers: 'offer-only' })
  t.equal(yiaddr(ask(offerOnly, 0, 'discover')), '10.20.1.100')
  const silent = ask(offerOnly, 1, 'request', [selects(SERVER), requested(ip('10.20.1.100'))])
  t.match([silent.reply, silent.event?.because], [undefined, 'set up to offer only'])

  const naks = new DhcpServer({ ...setup, answers: 'nak' })
  ask(naks, 0, 'discover')
  const nak = ask(naks, 1, 'request', [selects(SERVER), requested(ip('10.20.1.100'))])
  t.equal(options.messageType(nak.reply!), 'nak')
  t.equal(ask(naks, 1, 'request', [selects(OTHER), requested(ip('10.20.1.100'))]).reply, undefined)

  const slow = new DhcpServer({ ...setup, responseDelay: { low: 100, high: 900 }, random: random(1) })
  t.equal(ask(slow, 1000, 'discover').reply, undefined)
  const at = slow.wakeAt!
  t.ok(at >= 1100 && at <= 1900, 'within the range')
  t.same(slow.wake(at - 1), [])
  t.equal(yiaddr(read(slow.wake(at))), '10.20.1.100')
  t.equal(slow.wakeAt, undefined)
  ask(slow, 3000, 'discover')
  slow.start()
  t.equal(slow.wakeAt, undefined, 'a restart loses what was waiting')
  slow.responseDelay = { low: 50, high: 50 }
  ask(slow, 4000, 'discover')
  t.equal(slow.wakeAt, 4050, 'changed while it runs')
  slow.responseDelay = undefined
  t.equal(yiaddr(ask(slow, 4001, 'discover')), '10.20.1.100')
  const fixed = new DhcpServer({ ...setup, responseDelay: { low: 5, high: 5 } })
  ask(fixed, 10, 'discover')
  t.equal(fixed.wakeAt, 15)
})

t.test('what is no request of a DHCP client', async t => {
  const server = new DhcpServer(setup)
  const broken = (payload: Uint8Array) =>
    read(server.receive(0, 'dhcp', { ...datagram(options.bootRequest({})), payload })).event?.kind
  t.equal(broken(new Uint8Array(3)), 'ignored')
  t.equal(broken(encodeDhcp(options.bootRequest({}))), 'ignored')
  t.equal(broken(encodeDhcp(options.bootRequest({ op: 2 }))), undefined)
  t.equal(ask(server, 0, 'ack').event?.kind, 'ignored')
})

t.test('where a reply goes (S-7)', async t => {
  const received = (port: number, source = '0.0.0.0:68'): Datagram => {
    const [address, from] = source.split(':')
    const target = { ip: LIMITED_BROADCAST, port }
    return {
      iface: 'eth1',
      source: { ip: ip(address!), port: Number(from) },
      target,
      payload: new Uint8Array(0),
    }
  }
  const to = (request: Partial<DhcpMessage>, lease: string, at = received(67), isNak = false) =>
    replyDestination(
      options.bootRequest({ chaddr: options.chaddrOf(MAC), ...request }),
      { yiaddr: ip(lease) },
      at,
      isNak,
    )
  const all = { ip: LIMITED_BROADCAST, port: 68, iface: 'eth1' }
  t.strictSame(to({ giaddr: OTHER, ciaddr: SERVER }, '0.0.0.0'), { ip: OTHER, port: 67 })
  t.strictSame(to({ ciaddr: SERVER, flags: 0x8000 }, '0.0.0.0'), { ip: SERVER, port: 68 })
  t.strictSame(to({ ciaddr: SERVER }, '0.0.0.0', received(4011, '10.20.1.2:4011')), {
    ip: SERVER,
    port: 4011,
  })
  t.strictSame(to({ ciaddr: SERVER }, '0.0.0.0', received(4011, '10.20.1.2:68')), { ip: SERVER, port: 68 })
  t.strictSame(to({}, '0.0.0.0', received(4011, '10.20.1.9:4011')), { ip: ip('10.20.1.9'), port: 4011 })
  t.strictSame(to({ flags: 0x8000 }, '10.20.1.100'), all)
  t.strictSame(to({}, '10.20.1.100'), { ip: ip('10.20.1.100'), port: 68, mac: MAC, iface: 'eth1' })
  t.strictSame(to({}, '0.0.0.0'), all, 'a proxy')
  t.strictSame(to({ htype: 6 }, '10.20.1.100'), all, 'no Ethernet')
  t.strictSame(to({ ciaddr: SERVER }, '0.0.0.0', received(67), true), all, 'a NAK')
  t.strictSame(to({ giaddr: OTHER }, '0.0.0.0', received(67), true), { ip: OTHER, port: 67 }, 'a relayed NAK')
})

t.test('the pool: lowest free, own address again, exhaustion, expiry', async t => {
  const pool = new LeasePool([POOL], [ip('10.20.1.101')])
  const offer = (now: number, name: string, wish?: Ip4) => {
    const address = pool.offer(now, name, wish)
    return address === undefined ? undefined : formatIp4(address)
  }
  t.equal(offer(0, 'a', ip('10.20.1.102')), '10.20.1.102', 'the wish')
  t.equal(offer(0, 'b', ip('10.20.1.102')), '10.20.1.100', 'the wish is taken')
  t.equal(offer(0, 'c'), undefined, '.101 is excluded')
  t.equal(offer(1, 'a'), '10.20.1.102', 'the same again')
  t.ok(pool.bind(2, 'b', ip('10.20.1.100'), 1000 * SECOND))
  t.notOk(pool.bind(2, 'c', ip('10.20.1.100'), 1000 * SECOND))
  t.notOk(pool.bind(2, 'c', ip('10.20.1.101'), 1000 * SECOND))
  t.notOk(pool.bind(2, 'c', ip('10.99.1.1'), 1000 * SECOND))
  t.equal(offer(OFFER_HOLD, 'c'), undefined, "a's offer was refreshed at 1")
  t.equal(offer(1 + OFFER_HOLD, 'c'), '10.20.1.102', "a's offer is over")
  t.equal(offer(1 + OFFER_HOLD, 'a'), undefined)
  t.ok(pool.bind(500 * SECOND, 'b', ip('10.20.1.100'), 2000 * SECOND), 'renewed')
  t.match(pool.at(ip('10.20.1.100')), { client: 'b', state: 'bound', until: 2000 * SECOND })
  t.equal(offer(1999 * SECOND, 'd'), '10.20.1.102', 'only the offer is over; the bound one was renewed')
  t.equal(offer(2000 * SECOND, 'e'), '10.20.1.100', "b's lease is over")
  t.strictSame(
    pool.list().map(lease => [formatIp4(lease.address), lease.client, lease.state]),
    [
      ['10.20.1.100', 'e', 'offered'],
      ['10.20.1.102', 'd', 'offered'],
    ],
  )
})

t.test('the lowest free address, in large pools and several ranges', async t => {
  const free = new FreeAddresses([
    { first: ip('10.0.0.1'), last: ip('10.0.0.40') },
    { first: ip('10.1.0.0'), last: ip('10.1.255.255') },
    { first: ip('10.9.0.9'), last: ip('10.9.0.1') },
  ])
  const taken: string[] = []
  for (let i = 0; i < 100; i++) {
    const lowest = free.lowest!
    free.take(lowest)
    taken.push(formatIp4(lowest))
  }
  t.strictSame(
    [taken[0], taken[39], taken[40], taken[99]],
    ['10.0.0.1', '10.0.0.40', '10.1.0.0', '10.1.0.59'],
  )
  free.giveBack(ip('10.0.0.33'))
  t.equal(formatIp4(free.lowest!), '10.0.0.33')
  t.equal(free.isFree(ip('10.0.0.34')), false)
  t.equal(free.isFree(ip('10.2.0.0')), false)
  t.equal(free.covers(ip('10.9.0.5')), false)
  free.giveBack(ip('10.2.0.0'))
  const huge = new FreeAddresses([{ first: ip('10.0.0.0'), last: ip('10.255.255.255') }])
  t.equal(huge.covers(ip4After(ip('10.0.0.0'), MAX_POOL_ADDRESSES)), false, 'cut at the limit')
})

t.test('no bytes make the server throw', async t => {
  const server = new DhcpServer(setup)
  const draws = random('fuzz')
  const seed = datagram(
    options.bootRequest({
      chaddr: options.chaddrOf(MAC),
      options: [options.messageTypeOption('discover'), requested(SERVER)],
    }),
  )
  const kinds = new Set<string | undefined>()
  for (let i = 0; i < Math.min(20000, FUZZ); i++) {
    const payload = Uint8Array.from(seed.payload.subarray(0, draws.between(200, 300)))
    for (let k = draws.below(6); k > 0; k--) payload[draws.below(payload.length)] = draws.below(256)
    payload[242] = draws.between(0, 9)
    kinds.add(read(server.receive(i * 1000, 'dhcp', { ...seed, payload })).event?.kind)
  }
  for (const kind of ['offered', 'refused', 'ignored', 'exhausted'] as const) t.ok(kinds.has(kind), kind)
})
