/**
 * The accelerated sockets: the same datagrams in the same order as node:dgram sends, whatever the system refuses, what
 * ICMP says, and node:dgram wherever they cannot be had. The compliance suite batcher on all of them in kernel.test.ts.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import t from 'tap'
import type { Test } from 'tap'
import { parseIp4 } from '../../src/core/address.ts'
import type { Endpoint } from '../../src/core/address.ts'
import { accelerated, openLibcSockets, tried } from '../../src/network/kernel/acceleration.ts'
import type { AccelerationKind } from '../../src/network/kernel/acceleration.ts'
import { EpollBackend } from '../../src/network/kernel/epoll-backend.ts'
import type { Libc } from '../../src/network/kernel/libc.ts'
import { boundLibc, libc } from '../../src/network/kernel/libc.ts'
import { LibcSockets } from '../../src/network/kernel/libc-sockets.ts'
import { createKernelNetwork, loopbackInterface } from '../../src/network/kernel/network.ts'
import type { KernelOptions } from '../../src/network/kernel/network.ts'
import { MAX_GSO_BYTES, GsoBatcher, MAX_GSO_SEGMENTS } from '../../src/network/kernel/gso-batcher.ts'
import type { Flow } from '../../src/network/kernel/gso-batcher.ts'

const LOCALHOST = parseIp4('127.0.0.1')!
const real = libc()
const noLibc = { skip: 'needs Linux on x86-64 or ARM64 with koffi' }
const KINDS = ['io_uring', 'epoll'] as const

/** Checks each kind that can be had here; CI has both. */
const forEachKind = (name: string, check: (t: Test, kind: AccelerationKind) => Promise<void>): void => {
  for (const kind of KINDS)
    void t.test(`${name}, by ${kind}`, async t => {
      if (!tried(real, kind)) return void t.pass('', { skip: `needs Linux with koffi and ${kind}` })
      await check(t, kind)
    })
}

/** Distinct bytes, so that a datagram in a wrong place is seen. */
const payload = (size: number, seed: number): Uint8Array =>
  new Uint8Array(size).map((_, i) => (i * 31 + seed * 7) & 255)

/** A flow that writes down the sizes of each call. */
const recordedWay = (calls: number[][], supportsGso = true): Flow => ({
  supportsGso,
  transmit: payloads => void calls.push(payloads.map(({ length }) => length)),
})

const sizesOfCalls = (sizes: readonly number[], supportsGso = true): number[][] => {
  const calls: number[][] = []
  const batcher = new GsoBatcher()
  const flow = recordedWay(calls, supportsGso)
  batcher.cork()
  for (const size of sizes) batcher.send(flow, new Uint8Array(size))
  batcher.uncork()
  return calls
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

t.test('a run is of one size, with a shorter last, and keeps to the limits of the system', async t => {
  t.strictSame(sizesOfCalls([4]), [[4]])
  t.strictSame(sizesOfCalls([516, 516, 516, 20]), [[516, 516, 516, 20]])
  t.strictSame(sizesOfCalls([516, 20, 516, 516]), [
    [516, 20],
    [516, 516],
  ])
  t.strictSame(sizesOfCalls([20, 516]), [[20], [516]], 'a longer one never continues')
  t.strictSame(sizesOfCalls([516, 0, 0, 516]), [[516], [0], [0], [516]], 'an empty one is no segment')
  t.strictSame(
    sizesOfCalls(times(130, 12)).map(call => call.length),
    [MAX_GSO_SEGMENTS, MAX_GSO_SEGMENTS, 2],
  )
  for (const size of [1_472, 8_196, 32_753, 32_754, 65_468]) {
    const calls = sizesOfCalls(times(64, size))
    const most = Math.max(1, Math.min(MAX_GSO_SEGMENTS, Math.floor(MAX_GSO_BYTES / size)))
    t.equal(calls[0]!.length, most, `${size} bytes`)
    t.strictSame(calls.flat(), times(64, size))
  }
  t.strictSame(sizesOfCalls([516, 516, 516], false), [[516], [516], [516]])
})

t.test('what goes elsewhere ends a run; the order of all sends stays', async t => {
  const calls: string[] = []
  const flow = (name: string): Flow => ({
    supportsGso: true,
    transmit: payloads => void calls.push(`${name}${payloads.length}`),
  })
  const [a, b] = [flow('a'), flow('b')]
  const batcher = new GsoBatcher()
  batcher.cork()
  for (const to of [a, a, b, a, b, b]) batcher.send(to, new Uint8Array(8))
  t.strictSame(calls, ['a2', 'b1', 'a1'])
  batcher.uncork()
  t.strictSame(calls, ['a2', 'b1', 'a1', 'b2'])
  batcher.send(a, new Uint8Array(8))
  t.equal(calls.length, 4, 'outside of a delivery it waits')
  await Promise.resolve()
  t.equal(calls.at(-1), 'a1', 'for the end of the turn')
})

/** What a socket of another make receives when `sizes` are sent in one turn. */
const received = async (t: Test, sizes: readonly number[], options: KernelOptions) => {
  const network = createKernelNetwork(options)
  t.teardown(() => network.close())
  const host = network.addHost({ name: 'h', interfaces: [loopbackInterface(LOCALHOST)] })
  const lost: unknown[] = []
  const socket = host.openUdp({ port: 0, onDatagram: () => {}, onUnreachable: what => void lost.push(what) })
  await socket.ready
  const receiver = createSocket({ type: 'udp4', recvBufferSize: 8 << 20 }).bind(0, '127.0.0.1')
  await once(receiver, 'listening')
  const got: { bytes: Uint8Array; port: number; address: string }[] = []
  const all = new Promise<void>(resolve =>
    receiver.on('message', (bytes, { port, address }) => {
      if (got.push({ bytes: new Uint8Array(bytes), port, address }) === sizes.length) resolve()
    }),
  )
  const { port } = receiver.address()
  for (const [i, size] of sizes.entries()) socket.send({ ip: LOCALHOST, port }, payload(size, i))
  await all
  receiver.close()
  const from = [...new Set(got.map(({ port, address }) => `${address} ${port}`))]
  const differ = got.filter(({ bytes }, i) => !Buffer.from(bytes).equals(payload(sizes[i]!, i))).length
  return { differ, sources: from.length, lost, accelerated: network.accelerated }
}

const PATTERNS: readonly (readonly number[])[] = [
  [1],
  [0, 5, 0],
  [...times(63, 1_472), 700],
  [...times(100, 516), 4],
  [...times(7, 8_196), 4, 4, 8_196],
  [65_468, 65_468, 12],
  [1_472, 516, 1_472, 1_432, 1_432, 1_468, 4],
]

const sameDatagrams = async (t: Test, options: KernelOptions): Promise<void> => {
  for (const sizes of PATTERNS) {
    const { differ, sources, lost } = await received(t, sizes, options)
    t.strictSame(
      { differ, sources, lost },
      { differ: 0, sources: 1, lost: [] },
      `${sizes.length} of ${sizes[0]}…`,
    )
  }
}

t.test('the datagrams are those that were sent', t => sameDatagrams(t, { acceleration: 'off' }))

forEachKind('the datagrams are those that were sent', async (t, kind) => {
  await sameDatagrams(t, { acceleration: kind })
  const { accelerated } = await received(t, times(64, 1_472), { acceleration: kind })
  // 44 fit 64 KiB, then 20; io_uring takes both runs in one call.
  t.match(accelerated, { kind, calls: kind === 'epoll' ? 2 : 1, datagrams: 64 })
})

/** Real calls, except that each `sendmsg` which `fault` names an error for fails with it. */
const faulty = (base: Libc, fault: (isRun: boolean) => string | undefined): Libc => {
  let failedWith: string | undefined
  return {
    ...base,
    sendmsg: (descriptor, message, flags) => {
      // msg_controllen: the size to cut a run into.
      failedWith = fault(message[40] !== 0)
      return failedWith === undefined ? base.sendmsg(descriptor, message, flags) : -1
    },
    errorCode: () => failedWith ?? base.errorCode(),
  }
}

/** Sends 70 datagrams by a source over such calls; tells what arrived, and what failed. */
const throughFaults = async (t: Test, fault: Parameters<typeof faulty>[1]) => {
  const libc = faulty(real!, fault)
  const source = new LibcSockets(libc, EpollBackend.open(libc)!, true)
  t.teardown(() => source.close())
  const [sender, receiver] = await Promise.all([
    source.bind(LOCALHOST, 0, { shared: false }),
    source.bind(LOCALHOST, 0, { shared: false, listener: true }),
  ])
  const got: number[] = []
  const failed: string[] = []
  receiver.listen({ receive: bytes => void got.push(bytes[0]!) })
  sender.listen({ receive: () => {} })
  const send = sender.routeTo({ ip: LOCALHOST, port: receiver.port }, cause => void failed.push(cause))
  for (let i = 0; i < 70; i++) send(new Uint8Array(i === 69 ? 5 : 100).fill(i))
  for (let turn = 0; turn < 200 && got.length < 70; turn++)
    await new Promise(resolve => setImmediate(resolve))
  return { got, failed, counts: source.counts }
}

t.test('what the system refuses as a run goes one by one', async t => {
  if (!real) return void t.pass('', noLibc)
  const inOrder = Array.from({ length: 70 }, (_, i) => i)
  for (const code of ['EINVAL', 'EIO', 'EMSGSIZE', 'ENOPROTOOPT']) {
    let refused = 0
    const { got, failed, counts } = await throughFaults(t, isRun => (isRun ? (refused++, code) : undefined))
    t.strictSame({ got, failed, refused }, { got: inOrder, failed: [], refused: 1 }, code)
    t.strictSame(counts, { calls: 70, datagrams: 70 }, 'and no other run is tried')
  }
})

t.test('what the system has no room for waits, in order', async t => {
  if (!real) return void t.pass('', noLibc)
  const inOrder = Array.from({ length: 70 }, (_, i) => i)
  let tries = 0
  const { got, failed } = await throughFaults(t, () => (tries++ % 3 === 0 ? 'EAGAIN' : undefined))
  t.strictSame({ got, failed }, { got: inOrder, failed: [] })
})

t.test('other refusals are told, later, and the socket goes on', async t => {
  if (!real) return void t.pass('', noLibc)
  let call = 0
  const { got, failed } = await throughFaults(t, () => (call++ === 0 ? 'ENETUNREACH' : undefined))
  t.strictSame(failed, ['net'])
  t.strictSame(got, [64, 65, 66, 67, 68, 69], 'the run of 64 is lost as 64 datagrams would be')
})

t.test('it is found out by trying', async t => {
  t.equal(tried(undefined, 'epoll'), undefined, 'no koffi, no such platform')
  t.equal(accelerated({ NBS_NO_ACCELERATION: '1' }), undefined)
  t.equal(accelerated({}, 'off'), undefined)
  if (!real) return void t.pass('', noLibc)
  t.match(tried(real, 'epoll'), { kind: 'epoll', supportsGso: true })
  const open = accelerated({ NBS_NO_IO_URING: '1' })
  t.equal(open?.kind, 'epoll')
  open?.sockets.close()
  t.match(
    tried(
      faulty(real, isRun => (isRun ? 'ENOSYS' : undefined)),
      'epoll',
    ),
    { supportsGso: false },
  )
  t.equal(
    tried(
      faulty(real, () => 'EPERM'),
      'epoll',
    ),
    undefined,
  )
  t.equal(tried({ ...real, socket: () => -1 }, 'epoll'), undefined)
  t.equal(tried({ ...real, epollCreate: () => -1 }, 'epoll'), undefined)
  t.equal(tried({ ...real, addressOf: () => { throw new Error('no') } }, 'epoll'), undefined) // prettier-ignore
})

t.test('without io_uring, or part of it, epoll serves', async t => {
  if (!real || !tried(real, 'io_uring'))
    return void t.pass('', { skip: 'needs Linux with koffi and io_uring' })
  const open = descriptors()
  const lacks: readonly Partial<Libc>[] = [
    { ringSetup: () => -1 },
    { map: () => undefined },
    { map: (file, offset, size) => (offset === 0 ? real.map(file, offset, size) : undefined) },
    { eventfd: () => -1 },
    { ringRegister: () => -1 },
    {
      ringRegister: (ring, operation, ...words) =>
        operation === 22 ? -1 : real.ringRegister(ring, operation, ...words),
    },
    // A kernel that knows all of it, and does nothing.
    { ringEnter: () => 0 },
  ]
  for (const lack of lacks)
    t.equal(tried({ ...real, ...lack }, 'io_uring'), undefined, Object.keys(lack).join())
  const later = { libc: { ...real, ringSetup: () => -1 }, kind: 'io_uring', supportsGso: true } as const
  t.equal(openLibcSockets(later), undefined, 'or is not to be had a second time')
  t.equal(descriptors(), open, 'nothing is left open')
})

/** Open files of this process. */
const descriptors = (): number => readdirSync('/proc/self/fd').length

/** A source with two sockets; what `sender` hears of what it sent, and what `receiver` got. */
const pair = async (t: Test, kind: AccelerationKind) => {
  const source = openLibcSockets(tried(real, kind)!)!
  t.teardown(() => source.close())
  const sender = await source.bind(LOCALHOST, 0, { shared: false, errors: true })
  const receiver = await source.bind(LOCALHOST, 0, { shared: false, listener: true })
  const got: number[] = []
  const undelivered: (Endpoint & { cause: string })[] = []
  const failed: string[] = []
  receiver.listen({ receive: bytes => void got.push(bytes[0]!) })
  sender.listen({
    receive: () => {},
    undelivered: (cause, { ip, port }) => void undelivered.push({ cause, ip, port }),
  })
  const to = (endpoint: Endpoint) => sender.routeTo(endpoint, cause => void failed.push(cause))
  return { source, sender, receiver, got, undelivered, failed, to }
}

const turns = async (until: () => boolean): Promise<void> => {
  for (let turn = 0; turn < 500 && !until(); turn++) await new Promise(resolve => setImmediate(resolve))
}

const closedPort = async (): Promise<number> => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

forEachKind('a socket hears that a port is closed, and whose', async (t, kind) => {
  const { undelivered, failed, got, to, receiver } = await pair(t, kind)
  const gone = { ip: LOCALHOST, port: await closedPort() }
  const alive = { ip: LOCALHOST, port: receiver.port }
  to(gone)(Uint8Array.of(1))
  await turns(() => undelivered.length > 0)
  t.strictSame(undelivered, [{ cause: 'port', ...gone }])
  // The error of one peer must not cost another its datagrams, however they are mixed.
  const [sendGone, sendAlive] = [to(gone), to(alive)]
  for (let i = 0; i < 20; i++) {
    sendGone(Uint8Array.of(0))
    await new Promise(resolve => setImmediate(resolve))
    sendAlive(Uint8Array.of(i))
    sendAlive(Uint8Array.of(i))
  }
  await turns(() => got.length === 40 && undelivered.length === 21)
  t.strictSame(
    got,
    Array.from({ length: 40 }, (_, i) => i >> 1),
  )
  t.strictSame([undelivered.length, failed], [21, []])
})

forEachKind('what cannot be sent at all is told, datagram by datagram', async (t, kind) => {
  const { failed, got, to, receiver } = await pair(t, kind)
  // From a loopback address there is no way to another machine: EINVAL.
  const nowhere = to({ ip: parseIp4('192.0.2.1')!, port: 9 })
  for (let i = 0; i < 5; i++) nowhere(new Uint8Array(100))
  await turns(() => failed.length === 5)
  t.strictSame(failed, times(5, 'other'), 'refused as a run, and then each by itself')
  to({ ip: LOCALHOST, port: receiver.port })(Uint8Array.of(7))
  await turns(() => got.length > 0)
  t.strictSame(got, [7])
})

forEachKind('a port is free when close returns, and what was sent has left', async (t, kind) => {
  const { source, sender, receiver, got, to } = await pair(t, kind)
  const send = to({ ip: LOCALHOST, port: receiver.port })
  for (let i = 0; i < 300; i++) {
    send(Uint8Array.of(i & 255))
    if (i % 3 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  sender.close()
  await turns(() => got.length === 300)
  t.strictSame(
    got,
    Array.from({ length: 300 }, (_, i) => i & 255),
  )
  for (let i = 0; i < 5; i++) {
    const { port } = sender
    const again = await source.bind(LOCALHOST, port, { shared: false })
    again.listen({ receive: () => {} })
    again.close()
  }
  sender.close()
  t.pass('nobody else had the port')
})

forEachKind('a receiver that throws loses nothing of what came with it', async (t, kind) => {
  const source = openLibcSockets(tried(real, kind)!)!
  t.teardown(() => source.close())
  const receiver = await source.bind(LOCALHOST, 0, { shared: false, listener: true })
  const got: number[] = []
  receiver.listen({
    receive: bytes => {
      got.push(bytes[0]!)
      if (bytes[0] === 1) throw new Error('from a machine')
    },
  })
  const caught: unknown[] = []
  const listeners = process.rawListeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.once('uncaughtException', error => void caught.push(error.message))
  const sender = createSocket('udp4')
  for (let i = 0; i < 4; i++) sender.send(Uint8Array.of(i), receiver.port, '127.0.0.1')
  await turns(() => got.length === 4)
  for (const listener of listeners) process.on('uncaughtException', listener as (error: Error) => void)
  sender.close()
  t.strictSame([got, caught], [[0, 1, 2, 3], ['from a machine']])
})

forEachKind('more at once than there is room for in the queues', async (t, kind) => {
  const { got, to, receiver, source } = await pair(t, kind)
  const ways = Array.from({ length: 3 }, () => to({ ip: LOCALHOST, port: receiver.port }))
  for (let i = 0; i < 1_500; i++) ways[i % 3]!(Uint8Array.of(i & 255, i >> 8))
  await turns(() => got.length === 1_500)
  t.strictSame(
    got,
    Array.from({ length: 1_500 }, (_, i) => i & 255),
    'ways take turns, so there are no runs',
  )
  t.equal(source.counts.datagrams, 1_500)
  if (kind === 'io_uring') t.ok(source.counts.calls < 20, `${source.counts.calls} calls`)
})

t.test('without koffi, or switched off, node:dgram serves', async t => {
  const missing = () => {
    throw Object.assign(new Error("Cannot find module 'koffi'"), { code: 'MODULE_NOT_FOUND' })
  }
  t.equal(boundLibc(missing), undefined)
  t.equal(
    boundLibc(() => ({})),
    undefined,
    'nor with another package of that name',
  )
  process.env['NBS_NO_ACCELERATION'] = '1'
  t.teardown(() => delete process.env['NBS_NO_ACCELERATION'])
  const sizes = [...times(20, 1_472), 3]
  t.strictSame(await received(t, sizes, {}), { differ: 0, sources: 1, lost: [], accelerated: undefined })
})
