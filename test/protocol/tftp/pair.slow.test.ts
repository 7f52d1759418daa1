/**
 * Our sender against our receiver through a bad network in virtual time: every transfer ends, with the right content
 * or with a true failure, for many seeds, window sizes and block sizes.
 */
import t from 'tap'
import { equalBytes, u16At } from '../../../src/core/bytes.ts'
import { SECOND } from '../../../src/core/micros.ts'
import { random } from '../../../src/core/random.ts'
import { memoryImages } from '../../../src/nbs/images.ts'
import { fromNetascii } from '../../../src/protocol/tftp/netascii.ts'
import type { ReceiverEvent, ReceiverOptions } from '../../../src/protocol/tftp/receiver.ts'
import { TftpReceiver } from '../../../src/protocol/tftp/receiver.ts'
import type { TftpEvent, TftpServiceOptions } from '../../../src/protocol/tftp/service.ts'
import { TftpService } from '../../../src/protocol/tftp/service.ts'
import type { TftpOptions } from '../../../src/wire/tftp/packet.ts'
import type { Passing, Weather } from './pipe.ts'
import { Pipe, calm, ip, storm } from './pipe.ts'
import { byEffort } from '../../effort.ts'

const TRIALS = byEffort({ quick: 300, thorough: 1_500, night: 20_000 })
const SERVER = { ip: ip('10.0.0.1'), port: 69 }
const WAITS = Array.from({ length: 8 }, () => 2 * SECOND)

/** Bytes that tell their place, so that a misplaced block is found. */
const numbered = (size: number): Uint8Array => {
  const bytes = new Uint8Array(size)
  for (let i = 0; i < size; i++) bytes[i] = (i * 7 + (i >> 8) * 13 + (i >> 16) * 31) & 255
  return bytes
}

const terms = (blockSize: number | undefined, windowSize: number | undefined): TftpOptions => [
  ['tsize', '0'],
  ...(blockSize === undefined ? [] : [['blksize', String(blockSize)] as const]),
  ...(windowSize === undefined ? [] : [['windowsize', String(windowSize)] as const]),
]

interface Trial {
  readonly seed?: number | string
  readonly weather?: Weather
  readonly content: Uint8Array
  readonly options?: TftpOptions
  readonly service?: Partial<TftpServiceOptions>
  readonly receiver?: Partial<ReceiverOptions>
}

const transfer = ({
  seed = 1,
  weather = calm,
  content,
  options = [],
  service = {},
  receiver = {},
}: Trial) => {
  const pipe = new Pipe(seed, weather)
  const events: TftpEvent[] = []
  const outcomes: ReceiverEvent[] = []
  const machine = new TftpService({ files: memoryImages({ 'a.bin': content }), ...service })
  pipe.run('10.0.0.1', machine, event => events.push(event))
  let endedAt = 0
  const client = new TftpReceiver({ server: SERVER, file: 'a.bin', options, waits: WAITS, ...receiver })
  pipe.run('10.0.0.2', client, event => {
    outcomes.push(event)
    endedAt = pipe.now
  })
  pipe.drive()
  return { pipe, events, outcomes, machine, outcome: outcomes[0]!, endedAt }
}

const isData = ({ payload }: Passing): boolean => u16At(payload, 0) === 3
const dataCount = (pipe: Pipe): number => pipe.passed.filter(isData).length
const received = (outcome: ReceiverEvent): Uint8Array | undefined =>
  outcome.type === 'done' ? outcome.bytes : undefined

t.test('B.4 #6 exact multiples, 0 bytes, the end exactly on a window', async t => {
  for (const size of [0, 1, 511, 512, 513, 1024, 2047, 2048, 2049, 4096])
    for (const windowSize of [undefined, 1, 2, 4, 8]) {
      const content = numbered(size)
      const { outcome, events, pipe, machine } = transfer({ content, options: terms(undefined, windowSize) })
      t.same(received(outcome), content, `${size} bytes, window ${windowSize}`)
      t.match(outcome, { type: 'done', size, blocks: Math.floor(size / 512) + 1 })
      t.equal(dataCount(pipe), Math.floor(size / 512) + 1, 'no block twice')
      t.match(events.at(-1), { type: 'completed', bytes: size, confirmed: true })
      t.equal(machine.transfers, 0)
      t.equal(pipe.openSockets, 1, 'only the one for requests is left')
    }
})

t.test('B.4 #5 rollover to 0 and to 1, more than 65535 blocks, a window across the edge', async t => {
  const content = numbered(65_600 * 8 + 3)
  for (const rollover of [0, 1] as const)
    for (const windowSize of [1, 16]) {
      const { outcome, pipe } = transfer({
        content,
        options: terms(8, windowSize),
        service: { timing: { rollover } },
        receiver: { rollover },
      })
      t.ok(
        equalBytes(received(outcome) ?? new Uint8Array(0), content),
        `to ${rollover}, window ${windowSize}`,
      )
      t.equal(dataCount(pipe), 65_601)
    }
  const zeroes = (pipe: Pipe) =>
    pipe.passed.filter(passing => isData(passing) && u16At(passing.payload, 2) === 0).length
  t.equal(zeroes(transfer({ content, options: terms(8, 64) }).pipe), 1)
  t.equal(zeroes(transfer({ content, options: terms(8, 64), service: { timing: { rollover: 1 } }, receiver: { rollover: 1 } }).pipe), 0) // prettier-ignore
})

t.test('B.4 #5 rollover with loss at the edge', async t => {
  const content = numbered(65_700 * 8)
  const weather: Weather = ({ payload, index }) =>
    u16At(payload, 0) >= 3 && (u16At(payload, 2) + index) % 65_533 < 2 ? [] : [100]
  const { outcome } = transfer({ content, options: terms(8, 32), weather })
  t.ok(equalBytes(received(outcome) ?? new Uint8Array(0), content))
})

/** Duplicates everything of one kind. */
const doubling =
  (opcode: number): Weather =>
  ({ payload }) =>
    u16At(payload, 0) === opcode ? [100, 130] : [100]

t.test('B.4 #1 sorcerer’s apprentice: duplicates do not multiply, both roles, windows too', async t => {
  const content = numbered(512 * 64)
  for (const windowSize of [1, 4, 16])
    for (const [what, opcode] of [
      ['ACK', 4],
      ['DATA', 3],
      ['OACK', 6],
      ['RRQ', 1],
    ] as const) {
      const { outcome, pipe } = transfer({
        content,
        options: terms(undefined, windowSize),
        weather: doubling(opcode),
      })
      t.same(received(outcome), content)
      t.equal(dataCount(pipe), 65, `every ${what} twice, window ${windowSize}: each block is sent once`)
    }
})

t.test('B.4 #2 a lost DATA and a repeated ACK recover before the deadline', async t => {
  const content = numbered(512 * 20)
  const lost = (block: number): Weather => {
    let done = false
    return passing => {
      if (done || !isData(passing) || u16At(passing.payload, 2) !== block) return [100]
      done = true
      return []
    }
  }
  for (const windowSize of [1, 4]) {
    const { outcome, endedAt } = transfer({
      content,
      options: terms(undefined, windowSize),
      weather: lost(9),
      receiver: { waits: [50_000, 50_000, SECOND, SECOND] },
    })
    t.same(received(outcome), content, `window ${windowSize}`)
    t.ok(endedAt < 200_000, `by the repeated ACK, not by our own timer of 1 s: ${endedAt} us`)
  }
})

t.test(
  'B.4 #4 a gap in a window: go on after the last block in order, one ACK per gap, the last window lost',
  async t => {
    const content = numbered(512 * 15 + 100)
    for (const lost of [1, 2, 3, 7, 8, 9, 16]) {
      let drops = 1
      const weather: Weather = passing =>
        isData(passing) && u16At(passing.payload, 2) === lost && drops-- > 0 ? [] : [100]
      const { outcome, pipe, events, endedAt } = transfer({ content, options: terms(undefined, 8), weather })
      t.same(received(outcome), content, `block ${lost} lost`)
      const acks = pipe.passed
        .filter(({ payload }) => u16At(payload, 0) === 4)
        .map(({ payload }) => u16At(payload, 2))
      t.ok(
        acks.filter(block => block === lost - 1).length <= (lost % 8 === 1 ? 2 : 1),
        `one ACK for the gap: ${acks.join()}`,
      )
      // No later block shows that the last one of a window is missing: the sender's timer must.
      t.ok(endedAt < (lost % 8 === 0 ? 300_000 : 30_000), `within ${endedAt} us`)
      t.equal(events.at(-1)?.type, 'completed')
    }
  },
)

t.test('B.4 #3 late ACKs do not start a resend storm', async t => {
  const content = numbered(512 * 40)
  const late: Weather = ({ payload }) => [u16At(payload, 0) === 4 ? 1_500_000 : 100]
  const { outcome, pipe, events } = transfer({ content, weather: late, receiver: { waits: Array.from({ length: 20 }, () => 10 * SECOND) } }) // prettier-ignore
  t.same(received(outcome), content)
  t.equal(events.at(-1)?.type, 'completed')
  t.ok(dataCount(pipe) <= 2 * 41, `each block at most twice: ${dataCount(pipe)}`)
})

t.test('B.4 #7 netascii across block and window edges', async t => {
  const text = Uint8Array.from('line\nCR\rend\n\n\r\n\r'.repeat(200), char => char.charCodeAt(0))
  for (const blockSize of [8, 9, 511])
    for (const windowSize of [1, 3]) {
      const { outcome } = transfer({
        content: text,
        options: terms(blockSize, windowSize),
        receiver: { mode: 'netascii' },
      })
      t.match(outcome, { type: 'done', size: undefined }, 'tsize is not offered')
      const unix = Uint8Array.from(
        Buffer.from(Buffer.from(text).toString('latin1').replaceAll('\r\n', '\n'), 'latin1'),
      )
      t.same(fromNetascii(received(outcome)!), unix, `${blockSize} x ${windowSize}`)
    }
})

t.test('B.4 #26 large blocks: as large as a datagram can be', async t => {
  const content = numbered(65_464 * 3)
  const { outcome } = transfer({ content, options: terms(65_464, 4), seed: 5, weather: storm(0.2, 0, 0) })
  t.same(received(outcome)?.length, content.length)
})

t.test('B.4 #26 fragments: a datagram is lost with any one of its pieces, and all arrives', async t => {
  const pieces = (bytes: number) => Math.ceil((bytes + 8) / 1_480)
  const weather: Weather = ({ payload }, random) =>
    random.chance(1 - 0.99 ** pieces(payload.length)) ? [] : [100]
  const content = numbered(65_464 * 12 + 7)
  for (const [seed, windowSize] of [
    [1, 1],
    [2, 1],
    [3, 2],
    [4, 4],
  ] as const) {
    // prettier-ignore
    const { outcome, pipe } = transfer({ seed, weather, content, options: terms(65_464, windowSize) })
    t.ok(equalBytes(received(outcome) ?? new Uint8Array(), content), `window ${windowSize}: ${outcome.type}`)
    t.ok(dataCount(pipe) > 13, 'blocks were sent again')
  }
})

t.test('B.4 #9 two servers: the second is told off, the first goes on', async t => {
  const content = numbered(512 * 8)
  for (const strangers of ['error', 'ignore'] as const) {
    const pipe = new Pipe(1)
    const events: TftpEvent[] = []
    const outcomes: ReceiverEvent[] = []
    for (const address of ['10.0.0.1', '10.0.0.3'])
      pipe.run(
        address,
        new TftpService({ files: memoryImages({ a: content }), broadcast: 'answer' }),
        event => events.push(event),
      )
    const options = {
      server: SERVER,
      file: 'a',
      options: terms(1024, 1),
      waits: WAITS,
      sourceCheck: 'none',
      strangers,
    } as const
    pipe.run('10.0.0.2', new TftpReceiver(options), event => outcomes.push(event))
    const request = pipe.passed[0]!
    pipe.send(request.from, { ip: ip('10.0.0.3'), port: 69 }, request.payload)
    pipe.drive()
    t.match(outcomes, [{ type: 'done', bytes: content, from: { ip: SERVER.ip } }])
    const text = strangers === 'error' ? '5: unknown transfer' : 'port closed'
    t.match(
      events.filter(event => event.type === 'aborted-after-size-query'),
      [{ text }],
    )
  }
})

t.test('the network dies: both ends say so, and nothing is left', async t => {
  const content = numbered(512 * 100)
  const weather: Weather = ({ index }) => (index > 41 ? [] : [100])
  const { outcomes, events, machine, pipe } = transfer({ content, options: terms(512, 4), weather })
  t.match(outcomes, [{ type: 'failed', cause: 'timeout', answered: true }])
  t.match(events.at(-1), { type: 'failed', reason: 'timeout' })
  t.equal(machine.transfers, 0)
  t.equal(pipe.openSockets, 1)
})

t.test('every transfer ends, with the right content or a true failure', async t => {
  const counts = { done: 0, failed: 0 }
  const wrong: string[] = []
  const draw = random('pair')
  for (let seed = 0; seed < TRIALS; seed++) {
    const blockSize = [8, 64, 512, 1468][draw.below(4)]!
    const windowSize = [1, 2, 4, 16, 64][draw.below(5)]!
    const content = numbered(draw.below(blockSize * 80))
    const weather = storm(
      [0, 0.01, 0.05, 0.3][draw.below(4)]!,
      [0, 0.05, 0.5][draw.below(3)]!,
      [0, 0.1, 0.5][draw.below(3)]!,
    )
    const { outcomes, machine, pipe, events } = transfer({
      seed,
      weather,
      content,
      options: terms(blockSize, windowSize),
    })
    const [outcome] = outcomes
    const name = `seed ${seed}: ${content.length} bytes in ${blockSize} x ${windowSize}`
    if (!outcome || outcomes.length !== 1) wrong.push(`${name}: ${outcomes.length} outcomes`)
    else if (outcome.type === 'done' && !equalBytes(outcome.bytes, content))
      wrong.push(`${name}: wrong content`)
    else counts[outcome.type]++
    if (machine.transfers > 0 || pipe.openSockets !== 1) wrong.push(`${name}: something is left`)
    const completed = events.filter(event => event.type === 'completed').length
    if (completed > 0 && outcome?.type !== 'done') wrong.push(`${name}: completed, but not received`)
  }
  t.same(wrong, [])
  // Before a client has answered once, the sender is not patient: nobody may be there.
  t.ok(counts.done > TRIALS * 0.92, `${counts.done} done, ${counts.failed} failed`)
  t.comment(`${counts.done} done, ${counts.failed} failed`)
})

t.test('the same seed gives the same packets', async t => {
  const run = () =>
    transfer({ seed: 9, weather: storm(0.1, 0.1, 0.3), content: numbered(30_000), options: terms(512, 8) })
      .pipe.passed
  t.same(run(), run())
})
