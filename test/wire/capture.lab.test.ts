/**
 * Wireshark's programs as judges: they read what we write, and we read what they write. Values are compared, not
 * just "it opened".
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { BROADCAST_MAC, parseIp4, toMac } from '../../src/core/address.ts'
import { toHex } from '../../src/core/bytes.ts'
import { encodePcap, encodePcapng, readCapture } from '../../src/wire/capture/index.ts'
import type { CaptureRecord } from '../../src/wire/capture/index.ts'
import type { Frame, Ip4Packet } from '../../src/wire/frame.ts'
import { encodeFrame, fragment, icmpUnreachable } from '../../src/wire/frames.ts'
import { requireProgram } from '../lab.ts'

const bytesOf = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7) & 255)
const clientMac = toMac(0x005056000001)
const serverMac = toMac(0x020000000005)

const udp = (length: number, identification: number): Ip4Packet => ({
  kind: 'ip4',
  source: parseIp4('10.20.1.5')!,
  target: parseIp4('10.20.1.100')!,
  ttl: 64,
  identification,
  dontFragment: false,
  moreFragments: false,
  fragmentOffset: 0,
  body: { kind: 'udp', sourcePort: 50000, targetPort: 50001, payload: bytesOf(length) },
})
const toClient = (packet: Frame['packet']): Uint8Array =>
  encodeFrame({ target: clientMac, source: serverMac, packet })

const arp = encodeFrame({
  target: BROADCAST_MAC,
  source: clientMac,
  packet: {
    kind: 'arp',
    operation: 'request',
    senderMac: clientMac,
    senderIp: parseIp4('10.20.1.100')!,
    targetMac: toMac(0),
    targetIp: parseIp4('10.20.1.5')!,
  },
})
const frames = [
  arp,
  toClient(udp(3, 1)),
  toClient(udp(1472, 2)),
  ...fragment(udp(4001, 3), 1500).map(toClient),
  toClient({ ...udp(0, 4), body: icmpUnreachable(udp(300, 5), 3) }),
]
const records: CaptureRecord[] = frames.map((bytes, i) => ({
  at: i * 1_000_001 + 7,
  iface: i % 2,
  bytes,
  ...(i === 1 && { comment: 'a remark' }),
}))
const interfaces = [
  { name: 'office', linkType: 1 },
  { name: 'servers', linkType: 1 },
]

const run = (program: string, ...args: string[]): string => {
  const { stdout, stderr, status } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, TZ: 'UTC' },
  })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
  return stdout
}
const fields = (file: string, ...names: string[]): string[][] =>
  run(
    'tshark',
    ...`-n -T fields -E separator=| -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE`.split(' '),
    '-r',
    file,
    ...names.flatMap(name => ['-e', name]),
  )
    .trimEnd()
    .split('\n')
    .map(line => line.split('|'))

void t.test('tshark and capinfos read what we write', async t => {
  if (!requireProgram(t, 'tshark') || !requireProgram(t, 'capinfos')) return
  const dir = t.testdir()
  const pcapng = join(dir, 'a.pcapng')
  const pcap = join(dir, 'a.pcap')
  writeFileSync(pcapng, encodePcapng(interfaces, records))
  writeFileSync(pcap, encodePcap(records))
  for (const file of [pcapng, pcap]) {
    t.strictSame(
      fields(file, 'frame.time_epoch', 'frame.len', '_ws.malformed', '_ws.expert.message'),
      records.map((record, i) => [
        `${1_577_836_800 + i}.${String(i + 7).padStart(6, '0')}000`,
        String(record.bytes.length),
        '',
        i === 1 && file === pcapng ? 'a remark' : '',
      ]),
    )
    const table = run('capinfos', '-T', '-m', '-M', '-c', '-a', '-e', '-S', file).split('\n')[1]
    t.equal(table?.split(',').slice(1).join(), `${records.length},1577836800.000007,1577836806.000013`)
  }
  t.strictSame(
    fields(
      pcapng,
      'frame.interface_name',
      'ip.checksum.status',
      'udp.checksum.status',
      'icmp.checksum.status',
    ),
    [
      ['office', '', '', ''],
      ['servers', '1', '1', ''],
      ['office', '1', '1', ''],
      ['servers', '1', '', ''],
      ['office', '1', '', ''],
      ['servers', '1', '1', ''],
      ['office', '1,1', '2', '1'],
    ],
    'all checksums are good; that of the quoted datagram cannot be verified',
  )
  t.strictSame(fields(pcapng, 'ip.reassembled.length', 'udp.length', 'icmp.code', 'arp.src.proto_ipv4')[5], [
    '4009',
    '4009',
    '',
    '',
  ])
  t.match(run('capinfos', pcapng), /Capture application: +nbs-lab/)
})

void t.test('we read what editcap, mergecap and tcpdump write', async t => {
  const programs = ['editcap', 'mergecap', 'tcpdump']
  if (!programs.every(program => requireProgram(t, program))) return
  const dir = t.testdir()
  const at = (name: string) => join(dir, name)
  writeFileSync(at('ours.pcapng'), encodePcapng(interfaces, records))
  const one = interfaces.slice(0, 1)
  writeFileSync(
    at('one.pcapng'),
    encodePcapng(
      one,
      records.map(record => ({ ...record, iface: 0 })),
    ),
  )
  const read = (name: string) => readCapture(readFileSync(at(name)))
  const text = (list: readonly CaptureRecord[]) =>
    list.map(r => `${r.at} ${toHex(r.bytes)} ${r.originalLength ?? ''}`)

  run('editcap', '-F', 'pcap', at('one.pcapng'), at('micros.pcap'))
  run('editcap', '-F', 'nsecpcap', at('one.pcapng'), at('nanos.pcap'))
  run('editcap', '-F', 'pcapng', at('nanos.pcap'), at('nanos.pcapng'))
  run('editcap', '-F', 'pcapng', at('ours.pcapng'), at('two.pcapng'))
  run('tcpdump', '-r', at('one.pcapng'), '-w', at('tcpdump.pcap'))
  for (const name of ['micros.pcap', 'nanos.pcap', 'nanos.pcapng', 'two.pcapng', 'tcpdump.pcap']) {
    const { frames: got, issues } = read(name)
    t.strictSame(issues, [], name)
    t.strictSame(text(got), text(records), name)
  }
  t.equal(readFileSync(at('nanos.pcap')).toString('hex', 0, 4), '4d3cb2a1', 'nanoseconds were really tried')
  t.strictSame(read('two.pcapng').interfaces, interfaces)
  t.strictSame(
    read('two.pcapng').frames.map(frame => frame.iface),
    records.map(record => record.iface),
  )

  run('editcap', '-s', '64', at('two.pcapng'), at('cut.pcapng'))
  t.strictSame(
    text(read('cut.pcapng').frames),
    text(
      records.map(record => ({
        ...record,
        bytes: record.bytes.subarray(0, 64),
        ...(record.bytes.length > 64 && { originalLength: record.bytes.length }),
      })),
    ),
    'cut packets keep their length',
  )

  run('editcap', '-T', 'rawip', at('nanos.pcap'), at('raw.pcap'))
  t.strictSame(
    read('raw.pcap').frames.map(frame => frame.linkType),
    records.map(() => 101),
  )

  run('mergecap', '-I', 'none', '-w', at('merged.pcapng'), at('two.pcapng'), at('nanos.pcap'), at('raw.pcap'))
  const merged = read('merged.pcapng')
  t.strictSame(merged.issues, [])
  t.strictSame(
    merged.interfaces.map(iface => iface.linkType),
    [1, 1, 1, 101],
  )
  t.equal(merged.frames.length, 3 * records.length)
  t.strictSame(text(merged.frames.filter(frame => frame.iface === 2)), text(records))
})
