/** What tshark reads in the packets we write. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseIp4, toMac } from '../../../src/core/address.ts'
import { fromHex } from '../../../src/core/bytes.ts'
import { encodePcap } from '../../../src/wire/capture/index.ts'
import { encodeFrame } from '../../../src/wire/frames.ts'
import { encodeTftp } from '../../../src/wire/tftp/codec.ts'
import type { TftpPacket } from '../../../src/wire/tftp/packet.ts'
import { requireProgram } from '../../lab.ts'

const PACKETS: readonly TftpPacket[] = [
  { kind: 'rrq', file: 'BStrap/x64/BStrap.efi', mode: 'octet', options: [['tsize', '0'], ['blksize', '1468'], ['windowsize', '4']] }, // prettier-ignore
  { kind: 'oack', options: [['tsize', '40960'], ['blksize', '1468']] }, // prettier-ignore
  { kind: 'ack', block: 65_535 },
  { kind: 'data', block: 3, bytes: fromHex('0102030405') },
  { kind: 'error', code: 1, message: 'file not found' },
  { kind: 'wrq', file: 'x', mode: 'netascii', options: [] },
]
const READING = [
  '1|BStrap/x64/BStrap.efi||octet|tsize,blksize,windowsize|0,1468,4||||',
  '6||||tsize,blksize|40960,1468||||',
  '4||||||65535|||',
  '3||||||3|0102030405||',
  '5||||||||1|file not found',
  '2||x|netascii||||||',
]
const FIELDS = [
  'tftp.opcode',
  'tftp.source_file',
  'tftp.destination_file',
  'tftp.type',
  'tftp.option.name',
  'tftp.option.value',
  'tftp.block',
  'data.data',
  'tftp.error.code',
  'tftp.error.message',
]

/** Each its own conversation with port 69, so that tshark reads it by itself. */
const frame = (packet: TftpPacket, index: number): Uint8Array =>
  encodeFrame({
    target: toMac(1),
    source: toMac(2),
    packet: {
      kind: 'ip4',
      source: parseIp4('10.0.0.2')!,
      target: parseIp4('10.0.0.1')!,
      ttl: 64,
      identification: 1,
      dontFragment: false,
      moreFragments: false,
      fragmentOffset: 0,
      body: { kind: 'udp', sourcePort: 2070 + index, targetPort: 69, payload: encodeTftp(packet) },
    },
  })

t.test('tshark agrees', async t => {
  if (!requireProgram(t, 'tshark')) return
  const path = join(t.testdir(), 'tftp.pcap')
  writeFileSync(path, encodePcap(PACKETS.map((packet, i) => ({ at: i, iface: 0, bytes: frame(packet, i) }))))
  const fields = FIELDS.flatMap(field => ['-e', field])
  const text = execFileSync('tshark', ['-r', path, '-T', 'fields', '-E', 'separator=|', ...fields], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  t.same(text.trimEnd().split('\n'), READING)
})
