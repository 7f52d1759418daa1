/**
 * The BSDP server by Apple's algorithm (A-7 … A-17), as far as a server alone can show it. Clients and scenarios show
 * the rest.
 */
import t from 'tap'
import { ANY_IP4, LIMITED_BROADCAST, toMac } from '../../../src/core/address.ts'
import { toHex } from '../../../src/core/bytes.ts'
import { parseMacPattern } from '../../../src/core/mac-pattern.ts'
import { SECOND } from '../../../src/core/micros.ts'
import { random } from '../../../src/core/random.ts'
import { describeBsdpEvent } from '../../../src/protocol/bsdp/events.ts'
import { bootPath, orderImages, rootPathOf } from '../../../src/protocol/bsdp/images.ts'
import type { BsdpBehavior } from '../../../src/protocol/bsdp/behavior.ts'
import { MAX_BSDP_RECORDS, type BsdpRecord, MemoryRecords } from '../../../src/protocol/bsdp/records.ts'
import { SHADOW_RECLAIM } from '../../../src/protocol/bsdp/shadow-accounts.ts'
import { encodeDhcp } from '../../../src/wire/dhcp/codec.ts'
import { OPTION, bytesOption, first, messageType, textOption } from '../../../src/wire/dhcp/options.ts'
import { PACKETS } from '../../wire/bsdp/packets.ts'
import { clientMessage } from '../pxe/requests.ts'
import {
  CAFE,
  INSTALL,
  LAB,
  MAC,
  MAC_ADDRESS,
  OTHER,
  SERVER,
  ask,
  discover,
  image,
  ip,
  list,
  macMessage,
  resultOf,
  select,
  server,
} from './macs.ts'
import { FUZZ } from '../../effort.ts'

const record = (mac: number, more: Partial<BsdpRecord> = {}): BsdpRecord => ({
  mac: toMac(mac),
  name: 'NetBoot001',
  number: 1,
  architecture: 'i386',
  systemId: 'MacBookPro11,2',
  image: LAB.id,
  bound: true,
  address: MAC_ADDRESS,
  lastBoot: 0,
  ...more,
})
const two = () => new MemoryRecords([record(1, { number: 0 }), record(2, { number: 0 })])
const names = (service: ReturnType<typeof server>, content = {}, more = {}) =>
  ask(service, list(content, more)).content.images?.map(({ name }) => name)

const MINE = parseMacPattern('02:00:c0:*')!
const OTHERS = parseMacPattern('00:50:56:*')!

t.test('the answers to the annotated requests are the annotated answers', async t => {
  const service = server({ records: two() })
  const listed = ask(service, PACKETS.B)
  // C lists an image before its default, which Apple's order never does; all else agrees.
  t.match(listed.content, {
    messageType: 1,
    priority: 32766,
    defaultImage: 0x01001000,
    tags: [1, 4, 7, 9],
    images: [
      { id: 0x01001000, name: 'Lab NetBoot' },
      { id: 0x81000067, name: 'Install Sierra' },
      { id: 0x01000007, name: 'Café' },
    ],
  })
  t.equal(toHex(listed.bytes.subarray(0, 0x113)), toHex(PACKETS.C.subarray(0, 0x113)), 'up to the list')
  t.equal(listed.bytes.length, PACKETS.C.length)
  t.strictSame(listed.to, { ip: MAC_ADDRESS, port: 68 })
  t.equal(toHex(ask(service, PACKETS.D).bytes), toHex(PACKETS.E), 'E, the ACK[SELECT]')
  const failing = select({ selectedImage: 0x01000999 }, { xid: 0x4d414303 })
  t.equal(toHex(ask(service, failing).bytes), toHex(PACKETS.F), 'F, the ACK[FAILED]')
})

t.test('a bound client is answered at DISCOVER', async t => {
  const nfs = { ...LAB, type: 'nfs' } as const
  const service = server({ images: [nfs], records: new MemoryRecords() })
  t.equal(ask(service, PACKETS.A, { from: ANY_IP4 }).reason, 'unbound')
  ask(service, PACKETS.D)
  const offer = ask(service, PACKETS.A, { from: ANY_IP4 })
  t.equal(toHex(offer.bytes), toHex(PACKETS.G), 'G, the BSDP OFFER')
  t.strictSame(offer.to, { ip: LIMITED_BROADCAST, port: 68 })
  t.equal(ask(service, list()).content.selectedImage, LAB.id, 'and in the next list')
  const relayed = ask(service, discover({}, { giaddr: ip('10.1.0.1') }))
  t.strictSame(relayed.to, { ip: ip('10.1.0.1'), port: 67 })
  t.equal(ask(service, discover({ attributesFilter: [0x8100] })).reason, 'image-gone', 'with the filter')
  t.equal(ask(service, discover({}, { class: 'AAPLBSDPC/ppc/PowerMac3,1' })).reason, 'image-gone')
})

t.test('priority falls with every record, never below 0', async t => {
  const records = new MemoryRecords()
  const service = server({ records })
  for (const [index, priority] of [32768, 32767, 32766].entries()) {
    t.equal(ask(service, list({}, { mac: toMac(0x100 + index) })).content.priority, priority)
    ask(service, select({}, { mac: toMac(0x100 + index) }))
  }
  t.strictSame(
    [...records.all()].map(({ name }) => name),
    ['NetBoot001', 'NetBoot002', 'NetBoot003'],
  )
  const small = server({ records: two(), behavior: { priority: { base: 1, falls: true } } })
  t.equal(ask(small, list()).content.priority, 0)
})

t.test('SELECT elsewhere deletes the record, and its number is not used again', async t => {
  const records = new MemoryRecords()
  const service = server({ records })
  ask(service, select({}, { mac: toMac(7) }))
  ask(service, select())
  t.equal(records.size, 2)
  const moved = ask(service, select({ serverIdentifier: OTHER }))
  t.match(moved.event, { kind: 'forgot', mac: MAC, server: OTHER })
  t.equal(moved.bytes.length, 0)
  t.equal(records.get(MAC), undefined)
  t.equal(ask(service, list()).content.priority, 32767)
  t.equal(ask(service, select({ serverIdentifier: OTHER })).reason, 'selected-other')
  ask(service, select())
  t.equal(records.get(MAC)?.name, 'NetBoot003', 'highest ever + 1')
})

t.test('A-7, A-9: what Apple is silent to', async t => {
  const service = server()
  const reasons: readonly [string, Uint8Array | ReturnType<typeof list>][] = [
    ['malformed', new Uint8Array(20)],
    ['no-request', list({}, { header: { op: 2 } })],
    ['no-request', list({}, { header: { htype: 6 } })],
    ['not-bsdp', list({}, { class: undefined })],
    ['not-bsdp', list({}, { class: 'PXEClient:Arch:00007' })],
    ['bad-class', list({}, { class: 'AAPLBSDPC' })],
    ['bad-class', list({}, { class: 'AAPLBSDPC/i386' })],
    ['bad-class', list({}, { class: 'AAPLBSDPC/i386/iMac\0' })],
    ['bad-vendor', list({}, { options: [bytesOption(43, Uint8Array.of(9, 60, 1))] })],
    ['bad-version', list({ version: 0x0200 })],
    ['reply-port', list({ replyPort: 1024 })],
    ['no-client-address', list({}, { ciaddr: ANY_IP4 })],
    ['no-message-type', macMessage()],
    ['no-message-type', macMessage({ content: { messageType: 3 } })],
    ['no-message-type', macMessage({ content: { messageType: 9 } })],
    ['no-image', list({}, { class: 'AAPLBSDPC/ppc/PowerMac3,1' })],
    ['no-image', list({ attributesFilter: [0x0200] })],
    ['no-server-identifier', macMessage({ content: { messageType: 2 } })],
    ['for-other-server', list({}, { header: { siaddr: OTHER } })],
    ['for-other-server', list({}, { header: { sname: 'nbs2.lab.example' } })],
    ['unbound', discover()],
    ['dhcp-request', macMessage({ type: 'request' })],
    ['other-message', macMessage({ type: 'release' })],
    ['netboot-1', list({ netBoot1: true })],
  ]
  for (const [reason, request] of reasons) {
    const result = ask(service, request)
    t.equal(result.reason, reason)
    t.equal(result.bytes.length, 0)
  }
  const noVersion = macMessage({ content: { messageType: 1, version: undefined as never } })
  t.equal(ask(service, noVersion).reason, 'bad-version', 'no version')
  t.equal(
    ask(service, list({}, { header: { options: [textOption(60, 'AAPLBSDPC/i386/x')] } })).reason,
    'bad-vendor',
  )
  t.equal(
    ask(service, list({}, { header: { siaddr: SERVER, sname: 'nbs1.lab.example' } })).content.messageType,
    1,
  )
  t.equal(ask(service, list({ version: 0 })).content.messageType, 1, 'version 0 is taken')
  t.equal(ask(server({ netBoot1: true }), list({ netBoot1: true })).content.messageType, 1)
  const choosy = server({ images: [image(1, 'A', { enabledSystemIds: ['iMac14,2'] })] })
  t.equal(ask(choosy, list()).reason, 'no-image', 'unknown model: silence')
  t.equal(ask(choosy, list({}, { model: 'iMac14,2' })).content.defaultImage, 1)
})

t.test('A-13: SELECT', async t => {
  const service = server()
  t.equal(ask(service, select()).content.selectedImage, LAB.id, '12: without image: the default')
  for (const selectedImage of [0x01001001, 0x00001000, 0x81001000])
    t.equal(ask(service, select({ selectedImage })).content.messageType, 3, '11: all 32 bits count')
  const later = server({ images: [{ ...LAB, enabled: false }, INSTALL] })
  t.equal(ask(later, select({ selectedImage: LAB.id })).content.messageType, 3, '11: disabled')
  const hidden = image(0x03000001, 'Diagnostics', { filterOnly: true })
  t.equal(ask(server({ images: [hidden] }), select({ selectedImage: hidden.id })).content.messageType, 2)
  const failed = ask(server({ behavior: { failsSelect: true } }), select())
  t.strictSame([failed.content.messageType, failed.content.tags], [3, [1]], '13')
  const replied = ask(service, select({ replyPort: 993 }))
  t.strictSame(replied.to, { ip: MAC_ADDRESS, port: 993 })
})

t.test('filters', async t => {
  const hidden = image(0x03000001, 'Diagnostics', { filterOnly: true })
  const service = server({ images: [INSTALL, LAB, hidden] })
  t.strictSame(names(service), ['Lab NetBoot', 'Install Sierra'])
  t.strictSame(names(service, { attributesFilter: [0x8100] }), ['Install Sierra'])
  t.strictSame(names(service, { attributesFilter: [0x0300, 0x0100] }), ['Lab NetBoot', 'Diagnostics'])
})

t.test('version 1.0 gets no list', async t => {
  const { content } = ask(server(), list({ version: 0x0100 }))
  t.strictSame(content.tags, [1, 4, 7])
})

t.test('reply ports', async t => {
  t.strictSame(ask(server(), PACKETS.H, { port: 993 }).to, { ip: MAC_ADDRESS, port: 993 })
  t.equal(ask(server(), list({ replyPort: 1024 })).reason, 'reply-port')
  t.strictSame(ask(server(), list({ replyPort: 1023 })).to?.port, 1023)
  const bySource = server({ behavior: { repliesTo: 'source-port' } })
  t.equal(ask(bySource, PACKETS.H, { port: 68 }).to?.port, 68, 'pybsdp answers where the question came from')
})

t.test('forty images and packets of 548, 1500 and 8192', async t => {
  const images = Array.from({ length: 40 }, (_, i) =>
    image(0x01000001 + i, `Image number ${i + 1} for the class`),
  )
  const service = server({ images })
  const sizes: [number | undefined, number | undefined, number, number][] = [
    [undefined, undefined, 548, 7],
    [500, undefined, 548, 7],
    [1500, undefined, 1500, 34],
    [1500, 8192, 8192, 40],
    [9000, undefined, 8192, 40],
  ]
  for (const [maxSize, maxMessageSize, limit, count] of sizes) {
    const { content, bytes, event } = ask(
      service,
      list({ ...(maxMessageSize && { maxMessageSize }) }, { maxSize }),
    )
    t.ok(28 + bytes.length <= limit, `${28 + bytes.length} of ${limit}`)
    t.equal(content.images?.length, count)
    t.equal(content.intact && content.listIntact, true)
    t.match(event, { truncatedTo: count < 40 ? count : undefined })
  }
  const cut = ask(service, list({}, { maxSize: undefined }))
  t.match(describeBsdpEvent(cut.event!), /image list truncated to first 7 images/)
  const one = ask(server({ images, behavior: { split: 'truncate' } }), list())
  t.equal(one.message.options.filter(({ code }) => code === 43).length, 1, 'a responder that cannot split')
})

t.test('a relayed INFORM is answered at ciaddr, not at the relay', async t => {
  const { to, message } = ask(server(), list({}, { giaddr: ip('10.1.0.1') }), {
    from: ip('10.1.0.1'),
    port: 67,
  })
  t.strictSame(to, { ip: MAC_ADDRESS, port: 68 })
  t.equal(message.giaddr, ip('10.1.0.1'), 'giaddr is copied')
})

t.test('a load-balance server', async t => {
  const service = server({ images: [{ ...LAB, loadBalanceServer: OTHER }] })
  const { message } = ask(service, select())
  t.equal(message.siaddr, OTHER)
  t.equal(message.sname, '')
  t.equal(
    new TextDecoder().decode(first(message, OPTION.rootPath)),
    'http://10.66.0.11/NetBoot/NetBootSP0/Lab.nbi/NetBoot.dmg',
  )
})

t.test('PXE clients are not answered', async t => {
  t.equal(ask(server(), clientMessage()).reason, 'not-bsdp')
  t.equal(ask(server(), encodeDhcp(clientMessage({ type: 'inform' }))).reason, 'not-bsdp')
})

t.test('A-9: order, defaults, doubles', async t => {
  const general = (id: number, name: string) => image(id, name, { isDefault: true })
  const special = image(3, 'C', { isDefault: true, enabledSystemIds: ['MacBookPro11,2'] })
  const read = [image(1, 'A'), general(2, 'B'), special, image(1, 'again'), general(4, 'D'), image(0, 'null')]
  const { images, ignored } = orderImages(read)
  t.strictSame(
    images.map(({ name }) => name),
    ['D', 'B', 'C', 'A'],
  )
  t.strictSame(
    ignored.map(({ name }) => name),
    ['again', 'null'],
  )
  t.equal(ask(server({ images: [CAFE] }), list()).content.defaultImage, CAFE.id, 'there is always a default')
})

t.test('A-8: machines and models', async t => {
  const only = (more: object) => ask(server({ images: [image(1, 'A', more)] }), list()).reason ?? 'listed'
  t.equal(only({ disabledSystemIds: ['MacBookPro11,2'] }), 'no-image')
  t.equal(only({ enabledSystemIds: [] }), 'listed')
  t.equal(only({ enabledMacs: [] }), 'listed', 'the code, not the manual page')
  t.equal(only({ enabledMacs: [MINE] }), 'listed')
  t.equal(only({ enabledMacs: [OTHERS] }), 'no-image')
  t.equal(only({ enabledMacs: [MINE], disabledMacs: [MINE] }), 'no-image', 'disabled wins')
  t.equal(ask(server({ deny: [MINE] }), list()).reason, 'denied')
  t.equal(ask(server({ allow: [OTHERS] }), list()).reason, 'not-allowed')
})

t.test('A-15: diskless clients and their accounts', async t => {
  const images = [{ ...LAB, diskless: true }]
  const service = server({ images, shadow: { accounts: 2, random: random(1) } })
  const get = (mac: number, now = 0) => ask(service, select({}, { mac: toMac(mac) }), { now }).content
  const one = get(1)
  t.match(one.shadowMountPath, /^afp:\/\/netboot001:[a-z0-9]{8}@10\.66\.0\.10\/NetBootClients0$/)
  t.equal(one.shadowFilePath, 'NetBoot001/Shadow')
  t.strictSame(one.tags, [1, 8, 130, 128, 129])
  t.match(get(2).shadowMountPath, /netboot002/)
  t.equal(get(3).messageType, 3, 'the third one fails while the others work')
  t.not(get(1, 10 * SECOND).shadowMountPath, one.shadowMountPath, 'a fresh password at each boot')
  t.match(get(3, SHADOW_RECLAIM + 1).shadowMountPath, /netboot002/, 'the oldest is reclaimed')
  t.equal(ask(service, discover({}, { mac: toMac(2) }), { now: SHADOW_RECLAIM + 2 }).reason, 'no-resources')
})

t.test('A-18, A-19: paths', async t => {
  t.equal(bootPath(LAB, 'i386'), '/private/tftpboot/NetBoot/NetBootSP0/Lab.nbi/i386/booter')
  t.equal(
    bootPath({ ...LAB, architectureFolders: false }, 'ppc'),
    '/private/tftpboot/NetBoot/NetBootSP0/Lab.nbi/booter',
  )
  t.equal(bootPath({ ...LAB, tftpRoot: 'NetBoot' }, 'i386'), 'NetBoot/NetBootSP0/Lab.nbi/i386/booter')
  t.equal(
    rootPathOf({ ...LAB, folder: 'My Lab.nbi' }, SERVER),
    'http://10.66.0.10/NetBoot/NetBootSP0/My%20Lab.nbi/NetBoot.dmg',
  )
  const url = 'http://user:pass@10.0.0.9:8080/x/y.dmg'
  t.equal(rootPathOf({ ...LAB, rootPath: url }, SERVER), url)
  t.equal(
    rootPathOf({ ...LAB, type: 'nfs', folder: 'a:b.nbi' }, SERVER),
    'nfs:10.66.0.10:/Library/NetBoot/NetBootSP0:a\\:b.nbi/NetBoot.dmg',
  )
  t.equal(rootPathOf({ ...LAB, type: 'boot-file-only' }, SERVER), undefined)
})

t.test('A-34: other manners', async t => {
  const withManners = (behavior: Partial<BsdpBehavior>) => server({ behavior, images: [LAB] })
  const foreign = select({ serverIdentifier: OTHER })
  t.equal(ask(withManners({ ignoresServerIdentifier: true }), foreign).content.messageType, 2)
  t.equal(
    ask(withManners({ comparesIndexOnly: true }), select({ selectedImage: 0x81001000 })).content.messageType,
    2,
  )
  t.equal(ask(withManners({ claimsEveryone: true }), list()).content.selectedImage, LAB.id)
  t.equal(ask(withManners({ priority: { base: 32896, falls: false } }), list()).content.priority, 32896)
  t.equal(ask(withManners({ sendsServerIdentifier: true }), list()).content.serverIdentifier, SERVER)
  t.equal(ask(withManners({ unknownImage: 'silent' }), select({ selectedImage: 9 })).reason, 'unknown-image')
  const empty = ask(withManners({ unknownImage: 'empty-file' }), select({ selectedImage: 9 }))
  t.strictSame([empty.content.messageType, empty.message.file], [2, ''])
  t.equal(
    ask(withManners({ checksModel: false }), list({}, { class: 'AAPLBSDPC/ppc/x' })).content.defaultImage,
    LAB.id,
  )
  t.equal(
    ask(withManners({ checksClass: false, checksModel: false }), list({}, { class: undefined })).content
      .messageType,
    1,
  )
  const optioned = ask(withManners({ names: 'options', machineName: 'mac' }), select())
  t.strictSame([optioned.message.file, optioned.message.siaddr, optioned.message.sname], ['', ANY_IP4, ''])
  t.equal(optioned.content.machineName, 'NetBoot0200c0a50001')
  t.equal(
    new TextDecoder().decode(first(optioned.message, 67)),
    '/private/tftpboot/NetBoot/NetBootSP0/Lab.nbi/i386/booter',
  )
  const echoed = ask(withManners({ classIdentifier: 'echo' }), list()).message
  t.equal(new TextDecoder().decode(first(echoed, 60)), 'AAPLBSDPC/i386/MacBookPro11,2')
  const keeps = withManners({ keepsRecords: true })
  ask(keeps, select())
  ask(keeps, foreign)
  t.equal(ask(keeps, list()).content.selectedImage, LAB.id, 'goes on to claim the client')
})

t.test('delays, refusals, texts', async t => {
  const service = server({ delay: () => 5 * SECOND })
  t.equal(ask(service, list()).bytes.length, 0)
  t.equal(service.wakeAt, 5 * SECOND)
  t.equal(resultOf(service.wake(5 * SECOND)).content.messageType, 1)
  const listed = ask(server({ records: two() }), PACKETS.B)
  t.equal(
    describeBsdpEvent(listed.event!),
    'NetBoot: [1,2:0:c0:a5:0:1] BSDP ACK[LIST] sent 10.66.0.50 pktsize 323',
  )
  t.match(service.unreachable(0, 'bsdp', { cause: 'port', target: { ip: OTHER, port: 993 } })[0], {
    event: { kind: 'undelivered' },
  })
  t.equal(messageType(listed.message), 'ack')
})

t.test('records are bounded; the oldest goes', async t => {
  const records = new MemoryRecords()
  for (let i = 0; i < MAX_BSDP_RECORDS; i++) records.put(record(i, { number: i }))
  records.put(record(0))
  t.equal(records.put(record(MAX_BSDP_RECORDS)), 1, 'the one that was not used')
  t.equal(records.size, MAX_BSDP_RECORDS)
})

t.test('random requests never make the server throw', async t => {
  const dice = random('bsdp fuzz')
  const service = server({ images: [{ ...LAB, diskless: true }, INSTALL], records: new MemoryRecords() })
  const seeds = [PACKETS.A, PACKETS.B, PACKETS.D, PACKETS.H]
  const seen = new Set<string | undefined>()
  for (let i = FUZZ / 4; i > 0; i--) {
    const bytes = seeds[dice.below(seeds.length)]!.slice(0, dice.chance(0.1) ? dice.below(306) : 400)
    for (let changes = dice.below(5); changes > 0; changes--) {
      const from = dice.chance(0.8) ? 240 : 0
      if (bytes.length > from) bytes[from + dice.below(bytes.length - from)] = dice.below(256)
    }
    const result = ask(service, bytes, { now: i })
    seen.add(result.reason ?? (result.event?.kind === 'answered' ? result.event.message : result.event?.kind))
  }
  t.ok(seen.size > 12, [...seen].join())
})
