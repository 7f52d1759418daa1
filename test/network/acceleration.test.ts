/**
 * The accelerated sockets: the same datagrams in the same order as node:dgram sends, whatever the system refuses, and
 * node:dgram wherever they cannot be had. The compliance suite runs on both in kernel.test.ts.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import t from 'tap'
import type { Test } from 'tap'
import { parseIp4 } from '../../src/core/address.ts'
import { acceleration, tried } from '../../src/network/kernel/acceleration.ts'
import type { Libc } from '../../src/network/kernel/libc.ts'
import { boundLibc, libc } from '../../src/network/kernel/libc.ts'
import { LibcSockets } from '../../src/network/kernel/libc-sockets.ts'
import { createKernelNetwork, loopbackInterface } from '../../src/network/kernel/network.ts'
import type { KernelOptions } from '../../src/network/kernel/network.ts'
import { RUN_BYTES_MAX, Runs, SEGMENTS_MAX } from '../../src/network/kernel/runs.ts'
import type { Way } from '../../src/network/kernel/runs.ts'

const LOCALHOST = parseIp4('127.0.0.1')!
const real = libc()
const noLibc = { skip: 'needs Linux on x86-64 or ARM64 with koffi' }

/** Distinct bytes, so that a datagram in a wrong place is seen. */
const payload = (size: number, seed: number): Uint8Array =>
  new Uint8Array(size).map((_, i) => (i * 31 + seed * 7) & 255)

/** A way that writes down the sizes of each call. */
const recordedWay = (calls: number[][], takesRuns = true): Way => ({
  takesRuns,
  transmit: payloads => void calls.push(payloads.map(({ length }) => length)),
})

const sizesOfCalls = (sizes: readonly number[], takesRuns = true): number[][] => {
  const calls: number[][] = []
  const runs = new Runs()
  const way = recordedWay(calls, takesRuns)
  runs.during(() => {
    for (const size of sizes) runs.send(way, new Uint8Array(size))
  })
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
    [SEGMENTS_MAX, SEGMENTS_MAX, 2],
  )
  for (const size of [1_472, 8_196, 32_753, 32_754, 65_468]) {
    const calls = sizesOfCalls(times(64, size))
    const most = Math.max(1, Math.min(SEGMENTS_MAX, Math.floor(RUN_BYTES_MAX / size)))
    t.equal(calls[0]!.length, most, `${size} bytes`)
    t.strictSame(calls.flat(), times(64, size))
  }
  t.strictSame(sizesOfCalls([516, 516, 516], false), [[516], [516], [516]])
})

t.test('what goes elsewhere ends a run; the order of all sends stays', async t => {
  const calls: string[] = []
  const way = (name: string): Way => ({
    takesRuns: true,
    transmit: payloads => void calls.push(`${name}${payloads.length}`),
  })
  const [a, b] = [way('a'), way('b')]
  const runs = new Runs()
  runs.during(() => {
    for (const to of [a, a, b, a, b, b]) runs.send(to, new Uint8Array(8))
    t.strictSame(calls, ['a2', 'b1', 'a1'])
  })
  t.strictSame(calls, ['a2', 'b1', 'a1', 'b2'])
  runs.send(a, new Uint8Array(8))
  t.equal(calls.length, 4, 'outside of a delivery it waits')
  await Promise.resolve()
  t.equal(calls.at(-1), 'a1', 'for the end of the turn')
  t.throws(() =>
    runs.during(() => {
      runs.send(b, new Uint8Array(8))
      throw new Error('from a machine')
    }),
  )
  t.equal(calls.at(-1), 'b1', 'a fault in between loses nothing')
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

t.test('the datagrams are the same with and without acceleration', async t => {
  for (const sizes of PATTERNS) {
    const name = `${sizes.length} of ${sizes[0]}…`
    for (const options of [{}, { acceleration: 'off' }] as const) {
      const { differ, sources, lost } = await received(t, sizes, options)
      t.strictSame({ differ, sources, lost }, { differ: 0, sources: 1, lost: [] }, name)
    }
  }
  if (!real) return void t.pass('', noLibc)
  const { accelerated } = await received(t, times(64, 1_472), {})
  t.strictSame(accelerated, { calls: 2, datagrams: 64 }, '44 that fit 64 KiB, then 20')
})

/** Real calls, except that those which `fault` names an error for fail with it. */
const faulty = (base: Libc, fault: (call: 'sendto' | 'sendmsg') => string | undefined): Libc => {
  let failedWith: string | undefined
  const guarded =
    <A extends unknown[]>(call: 'sendto' | 'sendmsg', act: (...words: A) => number) =>
    (...words: A): number =>
      (failedWith = fault(call)) === undefined ? act(...words) : -1
  return {
    ...base,
    sendto: guarded('sendto', base.sendto),
    sendmsg: guarded('sendmsg', base.sendmsg),
    errorCode: () => failedWith ?? base.errorCode(),
  }
}

/** Sends 70 datagrams by a source over such calls; tells what arrived, and what failed. */
const throughFaults = async (t: Test, fault: Parameters<typeof faulty>[1]) => {
  const source = new LibcSockets(faulty(real!, fault), true)
  t.teardown(() => source.close())
  const [sender, receiver] = await Promise.all([
    source.bind(LOCALHOST, 0, { shared: false }),
    source.bind(LOCALHOST, 0, { shared: false, busy: true }),
  ])
  const got: number[] = []
  const failed: string[] = []
  receiver.listen(bytes => void got.push(bytes[0]!))
  sender.listen(() => {})
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
    const { got, failed, counts } = await throughFaults(t, call =>
      call === 'sendmsg' ? (refused++, code) : undefined,
    )
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
  t.equal(tried(undefined), undefined, 'no koffi, no such platform')
  t.equal(acceleration({ NBS_NO_ACCELERATION: '1' }), undefined)
  if (!real) return void t.pass('', noLibc)
  t.strictSame(tried(real)?.takesRuns, true)
  t.strictSame(
    tried(faulty(real, call => (call === 'sendmsg' ? 'ENOPROTOOPT' : undefined)))?.takesRuns,
    false,
  )
  t.equal(tried(faulty(real, () => 'EPERM')), undefined)
  t.equal(tried({ ...real, socket: () => -1 }), undefined)
  const swallowed = { ...real, sendmsg: () => 103 }
  t.equal(tried(swallowed)?.takesRuns, false, 'a run that does not come back was none')
  t.equal(tried({ ...real, addressOf: () => { throw new Error('no') } }), undefined) // prettier-ignore
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
