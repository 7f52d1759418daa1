/**
 * TCP on virtual hosts: what is sent arrives whole and in order over bad links, and ends are told as they are.
 */
import t from 'tap'
import { parseIp4, parseMac } from '../../src/core/address.ts'
import { SECOND } from '../../src/core/micros.ts'
import { random } from '../../src/core/random.ts'
import { noTrace } from '../../src/core/trace.ts'
import type { TcpPort } from '../../src/network/port.ts'
import { IDEAL_LINK, type LinkRules } from '../../src/network/virtual/link.ts'
import { VirtualNetwork } from '../../src/network/virtual/network.ts'
import type { TcpEvent } from '../../src/protocol/tcp/connection.ts'
import { byEffort } from '../effort.ts'

const SERVER = parseIp4('10.0.0.1')!
const PORT = 80

const pair = (rules: LinkRules = IDEAL_LINK, seed = 1) => {
  const network = new VirtualNetwork(random(seed), noTrace)
  const segment = network.addSegment('lan', rules)
  const host = (n: number) =>
    network.addHost(`h${n}`, [
      {
        segment,
        mac: parseMac(`02:00:00:00:00:0${n}`)!,
        address: { ip: parseIp4(`10.0.0.${n}`)!, prefixLength: 24 },
      },
    ])
  return { network, segment, server: host(1), client: host(2) }
}

class Recorder implements TcpPort {
  readonly events: TcpEvent[] = []
  readonly #then: (event: TcpEvent) => void

  constructor(then: (event: TcpEvent) => void = () => {}) {
    this.#then = then
  }

  onEvent(event: TcpEvent): void {
    this.events.push(event)
    this.#then(event)
  }

  get kinds(): string[] {
    return this.events.map(event => (event.kind === 'closed' ? `closed: ${event.cause}` : event.kind))
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.events.flatMap(event => (event.kind === 'data' ? [event.bytes] : [])))
  }
}

const pattern = (size: number): Uint8Array => new Uint8Array(size).map((_, at) => (at * 31 + (at >> 8)) & 255)

/** The client sends 20 bytes, the server answers with `file` and ends; both sides' records. */
const exchange = (rules: LinkRules, seed: number, file: Uint8Array) => {
  const { network, server, client } = pair(rules, seed)
  let atServer: Recorder | undefined
  server.listenTcp(PORT, stream => {
    atServer = new Recorder(event => {
      if (event.kind !== 'data') return
      stream.send(file)
      stream.end()
    })
    return atServer
  })
  const request = pattern(20)
  const atClient: Recorder = new Recorder(event => {
    if (event.kind === 'connected') stream!.send(request)
    else if (event.kind === 'ended') stream!.end()
  })
  const stream = client.connectTcp({ ip: SERVER, port: PORT }, atClient)
  network.run(600 * SECOND)
  return { atClient, atServer: atServer!, request }
}

t.test('a request, an answer, an orderly end', async t => {
  const file = pattern(100_000)
  const { atClient, atServer, request } = exchange(IDEAL_LINK, 1, file)
  t.ok(Buffer.from(atClient.bytes).equals(file))
  t.ok(Buffer.from(atServer.bytes).equals(request))
  t.match(atClient.kinds[0], 'connected')
  t.strictSame([atClient.kinds.at(-2), atClient.kinds.at(-1)], ['ended', 'closed: done'])
  t.strictSame([atServer.kinds.at(-2), atServer.kinds.at(-1)], ['ended', 'closed: done'])
})

t.test('5 % loss, duplicates and disorder lose nothing', async t => {
  const rules = { ...IDEAL_LINK, delay: 500, jitter: 900, loss: 0.05, duplicate: 0.05, reorder: 0.05 }
  const file = pattern(60_000)
  for (let seed = 1; seed <= byEffort({ quick: 20, thorough: 200, night: 5_000 }); seed++) {
    const { atClient, atServer, request } = exchange(rules, seed, file)
    const isWhole = Buffer.from(atClient.bytes).equals(file) && Buffer.from(atServer.bytes).equals(request)
    if (!isWhole)
      t.fail(`seed ${seed}: ${atClient.bytes.length} of ${file.length} bytes, ${atClient.kinds.at(-1)}`)
    // Who ends first waits out what the last ACK may have lost; the other may lose the last word (RFC 9293 §3.6).
    if (atClient.kinds.at(-1) !== 'closed: done') t.fail(`seed ${seed}: ${atClient.kinds.at(-1)}`)
  }
  t.pass()
})

t.test('nobody listens: refused at once', async t => {
  const { network, client } = pair()
  const seen = new Recorder()
  client.connectTcp({ ip: SERVER, port: 81 }, seen)
  network.run(SECOND)
  t.strictSame(seen.kinds, ['closed: refused'])
})

t.test('nobody answers: SYNs at 0, 1, 3, 7, 15, 31 s, then a timeout', async t => {
  const { network, segment, client, server } = pair()
  server.listenTcp(PORT, () => new Recorder())
  const seen = new Recorder()
  client.connectTcp({ ip: SERVER, port: PORT }, seen)
  network.run(SECOND / 2)
  t.strictSame(seen.kinds, ['connected'])

  const silent = new Recorder()
  const sent: number[] = []
  segment.tap((at, frame) => void (frame.packet.kind === 'ip4' && sent.push(at)))
  segment.rules = { ...IDEAL_LINK, loss: 1 }
  client.connectTcp({ ip: SERVER, port: PORT }, silent)
  network.run(200 * SECOND)
  t.strictSame(silent.kinds, ['closed: timeout'])
  t.strictSame(
    sent.map(at => Math.floor(at / SECOND)),
    [0, 1, 3, 7, 15, 31],
  )
})

t.test('a reset ends both sides, and the power going ends one', async t => {
  const { network, server, client } = pair()
  const atServer = new Recorder()
  server.listenTcp(PORT, () => atServer)
  const atClient = new Recorder()
  const stream = client.connectTcp({ ip: SERVER, port: PORT }, atClient)!
  network.run(SECOND)
  stream.reset()
  network.run(2 * SECOND)
  t.strictSame(atClient.kinds, ['connected', 'closed: aborted'])
  t.strictSame(atServer.kinds, ['connected', 'closed: reset'])
})
