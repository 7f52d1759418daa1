/** The npm package `dhcp` as an engine: its private names, real ROMs' requests, what is kept from it, repeatability. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import t from 'tap'
import { LIMITED_BROADCAST, formatIp4, parseCidr, parseIp4, toMac } from '../../src/core/address.ts'
import { inWords } from '../../src/core/wording.ts'
import type { Ip4, Mac } from '../../src/core/address.ts'
import { fromHex, latin1Bytes, toHex } from '../../src/core/bytes.ts'
import type { Datagram } from '../../src/core/state-machine.ts'
import { SECOND } from '../../src/core/micros.ts'
import { NpmDhcpServer } from '../../src/peers/npm-dhcp.ts'
import type { DhcpServerOptions } from '../../src/protocol/dhcp/server-options.ts'
import { decodeDhcp, encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import type { DhcpMessage, DhcpOption } from '../../src/wire/dhcp/message.ts'
import * as options from '../../src/wire/dhcp/options.ts'
import { OPTION } from '../../src/wire/dhcp/options.ts'
import * as client from '../../src/wire/pxe/client.ts'

const require = createRequire(import.meta.url)
const ip = (text: string): Ip4 => parseIp4(text)!
const SERVER = ip('10.20.1.2')
const MAC = toMac(0x005056000001)

const setup: DhcpServerOptions = {
  addresses: new Map([['eth0', SERVER]]),
  subnets: [
    {
      cidr: parseCidr('10.20.1.0/24')!,
      pool: [{ first: ip('10.20.1.100'), last: ip('10.20.1.101') }],
      router: ip('10.20.1.1'),
    },
  ],
}

const send = (server: NpmDhcpServer, now: number, message: DhcpMessage, payload = encodeDhcp(message)) => {
  const received: Datagram = {
    iface: 'eth0',
    source: { ip: ip('0.0.0.0'), port: 68 },
    target: { ip: LIMITED_BROADCAST, port: 67 },
    payload,
  }
  const actions = server.receive(now, 'dhcp', received)
  const sent = actions.find(action => action.type === 'send')
  const told = actions.find(action => action.type === 'event')
  const result = sent && decodeDhcp(sent.payload)
  return { sent, event: told?.event, reply: result?.ok ? result.value : undefined }
}

/** E-2 to E-5: what EDK2 sends. */
const edk2 = (mac: Mac = MAC, extra: readonly DhcpOption[] = []) =>
  options.bootRequest({
    xid: 0xfedcba98,
    flags: 0x8000,
    chaddr: options.chaddrOf(mac),
    options: [
      options.messageTypeOption('discover'),
      options.u16Option(OPTION.maximumMessageSize, 1472),
      options.bytesOption(
        OPTION.parameterRequestList,
        fromHex('010203040506 0c0d0f 1112 1617 1c 2829 2a2b 3233 36 3a3b3c 4243 61 8081828384858687'),
      ),
      client.clientMachineIdentifierOption(new Uint8Array(16).fill(0xab)),
      client.clientNetworkInterfaceOption(3, 0),
      client.architectureOption(7),
      options.textOption(OPTION.classIdentifier, client.pxeClassIdentifier(7, 3, 0)),
      ...extra,
    ],
  })

/** iPXE: a user class, its own encapsulated options, a binary client identifier (finding 9), and no broadcast flag. */
const ipxe = options.bootRequest({
  xid: 0x80000001,
  chaddr: options.chaddrOf(MAC),
  options: [
    options.messageTypeOption('discover'),
    options.u16Option(OPTION.maximumMessageSize, 1472),
    client.architectureOption(0),
    client.clientNetworkInterfaceOption(2, 1),
    options.textOption(OPTION.classIdentifier, client.pxeClassIdentifier(0, 2, 1)),
    options.textOption(OPTION.userClass, 'iPXE'),
    options.bytesOption(
      OPTION.parameterRequestList,
      fromHex('0103060711 0c0f 1a 2b 3c 4243 77 8081828384858687 af cb'),
    ),
    options.bytesOption(OPTION.ipxeEncapsulated, fromHex('b105018086100e 180101 eb03010000 17 01 01')),
    options.bytesOption(OPTION.clientIdentifier, fromHex('01 005056 0000f1')),
    client.clientMachineIdentifierOption(new Uint8Array(16)),
  ],
})

const selecting = (message: DhcpMessage, server: Ip4, address: Ip4): DhcpMessage => ({
  ...message,
  options: [
    options.messageTypeOption('request'),
    options.ip4Option(OPTION.serverIdentifier, server),
    options.ip4Option(OPTION.requestedIpAddress, address),
    ...message.options.slice(1),
  ],
})

t.test('contract: the version and the private names that the hosting stands on', async t => {
  const manifest = JSON.parse(readFileSync(require.resolve('dhcp/package.json'), 'utf8')) as {
    version: string
  }
  t.equal(manifest.version, '0.2.20')
  const server = (require('dhcp') as { createServer(config: object): Record<string, unknown> }).createServer(
    {},
  )
  const socket = server['_sock'] as { emit: unknown; send: unknown; listenerCount(event: string): number }
  t.equal(typeof server['_send'], 'function')
  t.equal(typeof server['_selectAddress'], 'function')
  t.same(server['_state'], {})
  t.equal(typeof socket.send, 'function')
  t.equal(socket.listenerCount('message'), 1)
})

for (const [name, discover, identifier] of [
  ['EDK2', edk2(), undefined],
  ['iPXE', ipxe, '010050560000f1'],
] as const)
  t.test(`${name} gets an offer and a lease (findings 1, 2, 9)`, async t => {
    const server = new NpmDhcpServer(setup)
    const offer = send(server, 0, discover)
    t.strictSame(offer.sent?.to, { ip: LIMITED_BROADCAST, port: 68, iface: 'eth0' })
    t.match(offer.reply, {
      op: 2,
      xid: discover.xid,
      flags: discover.flags,
      siaddr: SERVER,
      file: '',
      ended: true,
    })
    t.equal(options.messageType(offer.reply!), 'offer')
    t.equal(formatIp4(offer.reply!.yiaddr), '10.20.1.100')
    t.equal(options.clientMac(offer.reply!), MAC)
    t.equal(formatIp4(options.subnetMask(offer.reply!)!), '255.255.255.0')
    t.strictSame(options.routers(offer.reply!), [ip('10.20.1.1')])
    t.equal(options.serverIdentifier(offer.reply!), SERVER)
    t.equal(options.leaseTimeSeconds(offer.reply!), 86400)
    t.strictSame(
      decodeDhcp(offer.sent!.payload).issues.map(issue => issue.code),
      ['dhcp.message.short'],
      'finding 10, and nothing else',
    )
    const ack = send(server, SECOND, selecting(discover, SERVER, offer.reply!.yiaddr))
    t.equal(options.messageType(ack.reply!), 'ack')
    t.equal(formatIp4(ack.reply!.yiaddr), '10.20.1.100')
    t.match(ack.event, { kind: 'acknowledged', client: MAC, address: ip('10.20.1.100') })
    t.ok(identifier === undefined || toHex(options.first(discover, 61)!) === identifier)
  })

t.test('configured options, boot file and next server (finding 8)', async t => {
  const vendor = fromHex('060108ff')
  const server = new NpmDhcpServer({
    ...setup,
    bootFile: 'boot/x64.efi',
    nextServer: ip('10.20.1.9'),
    leaseSeconds: 600,
    options: new Map([
      [OPTION.classIdentifier, latin1Bytes('PXEClient')],
      [OPTION.vendorSpecific, vendor],
      [OPTION.tftpServerName, latin1Bytes('10.20.1.9')],
      [OPTION.bootFileName, latin1Bytes('a.efi')],
      [OPTION.domainNameServer, fromHex('0a140105 0a140106')],
    ]),
  })
  const { reply } = send(server, 0, edk2())
  t.match(reply, { file: 'boot/x64.efi', siaddr: ip('10.20.1.9') })
  t.equal(options.classIdentifier(reply!), 'PXEClient')
  t.strictSame(options.first(reply!, 43), vendor)
  t.equal(options.tftpServerName(reply!), '10.20.1.9')
  t.equal(options.bootFileName(reply!), 'a.efi')
  t.equal(toHex(options.first(reply!, 6)!), '0a1401050a140106')
  t.equal(options.leaseTimeSeconds(reply!), 600)
})

t.test('what is kept from it (findings 3 to 6)', async t => {
  const server = new NpmDhcpServer(setup)
  const ignored = (message: DhcpMessage) => {
    const { sent, event } = send(server, 0, message)
    t.equal(sent, undefined)
    return `${event?.kind}: ${inWords(event?.because ?? '')}`
  }
  const address = ip('10.20.1.100')
  t.equal(ignored(selecting(edk2(), ip('10.20.1.3'), address)), 'ignored: names another server, 10.20.1.3')
  t.equal(ignored({ ...edk2(), giaddr: ip('10.20.7.1') }), 'ignored: relayed: not known to npm dhcp (#6)')
  const inform = { ...edk2(), options: [options.messageTypeOption('inform')] }
  t.equal(ignored(inform), 'ignored: npm dhcp does not know inform (#5)')
  t.equal(
    ignored({
      ...selecting(edk2(), SERVER, address),
      ciaddr: ip('1.1.1.1'),
      options: [options.messageTypeOption('request')],
    }),
    'ignored: no record of this client',
  )
  const odd = send(server, 0, { ...edk2(toMac(0x0060080000aa)), hlen: 5 })
  t.match(odd.event, { kind: 'ignored', because: /Invalid hardware address/ })
  t.equal(send(server, 0, edk2(), new Uint8Array(3)).event, undefined)

  const pool = new NpmDhcpServer(setup)
  for (const last of [1, 2]) t.equal(send(pool, 0, edk2(toMac(0x0050560000f0 + last))).event?.kind, 'offered')
  t.equal(send(pool, 0, edk2(toMac(0x0050560000f3))).event?.kind, 'exhausted', 'finding 4')
  const taken = send(pool, 0, selecting(edk2(toMac(0x0050560000f3)), SERVER, address))
  t.match(
    [taken.sent, inWords(taken.event!.because)],
    [undefined, '10.20.1.100 is not free; npm dhcp never refuses (#5)'],
  )
})

t.test('pads and wrong lengths do not reach its decoder (finding 9)', async t => {
  const { event } = send(
    new NpmDhcpServer(setup),
    0,
    edk2(),
    encodeDhcp(edk2(), {
      rawOptions: fromHex('00 00 00 350101 00 3402 0101 3600 37 02 0103 50 01 07 ff'),
    }),
  )
  t.match(event, { kind: 'offered', address: ip('10.20.1.100') })
})

t.test('what it cannot do is said at the start', async t => {
  t.throws(() => new NpmDhcpServer({ ...setup, answers: 'nak' }), /never refuses \(#5\)/)
  t.throws(
    () => new NpmDhcpServer({ ...setup, options: new Map([[43, new Uint8Array(256)]]) }),
    /256 bytes .* \(#10\)/,
  )
  t.throws(() => new NpmDhcpServer({ ...setup, addresses: new Map([['eth0', ip('10.9.9.9')]]) }), /\(#6\)/)
})

t.test('nothing of the clock or of chance gets into a reply', async t => {
  const boots = () => {
    const server = new NpmDhcpServer({ ...setup, responseDelay: { low: 7, high: 7 } })
    t.strictSame(server.start(), [{ type: 'open', socket: 'dhcp', options: { port: 67 } }])
    send(server, 0, edk2())
    t.equal(server.wakeAt, 7)
    const offer = server.wake(7)
    send(server, 10, selecting(edk2(), SERVER, ip('10.20.1.100')))
    return [...offer, ...server.wake(17)].map(action => (action.type === 'send' ? toHex(action.payload) : ''))
  }
  const { random } = Math
  t.teardown(() => void Object.assign(Math, { random }))
  Math.random = () => t.fail('drew a number') as unknown as number
  const once = boots()
  t.equal(once.length, 2)
  t.strictSame(boots(), once)
})
