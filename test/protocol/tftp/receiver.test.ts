/** The TFTP read client, told the time and given packets by hand: each firmware's quirks as parameters. */
import fc from 'fast-check'
import t from 'tap'
import { type Endpoint, ip4Number } from '../../../src/core/address.ts'
import type { Action } from '../../../src/core/state-machine.ts'
import type { Micros } from '../../../src/core/micros.ts'
import { SECOND, fromSeconds } from '../../../src/core/micros.ts'
import type { ReceiverEvent, ReceiverOptions } from '../../../src/protocol/tftp/receiver.ts'
import { TftpReceiver } from '../../../src/protocol/tftp/receiver.ts'
import { decodeTftp, encodeData, encodeTftp } from '../../../src/wire/tftp/codec.ts'
import type { TftpOptions } from '../../../src/wire/tftp/packet.ts'
import { ip } from './pipe.ts'
import { FUZZ } from '../../effort.ts'

const SERVER: Endpoint = { ip: ip('10.0.0.1'), port: 69 }
const TID: Endpoint = { ip: SERVER.ip, port: 3000 }
const FOREIGN: Endpoint = { ip: ip('10.0.0.77'), port: 20_001 }
const HERE: Endpoint = { ip: ip('10.0.0.9'), port: 2070 }

const data = (block: number, size = 512) => encodeData(block, new Uint8Array(size).fill(block))
const oack = (...options: TftpOptions) => encodeTftp({ kind: 'oack', options })
const waits = (...seconds: number[]) => seconds.map(fromSeconds)

const EDK2_WAITS = waits(4, 4, 4, 4, 4, 4)
const IPXE_WAITS = waits(0.25, 0.5, 1, 2, 4, 8)
const U_BOOT_WAITS: Micros[] = Array.from({ length: 11 }, () => 5 * SECOND)
const BIOS_WAITS = waits(2, 4, 6, 8, 10)

const lab = (options: Partial<ReceiverOptions> = {}) => {
  const receiver = new TftpReceiver({ server: SERVER, file: 'a', waits: EDK2_WAITS, ...options })
  let now: Micros = 0
  const events: ReceiverEvent[] = []
  const lines = (actions: readonly Action<'transfer', ReceiverEvent>[]): string[] =>
    actions.flatMap(action => {
      if (action.type === 'event') events.push(action.event)
      return action.type === 'event' ? [] : [line(action)]
    })
  return {
    receiver,
    events,
    start: () => lines(receiver.start(now)),
    get: (payload: Uint8Array, source = TID) =>
      lines(receiver.receive(now, 'transfer', { iface: 'eth0', source, target: HERE, payload })),
    icmp: (cause: 'port' | 'host' | 'arp') =>
      lines(receiver.unreachable(now, 'transfer', { cause, target: SERVER })),
    later: (span: Micros) => {
      now += span
      return lines(receiver.wake(now))
    },
    /** Sends and the end, in seconds, if nobody answers. */
    silence: () => {
      const times = receiver.wakeAt === undefined ? [] : [now / SECOND]
      while (receiver.wakeAt !== undefined) {
        now = receiver.wakeAt
        receiver.wake(now).forEach(action => void (action.type === 'event' && events.push(action.event)))
        times.push(now / SECOND)
      }
      return times
    },
  }
}

const line = (action: Exclude<Action<'transfer', ReceiverEvent>, { type: 'event' }>): string => {
  if (action.type === 'open') return `open ${JSON.stringify(action.options)}`
  if (action.type === 'close') return 'close'
  const to = `${action.to.ip === SERVER.ip ? '' : 'foreign '}${action.to.port}`
  const result = decodeTftp(action.payload)
  const packet = result.ok ? result.value : undefined
  if (packet?.kind === 'ack') return `${to} ack ${packet.block}`
  if (packet?.kind === 'error') return `${to} error ${packet.code} ${packet.message}`
  return `${to} ${packet?.kind === 'rrq' ? `rrq ${packet.file} ${packet.options.join(' ')}` : packet?.kind}`
}

t.test('when it sends, and when it gives up, per firmware', async t => {
  const times = (schedule: ReceiverOptions['waits']) => {
    const { start, silence, events } = lab({ waits: schedule })
    start()
    const all = silence()
    t.match(events, [{ type: 'failed', cause: 'timeout', answered: false, received: 0 }])
    return all
  }
  t.same(times(EDK2_WAITS), [0, 4, 8, 12, 16, 20, 24], 'E-47')
  t.same(times(IPXE_WAITS), [0, 0.25, 0.75, 1.75, 3.75, 7.75, 15.75], 'I-21')
  t.same(times(U_BOOT_WAITS), [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55], 'U-6')
  t.same(times(BIOS_WAITS), [0, 2, 6, 12, 20, 30], 'B-22')
  t.same(
    times(sending => (sending > 3 ? undefined : sending * SECOND)),
    [0, 1, 3, 6],
    'a rule',
  )

  const { start, get, silence, events } = lab({ waits: IPXE_WAITS })
  start()
  get(data(1))
  t.same(silence().length, 7, 'the same again for each block')
  t.match(events, [{ cause: 'timeout', answered: true, received: 512 }])
})

t.test('a plain read, and one with options', async t => {
  const plain = lab()
  t.same(plain.start(), [`open {"port":0,"from":${ip4Number(SERVER.ip)}}`, '69 rrq a '])
  t.same(plain.get(data(1)), ['3000 ack 1'])
  t.same(plain.get(data(2, 0)), ['3000 ack 2', 'close'])
  t.match(plain.events, [
    {
      type: 'done',
      bytes: new Uint8Array(512).fill(1),
      size: undefined,
      blocks: 2,
      oack: undefined,
      from: TID,
    },
  ])
  t.equal(plain.receiver.wakeAt, undefined)

  const { start, get, events } = lab({ options: [['tsize', '0'], ['blksize', '1432']], localPort: 2070, waits: IPXE_WAITS }) // prettier-ignore
  t.same(start(), [`open {"port":2070,"from":${ip4Number(SERVER.ip)}}`, '69 rrq a tsize,0 blksize,1432'])
  t.same(get(oack(['TSIZE', '2000'], ['BLKSIZE', '1432'])), ['3000 ack 0'])
  t.same(get(oack(['TSIZE', '2000'], ['BLKSIZE', '1432'])), ['3000 ack 0'], 'again: the ACK was lost')
  t.same(get(data(1, 1432)), ['3000 ack 1'])
  t.same(get(data(1, 1432)), ['3000 ack 1'], 'again: the ACK was lost')
  t.same(get(data(2, 568)), ['3000 ack 2', 'close'])
  t.match(events, [{ type: 'done', size: 2000, blocks: 2 }])
})

t.test('windows: one ACK each, a gap is told once, duplicates are not answered', async t => {
  const { start, get } = lab({ options: [['windowsize', '4']] })
  start()
  t.same(get(oack(['windowsize', '4'])), ['3000 ack 0'])
  t.same(
    [1, 2, 3].flatMap(block => get(data(block))),
    [],
  )
  t.same(get(data(4)), ['3000 ack 4'])
  t.same(get(data(5)), [])
  t.same(get(data(7)), ['3000 ack 5'], 'B.4 #4')
  t.same(get(data(8)), [], 'once')
  t.same(
    [6, 7, 8].flatMap(block => get(data(block))),
    [],
  )
  t.same(get(data(9)), ['3000 ack 9'], 'the window counts from the last ACK')
  t.same(
    [6, 7, 8].flatMap(block => get(data(block))),
    [],
    'B.4 #1',
  )
  t.same(get(data(9)), ['3000 ack 9'], 'the end of the window again: its ACK was lost')
  t.same(get(data(200)), [], 'nonsense')
})

t.test('E-46, B-21 the size query', async t => {
  const stopAtOack = { code: 8, message: 'User aborted the transfer' }
  const query = { options: [['tsize', '0'], ['blksize', '1468'], ['windowsize', '4']] as const, stopAtOack } // prettier-ignore
  const { start, get, events } = lab(query)
  start()
  t.same(get(oack(['tsize', '40960'], ['blksize', '1468'])), [
    '3000 error 8 User aborted the transfer',
    'close',
  ])
  t.match(events, [
    {
      type: 'done',
      size: 40960,
      blocks: 0,
      oack: [
        ['tsize', '40960'],
        ['blksize', '1468'],
      ],
    },
  ])

  const raised = lab({ ...query, raisedOption: 'accept' })
  raised.start()
  raised.get(oack(['tsize', '40960'], ['blksize', '8192']))
  t.match(raised.events, [{ type: 'done', size: 40960 }], 'E-48 as measured: the size query accepts a raise')

  const without = lab(query)
  without.start()
  without.get(oack(['blksize', '1468']))
  t.match(
    without.events,
    [{ type: 'done', size: undefined, oack: [['blksize', '1468']] }],
    'E53 is made of this',
  )

  const strict = lab({ ...query, needsOack: { code: 4, message: 'User aborted download' } })
  strict.start()
  t.same(strict.get(data(1)), ['3000 error 4 User aborted download', 'close'])
  t.match(strict.events, [{ type: 'failed', cause: 'no-oack' }], 'row 34: E99 is made of this')
  const lenient = lab(query)
  lenient.start()
  lenient.get(data(1))
  t.match(lenient.events, [{ type: 'done', size: undefined, oack: undefined }])
})

t.test('E-48, U-6, row 35 an OACK that raises a value, or brings one nobody asked for', async t => {
  const options: TftpOptions = [['blksize', '1468']] // prettier-ignore
  const malformed = { code: 4, message: 'Malformatted OACK packet' }
  const edk2 = lab({ options, raisedOption: malformed, unaskedOption: malformed })
  edk2.start()
  t.same(edk2.get(oack(['blksize', '1469'])), ['3000 error 4 Malformatted OACK packet', 'close'])
  t.match(edk2.events, [{ type: 'failed', cause: 'bad-oack', why: 'blksize raised from 1468 to 1469' }])
  const other = lab({ options, raisedOption: malformed, unaskedOption: malformed })
  other.start()
  other.get(oack(['blksize', '1468'], ['timeout', '4']))
  t.match(other.events, [{ cause: 'bad-oack', why: 'timeout was not asked for' }])

  const ipxe = lab({ options })
  ipxe.start()
  t.same(ipxe.get(oack(['blksize', '2000'], ['timeout', '4'])), ['3000 ack 0'])
  t.same(ipxe.get(data(1, 2000)), ['3000 ack 1'], 'taken, and meant')
  const broken = lab({ options })
  broken.start()
  t.same(
    broken.get(oack(['blksize', '0'])),
    ['3000 error 8 bad option value', 'close'],
    'B.4 #13 never a division by zero',
  )
})

t.test('E-47, I-21, U-6, row 36 an answer from another address', async t => {
  const ipxe = lab({ sourceCheck: 'none', waits: IPXE_WAITS })
  t.same(ipxe.start()[0], 'open {"port":0}')
  t.same(ipxe.get(data(1), FOREIGN), ['foreign 20001 ack 1'], 'iPXE follows it')
  t.same(ipxe.get(data(2), TID), ['3000 error 5 unknown transfer'], 'and stays there')
  const uBoot = lab({ sourceCheck: 'none', repliesTo: 'asked-address', waits: U_BOOT_WAITS })
  uBoot.start()
  t.same(
    uBoot.get(data(1), FOREIGN),
    ['20001 ack 1'],
    'U-6 as measured: the address asked, the port of the reply',
  )
  t.same(uBoot.get(data(2), { ip: SERVER.ip, port: 20_001 }), ['20001 ack 2'])
  const edk2 = lab({ strangers: 'ignore' })
  edk2.start()
  t.same(edk2.get(data(1), FOREIGN), [], 'EDK2 does not see it (its stack answers with a closed port)')
  t.same(edk2.get(data(1)), ['3000 ack 1'])
  t.same(edk2.get(data(2), { ip: SERVER.ip, port: 3001 }), [], 'and sends no ERROR 5')
})

t.test('ERROR, ICMP, no route, too large', async t => {
  const error = encodeTftp({ kind: 'error', code: 1, message: 'none' })
  const told = lab()
  told.start()
  t.same(told.get(error), ['close'])
  t.match(told.events, [{ type: 'failed', cause: 'error-packet', code: 1, message: 'none', received: 0 }])
  t.same(told.get(data(1)), [], 'over')
  t.same(told.later(60 * SECOND), [])

  const edk2 = lab({ onUnreachable: 'fail' })
  edk2.start()
  t.same(edk2.icmp('arp'), [], 'row 32: a silent ARP is E18 in the end')
  t.same(edk2.icmp('port'), ['close'])
  t.match(edk2.events, [{ cause: 'unreachable', what: 'port' }])
  const ipxe = lab()
  ipxe.start()
  t.same(ipxe.icmp('port'), [], 'row 31: ignored')

  const { start, receiver } = lab()
  start()
  t.match(receiver.noRoute().at(-1), { event: { type: 'failed', cause: 'no-route' } })
  t.same(receiver.noRoute(), [])

  const rom = lab({ options: [['blksize', '1456']], maxDataSize: 1456 }) // prettier-ignore
  rom.start()
  rom.get(oack(['blksize', '2000']))
  t.same(rom.get(data(1, 1457)), ['3000 error 3 too large', 'close'])
  t.match(rom.events, [{ cause: 'too-large', what: 'packet' }], 'E3F')
  const long = lab()
  long.start()
  long.get(data(1, 513))
  t.match(long.events, [{ cause: 'too-large', what: 'packet' }], 'more than was agreed on')
  const small = lab({ maxSize: 600, expectedSize: 600 })
  small.start()
  small.get(data(1))
  small.get(data(2))
  t.match(
    small.events,
    [{ cause: 'too-large', what: 'file', received: 512 }],
    'E05: it grew since the size query',
  )
  const announced = lab({ options: [['tsize', '0']], maxSize: 600 }) // prettier-ignore
  announced.start()
  announced.get(oack(['tsize', '601']))
  t.match(announced.events, [{ cause: 'too-large', what: 'file' }])
})

t.test('a size that is a lie costs nothing', async t => {
  const { start, get, events } = lab({ options: [['tsize', '0']] }) // prettier-ignore
  start()
  get(oack(['tsize', '1000000000']))
  get(data(1, 3))
  const [event] = events
  t.match(event, { type: 'done', size: 1_000_000_000 })
  t.equal(event?.type === 'done' && event.bytes.buffer.byteLength, 3)
})

t.test(`${FUZZ} arbitrary packets: never a throw, one outcome at most, ended means silent`, async t => {
  const seeds = [data(1), data(2, 40), data(3, 0), oack(['tsize', '900'], ['blksize', '512'], ['windowsize', '2']), oack(['blksize', '600'])] // prettier-ignore
  const step = fc.record({
    seed: fc.nat(seeds.length - 1),
    changes: fc.array(fc.tuple(fc.nat(30), fc.nat(255)), { maxLength: 2 }),
    length: fc.nat(600),
    source: fc.constantFrom(TID, TID, TID, FOREIGN, SERVER),
  })
  const run = fc.record({
    steps: fc.array(step, { minLength: 10, maxLength: 10 }),
    sourceCheck: fc.constantFrom('address' as const, 'none' as const),
    query: fc.boolean(),
  })
  const ends = { done: 0, failed: 0, open: 0 }
  fc.assert(
    fc.property(run, ({ steps, sourceCheck, query }) => {
      const stopAtOack = { code: 8, message: '' }
      const { start, get, later, events, receiver } = lab({ sourceCheck, options: [['tsize', '0']], ...(query ? { stopAtOack } : {}) }) // prettier-ignore
      start()
      for (const { seed, changes, length, source } of steps) {
        const payload = seeds[seed]!.slice(0, Math.max(2, length))
        for (const [offset, value] of changes) if (offset < payload.length) payload[offset] = value
        const before = events.length
        const out = get(payload, source)
        if (before > 0 && out.length > 0) return false
        later(SECOND)
      }
      ends[events[0]?.type ?? 'open']++
      return events.length <= 1 && (events.length === 1) === (receiver.wakeAt === undefined)
    }),
    { seed: 6, numRuns: Math.ceil(FUZZ / 10) },
  )
  t.ok(ends.done > 0 && ends.failed > 0 && ends.open > 0, JSON.stringify(ends))
})
