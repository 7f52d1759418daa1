/** `nbs serve` and Macs: a scripted Mac on loopback, files by the names it is told, and bindings that survive kill -9. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import t from 'tap'
import { toMac } from '../../src/core/address.ts'
import { openBsdpRecords } from '../../src/serve/bsdp-records.ts'
import type { BsdpContent } from '../../src/wire/bsdp/content.ts'
import { bsdpContent } from '../../src/wire/bsdp/decode.ts'
import { decodeDhcp, encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import type { DhcpMessage } from '../../src/wire/dhcp/message.ts'
import { decodeTftp, encodeTftp } from '../../src/wire/tftp/codec.ts'
import { type MacMessage, ip, macMessage } from '../protocol/bsdp/macs.ts'
import { PLAIN, PROGRAM } from '../built.ts'
import { PATIENCE_MILLIS } from '../patience.ts'
import { PORT_OFFSET, startServer } from './serve-lab.ts'
import { byEffort } from '../effort.ts'

const folder = mkdtempSync(join(tmpdir(), 'nbs-macs-'))
t.teardown(() => rmSync(folder, { recursive: true }))

const PLIST = `<?xml version="1.0"?><plist version="1.0"><dict>
  <key>Name</key><string>Lab NetBoot</string>
  <key>Index</key><integer>4096</integer>
  <key>Architectures</key><array><string>i386</string></array>
</dict></plist>`

const images = join(folder, 'images')
for (const [name, content] of Object.entries({
  'NetBoot/NetBootSP0/Lab.nbi/NBImageInfo.plist': PLIST,
  'NetBoot/NetBootSP0/Lab.nbi/i386/booter': 'I am the boot file of a Mac',
  'BStrap/x64/BStrap.efi': 'I am for PCs',
})) {
  const path = join(images, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

/** Both ends on loopback, at ports of this process. */
const OFFSET = PORT_OFFSET
const SELF = '127.0.0.1'
const FILE = '/private/tftpboot/NetBoot/NetBootSP0/Lab.nbi/i386/booter'

interface Heard {
  readonly message: DhcpMessage
  readonly content: BsdpContent
}

/** Sends from port 68 and waits for the answer there; undefined if nobody answers. */
const say = async (request: MacMessage, waitMillis = PATIENCE_MILLIS): Promise<Heard | undefined> => {
  const socket = createSocket('udp4')
  try {
    socket.bind(OFFSET + 68, SELF)
    await once(socket, 'listening')
    const heard = once(socket, 'message', { signal: AbortSignal.timeout(waitMillis) })
    const message = macMessage({ ...(request.type === 'discover' ? {} : { ciaddr: ip(SELF) }), ...request })
    socket.send(encodeDhcp(message), OFFSET + 67, SELF)
    const [bytes] = (await heard) as [Uint8Array]
    const decoded = decodeDhcp(bytes)
    const content = decoded.ok ? bsdpContent(decoded.value) : undefined
    return decoded.ok && content?.ok ? { message: decoded.value, content: content.value } : undefined
  } catch {
    return undefined
  } finally {
    socket.close()
  }
}

const LIST = { content: { messageType: 1 } }
const SELECT = { content: { messageType: 2, serverIdentifier: ip(SELF), selectedImage: 0x01001000 } }

/** The first block of a file; its ERROR code if there is none. */
const fetch = async (file: string): Promise<string | number | undefined> => {
  const socket = createSocket('udp4')
  try {
    socket.send(encodeTftp({ kind: 'rrq', file, mode: 'octet', options: [] }), OFFSET + 69, SELF)
    const [bytes, from] = (await once(socket, 'message', {
      signal: AbortSignal.timeout(PATIENCE_MILLIS),
    })) as [Uint8Array, { port: number }]
    const packet = decodeTftp(bytes)
    if (!packet.ok) return undefined
    socket.send(encodeTftp({ kind: 'ack', block: 1 }), from.port, SELF)
    return packet.value.kind === 'data' ? new TextDecoder().decode(packet.value.bytes) : packet.value.kind
  } finally {
    socket.close()
  }
}

t.test('a scripted Mac lists, selects, loads, and is known at its next DISCOVER', async t => {
  const { lines } = await startServer(t, { images, portOffset: OFFSET, yaml: 'name: nbs-lab-1' })
  t.equal(await say({ type: 'discover' }, 300), undefined, 'not bound yet')
  const listed = await say(LIST)
  t.match(listed?.content, {
    messageType: 1,
    priority: 32768,
    defaultImage: 0x01001000,
    images: [{ id: 0x01001000, name: 'Lab NetBoot' }],
  })
  const selected = await say(SELECT)
  t.match(selected?.content, { messageType: 2, machineName: 'NetBoot001' })
  t.match(selected?.message, { file: FILE, sname: 'nbs-lab-1', siaddr: ip(SELF) })
  t.equal(await fetch(FILE), 'I am the boot file of a Mac')
  t.equal(await fetch('BStrap/x64/BStrap.efi'), 'I am for PCs')
  const offer = await say({ type: 'discover' })
  t.match(offer?.content, { selectedImage: 0x01001000, messageType: undefined })
  t.equal((await say({ ...LIST, mac: toMac(0x0200c0a50002) }))?.content.priority, 32767)
  t.equal(await say({ ...LIST, class: 'AAPLBSDPC/ppc/PowerMac3,1' }, 300), undefined)
  const told = lines.filter(({ msg }) => msg.includes('BSDP')).map(({ msg }) => msg.split(' pktsize')[0])
  t.strictSame(told, [
    'NetBoot: [1,2:0:c0:a5:0:1] BSDP ACK[SELECT] sent 127.0.0.1',
    'BSDP OFFER sent [1,2:0:c0:a5:0:1]',
  ])
})

const start = async (records: string) => {
  const config = join(folder, 'serve.yaml')
  writeFileSync(config, `images: ${images}\nbsdp: { records: ${records} }\nlogLevel: error\n`)
  const args = ['serve', config, '--loopback', '--port-offset', String(OFFSET), '--beside-others']
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: PLAIN,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await new Promise<void>((ready, failed) => {
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (/^ready$/m.test(said)) ready()
    })
    child.on('close', () => failed(new Error(said)))
  })
  return child
}

const kill = async (child: ChildProcess): Promise<void> => {
  child.kill('SIGKILL')
  await once(child, 'close')
}

t.test('bindings survive kill -9: none lost, none doubled', async t => {
  const records = resolve(folder, 'state', 'bsdp-records')
  const kills = byEffort({ quick: 2, thorough: 3, night: 1000 })
  for (let i = 1; i <= kills; i++) {
    const server = await start(records)
    for (let mac = Math.max(1, i - 3); mac < i; mac++) {
      const again = await say({ ...LIST, mac: toMac(mac) })
      t.match(
        again?.content,
        { selectedImage: 0x01001000, priority: 32768 - (i - 1) },
        `Mac ${mac} after kill ${i - 1}`,
      )
    }
    t.equal(
      (await say({ ...SELECT, mac: toMac(i) }))?.content.machineName,
      `NetBoot${String(i).padStart(3, '0')}`,
    )
    // As soon as the answer is here.
    await kill(server)
  }
  t.equal(existsSync(records), true)
  t.equal(readFileSync(records, 'utf8').split('\n').length, kills + 1)
  const kept = openBsdpRecords(records)
  t.equal(kept.size, kills)
  t.equal(new Set([...kept.all()].map(({ name }) => name)).size, kills, 'each name once')
  kept.close()
})
