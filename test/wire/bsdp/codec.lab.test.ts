/** tshark as the judge of BSDP: what it reads of the annotated packets, and of our own, is what we say. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { formatIp4, parseIp4, toMac } from '../../../src/core/address.ts'
import { toHex, u16Bytes } from '../../../src/core/bytes.ts'
import type { BsdpContent } from '../../../src/wire/bsdp/content.ts'
import { bsdpContent } from '../../../src/wire/bsdp/decode.ts'
import { bsdpOptions } from '../../../src/wire/bsdp/encode.ts'
import { formatImageId } from '../../../src/wire/bsdp/image-id.ts'
import { encodePcap } from '../../../src/wire/capture/index.ts'
import { decodeDhcp, encodeDhcp } from '../../../src/wire/dhcp/codec.ts'
import { bootReply, bootRequest, messageTypeOption, textOption } from '../../../src/wire/dhcp/options.ts'
import { encodeFrame } from '../../../src/wire/frames.ts'
import { requireProgram } from '../../lab.ts'
import { PACKETS } from './packets.ts'

const BSDP = 'dhcp.option.vendor.bsdp'

const frame = (payload: Uint8Array): Uint8Array =>
  encodeFrame({
    source: toMac(0x0200c0a50001),
    target: toMac(0xffffffffffff),
    packet: {
      kind: 'ip4',
      source: parseIp4('10.66.0.10')!,
      target: parseIp4('255.255.255.255')!,
      ttl: 64,
      identification: 1,
      dontFragment: false,
      moreFragments: false,
      fragmentOffset: 0,
      body: {
        kind: 'udp',
        sourcePort: payload[0] === 1 ? 68 : 67,
        targetPort: payload[0] === 1 ? 67 : 68,
        payload,
      },
    },
  })

const FIELDS = [
  'suboption',
  'message_type',
  'version',
  'server_identifier',
  'server_priority',
  'reply_port',
  'boot_image_list_path',
  'default_boot_image_id',
  'selected_boot_image_id',
  'boot_image.name',
  'boot_image.desc',
  'attributes_filter_list',
  'message_size',
] as const

/** One record per packet: field -> values. */
const dissect = (packets: readonly Uint8Array[]): Record<string, string[]>[] => {
  const folder = mkdtempSync(join(tmpdir(), 'nbs-lab-'))
  const file = join(folder, 'bsdp.pcap')
  writeFileSync(file, encodePcap(packets.map((bytes, i) => ({ at: i, iface: 0, bytes: frame(bytes) }))))
  const columns = ['_ws.malformed', '_ws.expert.message', ...FIELDS.map(field => `${BSDP}.${field}`)]
  const args = ['-r', file, '-n', '-T', 'fields', '-E', 'separator=/t', '-E', 'aggregator=|']
  const { stdout, stderr } = spawnSync('tshark', [...args, ...columns.flatMap(column => ['-e', column])], {
    encoding: 'utf8',
  })
  rmSync(folder, { recursive: true })
  const lines = stdout.split('\n').filter(line => line !== '')
  if (lines.length !== packets.length) throw new Error(`tshark: ${lines.length} lines; ${stderr}`)
  return lines.map(line => {
    const cells = line.split('\t')
    return Object.fromEntries(
      columns.map((column, i) => [column.replace(`${BSDP}.`, ''), cells[i] ? cells[i].split('|') : []]),
    )
  })
}

/** What we say, in tshark's words. */
const ours = (content: BsdpContent): Record<string, string[]> => {
  const one = (value: unknown, show: (value: never) => string = String) =>
    value === undefined ? [] : [show(value as never)]
  const hex16 = (value: number) => `0x${value.toString(16).padStart(4, '0')}`
  return {
    '_ws.malformed': [],
    '_ws.expert.message': [],
    suboption: content.tags.map(String),
    message_type: one(content.messageType),
    version: one(content.version, hex16),
    server_identifier: one(content.serverIdentifier, formatIp4),
    server_priority: one(content.priority),
    reply_port: one(content.replyPort),
    boot_image_list_path: one(content.imageListPath),
    default_boot_image_id: one(content.defaultImage, formatImageId),
    selected_boot_image_id: one(content.selectedImage, formatImageId),
    'boot_image.name': (content.images ?? []).map(({ name }) => name),
    'boot_image.desc': (content.images ?? []).map(({ name, id }) => {
      const text = new TextEncoder().encode(name)
      return id.toString(16).padStart(8, '0') + toHex(Uint8Array.of(text.length)) + toHex(text)
    }),
    attributes_filter_list: one(content.attributesFilter, (words: readonly number[]) =>
      words.map(word => toHex(u16Bytes(word))).join(''),
    ),
    message_size: one(content.maxMessageSize),
  }
}

t.test('tshark agrees on every field it knows', async t => {
  if (!requireProgram(t, 'tshark')) return
  const request = bootRequest({ xid: 7 })
  const everything = encodeDhcp(
    bootReply(request, {
      options: [
        messageTypeOption('ack'),
        textOption(60, 'AAPLBSDPC'),
        ...bsdpOptions({
          messageType: 1,
          version: 0x0100,
          serverIdentifier: parseIp4('10.0.0.9')!,
          priority: 500,
          replyPort: 1023,
          imageListPath: '/a/b',
          defaultImage: 0x82000fff,
          selectedImage: 0x03000001,
          images: Array.from({ length: 12 }, (_, i) => ({
            id: 0x01001000 + i,
            name: `Bild für Klasse ${i}`,
          })),
          attributesFilter: [0x0100],
          maxMessageSize: 1500,
        }),
      ],
    }),
  )
  const packets = [...Object.values(PACKETS), everything]
  const seen = dissect(packets)
  packets.forEach((bytes, i) => {
    const message = decodeDhcp(bytes)
    const content = message.ok ? bsdpContent(message.value) : undefined
    if (!content?.ok) throw new Error('our own packet')
    t.strictSame(seen[i], ours(content.value), Object.keys(PACKETS)[i] ?? 'everything')
  })
})
