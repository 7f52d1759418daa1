/**
 * A capture that nobody here produced: two dnsmasq as PXE proxies and one as DHCP server in network namespaces answer
 * a PXE DISCOVER, tcpdump writes it down, and the analyser finds them. Needs dnsmasq, tcpdump, ip and root.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { analyze } from '../../src/index.ts'
import { toMac } from '../../src/core/address.ts'
import { toHex } from '../../src/core/bytes.ts'
import { encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import { BROADCAST_FLAG } from '../../src/wire/dhcp/message.ts'
import {
  OPTION,
  bootRequest,
  bytesOption,
  chaddrOf,
  messageTypeOption,
  textOption,
  u16Option,
} from '../../src/wire/dhcp/options.ts'
import {
  architectureOption,
  clientMachineIdentifierOption,
  clientNetworkInterfaceOption,
  pxeClassIdentifier,
} from '../../src/wire/pxe/client.ts'
import { requireProgram } from '../lab.ts'

/** A name that no other test run on this machine has. */
const LAB = `nbs${process.pid}`
const SWITCH = `${LAB}-switch`

const ip = (...words: string[]): boolean => spawnSync('ip', words, { stdio: 'ignore' }).status === 0
const inside = (host: string): string => `${LAB}-${host}`

const setUp = (hosts: Readonly<Record<string, string>>): boolean => {
  if (!ip('netns', 'add', SWITCH)) return false
  ip('-n', SWITCH, 'link', 'add', 'br0', 'type', 'bridge')
  ip('-n', SWITCH, 'link', 'set', 'br0', 'up')
  for (const [host, address] of Object.entries(hosts)) {
    const space = inside(host)
    ip('netns', 'add', space)
    ip('-n', SWITCH, 'link', 'add', host, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space)
    ip('-n', SWITCH, 'link', 'set', host, 'master', 'br0', 'up')
    ip('-n', space, 'addr', 'add', `${address}/24`, 'dev', 'eth0')
    ip('-n', space, 'link', 'set', 'lo', 'up')
    ip('-n', space, 'link', 'set', 'eth0', 'up')
    // Without any route a broadcast to everybody has no way out.
    ip('-n', space, 'route', 'add', 'default', 'dev', 'eth0')
  }
  return true
}

const DNSMASQ = [
  'dnsmasq',
  '--no-daemon',
  '--port=0',
  '--conf-file=/dev/null',
  '--interface=eth0',
  '--log-dhcp',
]

const discover = (): Uint8Array => {
  const options = [
    messageTypeOption('discover'),
    u16Option(OPTION.maximumMessageSize, 1472),
    bytesOption(OPTION.parameterRequestList, Uint8Array.of(1, 3, 6, 43, 54, 60, 66, 67, 97)),
    clientMachineIdentifierOption(new Uint8Array(16).fill(7)),
    clientNetworkInterfaceOption(3, 0),
    architectureOption(7),
    textOption(OPTION.classIdentifier, pxeClassIdentifier(7, 3, 0)),
  ]
  const chaddr = chaddrOf(toMac(0x0200c0a50001))
  return encodeDhcp(bootRequest({ xid: 0x4e425301, flags: BROADCAST_FLAG, chaddr, options }))
}

/** tap hooks itself into child processes by this variable. */

const SEND = `
const socket = require('node:dgram').createSocket('udp4')
socket.bind(68, () => {
  socket.setBroadcast(true)
  socket.send(Buffer.from(process.argv[1], 'hex'), 67, '255.255.255.255', () => setTimeout(() => socket.close(), 500))
})
`

t.test('two dnsmasq proxies beside a DHCP server', async t => {
  for (const name of ['dnsmasq', 'tcpdump', 'ip']) if (!requireProgram(t, name)) return
  const hosts = { dhcp: '10.66.0.2', one: '10.66.0.11', two: '10.66.0.12', pc: '10.66.0.50' }
  const started: ChildProcess[] = []
  const start = (host: string, words: readonly string[]): ChildProcess => {
    const child = spawn('ip', ['netns', 'exec', inside(host), ...words], { stdio: 'ignore' })
    started.push(child)
    return child
  }
  t.teardown(async () => {
    for (const child of started) child.kill()
    for (const host of [...Object.keys(hosts), 'switch']) ip('netns', 'del', inside(host))
  })
  if (!setUp(hosts)) {
    if (process.env['NBS_LAB'] === '1') t.fail('network namespaces need root')
    else t.pass('needs network namespaces', { skip: 'no right to make them' })
    return
  }
  const folder = t.testdir()
  const file = join(folder, 'lab.pcap')
  const leases = join(folder, 'leases')
  start('dhcp', [...DNSMASQ, '--dhcp-range=10.66.0.100,10.66.0.120,1h', `--dhcp-leasefile=${leases}`])
  for (const host of ['one', 'two'])
    start(host, [
      ...DNSMASQ,
      '--dhcp-range=10.66.0.0,proxy',
      `--pxe-service=X86-64_EFI,Boot ${host},boot-${host}.efi`,
    ])
  const capture = start('pc', ['tcpdump', '-i', 'eth0', '-U', '-w', file, 'udp or arp or icmp'])
  await pause(1500)
  for (let tries = 0; tries < 2; tries++) {
    const sent = spawnSync('ip', ['netns', 'exec', inside('pc'), process.execPath, '-e', SEND, toHex(discover())]) // prettier-ignore
    t.equal(sent.status, 0, 'the DISCOVER is sent')
    await pause(500)
  }
  await pause(3000)
  capture.kill('SIGINT')
  await pause(300)

  const result = await analyze(file, { as: 'edk2,ipxe' })
  const finding = result.findings.find(({ rule }) => rule === 'multiple-pxe-responders')
  t.match(finding, {
    servers: ['10.66.0.11', '10.66.0.12'],
    clients: ['02:00:c0:a5:00:01'],
    confidence: 'seen',
  })
  t.strictSame(
    result.servers.map(({ address, roles }) => `${address} ${roles.join()}`),
    ['10.66.0.2 dhcp', '10.66.0.11 proxy-dhcp', '10.66.0.12 proxy-dhcp'],
  )
  for (const { firmware, outcome, leaseFrom, pxeServer, assumed } of result.predictions ?? []) {
    t.comment(
      `${firmware}: ${outcome}, lease from ${leaseFrom}, PXE server ${pxeServer}; assumed: ${assumed.join('; ')}`,
    )
    t.equal(leaseFrom, '10.66.0.2', firmware)
  }
  t.equal(result.predictions?.length, 2)
})
