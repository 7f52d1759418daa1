import t from 'tap'
import { type Endpoint, LIMITED_BROADCAST, toMac } from '../../src/core/address.ts'
import type { Datagram, Unreachable } from '../../src/core/state-machine.ts'
import { MILLISECOND, SECOND } from '../../src/core/micros.ts'
import { macPattern } from '../core/mac-patterns.ts'
import { random } from '../../src/core/random.ts'
import { type TraceEvent, describeEvent, isEventOf, noTrace, traceTo } from '../../src/core/trace.ts'
import { PLAIN } from '../../src/core/wording.ts'
import { memoryImages } from '../../src/nbs/images.ts'
import { NetworkBootService, type NetworkBootServiceOptions } from '../../src/nbs/service.ts'
import { VirtualNetwork } from '../../src/network/virtual/network.ts'
import { PXE_EVENTS } from '../../src/protocol/pxe/events.ts'
import type { Answer, DecisionSource } from '../../src/protocol/pxe/decision.ts'
import { NotificationServer } from '../../src/deployment/notification-server.ts'
import { decodeDhcp, encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import { encodeTftp } from '../../src/wire/tftp/codec.ts'
import { type ClientMessage, clientMessage, ip } from '../protocol/pxe/requests.ts'

const SELF = ip('10.20.1.5')
const LEASE = ip('10.20.1.101')
const IMAGES = memoryImages({ 'BStrap/x64/BStrap.efi': new Uint8Array(1000) })
const WINPE: Answer = { boot: 'automation', client: 'managed', image: 'WinPE', arch: 'x64', jobRunning: true }
const always = (answer: Answer): DecisionSource => ({ ask: (_question, reply) => reply(answer) })

/** An NBS and a machine that has its lease, on one segment. */
const lab = (
  options: Partial<NetworkBootServiceOptions> = {},
  decisions?: (network: VirtualNetwork) => DecisionSource,
) => {
  const trace: TraceEvent[] = []
  const network = new VirtualNetwork(random(1), noTrace)
  const segment = network.addSegment('office')
  const host = network.addHost('nbs-a', [{ segment, address: { ip: SELF, prefixLength: 24 } }])
  const pc = network.addHost('pc', [{ segment, address: { ip: LEASE, prefixLength: 24 } }])
  const source = decisions?.(network) ?? always(WINPE)
  const nbs = new NetworkBootService(host, {
    images: IMAGES,
    decisions: source,
    trace: traceTo(trace),
    ...options,
  })
  const lines = () =>
    trace.map(event =>
      event.kind === 'service' ? `${event.service}: ${describeEvent(event, PLAIN)}` : event.kind,
    )
  return { network, nbs, pc, lines, trace }
}

const isOffer = (event: TraceEvent): boolean =>
  isEventOf(event, PXE_EVENTS) && event.detail.kind === 'answered' && event.detail.message === 'offer'

/** Sends one datagram and returns what came back to the port it left from. */
const ask = ({ network, pc }: ReturnType<typeof lab>, to: Endpoint, payload: Uint8Array, port = 0) => {
  const got: (Datagram | Unreachable)[] = []
  const socket = pc.openUdp({
    port,
    onDatagram: each => void got.push(each),
    onUnreachable: each => void got.push(each),
  })
  socket.send({ ...to, iface: 'eth0' }, payload)
  network.run(network.clock.now() + 5 * SECOND)
  socket.close()
  return got
}

const dhcp = (fields: ClientMessage = {}) => encodeDhcp(clientMessage(fields))
const discover = (on: ReturnType<typeof lab>) =>
  ask(on, { ip: LIMITED_BROADCAST, port: 67 }, dhcp(), 68).flatMap(got => {
    const read = 'payload' in got ? decodeDhcp(got.payload) : undefined
    return read?.ok ? [read.value.file] : []
  })
const bootServer = (on: ReturnType<typeof lab>) =>
  ask(on, { ip: SELF, port: 4011 }, dhcp({ type: 'request', ciaddr: LEASE }), 4011)
const readRequest = (file: string) => encodeTftp({ kind: 'rrq', file, mode: 'octet', options: [] })
const tftp = (on: ReturnType<typeof lab>) =>
  ask(on, { ip: SELF, port: 69 }, readRequest('bstrap\\X64\\bstrap.EFI'))

t.test('offers, answers on 4011, sends the file, and says so', async t => {
  const on = lab()
  await on.nbs.start()
  t.strictSame(discover(on), ['BStrap/x64/BStrap.efi'])
  t.equal(bootServer(on).length, 1)
  const [data] = tftp(on)
  t.ok(data && 'payload' in data && data.payload.length === 516)
  t.strictSame(on.lines().slice(0, 6), [
    'pxe: started',
    'tftp: started',
    'pxe: asks what 00:50:56:00:00:01 (x64-uefi) is to do',
    'pxe: OFFER to 00:50:56:00:00:01 at 255.255.255.255:68: Automation: WinPE (job running) (managed), file BStrap/x64/BStrap.efi from 10.20.1.5',
    'pxe: asks what 00:50:56:00:00:01 (x64-uefi) is to do',
    'pxe: ACK to 00:50:56:00:00:01 at 10.20.1.101:4011: Automation: WinPE (job running) (managed), file BStrap/x64/BStrap.efi from 10.20.1.5',
  ])
  t.match(on.lines()[6], /^tftp: RRQ bstrap\\X64\\bstrap.EFI by 10\.20\.1\.101:/)
  t.match(on.lines()[7], /^tftp: sends .* to 10\.20\.1\.101:\d+: 1000 bytes, blocks of 512, window 1$/)
  on.nbs.stop()
  t.strictSame(discover(on), [])
})

t.test('services on, off, closed, silent', async t => {
  for (const state of ['off', 'closed'] as const) {
    const on = lab({ services: { pxe: state, tftp: state } })
    await on.nbs.start()
    t.strictSame(discover(on), [])
    t.match(bootServer(on), [{ cause: 'port' }], `4011 ${state}: ICMP`)
    t.match(tftp(on), [{ cause: 'port' }])
  }
  const quiet = lab({ services: { pxe: 'silent', tftp: 'silent', bsdp: 'silent' } })
  await quiet.nbs.start()
  t.strictSame([discover(quiet), bootServer(quiet), tftp(quiet)], [[], [], []])
  t.strictSame(quiet.lines(), ['pxe: is silent', 'tftp: is silent'])
})

t.test('boot4011: dead, at the start and by a fault', async t => {
  const on = lab({ boot4011: 'dead' })
  await on.nbs.start()
  t.equal(discover(on).length, 1)
  t.strictSame(bootServer(on), [], 'no answer, no ICMP')
  await on.nbs.startService('boot4011')
  t.equal(bootServer(on).length, 1)
  on.nbs.stopService('boot4011')
  t.strictSame(bootServer(on), [])
  await on.nbs.startService('pxe')
  t.strictSame(bootServer(on), [], 'a restart does not revive it')
})

t.test('one service stopped and started again', async t => {
  const on = lab()
  await on.nbs.start()
  on.nbs.stopService('tftp')
  on.nbs.stopService('tftp')
  t.match(tftp(on), [{ cause: 'port' }])
  t.equal(discover(on).length, 1, 'the other one still runs')
  await on.nbs.startService('tftp')
  t.match(tftp(on), [{ payload: Uint8Array }])
  t.equal(on.lines().filter(line => line === 'tftp: stopped').length, 1)
})

t.test('a transfer ends when its service is stopped', async t => {
  const on = lab()
  await on.nbs.start()
  on.network.clock.setTimer(on.network.clock.now() + SECOND, () => on.nbs.stopService('tftp'))
  tftp(on)
  t.ok(on.lines().some(line => /^tftp: .* failed after 0 bytes: stopped/.test(line)))
})

t.test('waits for a slow Notification Server; a service stopped meanwhile says nothing', async t => {
  const slow = (network: VirtualNetwork) =>
    new NotificationServer({
      policy: { computers: [{ mac: macPattern('*'), class: 'managed', boot: 'production' }] },
      clock: network.clock,
      delay: () => 300 * MILLISECOND,
    })
  const on = lab({}, slow)
  await on.nbs.start()
  t.strictSame(discover(on), [''])
  const offer = on.trace.find(isOffer)
  t.equal(offer!.at >= 300 * MILLISECOND && offer!.at < 310 * MILLISECOND, true)
  const gone = lab({}, slow)
  await gone.nbs.start()
  gone.network.clock.setTimer(100 * MILLISECOND, () => gone.nbs.stopService('pxe'))
  t.strictSame(discover(gone), [])
})

t.test('nobody decides: silence, production, or as an unknown machine', async t => {
  const down = always('unreachable')
  const told = async (whenUnreachable?: 'silent' | 'production' | 'unknown') => {
    const on = lab({ decisions: down, unknownImage: 'Initial', ...(whenUnreachable && { whenUnreachable }) })
    await on.nbs.start()
    discover(on)
    return on.lines().at(-1)
  }
  t.match(await told(), /ignored .* the Notification Server is unreachable$/)
  t.match(await told('silent'), /ignored .* the Notification Server is unreachable$/)
  t.match(
    await told('production'),
    /Production: local disk \(unknown\), because the Notification Server is unreachable$/,
  )
  t.match(
    await told('unknown'),
    /PXE: Initial \(unknown\), file .*, because the Notification Server is unreachable$/,
  )
})

t.test('response delay, also changed at run time and kept over a restart', async t => {
  const on = lab({ pxe: { delay: () => SECOND } })
  await on.nbs.start()
  const offerAt = () => {
    const before = on.network.clock.now()
    discover(on)
    const offers = on.trace.filter(isOffer)
    return Math.floor((offers.at(-1)!.at - before) / MILLISECOND)
  }
  t.equal(offerAt(), 1000)
  on.nbs.responseDelay = () => 20 * MILLISECOND
  t.equal(offerAt(), 20)
  await on.nbs.startService('pxe')
  t.equal(offerAt(), 20)
})

t.test('says when its own images lack what it offers', async t => {
  const on = lab({ images: memoryImages({}) })
  await on.nbs.start()
  discover(on)
  t.equal(on.lines().at(-1), 'pxe: its own images do not hold BStrap/x64/BStrap.efi')
})

t.test('BSDP is plugged in', async t => {
  let stopped = 0
  const on = lab({
    bsdp: (_host, tell) => {
      tell({ kind: 'forgot', mac: toMac(1), server: SELF })
      return { ready: Promise.resolve(), stop: () => void stopped++ }
    },
  })
  await on.nbs.start()
  t.ok(
    on
      .lines()
      .includes(
        'bsdp: 00:00:00:00:00:01: NetBoot: [1,0:0:0:0:0:1] selected 10.20.1.5: its record is removed',
      ),
  )
  on.nbs.stopService('bsdp')
  t.equal(stopped, 1)
})

t.test('a taken port is told to whoever starts it', async t => {
  const { network, nbs } = lab()
  await nbs.start()
  const other = lab({}, undefined)
  t.ok(network !== other.network)
  const second = new NetworkBootService(other.pc, {
    images: IMAGES,
    decisions: always(WINPE),
    trace: noTrace,
  })
  other.pc.openUdp({ port: 67, onDatagram: () => {} })
  await t.rejects(second.start(), { code: 'address-in-use' })
})
