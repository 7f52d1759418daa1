/**
 * Servers that are functions: what they hear, where their replies go, and what they may not do.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import t from 'tap'
import { type ScenarioObject, InvalidScenarioError, run, sweep } from '../../src/index.ts'
import {
  type DhcpMessage,
  type Ip4,
  OPTION,
  bootReply,
  bootRequest,
  chaddrOf,
  decodeDhcp,
  encodeDhcp,
  formatIp4,
  ip4Option,
  messageTypeOption,
  parseMac,
  textOption,
} from '../../src/protocol.ts'
import {
  type RespondFunction,
  type RespondOptions,
  type ResponderPacket,
  always,
  assert,
  lab,
  listen,
  respond,
} from '../../src/testing.ts'

/** An office with a DHCP server, and a server that is a function. */
const office = (answer: RespondFunction, options: RespondOptions = {}): ScenarioObject => ({
  title: 'A function answers',
  subnets: { office: { cidr: '10.20.1.0/24' } },
  servers: {
    dhcp: { kind: 'dhcp', on: 'office', address: '10.20.1.2', pool: '10.20.1.100-10.20.1.254' },
    rogue: respond(answer, options),
  },
  clients: { pc: { count: 2, on: 'office', firmware: 'ipxe', arch: 'x86-bios' } },
})

/** A proxy offer (PXE 2.1) of a file on the same host. */
const proxyOffer = (request: DhcpMessage, address: Ip4, file: string): DhcpMessage =>
  bootReply(request, {
    siaddr: address,
    file,
    options: [
      messageTypeOption('offer'),
      ip4Option(OPTION.serverIdentifier, address),
      textOption(OPTION.classIdentifier, 'PXEClient'),
    ],
  })

const offersFile: RespondFunction = ({ type, dhcp }, { address }) =>
  type === 'DISCOVER' && dhcp ? proxyOffer(dhcp, address, 'evil.0') : undefined

t.test('machines boot from a function, with the files that it serves', async t => {
  const net = await lab(t, office(offersFile, { files: { 'evil.0': 2000 } }))
  await net.boot('pc')
  assert.bootedFrom(net, 'pc', 'rogue')
  assert.file(net, 'pc', 'evil.0')
  t.match(net.packets({ from: 'rogue', type: 'OFFER' })[0], { to: 'everyone', client: 'pc-1' })
  net.stop('rogue.function')
  await net.boot('pc-1')
  assert.outcome(net, 'pc-1', 'failed')
})

t.test('a place that is not said is the last one that is free', async t => {
  const addresses: string[] = []
  await run(
    office((_, { address, name }) => {
      t.equal(name, 'rogue')
      addresses.push(formatIp4(address))
    }),
  )
  t.strictSame([...new Set(addresses)], ['10.20.1.99'], 'below the pool')
  const { servers } = office(offersFile)
  const nowhere = {
    ...office(offersFile),
    subnets: { a: { cidr: '10.20.1.0/24' }, b: { cidr: '10.20.2.0/24' } },
  }
  await t.rejects(run({ ...nowhere, servers: { rogue: servers!['rogue']! }, clients: {} }), {
    message: /^scenario: servers\.rogue\.on: missing; expected text$/m,
  })
})

t.test('it sees the packet as it is, and the time', async t => {
  const seen: (readonly [ResponderPacket, number])[] = []
  await run(
    office((packet, { seconds }) => void seen.push([packet, seconds])),
    { set: { 'clients.pc.count': 1 } },
  )
  const [[packet, seconds] = []] = seen
  t.match(packet, { protocol: 'DHCP', type: 'DISCOVER', target: { port: 67 }, dhcp: { op: 1 } })
  t.ok(seconds! > 0)
})

t.test('replies may wait, go elsewhere, and leave from a fresh port', async t => {
  const acks: number[] = []
  /** A TFTP server of one block. */
  const tftp: RespondFunction = ({ tftp: packet, source, target }) => {
    if (packet?.kind === 'rrq')
      return {
        message: { kind: 'data', block: 1, bytes: new Uint8Array(100).fill(7) },
        from: 'fresh',
        after: '3ms',
      }
    if (packet?.kind === 'ack') acks.push(source.port, target.port)
    return undefined
  }
  const scenario = office(
    ({ ...packet }, context) => {
      if (packet.protocol === 'TFTP') return tftp(packet, context)
      return packet.type === 'DISCOVER'
        ? [{ message: proxyOffer(packet.dhcp!, context.address, 'one'), after: '2ms' }]
        : []
    },
    { ports: [67, 69] },
  )
  const result = await run(scenario, { set: { 'clients.pc.count': 1, 'clients.pc.firmware': 'ipxe' } })
  t.match(result.client('pc-1'), { outcome: 'booted', file: 'one', bytes: 100 })
  t.equal(acks.length, 2)
  t.not(acks[1], 69)
  const [discover] = result.packets({ type: 'DISCOVER' })
  const [offer] = result.packets({ from: 'rogue', type: 'OFFER' })
  t.ok(offer!.seconds - discover!.seconds >= 0.002)
})

t.test('what it remembers is of one run, and what it draws of the seed', async t => {
  const drawn: number[] = []
  const scenario = office(({ type }, { memory, random }) => {
    if (type !== 'DISCOVER') return
    t.equal(memory.size, 0)
    memory.set('seen', true)
    drawn.push(random())
  })
  const options = { set: { 'clients.pc.count': 1, limit: '1s' } }
  for (const seed of [1, 1, 2]) await run(scenario, { ...options, seed })
  t.equal(drawn[0], drawn[1])
  t.not(drawn[0], drawn[2])
})

t.test('delays of the server are drawn, and a fault changes them', async t => {
  const net = await lab(t, office(offersFile, { responseDelay: '1ms..2ms', files: { 'evil.0': 100 } }))
  await net.boot('pc-1')
  net.fault({ set: { target: 'rogue', responseDelay: '300ms' } })
  await net.boot('pc-1')
  const waits = net.packets({ from: 'rogue', type: 'OFFER' }).map(({ seconds }) => {
    const asked = net.packets({ type: 'DISCOVER' }).findLast(discover => discover.seconds < seconds)!
    return seconds - asked.seconds
  })
  t.ok(waits[0]! >= 0.001 && waits[0]! < 0.003, `${waits[0]}`)
  t.ok(waits.at(-1)! >= 0.3, `${waits.at(-1)}`)
})

t.test('what a function throws is thrown on', t =>
  t.rejects(
    run(
      office(() => {
        throw new Error('a mistake of the test')
      }),
    ),
    { message: 'a mistake of the test' },
  ),
)

t.test('it is checked over many seeds, and never made into a file', async t => {
  const racing = office(offersFile, { responseDelay: '0ms..5ms', files: { 'evil.0': 100 } })
  await always(racing, { seeds: 3 }, result => assert.bootedFrom(result, 'pc', 'rogue'))
  const left = t.testdir({})
  await t.rejects(
    always(racing, { seeds: 3, failures: left }, result => assert.outcome(result, 'pc', 'failed')),
    { message: /Again: in a test, \{ seeds: '1\.\.1' \}\nLeft: \S+report\.html, \S+capture\.pcapng$/ },
  )
  await t.rejects(sweep(racing, { seeds: 3 }), { message: /a function cannot be given to other threads/ })
})

t.test('a file cannot say it, and an object must say it right', async t => {
  const file = t.testdir({
    'x.yaml': 'title: x\nsubnets: { a: { cidr: 10.1.1.0/24 } }\nservers: { x: { kind: function } }\n',
  })
  await t.rejects(run(`${file}/x.yaml`), {
    message: /"function" is not allowed here; use one of dhcp, nbs, foreign/,
  })
  const wrong = { ...office(offersFile), title: () => 'x' } as unknown as ScenarioObject
  await t.rejects(run(wrong), InvalidScenarioError)
  const missing = office('no function' as unknown as RespondFunction)
  await t.rejects(run(missing), {
    message: 'scenario: servers.rogue.respond: expected a function of a packet, got the text "no function"',
  })
})

t.test('the same function answers on real sockets', async t => {
  const server = respond(offersFile, { ports: [67, 6900], files: { 'evil.0': 'boot' } })
  const closing: (() => unknown)[] = []
  // A port that nobody else on this computer has, for this test alone.
  const portOffset = 4_000 + (process.pid % 12_000)
  const context = { after: (close: () => unknown) => closing.push(close) }
  const rogue = await listen(context, server, { portOffset })
  t.strictSame([rogue.address, rogue.port(67)], ['127.0.0.1', portOffset + 67])
  const client = createSocket('udp4')
  const heard = once(client, 'message')
  client.bind(rogue.port(68), '127.0.0.1')
  await once(client, 'listening')
  const discover = bootRequest({
    xid: 1,
    chaddr: chaddrOf(parseMac('02:00:00:00:00:01')!),
    options: [messageTypeOption('discover')],
  })
  client.send(encodeDhcp(discover), rogue.port(67), rogue.address)
  const [bytes] = (await heard) as [Buffer]
  client.close()
  const offer = decodeDhcp(bytes)
  t.match(offer, { ok: true, value: { file: 'evil.0', xid: 1 } })
  await closing[0]!()
  await t.rejects(listen(null, server, { address: '192.0.2.1' }), {
    message: /is no address of this computer/,
  })
  await t.rejects(listen(null, respond(7 as unknown as RespondFunction)), TypeError)
})
