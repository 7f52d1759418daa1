/** Our offers and ACKs as Wireshark reads them: an implementation of PXE that nobody here wrote. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { BROADCAST_MAC, toMac } from '../../../src/core/address.ts'
import { bootstrapFile } from '../../../src/nbs/bootstrap-files.ts'
import type { Decision } from '../../../src/protocol/pxe/decision.ts'
import type { PxeStyle } from '../../../src/protocol/pxe/offer.ts'
import { PxeService } from '../../../src/protocol/pxe/service.ts'
import { encodePcapng } from '../../../src/wire/capture/write-pcapng.ts'
import { encodeFrame } from '../../../src/wire/frames.ts'
import { requireProgram } from '../../lab.ts'
import { type ClientMessage, type Way, events, ip, replies, sent } from './requests.ts'

const SELF = ip('10.20.1.5')
const LEASE = ip('10.20.1.101')
const JOB: Decision = { boot: 'automation', client: 'managed', image: 'WinPE', arch: 'x64', jobRunning: true }
const DISK: Decision = { boot: 'production', client: 'managed', image: '', arch: 'x64', jobRunning: false }
const ON_4011: Way = { source: LEASE, sourcePort: 4011, target: SELF, port: 4011 }

const answer = (style: PxeStyle, decision: Decision, message: ClientMessage = {}, way: Way = {}) => {
  const machine = new PxeService({ addressOn: () => SELF, bootFile: bootstrapFile, style })
  const asked = events(machine.receive(0, way.port === 4011 ? 'bootServer' : 'dhcp', sent(message, way)))[0]!
  return replies(asked.kind === 'ask' ? machine.answer(0, asked.id, decision) : [])[0]!
}

const PXE = 'dhcp.option.vendor.pxeclient'
const FIELDS = {
  type: 'dhcp.option.dhcp',
  server: 'dhcp.option.dhcp_server_id',
  class: 'dhcp.option.vendor_class_id',
  siaddr: 'dhcp.ip.server',
  yiaddr: 'dhcp.ip.your',
  file: 'dhcp.file',
  suboptions: `${PXE}.suboption`,
  control: `${PXE}.discovery_control`,
  override: `${PXE}.discovery_control.bstrap`,
  servers: `${PXE}.boot_servers.ip`,
  menuTypes: `${PXE}.boot_menu.type`,
  menu: `${PXE}.boot_menu.desc`,
  timeout: `${PXE}.menu_prompt.timeout`,
  prompt: `${PXE}.menu_prompt.prompt`,
  itemType: `${PXE}.boot_item.type`,
  itemLayer: `${PXE}.boot_item.layer`,
  complaints: '_ws.expert.message',
  malformed: '_ws.malformed',
} as const
type Reading = Partial<Record<keyof typeof FIELDS, string>>

/** What Wireshark reads of one of our replies; fields it does not see are left out. */
const dissect = (folder: string, { to, via, payload }: ReturnType<typeof answer>): Reading => {
  const body = { kind: 'udp', sourcePort: via === 'dhcp' ? 67 : 4011, targetPort: to.port, payload } as const
  const header = { ttl: 64, identification: 1, dontFragment: false, moreFragments: false, fragmentOffset: 0 }
  const bytes = encodeFrame({
    target: BROADCAST_MAC,
    source: toMac(0x026e62730001),
    packet: { kind: 'ip4', source: SELF, target: to.ip, ...header, body },
  })
  const file = join(folder, 'reply.pcapng')
  writeFileSync(file, encodePcapng([{ name: 'lan', linkType: 1 }], [{ at: 0, iface: 0, bytes }]))
  const names = Object.keys(FIELDS) as (keyof typeof FIELDS)[]
  const wanted = names.flatMap(name => ['-e', FIELDS[name]])
  const options = [
    '-r',
    file,
    '-d',
    'udp.port==4011,dhcp',
    '-T',
    'fields',
    '-E',
    'separator=|',
    '-E',
    'aggregator=;',
  ]
  const text = execFileSync('tshark', [...options, ...wanted], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const values = text.replace(/\n$/, '').split('|')
  return Object.fromEntries(names.flatMap((name, i) => (values[i] ? [[name, values[i]]] : [])))
}

const COMMON = { server: '10.20.1.5', class: 'PXEClient', siaddr: '10.20.1.5', yiaddr: '0.0.0.0' }
const EFI = { file: 'BStrap/x64/BStrap.efi' }
const TEXT = 'Automation: WinPE (job running)'
const ITEM: ClientMessage = { type: 'request', ciaddr: LEASE, bootItem: { type: 0xaaaa, layer: 0 } }

t.test('Wireshark reads our replies', async t => {
  if (!requireProgram(t, 'tshark')) return
  const folder = t.testdir()
  const read = (...of: Parameters<typeof answer>) => dissect(folder, answer(...of))

  const complete = {
    suboptions: '6;9;10',
    control: '0x08',
    override: '1',
    menuTypes: '43690',
    menu: TEXT,
    timeout: '0',
    prompt: TEXT,
  }
  t.strictSame(read('complete', JOB), { ...COMMON, ...EFI, type: '2', ...complete }, 'complete')
  t.strictSame(read('redirect', JOB), { ...COMMON, type: '2' }, 'redirect: nothing but option 60')
  const plain: ClientMessage = { type: 'request', ciaddr: LEASE }
  t.strictSame(
    read('redirect', JOB, plain, ON_4011),
    { ...COMMON, ...EFI, type: '5', ...complete },
    'redirect: ACK',
  )
  t.strictSame(
    read('menu', JOB),
    {
      ...COMMON,
      type: '2',
      suboptions: '6;8;9;10',
      control: '0x07',
      override: '0',
      servers: '10.20.1.5',
      menuTypes: '43690;0',
      menu: `${TEXT};Local disk`,
      timeout: '0',
      prompt: 'Press F8 for the boot menu',
    },
    'menu',
  )
  const item = { suboptions: '71', itemType: '43690', itemLayer: '0000' }
  t.strictSame(read('menu', JOB, ITEM, ON_4011), { ...COMMON, ...EFI, type: '5', ...item }, 'menu: ACK')
  t.strictSame(
    read('complete', DISK),
    {
      ...COMMON,
      type: '2',
      suboptions: '6;9;10',
      control: '0x02',
      override: '0',
      menuTypes: '0',
      menu: 'Production: local disk',
      timeout: '0',
      prompt: 'Local disk',
    },
    'production',
  )
  t.strictSame(
    read('legacy-quirk', JOB),
    {
      ...COMMON,
      ...EFI,
      ...item,
      type: '2',
      suboptions: '1;2;3;4;5;6;8;9;10;71;224', // Wireshark reads each instance by itself
      control: '0x0b',
      override: '1',
      servers: '10.20.1.5',
      menuTypes: '43690',
      menu: TEXT,
      timeout: '0',
      prompt: 'Press F8 for the boot menu',
      complaints: 'Unknown suboption 224 (250 bytes)',
    },
    'legacy-quirk',
  )
})
