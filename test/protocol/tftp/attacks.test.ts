/** Peers that mean harm, in virtual time: nobody is kept out, and nobody is flooded in our name. */
import t from 'tap'
import type { Endpoint } from '../../../src/core/address.ts'
import type { Action } from '../../../src/core/state-machine.ts'
import { type Micros, MILLISECOND, SECOND } from '../../../src/core/micros.ts'
import { memoryImages } from '../../../src/nbs/images.ts'
import type { TftpFile } from '../../../src/protocol/tftp/files.ts'
import { type TftpEvent, TftpService, type TftpServiceOptions } from '../../../src/protocol/tftp/service.ts'
import { MAX_UNPROVEN_BYTES } from '../../../src/protocol/tftp/sender.ts'
import { decodeTftp, encodeAck, encodeTftp } from '../../../src/wire/tftp/codec.ts'
import type { TftpOptions, TftpPacket } from '../../../src/wire/tftp/packet.ts'
import { ip } from './pipe.ts'

const SERVER = { ip: ip('10.0.0.1'), port: 69 }
const BIG = 'big.bin'
const files = memoryImages({ [BIG]: new Uint8Array(6_000_000), 'small.efi': new Uint8Array(1_000) })
const HEADERS = 28

const rrq = (options: TftpOptions = [], file = BIG) =>
  encodeTftp({ kind: 'rrq', file, mode: 'octet', options })
const peer = (n: number, port = 2_070): Endpoint => ({
  ip: ip(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`),
  port,
})

interface Got {
  readonly via: string
  readonly packet: TftpPacket | undefined
  /** With IP and UDP headers. */
  readonly bytes: number
}

const lab = (options: Partial<TftpServiceOptions> = {}) => {
  const service = new TftpService({ files, ...options })
  const events: TftpEvent[] = []
  const got = (actions: readonly Action<string, TftpEvent>[]): Got[] =>
    actions.flatMap(action => {
      if (action.type === 'event') events.push(action.event)
      if (action.type !== 'send') return []
      const read = decodeTftp(action.payload)
      return [
        { via: action.via, packet: read.ok ? read.value : undefined, bytes: action.payload.length + HEADERS },
      ]
    })
  got(service.start(0))
  const datagram = (source: Endpoint, payload: Uint8Array) => ({
    iface: 'lan',
    source,
    target: SERVER,
    payload,
  })
  return {
    service,
    events,
    ask: (now: Micros, from: Endpoint, payload = rrq()) =>
      got(service.receive(now, 'requests', datagram(from, payload))),
    say: (now: Micros, via: string, from: Endpoint, payload: Uint8Array) =>
      got(service.receive(now, via, datagram(from, payload))),
    wake: (now: Micros) =>
      service.wakeAt !== undefined && service.wakeAt <= now ? got(service.wake(now)) : [],
    lost: (now: Micros, via: string) => got(service.lost(now, via, 'no descriptor: 64 files')),
  }
}
const bytesOf = (sent: readonly Got[]): number => sent.reduce((sum, { bytes }) => sum + bytes, 0)
const kinds = (sent: readonly Got[]) => sent.map(({ packet }) => packet?.kind)

t.test('half-open requests, 100 a second for five minutes: whoever answers is served at once', async t => {
  const { ask, say, wake, service, events } = lab()
  let refused = 0
  let most = 0
  for (let n = 0; n < 30_000; n++) {
    const now = n * 10 * MILLISECOND
    wake(now)
    ask(now, peer(n), rrq([['blksize', '8'], ['timeout', '255']])) // prettier-ignore
    most = Math.max(most, service.transfers)
    if (n % 100 !== 0) continue
    const honest = peer(0xff0000, 3_000 + n / 100)
    const [oack] = ask(now, honest, rrq([['blksize', '1468']]))
    wake(now + MILLISECOND)
    const [data] = say(now + MILLISECOND, oack!.via, honest, encodeAck(0))
    if (oack?.packet?.kind !== 'oack' || data?.packet?.kind !== 'data') refused++
    say(now + MILLISECOND, oack!.via, honest, encodeTftp({ kind: 'error', code: 0, message: '' }))
  }
  t.equal(refused, 0)
  t.ok(most <= 1_010, `${most} at once: ten seconds of them`)
  t.equal(events.filter(({ type }) => type === 'refused').length, 0)
})

t.test('a flood of requests: those without an answer make room for each other, the others stay', async t => {
  const { ask, say, service, events } = lab()
  const honest = peer(1)
  const [first] = ask(0, honest)
  say(MILLISECOND, first!.via, honest, encodeAck(1))
  for (let n = 2; n < 20_000; n++) ask(2 * MILLISECOND + n, peer(n))
  t.ok(service.transfers <= 4_096)
  t.same(kinds(say(SECOND, first!.via, honest, encodeAck(2))), ['data'], 'whoever answered goes on')
  t.ok(events.some(event => event.type === 'failed' && event.reason === 'evicted'))
})

t.test('a full table: the longest silence makes room, and is told; a busy one refuses', async t => {
  const { ask, say, service, events } = lab({ maxTransfers: 20 })
  const vias = Array.from({ length: 20 }, (_, n) => {
    const [data] = ask(n, peer(n))
    say(n * 100 * MILLISECOND, data!.via, peer(n), encodeAck(1))
    return data!.via
  })
  const busy = ask(1_950 * MILLISECOND, peer(100))
  t.equal(busy[0]?.packet?.kind, 'error', 'the one of longest silence is told')
  t.equal(busy[0]?.via, vias[0])
  t.match(
    events.filter(event => event.type === 'failed'),
    [{ client: peer(0), reason: 'evicted' }],
  )
  t.same(kinds(busy.slice(1)), ['data'])
  for (let n = 1; n < 20; n++) say(2 * SECOND, vias[n]!, peer(n), encodeAck(2))
  say(2 * SECOND, busy[1]!.via, peer(100), encodeAck(1))
  t.match(ask(2 * SECOND, peer(101))[0]?.packet, {
    kind: 'error',
    message: /too many transfers on this server/,
  })
  t.equal(service.transfers, 20)
})

t.test('slow ACKs keep no place that somebody else needs', async t => {
  const { ask, say, wake, service } = lab({ maxTransfers: 64 })
  const vias = Array.from({ length: 64 }, (_, n) => {
    const [oack] = ask(n, peer(n), rrq([['blksize', '8'], ['timeout', '255']])) // prettier-ignore
    say(n, oack!.via, peer(n), encodeAck(0))
    return oack!.via
  })
  t.equal(service.transfers, 64)
  for (let tick = 1; tick < 80; tick++) {
    const now = (tick * SECOND) / 4
    wake(now)
    for (const [n, via] of vias.entries()) say(now, via, peer(n), encodeAck(tick))
    if (now < 11 * SECOND) continue
    const newcomer = ask(now, peer(1_000 + tick))
    t.same(kinds(newcomer.slice(-1)), ['data'], `four ACKs a second, ${now / SECOND} s`)
    say(now, newcomer.at(-1)!.via, peer(1_000 + tick), encodeTftp({ kind: 'error', code: 0, message: '' }))
  }
})

t.test('size queries that never end make room for their client’s next request', async t => {
  for (const maxTransfersPerClient of [8, 256]) {
    const { ask, say, events } = lab({ maxTransfersPerClient })
    const [real] = ask(0, peer(1, 1_000))
    say(MILLISECOND, real!.via, peer(1, 1_000), encodeAck(1))
    for (let n = 0; n < 300; n++)
      t.same(kinds(ask(n * 30 * MILLISECOND, peer(1, 2_000 + n), rrq([['tsize', '0']]))), ['oack'])
    t.same(kinds(say(10 * SECOND, real!.via, peer(1, 1_000), encodeAck(2))), ['data'], 'its transfer goes on')
    t.equal(events.filter(({ type }) => type === 'failed' || type === 'refused').length, 0)
    t.ok(events.some(({ type }) => type === 'aborted-after-size-query'))
  }
})

t.test('requests for what is not there push nobody out', async t => {
  const { ask, service } = lab({ maxTransfersPerClient: 2 })
  for (let n = 0; n < 2; n++) ask(0, peer(1, n + 1))
  for (let n = 0; n < 10; n++) ask(1, peer(1, 100 + n), rrq([], 'none'))
  t.equal(service.transfers, 2)
})

t.test('B.4 #21 guessed ACKs: at most three times what it takes to guess a port', async t => {
  /** One ACK to each port that the system may have chosen. */
  const sweep = 28_232 * 46
  for (const [blockSize, windowSize] of [
    [65_464, 64],
    [1_468, 65_535],
    [8, 64],
  ] as const)
    // prettier-ignore
    for (const sweeps of [1, 2, 5]) {
      const { ask, say, wake, service } = lab({ maxWindowSize: 65_535 })
      const request = rrq([['blksize', String(blockSize)], ['windowsize', String(windowSize)], ['timeout', '1']]) // prettier-ignore
      let received = bytesOf(ask(0, peer(1), request))
      let acknowledged = 0
      for (let n = 0; n < sweeps; n++) {
        const sent = say(n, 't1', peer(1), encodeAck(acknowledged & 0xffff))
        received += bytesOf(sent)
        // As if it knew how far it is.
        for (const { packet } of sent)
          if (packet?.kind === 'data' && packet.block === ((acknowledged + 1) & 0xffff)) acknowledged++
        if (n === 0) t.ok(bytesOf(sent) < MAX_UNPROVEN_BYTES * 1.6 + 70_000, `first window ${bytesOf(sent)}`)
      }
      for (let now = 0; now < 300 * SECOND; now += SECOND / 2) received += bytesOf(wake(now))
      t.equal(service.transfers, 0)
      const factor = received / (request.length + HEADERS + sweeps * sweep)
      t.ok(factor <= 3, `${sweeps} sweeps, blocks of ${blockSize}: ${factor.toFixed(2)}`)
    }
})

t.test('a request in somebody’s name: no more than dnsmasq sends', async t => {
  const byDnsmasq: readonly (readonly [TftpOptions, number])[] = [
    [[], 3_808],
    [[['blksize', '65464']], 301],
    [[['windowsize', '64']], 3_808],
    [[['tsize', '0'], ['timeout', '1']], 294],
  ] // prettier-ignore
  for (const [options, most] of byDnsmasq) {
    const { ask, wake } = lab()
    let sent = bytesOf(ask(0, peer(1), rrq(options)))
    for (let now = 0; now < 300 * SECOND; now += SECOND / 4) sent += bytesOf(wake(now))
    t.ok(sent <= most, `${JSON.stringify(options)}: ${sent} bytes, dnsmasq ${most}`)
  }
})

t.test(
  'after silence one block is sent again, and the window once the client says how far it is',
  async t => {
    const { ask, say, wake } = lab()
    const [oack] = ask(0, peer(1), rrq([['blksize', '1000'], ['windowsize', '8']])) // prettier-ignore
    const { via } = oack!
    const blocks = (sent: readonly Got[]) =>
      sent.map(({ packet }) => (packet?.kind === 'data' ? packet.block : 0))
    t.same(blocks(say(1, via, peer(1), encodeAck(0))), [1, 2, 3, 4, 5, 6, 7, 8])
    t.same(blocks(say(1_001, via, peer(1), encodeAck(8))), [9, 10, 11, 12, 13, 14, 15, 16])
    t.same(blocks(wake(SECOND)), [16])
    t.same(blocks(say(SECOND + 1, via, peer(1), encodeAck(8))), [], 'nothing of it came: not doubled')
    t.same(blocks(wake(SECOND + 30 * MILLISECOND)), [9, 10, 11, 12, 13, 14, 15, 16])
    t.same(blocks(wake(2 * SECOND)), [16])
    t.same(blocks(say(2 * SECOND + 1, via, peer(1), encodeAck(14))), [15, 16, 17, 18, 19, 20, 21, 22])
  },
)

t.test('a first window of less than was agreed on ends with a gap, which makes the client speak', async t => {
  const { ask, say } = lab()
  const [oack] = ask(0, peer(1), rrq([['blksize', '8192'], ['windowsize', '64']])) // prettier-ignore
  const { via } = oack!
  const blocks = (sent: readonly Got[]) =>
    sent.map(({ packet }) => (packet?.kind === 'data' ? packet.block : 0))
  t.same(blocks(say(1, via, peer(1), encodeAck(0))), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14])
  t.equal(say(2, via, peer(1), encodeAck(12)).length, 64, 'then all')
})

t.test('no socket for a transfer: an ERROR from the port that is there', async t => {
  const { ask, lost, service, events } = lab()
  const [data] = ask(0, peer(1))
  t.match(lost(1, data!.via), [{ via: 'requests', packet: { kind: 'error', code: 0 } }])
  t.equal(service.transfers, 0)
  t.match(events.at(-1), { type: 'failed', reason: 'no-socket', text: /64 files/ })
  const [refusal] = ask(2, peer(1), rrq([], 'none'))
  t.match(lost(3, refusal!.via), [{ via: 'requests', packet: { kind: 'error', code: 1 } }], 'so are refusals')
  t.match(ask(4, peer(1), rrq([], 'none')), [{ via: 'requests' }])
  t.same(lost(5, 'nobody'), [])
})

/** A file on a disk that answers when it is told to. */
const slowFile = (size: number) => {
  let version = 'v1'
  let isShort = false
  const waiting: (() => void)[] = []
  const file: TftpFile = {
    name: 'slow',
    size,
    read: () => new Uint8Array(0),
    load: (offset, into, done) =>
      waiting.push(() => done(isShort ? 0 : Math.min(into.length, size - offset), version)),
  }
  return {
    file,
    answer: () => {
      for (const tell of waiting.splice(0)) tell()
    },
    change: () => (version = 'v2'),
    cut: () => (isShort = true),
  }
}

const slowLab = (size: number) => {
  const disk = slowFile(size)
  const out: Action<string, TftpEvent>[] = []
  let now: Micros = 0
  const store = { open: (name: string) => (name === 'slow' ? disk.file : files.open(name)) }
  const made = lab({ files: store, later: act => out.push(...act(now)) })
  const came = () =>
    out.splice(0).flatMap(action => {
      if (action.type === 'event') made.events.push(action.event)
      const read = action.type === 'send' ? decodeTftp(action.payload) : undefined
      return read?.ok ? [read.value] : []
    })
  return { ...made, ...disk, came, at: (time: Micros) => (now = time) }
}

t.test(
  'a disk that takes its time stalls its own transfer only, and the silence is not the client’s',
  async t => {
    const { ask, say, wake, answer, came, at, events } = slowLab(60_000)
    t.same(ask(0, peer(1), rrq([], 'slow')), [], 'the version is asked for')
    t.same(kinds(ask(0, peer(2))), ['data'], 'others go on')
    answer()
    t.same(came(), [], 'the first group is asked for')
    at(2 * SECOND)
    t.same(
      wake(2 * SECOND).filter(({ via }) => via === 't1'),
      [],
      'there is nothing to send again',
    )
    answer()
    t.match(came(), [{ kind: 'data', block: 1 }])
    for (let block = 1; block < 40; block++) {
      t.match(say(2 * SECOND + block, 't1', peer(1), encodeAck(block)).concat(), block % 16 === 0 ? /.*/ : [{ packet: { block: block + 1 } }]) // prettier-ignore
      answer()
      came()
    }
    t.equal(events.filter(event => event.client.ip === peer(1).ip && event.type === 'failed').length, 0)
    const hung = slowLab(60_000)
    hung.ask(0, peer(1), rrq([], 'slow'))
    t.match(hung.wake(10 * SECOND), [{ packet: { kind: 'error', message: 'file can no longer be read' } }])
  },
)

t.test('a file that changes while it is sent ends in an ERROR, whatever its new size', async t => {
  for (const what of ['change', 'cut'] as const) {
    const slow = slowLab(600_000)
    slow.ask(0, peer(1), rrq([], 'slow'))
    slow.answer()
    slow.answer()
    t.match(slow.came(), [{ kind: 'data', block: 1 }])
    slow[what]()
    let last: unknown
    for (let block = 1; block < 100 && slow.service.transfers > 0; block++) {
      slow.say(block, 't1', peer(1), encodeAck(block))
      slow.answer()
      last = slow.came().at(-1) ?? last
    }
    t.match(last, { kind: 'error', code: 0, message: 'file can no longer be read' }, what)
    t.match(slow.events.at(-1), { type: 'failed', reason: 'unreadable' })
  }
  let version = 1
  const file: TftpFile = {
    name: 'x',
    size: 60_000,
    version: () => version,
    read: (_, length) => new Uint8Array(length),
  }
  const { ask, say } = lab({ files: { open: () => file } })
  ask(0, peer(1))
  version = 2
  let end: readonly Got[] = []
  for (let block = 1; block < 100 && end[0]?.packet?.kind !== 'error'; block++) end = say(block, 't1', peer(1), encodeAck(block)) // prettier-ignore
  t.match(end, [{ packet: { kind: 'error' } }], 'also without a loader')
})
