/**
 * A capture that nobody here produced: two dnsmasq as PXE proxies and one as DHCP server in network namespaces answer
 * a PXE DISCOVER, tcpdump writes it down, and the analyser finds them. Needs dnsmasq, tcpdump, ip and root.
 */
import { once } from 'node:events'
import { join } from 'node:path'
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
import { bridge, dnsmasq, ended } from './bridge.ts'

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

const SEND = `
const socket = require('node:dgram').createSocket('udp4')
socket.bind(68, () => {
  socket.setBroadcast(true)
  socket.send(Buffer.from(process.argv[1], 'hex'), 67, '255.255.255.255', () => socket.close())
})
`

t.test('two dnsmasq proxies beside a DHCP server', async t => {
  for (const name of ['dnsmasq', 'tcpdump', 'ip']) if (!requireProgram(t, name)) return
  const lab = bridge(t, { dhcp: 2, one: 11, two: 12, pc: 50 })
  if (!lab) return
  const folder = t.testdir()
  const file = join(folder, 'lab.pcap')
  const leases = `--dhcp-leasefile=${join(folder, 'leases')}`
  const servers = [
    lab.start('dhcp', ...dnsmasq('--no-ping', '--dhcp-range=10.66.0.100,10.66.0.120,1h', leases)),
    ...['one', 'two'].map(
      host =>
      lab.start(host, ...dnsmasq('--dhcp-range=10.66.0.0,proxy', `--pxe-service=X86-64_EFI,Boot ${host},boot-${host}.efi`)), // prettier-ignore
    ),
  ]
  const capture = lab.start('pc', 'tcpdump', '-nlU', '--print', '-i', 'eth0', '-w', file, 'udp or arp or icmp') // prettier-ignore
  await Promise.all([capture.line(/listening on/), ...servers.map(server => server.line(/started/))])
  const sender = lab.start('pc', process.execPath, '-e', SEND, toHex(discover()))
  t.strictSame(await once(sender.child, 'close'), [0, null], 'the DISCOVER is sent')
  await Promise.all([2, 11, 12].map(host => capture.line(new RegExp(`10\\.66\\.0\\.${host}\\.67 > `))))
  await ended(capture.child, 'SIGINT')

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
