/**
 * The back-end on real sockets, on loopback addresses of its own; nothing leaves the machine and no right is needed.
 */
import { createSocket } from 'node:dgram'
import t from 'tap'
import { LIMITED_BROADCAST, formatIp4, parseIp4, toMac } from '../../src/core/address.ts'
import type { Ip4 } from '../../src/core/address.ts'
import type { Datagram } from '../../src/core/state-machine.ts'
import { kernelClock } from '../../src/network/kernel/clock.ts'
import { addressedInterface } from '../../src/network/kernel/interfaces.ts'
import { listeningsFor, outgoingBroadcast } from '../../src/network/kernel/listening.ts'
import { createKernelNetwork, kernelInterfaces, loopbackInterface } from '../../src/network/kernel/network.ts'
import type { KernelOptions } from '../../src/network/kernel/network.ts'
import { MAX_PORT_OFFSET, portMap } from '../../src/network/kernel/ports.ts'
import { causeOf, networkError } from '../../src/network/kernel/system-socket.ts'
import { NetworkError } from '../../src/network/port.ts'
import type { Host, Interface } from '../../src/network/port.ts'
import { PATIENCE_MILLIS } from '../patience.ts'
import { compliance } from './compliance.ts'
import type { Fixture } from './compliance.ts'

const ip = (text: string): Ip4 => parseIp4(text)!

const lab = (options: KernelOptions = {}) => {
  const network = createKernelNetwork(options)
  const host = (name: string, address: string): Host =>
    network.addHost({ name, interfaces: [loopbackInterface(ip(address))] })
  const hosts = [host('a', '127.77.0.1'), host('b', '127.77.0.2'), host('c', '127.77.0.3')] as const
  /** Looks after every turn of the event loop; a condition that never comes is left to the assertions. */
  const run = (until: () => boolean): Promise<void> =>
    new Promise(resolve => {
      const deadline = setTimeout(finish, PATIENCE_MILLIS)
      let over = false
      function finish(): void {
        over = true
        clearTimeout(deadline)
        resolve()
      }
      const look = (): void => {
        if (over) return
        if (until()) finish()
        else setImmediate(look)
      }
      look()
    })
  return { network, hosts, run, close: async () => network.close() } satisfies Fixture & { network: unknown }
}

// Only Linux has all of 127.0.0.0/8 without being told, delivers multicast on loopback, and tells connected sockets
// sharing a port of refusals; that is where this back-end is meant to serve.
const isLinux = process.platform === 'linux'

void t.test('compliance', async t => {
  if (!isLinux) return void t.pass('', { skip: 'needs the loopback net of Linux' })
  compliance(t, { setup: async () => lab() })
})

for (const acceleration of ['epoll', 'off'] as const)
  void t.test(`compliance with acceleration: ${acceleration}`, async t => {
    if (!isLinux) return void t.pass('', { skip: 'needs the loopback net of Linux' })
    compliance(t, { setup: async () => lab({ acceleration }) })
  })

void t.test('compliance with a port offset', async t => {
  if (!isLinux) return void t.pass('', { skip: 'needs the loopback net of Linux' })
  compliance(t, { setup: async () => lab({ portOffset: 1000 }) })
})

void t.test('the port offset is a rotation: all ports have a name, and only one', async t => {
  const map = portMap(10_000)
  t.strictSame([67, 68, 69, 4011].map(map.toSystem), [10_067, 10_068, 10_069, 14_011])
  t.strictSame([10_067, 10_068, 10_069, 14_011].map(map.fromSystem), [67, 68, 69, 4011])
  t.strictSame([map.toSystem(0), map.fromSystem(0)], [0, 0])
  for (const offset of [0, 1, 10_000, MAX_PORT_OFFSET]) {
    const { toSystem, fromSystem } = portMap(offset)
    const seen = new Set<number>()
    let wrong = 0
    for (let port = 1; port <= 65_535; port++) {
      const system = toSystem(port)
      seen.add(system)
      if (system < 1 || system > 65_535 || fromSystem(system) !== port) wrong++
    }
    t.strictSame([seen.size, wrong], [65_535, 0], `offset ${offset}`)
  }
  for (const offset of [-1, 1.5, MAX_PORT_OFFSET + 1, NaN]) t.throws(() => portMap(offset), RangeError)
})

void t.test('protocol code says 67; the system is given 16067', async t => {
  const { hosts, run, network } = lab({ portOffset: 16_000 })
  t.teardown(() => network.close())
  const got: Datagram[] = []
  const server = hosts[1].openUdp({ port: 67, onDatagram: datagram => void got.push(datagram) })
  await server.ready
  const stranger = createSocket('udp4')
  t.teardown(() => stranger.close())
  const answers: string[] = []
  stranger.on('message', (message, from) => void answers.push(`${message.toString()} from ${from.port}`))
  await new Promise<void>(resolve => void stranger.bind(16_068, '127.77.0.9', resolve))
  stranger.send('hello', 16_067, '127.77.0.2')
  await run(() => got.length > 0)
  t.strictSame(
    got.map(d => [d.source, d.target]),
    [
      [
        { ip: ip('127.77.0.9'), port: 68 },
        { ip: ip('127.77.0.2'), port: 67 },
      ],
    ],
  )
  server.send({ ip: ip('127.77.0.9'), port: 68 }, Uint8Array.of(0x6f, 0x6b))
  await run(() => answers.length > 0)
  t.strictSame(answers, ['ok from 16067'])
})

void t.test('a destination with a MAC is broadcast, as the capability says', async t => {
  const { hosts, run, network } = lab()
  t.teardown(() => network.close())
  t.strictSame(network.capabilities, { deterministic: false, linkLayerUnicast: false, configurable: false })
  const [a, b] = hosts
  const got: Datagram[] = []
  const client = b.openUdp({ port: 21_070, onDatagram: datagram => void got.push(datagram) })
  const server = a.openUdp({ port: 0, onDatagram: () => {} })
  await Promise.all([client.ready, server.ready])
  server.send({ ip: ip('10.9.9.9'), port: 21_070, mac: b.interfaces[0]!.mac }, Uint8Array.of(1))
  await run(() => got.length > 0)
  t.equal(got[0]?.target.ip, LIMITED_BROADCAST)
})

void t.test('what cannot be opened is refused with code and remedy', async t => {
  const network = createKernelNetwork()
  t.teardown(() => network.close())
  const host = network.addHost({ name: 'h', interfaces: [loopbackInterface()] })
  const foreign = network.addHost({
    name: 'foreign',
    interfaces: [addressedInterface('foreign', toMac(1), { ip: ip('192.0.2.1'), prefixLength: 24 })],
  })
  const none = network.addHost({ name: 'none', interfaces: [] })
  const onDatagram = () => {}
  const codeOf = async (host: Host, options: { iface?: string; address?: Ip4 }) => {
    const socket = host.openUdp({ port: 0, ...options, onDatagram })
    try {
      await socket.ready
      return 'opened'
    } catch (error) {
      t.equal(socket.send({ ip: ip('127.0.0.1'), port: 9 }, Uint8Array.of(1)), 'closed')
      return error instanceof NetworkError ? error.code : error
    }
  }
  t.equal(await codeOf(host, {}), 'opened')
  t.equal(await codeOf(host, { iface: 'eth9' }), 'no-such-interface')
  t.equal(await codeOf(none, {}), 'no-such-interface')
  t.equal(await codeOf(host, { address: ip('127.9.9.9') }), 'no-such-address')
  t.equal(await codeOf(foreign, {}), 'no-such-address')
  t.throws(() => host.configure('loopback', []), { code: 'unsupported' })
  const withCode = (code: string) => Object.assign(new Error(`bind ${code}`), { code })
  t.strictSame(
    ['EADDRINUSE', 'EACCES', 'EPERM', 'EADDRNOTAVAIL', 'EMFILE'].map(
      code => networkError(withCode(code), ip('10.0.0.1'), 67).code,
    ),
    ['address-in-use', 'not-permitted', 'not-permitted', 'no-such-address', 'no-descriptor'],
  )
  t.match(networkError(withCode('EACCES'), ip('10.0.0.1'), 67).message, /10\.0\.0\.1:67.*root.*port offset/)
  t.strictSame(
    ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EPERM'].map(code => causeOf(withCode(code))),
    ['port', 'host', 'net', 'other'],
  )
})

void t.test('which sockets stand for one of ours', async t => {
  const onDatagram = () => {}
  const face = (name: string, address: string, prefixLength: number) =>
    addressedInterface(name, toMac(1), { ip: ip(address), prefixLength })
  const two = [face('eth0', '10.20.1.5', 24), face('eth1', '10.20.9.5', 24)]
  const text = (...[faces, options]: Parameters<typeof listeningsFor>) =>
    listeningsFor(faces, options).map(
      l => `${l.kind} ${formatIp4(l.address)} ${l.iface.name} ${formatIp4(l.target)}`,
    )
  t.strictSame(text(two, { port: 67, groups: [ip('224.1.1.1')], onDatagram }), [
    'own 10.20.1.5 eth0 10.20.1.5',
    'own 10.20.9.5 eth1 10.20.9.5',
    'broadcast 10.20.1.255 eth0 10.20.1.255',
    'broadcast 10.20.9.255 eth1 10.20.9.255',
    'broadcast 255.255.255.255 eth0 255.255.255.255',
    'group 224.1.1.1 eth0 224.1.1.1',
  ])
  t.strictSame(text(two, { port: 67, iface: 'eth1', onDatagram }), [
    'own 10.20.9.5 eth1 10.20.9.5',
    'broadcast 10.20.9.255 eth1 10.20.9.255',
    'broadcast 255.255.255.255 eth1 255.255.255.255',
  ])
  t.strictSame(text(two, { port: 0, onDatagram }).length, 2)
  t.strictSame(text(two, { port: 67, address: ip('10.20.9.5'), onDatagram }), [
    'own 10.20.9.5 eth1 10.20.9.5',
  ])
  t.strictSame(text([loopbackInterface()], { port: 67, onDatagram }), [
    'own 127.0.0.1 loopback 127.0.0.1',
    'broadcast 127.255.255.255 loopback 255.255.255.255',
  ])
  t.strictSame(text([face('ppp0', '10.0.0.1', 32)], { port: 67, onDatagram }), [
    'own 10.0.0.1 ppp0 10.0.0.1',
    'broadcast 255.255.255.255 ppp0 255.255.255.255',
  ])
  t.equal(formatIp4(outgoingBroadcast(two[0]!)), '255.255.255.255')
  t.equal(formatIp4(outgoingBroadcast(loopbackInterface())), '127.255.255.255')
})

void t.test('a host with two interfaces has one socket on both, with one port', async t => {
  if (!isLinux) return void t.pass('', { skip: 'needs the loopback net of Linux' })
  const { network, hosts, run } = lab()
  t.teardown(() => network.close())
  const both = network.addHost({
    name: 'both',
    interfaces: [loopbackInterface(ip('127.78.0.1'), 'one'), loopbackInterface(ip('127.78.0.2'), 'two')],
  })
  const got: Datagram[] = []
  const seen: Datagram[] = []
  const peer = hosts[0].openUdp({ port: 21_071, onDatagram: datagram => void seen.push(datagram) })
  const socket = both.openUdp({ port: 0, onDatagram: datagram => void got.push(datagram) })
  await Promise.all([peer.ready, socket.ready])
  for (const iface of ['two', 'one'])
    socket.send({ ip: ip('127.77.0.1'), port: 21_071, iface }, Uint8Array.of(1))
  t.equal(socket.send({ ip: ip('127.77.0.1'), port: 21_071, iface: 'three' }, Uint8Array.of(1)), 'noRoute')
  await run(() => seen.length === 2)
  t.strictSame(
    seen.map(d => formatIp4(d.source.ip)),
    ['127.78.0.2', '127.78.0.1'],
  )
  t.equal(seen[0]?.source.port, seen[1]?.source.port)
  for (const { source } of seen) peer.send(source, Uint8Array.of(2))
  await run(() => got.length === 2)
  t.strictSame(
    got.map(d => `${d.iface} ${formatIp4(d.target.ip)}`),
    ['two 127.78.0.2', 'one 127.78.0.1'],
  )
})

void t.test('the interfaces of this machine', async t => {
  const loopback: Interface | undefined = kernelInterfaces().find(i => i.address.ip === ip('127.0.0.1'))
  t.strictSame(loopback?.addresses[0], { ip: ip('127.0.0.1'), prefixLength: 8 })
})

void t.test('the clock counts whole microseconds from its creation, by the source it was given', async t => {
  let millis = 5_000
  const clock = kernelClock(() => millis)
  t.equal(clock.now(), 0)
  millis += 0.001_9
  t.equal(clock.now(), 1)
  const fired: number[] = []
  // A timer that the platform fires early by this clock only looks again.
  clock.setTimer(2_000, () => void fired.push(clock.now()))
  await new Promise(resolve => setTimeout(resolve, 10))
  t.strictSame(fired, [])
  millis += 5
  await new Promise(resolve => setTimeout(resolve, 10))
  t.strictSame(fired, [5_001])
  clock.setTimer(2 ** 50, () => void fired.push(-1))
  clock.stop()
})

void t.test('one timer that throws does not lose the others', async t => {
  const clock = kernelClock(() => performance.now())
  const fired: string[] = []
  const caught: unknown[] = []
  const listeners = process.rawListeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.once('uncaughtException', error => void caught.push(error.message))
  const at = clock.now() + 1000
  clock.setTimer(at, () => {
    throw new Error('boom')
  })
  await new Promise<void>(resolve => {
    clock.setTimer(at, () => {
      fired.push('second')
      resolve()
    })
  })
  for (const listener of listeners) process.on('uncaughtException', listener as (error: Error) => void)
  t.strictSame([fired, caught], [['second'], ['boom']])
})
