/** The TFTP service, told the time and given packets by hand: who is answered with what, and what is never done. */
import fc from 'fast-check'
import t from 'tap'
import type { Endpoint } from '../../../src/core/address.ts'
import { LIMITED_BROADCAST, ip4Number } from '../../../src/core/address.ts'
import { latin1Bytes } from '../../../src/core/bytes.ts'
import type { Action, Unreachable } from '../../../src/core/state-machine.ts'
import type { Micros } from '../../../src/core/micros.ts'
import { MILLISECOND, SECOND } from '../../../src/core/micros.ts'
import { memoryImages } from '../../../src/nbs/images.ts'
import type { TftpEvent, TftpServiceOptions } from '../../../src/protocol/tftp/service.ts'
import { TftpService } from '../../../src/protocol/tftp/service.ts'
import { MAX_REFUSAL_SOCKETS, MAX_STRANGERS_ANSWERED } from '../../../src/protocol/tftp/service-options.ts'
import { decodeTftp, encodeAck, encodeTftp } from '../../../src/wire/tftp/codec.ts'
import type { TftpOptions } from '../../../src/wire/tftp/packet.ts'
import { ip } from './pipe.ts'
import { FUZZ } from '../../effort.ts'

const CLIENT: Endpoint = { ip: ip('10.0.0.9'), port: 2070 }
const SERVER = ip('10.0.0.1')
const BOOT = 'BStrap/x64/BStrap.efi'
const files = memoryImages({ [BOOT]: latin1Bytes('x'.repeat(1_000)), 'readme.txt': latin1Bytes('a\nb\n') })

const rrq = (file = BOOT, options: TftpOptions = [], mode = 'octet') =>
  encodeTftp({ kind: 'rrq', file, mode, options })
const error = (code: number, message: string) => encodeTftp({ kind: 'error', code, message })
const SIZE_QUERY: TftpOptions = [['tsize', '0'], ['blksize', '1468'], ['windowsize', '4']] // prettier-ignore

/** A service, and what it does as short lines: `t1 > 10.0.0.9:2070 data 1 (512)`. */
const lab = (options: Partial<TftpServiceOptions> = {}) => {
  const service = new TftpService({ files, ...options })
  const events: TftpEvent[] = []
  let now: Micros = 0
  const lines = (actions: readonly Action<string, TftpEvent>[]): string[] =>
    actions.flatMap(action => {
      if (action.type === 'event') events.push(action.event)
      return action.type === 'event' ? [] : [line(action)]
    })
  const started = lines(service.start(0))
  return {
    service,
    events,
    started,
    /** Types of the events since the last call. */
    told: () => events.splice(0).map(event => event.type),
    to69: (payload: Uint8Array, from = CLIENT, address = SERVER) =>
      lines(
        service.receive(now, 'requests', {
          iface: 'lan',
          source: from,
          target: { ip: address, port: 69 },
          payload,
        }),
      ),
    to: (via: string, payload: Uint8Array, from = CLIENT) =>
      lines(
        service.receive(now, via, {
          iface: 'lan',
          source: from,
          target: { ip: SERVER, port: 20_000 },
          payload,
        }),
      ),
    icmp: (via: string, cause: Unreachable['cause'], target = CLIENT) =>
      lines(service.unreachable(now, via, { cause, target })),
    later: (span: Micros) => {
      now += span
      return lines(service.wake(now))
    },
    stop: () => lines(service.stop(now)),
  }
}

const line = (action: Exclude<Action<string, TftpEvent>, { type: 'event' }>): string => {
  if (action.type === 'open') return `open ${action.socket} ${JSON.stringify(action.options)}`
  if (action.type === 'close') return `close ${action.socket}`
  const result = decodeTftp(action.payload)
  const packet = result.ok ? result.value : undefined
  const port = action.to.port === CLIENT.port ? '' : ` to ${action.to.port}`
  if (packet?.kind === 'data') return `${action.via}${port} data ${packet.block} (${packet.bytes.length})`
  if (packet?.kind === 'oack') return `${action.via}${port} oack ${packet.options.join(' ')}`
  if (packet?.kind === 'error') return `${action.via}${port} error ${packet.code} ${packet.message}`
  return `${action.via}${port} ${packet?.kind}`
}
const opened = (via: string) => `open ${via} {"port":0,"address":${ip4Number(SERVER)}}`

t.test('without options: RFC 1350 as it stands', async t => {
  const { started, to69, to, told, service } = lab()
  t.same(started, ['open requests {"port":69}'])
  t.same(to69(rrq()), [opened('t1'), 't1 data 1 (512)'])
  t.same(to('t1', encodeAck(1)), ['t1 data 2 (488)'])
  t.same(told(), ['requested', 'started'])
  t.same(to('t1', encodeAck(2)), ['close t1'])
  t.same(told(), ['completed'])
  t.equal(service.wakeAt, undefined, 'no timer is left')
})

t.test('B.4 #25 a client with few options or many is served, in any spelling', async t => {
  const { to69 } = lab()
  const from = (port: number): Endpoint => ({ ip: CLIENT.ip, port })
  t.same(to69(rrq('\\bstrap\\X64\\BSTRAP.EFI', [], 'OCTET')), [opened('t1'), 't1 data 1 (512)'])
  t.same(to69(rrq(`/${BOOT}`, [['TSIZE', '0']]), from(1)), [opened('t2'), 't2 to 1 oack TSIZE,1000'])
  const npm: TftpOptions = [['tsize', '0'], ['blksize', '1468'], ['timeout', '3000'], ['windowsize', '4'], ['rollover', '0']] // prettier-ignore
  t.same(to69(rrq(BOOT, npm), from(2)), [opened('t3'), 't3 to 2 oack tsize,1000 blksize,1468 windowsize,4'])
  t.same(to69(rrq(BOOT, [['multicast', '']]), from(3)), [opened('t4'), 't4 to 3 data 1 (512)'], 'B.4 #16')
})

t.test('B.4 #18 ERROR after the size query is no failure, and the client comes back', async t => {
  const { to69, to, told, icmp, events } = lab()
  t.same(to69(rrq(BOOT, SIZE_QUERY)), [opened('t1'), 't1 oack tsize,1000 blksize,1468 windowsize,4'])
  t.same(to('t1', error(8, 'User aborted the transfer')), ['close t1'])
  t.match(events.at(-1), { type: 'aborted-after-size-query', text: '8: User aborted the transfer', bytes: 0 })
  t.same(told(), ['requested', 'started', 'aborted-after-size-query'])
  to69(rrq(BOOT, SIZE_QUERY))
  to('t2', error(0, 'TFTP Aborted'))
  to69(rrq(BOOT, SIZE_QUERY))
  t.same(icmp('t3', 'port'), ['close t3'], 'or its ERROR was lost, and its port is closed')
  t.same(told().filter(type => type === 'aborted-after-size-query').length, 2)

  to69(rrq(BOOT, SIZE_QUERY.slice(1)))
  to('t4', error(8, 'no'))
  t.match(events.at(-1), { type: 'failed', reason: 'client-error' }, 'without tsize it is a failure')
  to69(rrq(BOOT, SIZE_QUERY))
  to('t5', encodeAck(0))
  to('t5', error(3, 'full'))
  t.match(events.at(-1), { type: 'failed', reason: 'client-error', text: '3: full' }, 'and so it is later')
})

t.test('B.4 #17 refused options are left out', async t => {
  const { to69 } = lab({ refuseOptions: ['blksize'] })
  t.same(to69(rrq(BOOT, SIZE_QUERY)), [opened('t1'), 't1 oack tsize,1000 windowsize,4'])
})

t.test('B.4 #8 packets from another address or port get ERROR 5 and do not disturb', async t => {
  const { to69, to, told, service, icmp } = lab()
  to69(rrq())
  const stranger: Endpoint = { ip: CLIENT.ip, port: 99 }
  t.same(to('t1', encodeAck(1), stranger), ['t1 to 99 error 5 unknown transfer'])
  t.same(to('t1', encodeAck(1), { ip: ip('10.0.0.8'), port: CLIENT.port }), ['t1 error 5 unknown transfer'])
  t.same(to('t1', error(0, 'die'), stranger), [], 'an ERROR is not answered, and ends nothing')
  t.same(icmp('t1', 'port', stranger), [], 'nor does the stranger’s closed port')
  t.same(to('t1', encodeAck(1)), ['t1 data 2 (488)'])
  for (let i = 0; i < 50; i++) to('t1', encodeAck(1), stranger)
  t.same(to('t1', encodeAck(1), stranger), [], `no more than ${MAX_STRANGERS_ANSWERED} answers`)
  t.equal(service.transfers, 1)
  t.same(told(), ['requested', 'started'])
})

t.test('B.4 #3, #9 a repeated request restarts nothing; another one from the same port does', async t => {
  const { to69, to, told, later, events } = lab()
  to69(rrq())
  told()
  t.same(to69(rrq()), [])
  to('t1', encodeAck(1))
  t.same(to69(rrq()), [], 'nor after progress')
  t.same(told(), ['ignored', 'ignored'])
  t.same(to69(rrq(BOOT, SIZE_QUERY)), [
    'close t1',
    opened('t2'),
    't2 oack tsize,1000 blksize,1468 windowsize,4',
  ])
  t.match(events[0], { type: 'failed', reason: 'superseded' })

  // B-21: a BIOS ROM that is reset asks from port 2070 again.
  to('t2', encodeAck(0))
  later(2 * SECOND)
  t.same(to69(rrq(BOOT, SIZE_QUERY)), [], 'silent for 2 s: still a copy')
  later(2 * SECOND)
  t.same(
    to69(rrq(BOOT, SIZE_QUERY)).slice(0, 2),
    ['close t2', opened('t3')],
    'for 4 s: a machine that was reset',
  )
})

t.test('B.4 #2 resends: the client’s timeout, our own with back-off, then the end', async t => {
  const { to69, later, service, events } = lab({ timing: { retries: 3 } })
  to69(rrq())
  t.equal(service.wakeAt, SECOND)
  const times: number[] = []
  for (let now = 0; service.transfers > 0; now += 100 * MILLISECOND)
    if (later(now === 0 ? 0 : 100 * MILLISECOND).some(text => text.includes('data'))) times.push(now / SECOND)
  t.same(times, [1, 2, 4])
  t.match(events.at(-1), { type: 'failed', reason: 'timeout', seconds: 8 })

  const asked = lab()
  asked.to69(rrq(BOOT, [['timeout', '5']]))
  t.equal(asked.service.wakeAt, 5 * SECOND, 'B.4 #14 seconds, not milliseconds')
  t.same(asked.later(5 * SECOND), ['t1 oack timeout,5'])
  t.equal(asked.service.wakeAt, 10 * SECOND, 'as often as the client said')
  asked.to69(rrq(BOOT, [['timeout', '255']]), { ...CLIENT, port: 1 })
  asked.later(120 * SECOND)
  t.match(asked.events.at(-1), { type: 'failed', reason: 'timeout' }, 'but not for ever')
})

t.test('a transfer has a deadline, however busy it is', async t => {
  const { to69, to, later, events } = lab({ timing: { maxDuration: 10 * SECOND, maxSilence: 3 * SECOND } })
  to69(rrq())
  later(2 * SECOND)
  to('t1', encodeAck(1))
  for (let i = 0; i < 4; i++) later(SECOND / 2)
  t.match(events.at(-1)?.type, 'started')
  later(SECOND)
  t.match(events.at(-1), { type: 'failed', reason: 'timeout', seconds: 5, bytes: 512 })
  const busy = lab({ timing: { maxDuration: 10 * SECOND } })
  busy.to69(rrq(BOOT, [['blksize', '8']]))
  for (let i = 0; i < 19; i++) {
    busy.later(SECOND / 2)
    busy.to('t1', encodeAck(i))
  }
  t.same(busy.later(SECOND), ['t1 error 0 transfer took too long', 'close t1'])
  t.match(busy.events.at(-1), { type: 'failed', reason: 'deadline', bytes: 8 * 18 })
})

t.test('B.4 #21 an address that never ACKs gets little, whatever it asked for', async t => {
  const big = memoryImages({ big: new Uint8Array(10_000_000) })
  const { to69, later, service } = lab({ files: big })
  let sent = 0
  let bytes = 0
  const count = (texts: string[]) => {
    for (const text of texts.filter(text => / (data|oack) /.test(text))) {
      sent++
      bytes += Number(/\((\d+)\)/.exec(text)?.[1] ?? 60)
    }
  }
  count(to69(rrq('big', [['blksize', '65464'], ['windowsize', '65535']]))) // prettier-ignore
  count(to69(rrq('big'), { ...CLIENT, port: 7 }))
  for (let i = 0; i < 1_000; i++) count(later(SECOND / 2))
  t.equal(service.transfers, 0)
  t.equal(sent, 2 * 5, 'in ten seconds; dnsmasq sends 7')
  t.ok(bytes < 5_000, `${bytes} bytes in all`)
})

t.test('B.4 #10, #11, #23, #24 what is refused, and how', async t => {
  const { to69, events } = lab()
  const refusal = (payload: Uint8Array) =>
    to69(payload)
      .filter(text => text.includes('error'))
      .join()
  const via = `e${ip4Number(SERVER)}`
  t.same(to69(rrq('none.efi')), [
    `open ${via} {"port":0,"address":${ip4Number(SERVER)}}`,
    `${via} error 1 file not found`,
  ])
  t.equal(refusal(rrq('../etc/passwd')), `${via} error 2 parent directory in the name`)
  t.equal(refusal(rrq('AUX')), `${via} error 2 name of a device`)
  t.equal(refusal(rrq('BStrap')), `${via} error 2 is a directory`)
  t.equal(
    refusal(encodeTftp({ kind: 'wrq', file: BOOT, mode: 'octet', options: [] })),
    `${via} error 2 this server is read-only`,
  )
  t.equal(refusal(rrq(BOOT, [], 'mail')), `${via} error 4 mode not served`)
  t.equal(refusal(latin1Bytes(`\0\x01${'a'.repeat(600)}\0octet\0`)), `${via} error 4 file name of 600 bytes`)
  t.match(events.filter(event => event.type === 'refused').length, 7)
  t.match(lab({ netascii: 'refuse' }).to69(rrq('readme.txt', [], 'netascii'))[1], / error 4 mode not served/)

  for (const payload of [
    latin1Bytes(''),
    latin1Bytes('\0'),
    latin1Bytes('\x01'),
    encodeAck(1),
    error(1, 'x'),
    latin1Bytes('\0\x09abc'),
  ])
    t.same(to69(payload), [], 'no request: no answer, or two servers could keep each other busy')
  t.same(to69(rrq(), { ip: LIMITED_BROADCAST, port: 5 }), [])
  t.same(to69(rrq(), { ip: CLIENT.ip, port: 0 }), [])
})

t.test('B.4 #22 answers come from the address that was asked', async t => {
  const { to69 } = lab()
  const other = ip('192.168.5.1')
  t.equal(to69(rrq(), CLIENT, other)[0], `open t1 {"port":0,"address":${ip4Number(other)}}`)
  t.equal(
    to69(rrq('none'), { ...CLIENT, port: 1 }, other)[0],
    `open e${ip4Number(other)} {"port":0,"address":${ip4Number(other)}}`,
  )
  for (let i = 0; i < 100; i++) to69(rrq('none'), { ...CLIENT, port: 1 }, ip(`10.1.0.${i}`))
  const last = to69(rrq('none'), { ...CLIENT, port: 1 }, ip('10.1.1.1'))
  t.same(
    last,
    ['requests to 1 error 1 file not found'],
    `no more than ${MAX_REFUSAL_SOCKETS} sockets for that`,
  )
})

t.test('KB275767: broadcast requests are ignored, or answered, and wedge nothing', async t => {
  const quiet = lab()
  for (const target of ['255.255.255.255', '224.0.1.2']) t.same(quiet.to69(rrq(), CLIENT, ip(target)), [])
  t.same(quiet.told(), ['ignored', 'ignored'])
  t.same(quiet.to69(latin1Bytes('\0\x01junk'), CLIENT, LIMITED_BROADCAST), [])
  t.equal(quiet.to69(rrq()).length, 2, 'and goes on serving')

  const directed = ip('10.0.0.255')
  t.same(lab({ isOwnAddress: address => address === SERVER }).to69(rrq(), CLIENT, directed), [])
  const loud = lab({ broadcast: 'answer' })
  t.same(loud.to69(rrq(), CLIENT, LIMITED_BROADCAST), ['open t1 {"port":0}', 't1 data 1 (512)'])
  t.same(
    loud.to69(rrq('none'), { ...CLIENT, port: 1 }, LIMITED_BROADCAST),
    [],
    'another server may have it: no ERROR',
  )
})

t.test('a closed port ends a transfer; a host that is not reached may come back', async t => {
  const { to69, to, icmp, events, later } = lab()
  to69(rrq())
  for (const cause of ['host', 'net', 'arp', 'other'] as const) t.same(icmp('t1', cause), [], cause)
  t.match(events.at(-1), { type: 'started' })
  t.strictSame(to('t1', encodeAck(1)), ['t1 data 2 (488)'])
  to('t1', encodeAck(2))
  t.match(events.at(-1), { type: 'completed' })
  to69(rrq())
  icmp('t2', 'port')
  t.match(events.at(-1), { type: 'failed', reason: 'unreachable', text: 'port' }, 'blocks are left')
  to69(rrq())
  to('t3', encodeAck(1))
  later(SECOND)
  icmp('t3', 'port')
  t.match(
    events.at(-1),
    { type: 'completed', confirmed: false, bytes: 1_000 },
    'all was sent; the last ACK was lost',
  )
  to69(rrq())
  to('t4', encodeAck(1))
  later(4 * SECOND)
  icmp('t4', 'port')
  t.match(events.at(-1), { type: 'failed', reason: 'unreachable' }, 'so late it may have given up')
  t.same(icmp('t3', 'port'), [])
  t.same(to('t3', encodeAck(2)), [], 'what comes too late')
})

t.test('B.4 #20 limits: bytes in flight, of those who answer', async t => {
  const { to69, to } = lab({ maxBytesInFlight: 100_000 })
  const from = (port: number): Endpoint => ({ ip: CLIENT.ip, port })
  const window: TftpOptions = [['blksize', '1000'], ['windowsize', '60']] // prettier-ignore
  for (let port = 1; port <= 3; port++) t.match(to69(rrq(BOOT, window), from(port))[1], /windowsize,60/)
  to('t1', encodeAck(0), from(1))
  t.match(to69(rrq(BOOT, window), from(4))[1], /windowsize,40/, 'what is left')
  to('t2', encodeAck(0), from(2))
  t.match(to69(rrq(BOOT, window), from(5))[1], /windowsize,1/)
})

t.test('B.4 #19 stop during transfers: everything is freed, and a start may follow', async t => {
  const { to69, stop, events, service } = lab()
  to69(rrq())
  to69(rrq('none'), { ...CLIENT, port: 1 })
  t.same(stop(), ['close t1', 'close requests', `close e${ip4Number(SERVER)}`])
  t.match(events.at(-1), { type: 'failed', reason: 'stopped' })
  t.equal(service.transfers, 0)
  t.equal(service.wakeAt, undefined)
  t.same(stop(), ['close requests'])
})

t.test('a file that shrinks under the server ends its transfer', async t => {
  const shrunk = { name: 'x', size: 5_000, read: (offset: number) => new Uint8Array(offset === 0 ? 512 : 3) }
  const { to69, to, events } = lab({ files: { open: () => shrunk } })
  to69(rrq('x'))
  t.same(to('t1', encodeAck(1)), ['t1 error 0 file can no longer be read', 'close t1'])
  t.match(events.at(-1), { type: 'failed', reason: 'unreadable', bytes: 512 })
})

t.test('thousands of transfers: one wake-up each, not one per packet', async t => {
  const { to69, to, service } = lab({ maxTransfersPerClient: 10_000, maxUnanswered: 4_000 })
  for (let port = 1; port <= 4_000; port++) to69(rrq(BOOT, [['blksize', '8']]), { ip: CLIENT.ip, port })
  for (let block = 0; block < 20; block++)
    for (let port = 1; port <= 4_000; port++) to(`t${port}`, encodeAck(block), { ip: CLIENT.ip, port })
  t.equal(service.transfers, 4_000)
  t.equal(service.wakeAt, SECOND / 4, 'once the round trip is known')
})

t.test(`${FUZZ} arbitrary datagrams: never a throw, bounded tables, wakeAt in the future`, async t => {
  const { service, to69, to, later, icmp } = lab({ maxTransfers: 50 })
  const seeds = [
    rrq(),
    rrq(BOOT, SIZE_QUERY),
    encodeAck(0),
    encodeAck(1),
    error(0, ''),
    latin1Bytes('\0\x03\0\x01x'),
    latin1Bytes('\0\x06tsize\0'),
  ]
  const step = fc.record({
    seed: fc.nat(seeds.length - 1),
    changes: fc.array(fc.tuple(fc.nat(30), fc.nat(255)), { maxLength: 3 }),
    length: fc.nat(60),
    port: fc.nat(8),
    transfer: fc.nat(60),
    what: fc.nat(20),
  })
  let latest = 1
  let hits = 0
  fc.assert(
    fc.property(step, ({ seed, changes, length, port, transfer, what }) => {
      const payload = seeds[seed]!.slice(0, Math.max(length, seed < 2 ? 25 : 0))
      for (const [offset, value] of changes) if (offset < payload.length) payload[offset] = value
      const from = { ip: CLIENT.ip, port }
      const via = `t${Math.max(1, latest - (transfer >> 2))}`
      if (what === 0) later(SECOND / 3)
      else if (what === 1) icmp(via, 'port', from)
      else if (what < 12) hits += to(via, payload, from).length
      else for (const text of to69(payload, from)) latest = Number(/^open t(\d+)/.exec(text)?.[1] ?? latest)
      return service.transfers <= 9
    }),
    { seed: 5, numRuns: FUZZ },
  )
  t.ok(hits > FUZZ / 100, `${hits} packets sent by transfers, ${latest} transfers`)
  for (let i = 0; i < 8_000; i++) later(SECOND)
  t.equal(service.transfers, 0, 'in the end nothing is left')
  t.equal(service.wakeAt, undefined)
})
