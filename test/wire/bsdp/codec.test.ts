/** BSDP on the wire: annotated packets byte for byte, the malformed ones, splitting, fuzz. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { parseIp4 } from '../../../src/core/address.ts'
import { concat, fromHex, toHex } from '../../../src/core/bytes.ts'
import {
  bsdpClassIdentifier,
  isBsdp,
  isStrictlyBsdp,
  macIdentity,
} from '../../../src/wire/bsdp/class-identifier.ts'
import type { BsdpContent } from '../../../src/wire/bsdp/content.ts'
import { MAX_LISTED_IMAGES, bsdpContent, decodeBsdp } from '../../../src/wire/bsdp/decode.ts'
import { MAX_IMAGE_NAME, bsdpOptions, encodeBsdp } from '../../../src/wire/bsdp/encode.ts'
import * as ids from '../../../src/wire/bsdp/image-id.ts'
import { decodeDhcp, encodeDhcp } from '../../../src/wire/dhcp/codec.ts'
import type { DhcpMessage } from '../../../src/wire/dhcp/message.ts'
import { bootReply, bootRequest, bytesOption, textOption } from '../../../src/wire/dhcp/options.ts'
import { PACKETS, type PacketId } from './packets.ts'
import { FUZZ } from '../../effort.ts'

const ip = (text: string) => parseIp4(text)!

const messageOf = (bytes: Uint8Array): DhcpMessage => {
  const result = decodeDhcp(bytes)
  if (!result.ok) throw new Error('no DHCP message')
  return result.value
}
const contentOf = (message: DhcpMessage): BsdpContent => {
  const result = bsdpContent(message)
  if (!result.ok) throw new Error('unreachable')
  return result.value
}
const read = (hex: string, more: readonly string[] = []) => decodeBsdp([hex, ...more].map(fromHex))
const issuesOf = (hex: string, ...more: string[]) =>
  read(hex, more).issues.map(({ code, offset }) => `${code}@${offset}`)
const valueOf = (hex: string, ...more: string[]): BsdpContent => {
  const result = read(hex, more)
  if (!result.ok) throw new Error('unreachable')
  return result.value
}

const LONG = Array.from({ length: 8 }, (_, i) => ({
  id: 0x01000001 + i,
  name: `Long image name number 0${i + 1} for class A101`,
}))

/** What each packet says. */
const SAID: Readonly<Record<PacketId, Partial<BsdpContent>>> = {
  A: { version: 0x0101 },
  B: { messageType: 1, version: 0x0101 },
  C: {
    messageType: 1,
    priority: 32766,
    defaultImage: 0x01001000,
    images: [
      { id: 0x81000067, name: 'Install Sierra' },
      { id: 0x01001000, name: 'Lab NetBoot' },
      { id: 0x01000007, name: 'Café' },
    ],
  },
  D: { messageType: 2, version: 0x0101, serverIdentifier: ip('10.66.0.10'), selectedImage: 0x01001000 },
  E: { messageType: 2, selectedImage: 0x01001000, machineName: 'NetBoot001' },
  F: { messageType: 3 },
  G: { selectedImage: 0x01001000, machineName: 'NetBoot001' },
  H: {
    messageType: 1,
    version: 0x0101,
    replyPort: 993,
    maxMessageSize: 8192,
    attributesFilter: [0x0100, 0x8100],
  },
  I: { messageType: 1, priority: 65535, defaultImage: 0x01000001, images: LONG },
  O: {
    messageType: 1,
    priority: 32768,
    defaultImage: 0x01000007,
    selectedImage: 0x01001000,
    images: [
      { id: 0x01001000, name: 'Lab NetBoot OLD' },
      { id: 0x01000007, name: 'Diag' },
    ],
  },
  P: { messageType: 2, selectedImage: 0x00001000 },
}

t.test('every annotated packet decodes to what it says and encodes back byte for byte', async t => {
  for (const [id, bytes] of Object.entries(PACKETS) as [PacketId, Uint8Array][]) {
    const message = messageOf(bytes)
    t.ok(isBsdp(message), id)
    t.strictSame(bsdpContent(message).issues, [], `${id}: nothing to complain of`)
    const { others, tags, intact, listIntact, ...said } = contentOf(message)
    t.strictSame(said, SAID[id], `${id} says`)
    t.strictSame([others, intact, listIntact], [[], true, true], id)
    t.ok(tags.length > 0)
    // From the value alone: no order is kept from what was read.
    const options = [...message.options.filter(({ code }) => code !== 43), ...bsdpOptions(SAID[id])]
    t.equal(toHex(encodeDhcp({ ...message, options })), toHex(bytes), `${id} again`)
  }
})

t.test('A-5: option 60', async t => {
  const withClass = (value: string) => bootRequest({ options: [textOption(60, value)] })
  t.strictSame(macIdentity(messageOf(PACKETS.A)), { architecture: 'i386', systemId: 'MacBookPro11,2' })
  t.equal(bsdpClassIdentifier({ architecture: 'ppc', systemId: 'PowerMac3,1' }), 'AAPLBSDPC/ppc/PowerMac3,1')
  for (const bad of [
    'AAPLBSDPC',
    'AAPLBSDPC/i386',
    'AAPLBSDPCi386/x/y',
    'AAPLBSDPC/i386/a\0b',
    'AAPLBSDPC/i386/a\n',
  ])
    t.equal(macIdentity(withClass(bad)), undefined, JSON.stringify(bad))
  t.strictSame(macIdentity(withClass('AAPLBSDPC//')), { architecture: '', systemId: '' })
  t.equal(isStrictlyBsdp(messageOf(PACKETS.C)), true)
  t.equal(isStrictlyBsdp(messageOf(PACKETS.B)), false)
  t.equal(isBsdp(withClass('AAPLBSDP')), false)
  t.equal(isBsdp(withClass('PXEClient')), false)
  t.equal(isBsdp(bootRequest({})), false)
})

t.test('A-3: image ids', async t => {
  t.equal(ids.imageId({ install: true, kind: 1, index: 103 }), 0x81000067)
  t.equal(ids.imageId({ install: false, kind: 1, index: 4096 }), 0x01001000)
  const id = 0x82aa1234
  t.strictSame(
    [ids.isInstall(id), ids.imageKind(id), ids.reservedByte(id), ids.imageIndex(id), ids.imageAttributes(id)],
    [true, 2, 0xaa, 0x1234, 0x82aa],
  )
  t.strictSame([0x01000fff, 0x01001000].map(ids.isGlobal), [false, true])
  t.equal(ids.formatImageId(0x01001000), '0x01001000')
})

t.test('malformed vectors yield exactly the issues listed', async t => {
  const J = '010101 04028080 093c 01001000 0158'
  t.strictSame(issuesOf(J), ['bsdp.subOption.truncated@7'])
  t.match(read(J).issues[0], { message: 'sub-option 9 claims 60 bytes, 6 are there', severity: 'violation' })
  t.match(valueOf(J), { intact: false, messageType: 1, priority: 0x8080 })

  const { options } = messageOf(PACKETS.C)
  const K = { ...messageOf(PACKETS.C), options: options.toSorted((a, b) => a.code - b.code) }
  t.equal(
    K.options.findIndex(({ code }) => code === 43) < K.options.findIndex(({ code }) => code === 60),
    true,
  )
  t.equal(isBsdp(K), true, 'K: 43 before 60')
  t.strictSame(contentOf(K), contentOf(messageOf(PACKETS.C)))

  t.equal(isBsdp({ ...K, options: options.filter(({ code }) => code !== 60) }), false, 'L: no option 60')

  const M = '010101 0914 0100100000 010010010 26f6b 0100100232 616263'.replaceAll(' ', '')
  t.strictSame(issuesOf(M), ['bsdp.imageList.truncated@17'])
  t.match(read(M).issues[0]?.message, 'a name of 50 bytes, 3 are there')
  t.match(valueOf(M), {
    listIntact: false,
    intact: true,
    images: [
      { id: 0x01001000, name: '' },
      { id: 0x01001001, name: 'ok' },
    ],
  })

  const S = '0100 0703000001 040400008000 0900'
  t.strictSame(
    issuesOf(S),
    [0, 2, 7, 13].map(at => `bsdp.subOption.length@${at}`),
  )
  t.strictSame(valueOf(S), { others: [], tags: [1, 7, 4, 9], intact: true, listIntact: true })

  const [first, second] = ['010101 0914 01001000054c6162204e', '0100000705436166c3a9']
  t.strictSame(issuesOf(first, second)[0], 'bsdp.subOption.truncated@3', 'U: split inside a sub-option')
  t.equal(valueOf(first, second).intact, false)
  const joined = decodeBsdp([fromHex(first), fromHex(second)], { joined: true })
  t.strictSame(joined.issues, [], 'U, lenient')
  t.match(joined.ok && joined.value.images, [
    { id: 0x01001000, name: 'Lab N' },
    { id: 0x01000007, name: 'Café' },
  ])
})

t.test('other things on the wire', async t => {
  t.strictSame(valueOf('00 00 010101 ff 0402ffff'), { ...valueOf('010101') }, 'pads, and what follows an END')
  t.match(valueOf('c80201ff 010102'), { messageType: 2, others: [{ tag: 200, value: fromHex('01ff') }] })
  t.strictSame(issuesOf('01'), ['bsdp.subOption.truncated@0'])
  t.equal(valueOf('0a00').netBoot1, true)
  t.equal(valueOf('0a0101').netBoot1, true, 'one table says length 1')
  t.strictSame(issuesOf('0a020101'), ['bsdp.subOption.length@0'])
  t.strictSame(issuesOf('0b03010081', '0b00'), ['bsdp.subOption.length@0', 'bsdp.subOption.length@5'])
  t.strictSame(
    issuesOf('0908 0100100003616263', '0903 010010', '0903 000178'),
    ['bsdp.imageList.split@12'],
    'a descriptor over two sound sub-options is read, and told',
  )
  t.strictSame(decodeBsdp([]), { ok: true, value: valueOf(''), issues: [] })
  const many = Array.from({ length: 220 }, () => fromHex(`09fa ${'0100100000'.repeat(50)}`))
  const crowd = decodeBsdp(many)
  t.equal(crowd.ok && crowd.value.images?.length, MAX_LISTED_IMAGES)
  t.equal(crowd.issues.at(-1)?.code, 'bsdp.imageList.tooMany')
})

t.test('A-2, A-11: long lists are split between descriptors, each option 43 readable by itself', async t => {
  const { instances, images } = encodeBsdp(SAID.I)
  t.strictSame(
    instances.map(({ length }) => length),
    [240, 137],
  )
  t.equal(images, 8)
  for (const instance of instances) t.strictSame(decodeBsdp([instance]).issues, [])
  const forty = Array.from({ length: 40 }, (_, i) => ({
    id: 0x01000001 + i,
    name: `Image number ${i + 1} of many`,
  }))
  const whole = encodeBsdp({ messageType: 1, images: forty })
  t.equal(whole.images, 40)
  const back = decodeBsdp(whole.instances)
  t.strictSame(back.ok && back.value.images, forty)
  const cut = encodeBsdp({ messageType: 1, images: forty }, { room: 280 })
  t.equal(cut.instances.reduce((sum, each) => sum + 2 + each.length, 0) <= 280, true)
  t.strictSame(decodeBsdp(cut.instances).issues, [])
  t.equal(cut.images > 7 && cut.images < 40, true, String(cut.images))
  t.strictSame(encodeBsdp({ messageType: 1, images: forty }, { room: 3 }), { instances: [], images: 0 })
  const shadow = { messageType: 2, shadowMountPath: 'x'.repeat(200), shadowFilePath: 'y'.repeat(100) }
  t.strictSame(
    encodeBsdp(shadow).instances.map(({ length }) => length),
    [205, 102],
    'no sub-option is cut',
  )
})

t.test('names of 246 octets, and characters at the border', async t => {
  const nameOf = (name: string) => {
    const back = decodeBsdp(encodeBsdp({ images: [{ id: 1, name }] }).instances)
    return back.ok ? back.value.images?.[0]?.name : undefined
  }
  t.equal(nameOf('n'.repeat(MAX_IMAGE_NAME)), 'n'.repeat(246))
  t.equal(nameOf('n'.repeat(247)), 'n'.repeat(246))
  t.equal(nameOf('n'.repeat(245) + 'é'), 'n'.repeat(245), 'é would be cut in two')
  t.equal(nameOf('n'.repeat(244) + 'é'), 'n'.repeat(244) + 'é')
  t.equal(nameOf('n'.repeat(244) + '😀'), 'n'.repeat(244))
  t.equal(nameOf(''), '')
})

t.test('any list comes back as it was', async t => {
  const image = fc
    .tuple(fc.nat({ max: 0xffffffff }), fc.string({ unit: 'grapheme', maxLength: 40 }))
    .map(([id, name]) => ({ id, name }))
  fc.assert(
    fc.property(fc.array(image, { minLength: 1, maxLength: 60 }), fc.boolean(), (images, marked) => {
      const { instances } = encodeBsdp({ ...(marked && { messageType: 1, priority: 7 }), images })
      const back = decodeBsdp(instances)
      assert.deepEqual(back.issues, [])
      assert.deepEqual(back.ok && back.value.images, images)
      assert.ok(instances.every(({ length }) => length <= 255))
    }),
    { numRuns: Math.max(50, FUZZ / 100) },
  )
  t.pass('every list')
})

t.test('nothing makes the decoder throw, and what it took can be written and read again', async t => {
  const values = Object.values(PACKETS).flatMap(bytes =>
    messageOf(bytes)
      .options.filter(({ code }) => code === 43)
      .map(({ value }) => value),
  )
  const mutated = fc
    .tuple(
      fc.constantFrom(...values),
      fc.array(fc.tuple(fc.nat(260), fc.nat(255)), { maxLength: 6 }),
      fc.nat(260),
    )
    .map(([value, changes, cut]) => {
      const bytes = value.slice(0, cut)
      for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte
      return bytes
    })
  const inputs = fc.array(fc.oneof(mutated, fc.uint8Array({ maxLength: 80 })), { maxLength: 4 })
  fc.assert(
    fc.property(inputs, instances => {
      const result = decodeBsdp(instances)
      assert.ok(result.ok)
      if (!result.ok) return
      const again = decodeBsdp(encodeBsdp(result.value).instances)
      assert.ok(again.ok && again.value.intact && again.value.listIntact)
      if (again.ok) assert.equal(again.value.images?.length ?? 0, result.value.images?.length ?? 0)
      decodeBsdp(instances, { joined: true })
      bsdpContent(bootReply(bootRequest({}), { options: instances.map(value => bytesOption(43, value)) }))
    }),
    { numRuns: FUZZ },
  )
  t.equal(concat([]).length, 0)
})
