/**
 * Wireshark reads the captures of runs as it reads those of a real LAN: frame by frame the same protocols, message
 * types and options that went in, nothing malformed, every checksum right, no complaint. Complaints that are right
 * are listed, with the reason.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { requireProgram } from '../lab.ts'
import type { UdpPacket } from '../../src/wire/frame.ts'
import { Reassembler, decodeFrame } from '../../src/wire/frames.ts'
import { decodeDhcp } from '../../src/wire/dhcp/codec.ts'
import { OPTION, all, classIdentifier, first } from '../../src/wire/dhcp/options.ts'
import { decodePxeVendor } from '../../src/wire/pxe/vendor-options.ts'
import { decodeTftp } from '../../src/wire/tftp/codec.ts'
import { captureOf } from '../../src/report/capture.ts'
import type { Run } from '../../src/simulation/run.ts'
import type { Scenario } from '../../src/scenario/model.ts'
import { LIBRARY, fileScenario, run, textScenario } from './running.ts'

/** What Wireshark may say of our frames, and why it is right to. */
const EXPLAINED: Readonly<Record<string, string>> = {
  'Likely transfer size (tsize) probe': 'EDK2 asks for the size with a read it breaks off (E-46)',
  'TFTP ERROR packet':
    'an ERROR is one: a file that is missing, or the end of a size query seen a second time',
  'Seconds elapsed appears to be encoded as little-endian':
    'EDK2 writes secs of its 4011 requests in host byte order (E-33), as measured',
  'Unknown suboption 224 (250 bytes)':
    'the private data of an old NBS (style legacy-quirk), sent as it was recorded',
  'Non standard compliant option data': 'iPXE sends its user class (77) without lengths, against RFC 3004',
}

const FIELDS = [
  'frame.number',
  'frame.protocols',
  '_ws.malformed',
  '_ws.expert.severity',
  '_ws.expert.message',
  'ip.checksum.status',
  'udp.checksum.status',
  'arp.opcode',
  'icmp.type',
  'dhcp.option.dhcp',
  'dhcp.option.vendor_class_id',
  'dhcp.option.vendor.pxeclient.suboption',
  'dhcp.option.vendor.pxeclient.discovery_control',
  'dhcp.option.vendor.pxeclient.boot_menu.desc',
  'dhcp.file',
  'tftp.opcode',
  'tftp.block',
] as const
type Row = Record<(typeof FIELDS)[number], string>

const SEVERITY_WARN = 0x60_0000

/** What both sides say of a frame, in one form. */
interface Told {
  readonly number: number
  readonly protocol: string
  readonly type: string
  readonly detail: string
}

const tshark = (file: string): Row[] => {
  const fields = FIELDS.flatMap(field => ['-e', field])
  const checks = ['-o', 'ip.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE']
  const output = execFileSync(
    'tshark',
    ['-n', '-r', file, ...checks, '-T', 'fields', '-E', 'separator=/t', '-E', 'aggregator=|', ...fields],
    { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] },
  )
  return output
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const values = line.split('\t')
      return Object.fromEntries(FIELDS.map((field, n) => [field, values[n] ?? ''])) as Row
    })
}

const theirs = (row: Row): Told => {
  const protocols = row['frame.protocols'].split(':')
  const number = Number(row['frame.number'])
  if (row['icmp.type'] !== '') {
    // What ICMP returns of the lost datagram is dissected as well.
    return { number, protocol: 'icmp', type: row['icmp.type'], detail: '' }
  }
  if (protocols.includes('arp')) return { number, protocol: 'arp', type: row['arp.opcode'], detail: '' }
  if (protocols.includes('dhcp'))
    return {
      number,
      protocol: 'dhcp',
      type: row['dhcp.option.dhcp'],
      detail: [
        row['dhcp.option.vendor_class_id'],
        row['dhcp.file'],
        row['dhcp.option.vendor.pxeclient.suboption'],
        row['dhcp.option.vendor.pxeclient.discovery_control'],
        row['dhcp.option.vendor.pxeclient.boot_menu.desc'],
      ].join(' / '),
    }
  if (protocols.includes('tftp'))
    return { number, protocol: 'tftp', type: row['tftp.opcode'], detail: row['tftp.block'] }
  return { number, protocol: protocols.at(-1) ?? '', type: '', detail: '' }
}

const OPCODES = { rrq: 1, wrq: 2, data: 3, ack: 4, error: 5, oack: 6 } as const

const ours = (bytes: Uint8Array, number: number, reassembler: Reassembler): Told => {
  const frame = decodeFrame(bytes)
  if (!frame.ok) return { number, protocol: 'undecodable', type: '', detail: '' }
  const { packet } = frame.value
  if (packet.kind === 'arp')
    return { number, protocol: 'arp', type: packet.operation === 'request' ? '1' : '2', detail: '' }
  if (packet.kind !== 'ip4') return { number, protocol: 'other', type: '', detail: '' }
  // Named after the datagram where it is whole, as Wireshark does.
  const whole = reassembler.add(0, packet)
  if (!whole) return { number, protocol: 'data', type: '', detail: '' }
  const { body } = whole
  if (body.kind === 'icmp') return { number, protocol: 'icmp', type: String(body.type), detail: '' }
  return body.kind === 'udp' ? ofUdp(body, number) : { number, protocol: 'raw', type: '', detail: '' }
}

const ofUdp = (body: UdpPacket, number: number): Told => {
  if ([67, 68, 4011].includes(body.targetPort)) {
    const message = decodeDhcp(body.payload)
    if (!message.ok) return { number, protocol: 'dhcp', type: 'undecodable', detail: '' }
    const { value } = message
    // Wireshark reads each instance of option 43 by itself.
    const options = all(value, OPTION.vendorSpecific).flatMap(bytes => {
      const decoded = decodePxeVendor(bytes)
      return decoded.ok ? [decoded.value] : []
    })
    const control = options.find(({ discoveryControl }) => discoveryControl !== undefined)?.discoveryControl
    return {
      number,
      protocol: 'dhcp',
      type: String(first(value, OPTION.messageType)?.[0] ?? ''),
      detail: [
        classIdentifier(value) ?? '',
        value.file,
        options.flatMap(({ tags }) => tags).join('|'),
        control === undefined ? '' : `0x${control.toString(16).padStart(2, '0')}`,
        options.flatMap(({ bootMenu = [] }) => bootMenu.map(({ text }) => text)).join('|'),
      ].join(' / '),
    }
  }
  const packet = decodeTftp(body.payload)
  if (!packet.ok) return { number, protocol: 'udp', type: '', detail: '' }
  const block = 'block' in packet.value ? String(packet.value.block) : ''
  return { number, protocol: 'tftp', type: String(OPCODES[packet.value.kind]), detail: block }
}

const compare = (t: Test, name: string, scenario: Scenario, { trace }: Run): void => {
  const directory = t.testdir({})
  const file = join(directory, 'run.pcapng')
  writeFileSync(
    file,
    captureOf(
      scenario.subnets.map(subnet => subnet.name),
      trace,
    ),
  )
  const rows = tshark(file)
  const frames = trace.flatMap(event => (event.kind === 'frame' ? [event.bytes] : []))
  const reassembler = new Reassembler()
  t.equal(rows.length, frames.length, `${name}: ${frames.length} frames`)
  t.strictSame(
    rows.map(theirs),
    frames.map((bytes, n) => ours(bytes, n + 1, reassembler)),
    `${name}: ${counts(rows.map(theirs))}`,
  )
  const bad = rows.filter(
    row =>
      row['_ws.malformed'] !== '' ||
      // 1 is good, 2 not checked (a fragment, or the part that ICMP returns), 0 bad.
      [...row['ip.checksum.status'].split('|'), ...row['udp.checksum.status'].split('|')].includes('0'),
  )
  t.strictSame(bad, [], `${name}: nothing malformed, every checksum right`)
  const said = new Set(rows.flatMap(row => row['_ws.expert.message'].split('|').filter(text => text !== '')))
  t.strictSame(
    [...said].filter(text => EXPLAINED[text] === undefined),
    [],
    `${name}: says ${[...said].join('; ') || 'nothing'}`,
  )
  const severe = rows.filter(row =>
    row['_ws.expert.severity'].split('|').some(text => Number(text) >= SEVERITY_WARN),
  )
  // What is above a note: TFTP ERRORs, which are there because they were sent, and the private data.
  t.strictSame(
    severe.filter(
      row => row['tftp.opcode'] !== '5' && !row['_ws.expert.message'].includes('Unknown suboption 224'),
    ),
    [],
    `${name}: ${severe.length} TFTP ERRORs`,
  )
}

const counts = (told: readonly Told[]): string => {
  const tally = new Map<string, number>()
  for (const { protocol } of told) tally.set(protocol, (tally.get(protocol) ?? 0) + 1)
  return [...tally].map(([protocol, count]) => `${count} ${protocol}`).join(', ')
}

t.test('every scenario', async t => {
  if (!requireProgram(t, 'tshark')) return
  for (const file of LIBRARY) {
    const scenario = fileScenario(file)
    compare(t, file, scenario, run(scenario))
  }
})

t.test('every style, with every firmware, in fine weather and in bad', async t => {
  if (!requireProgram(t, 'tshark')) return
  for (const style of ['complete', 'redirect', 'menu', 'legacy-quirk'])
    for (const link of ['delay: 200us', 'mtu: 576', 'loss: 10%, duplicate: 10%, reorder: 10%']) {
      const scenario = textScenario(`
title: Everything on one subnet
subnets: { office: { cidr: 10.20.1.0/24, link: { ${link} } } }
notificationServers: { ns: { computers: [{ mac: '*', boot: automation, image: WinPE, jobRunning: true }] } }
servers:
  dhcp: { kind: dhcp, on: office, address: 10.20.1.2, pool: 10.20.1.100-10.20.1.199 }
  nbs:
    kind: nbs
    on: office
    address: 10.20.1.5
    notificationServer: ns
    style: ${style}
    discovery: { multicast: 239.255.1.2 }
clients:
  uefi: { count: 2, on: office, firmware: edk2 }
  rom: { count: 2, on: office, firmware: bios-rom }
  ipxe: { count: 2, on: office, firmware: ipxe }
  board: { count: 2, on: office, firmware: u-boot }
`)
      compare(t, `${style}, ${link}`, scenario, run(scenario))
    }
})
