/** Option 43 of PXE, its readings, and what a client says of itself. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { parseIp4, toIp4 } from '../../../src/core/address.ts'
import { fromHex, toHex } from '../../../src/core/bytes.ts'
import {
  bootRequest,
  bytesOption,
  concatenated,
  textOption,
  u16Option,
} from '../../../src/wire/dhcp/options.ts'
import * as client from '../../../src/wire/pxe/client.ts'
import {
  DISCOVERY_CONTROL,
  type PxeVendorOptions,
  decodePxeVendor,
  encodePxeVendor,
} from '../../../src/wire/pxe/vendor-options.ts'
import { pxeVendor, pxeVendorInstances } from '../../../src/wire/pxe/vendor-readings.ts'
import { FUZZ } from '../../effort.ts'

const ip = (text: string) => parseIp4(text)!

const value = (bytes: Uint8Array): PxeVendorOptions => {
  const result = decodePxeVendor(bytes)
  if (!result.ok) throw new Error('unreachable')
  return result.value
}
const issueCodes = (hex: string) =>
  decodePxeVendor(fromHex(hex)).issues.map(issue => `${issue.code}@${issue.offset}`)

t.test('what an old engine sent in forced mode (NBS-7)', async t => {
  const hex = '06 01 0b 08 07 aaaa 01 0ad7903c 00'
  const vendor = value(fromHex(hex))
  t.equal(vendor.discoveryControl, DISCOVERY_CONTROL.noBroadcast | DISCOVERY_CONTROL.noMulticast | 8)
  t.strictSame(vendor.bootServers, [{ type: 0xaaaa, addresses: [ip('10.215.144.60')] }])
  t.strictSame(vendor.tags, [6, 8])
  t.equal(vendor.ended, false)
  t.strictSame(issueCodes(hex), ['pxe.vendor.unended@13'])
})

t.test('every tag, by the byte, and back', async t => {
  const hex =
    '0604 01020304 0101 05 06 01 07 07 04 e0010203 08 07 aaaa 01 0a000005 08 03 0001 00' +
    '09 08 aaaa 05 57696e5045 0a 04 0a 463821 47 04 aaaa 8000 e0 02 beef ff'
  const vendor = value(fromHex(hex))
  t.match(vendor, {
    discoveryControl: 7,
    multicastAddress: ip('224.1.2.3'),
    bootServers: [
      { type: 0xaaaa, addresses: [ip('10.0.0.5')] },
      { type: 1, addresses: [] },
    ],
    bootMenu: [{ type: 0xaaaa, text: 'WinPE' }],
    prompt: { timeout: 10, text: 'F8!' },
    bootItem: { type: 0xaaaa, layer: 0x8000 },
    tags: [6, 1, 6, 7, 8, 8, 9, 10, 71, 224],
    ended: true,
  })
  t.strictSame(issueCodes(hex), ['pxe.tag.malformed@0'], 'the first 6 has four bytes')
  t.equal(
    toHex(encodePxeVendor({ ...vendor, tags: [224, 6] })),
    toHex(
      fromHex(
        'e002beef 060107 0704e0010203 080a aaaa010a000005 000100 0908aaaa0557696e5045 0a040a463821 4704aaaa8000 010105 ff',
      ),
    ),
    'order of tags, then of numbers, others last; a repeated list is one',
  )
  t.equal(toHex(encodePxeVendor({ discoveryControl: 8 }, { end: false })), '060108')
  t.equal(toHex(encodePxeVendor({})), 'ff')
})

t.test('malformed tags are reported and what can be read is kept', async t => {
  t.strictSame(issueCodes('0600 ff'), ['pxe.tag.malformed@0'])
  t.strictSame(issueCodes('0703 e00102 ff'), ['pxe.tag.malformed@0'])
  t.strictSame(issueCodes('0a00 ff'), ['pxe.tag.malformed@0'])
  t.strictSame(issueCodes('4703 000100 ff'), ['pxe.tag.malformed@0'])
  t.strictSame(issueCodes('060108 08'), ['pxe.tag.truncated@3', 'pxe.vendor.unended@4'])
  t.strictSame(issueCodes('060108 08ff00'), ['pxe.tag.truncated@3', 'pxe.vendor.unended@6'])
  t.strictSame(issueCodes(''), ['pxe.vendor.unended@0'])
  const cut = '080b aaaa01 0a000005 aaab02 0a ff'
  t.strictSame(issueCodes(cut), ['pxe.tag.malformed@0'])
  t.strictSame(value(fromHex(cut)).bootServers, [{ type: 0xaaaa, addresses: [ip('10.0.0.5')] }])
  t.strictSame(value(fromHex('09 04 0001 09 61 ff')).bootMenu, [])
})

t.test('lists over 255 bytes continue in a second tag, cut between entries', async t => {
  const bootMenu = Array.from({ length: 40 }, (_, i) => ({ type: i, text: `image ${i}` }))
  const bootServers = [{ type: 1, addresses: Array.from({ length: 70 }, (_, i) => toIp4(i)) }]
  const bytes = encodePxeVendor({ bootMenu, bootServers })
  t.strictSame(value(bytes).bootMenu, bootMenu)
  t.strictSame(value(bytes).tags, [8, 9, 9])
  t.equal(value(bytes).bootServers![0]!.addresses.length, 63, 'one entry holds no more')
})

t.test('three END-closed instances: what each kind of client sees', async t => {
  const instances = ['060108 0101 05 ff', '0903 aaaa00 ff', '0a02 0041 4704 aaaa0000 ff']
  const m = bootRequest({ options: instances.map(hex => bytesOption(43, fromHex(hex))) })
  const seen = (reading: Parameters<typeof pxeVendor>[1]) => {
    const result = pxeVendor(m, reading)
    return result?.ok ? result.value.tags : undefined
  }
  t.strictSame(seen('first'), [6, 1])
  t.strictSame(seen('last'), [10, 71])
  t.strictSame(seen('concatenated'), [6, 1], 'stops at the first END and misses menu, prompt and item')
  t.strictSame(seen(undefined), [6, 1])
  t.strictSame(seen('perInstance'), [6, 1, 9, 10, 71])
  t.strictSame(
    pxeVendorInstances(m).map(result => result.ok && result.value.tags),
    [[6, 1], [9], [10, 71]],
  )
  t.equal(pxeVendor(bootRequest({})), undefined)
  t.equal(pxeVendor(bootRequest({}), 'perInstance'), undefined)
  const split = bootRequest({ options: ['0604', '01'].map(hex => bytesOption(43, fromHex(hex))) })
  t.equal(toHex(concatenated(split, 43)!), '060401')
})

t.test('what a client says of itself', async t => {
  t.equal(client.pxeClassIdentifier(7, 3, 0), 'PXEClient:Arch:00007:UNDI:003000')
  t.equal(client.pxeClassIdentifier(7, 3, 16).length, 32)
  t.equal(client.architectureNumber('x64-uefi'), 7)
  t.equal(client.architectureName(11), 'arm64-uefi')
  t.equal(client.architectureName(99), undefined)
  t.equal(client.isArchitectureName('x64-uefi'), true)
  t.equal(client.isArchitectureName('toString'), false)
  client.ARCHITECTURES.forEach((architecture, i) => void t.equal(architecture.number, i))

  const of = (text: string) => bootRequest({ options: [textOption(60, text)] })
  t.equal(client.isPxeClient(of('PXEClient')), true)
  t.equal(client.isPxeClient(of('PXEClient:Arch:00000')), true)
  t.equal(client.isPxeClient(of('PXEClien')), false)
  t.equal(client.isPxeClient(of('HTTPClient:Arch:00016')), false)
  t.equal(client.isPxeClient(bootRequest({})), false)
  t.equal(client.isHttpClient(of('HTTPClient:Arch:00016')), true)
  t.equal(client.clientArchitecture(of('HTTPClient:Arch:00016:UNDI:003000')), 16)
  t.equal(client.clientArchitecture(of('PXEClient:Arch:00007:UNDI:003000')), 7)
  t.equal(client.clientArchitecture(of('PXEClient')), undefined)
  t.equal(client.clientArchitecture(bootRequest({ options: [u16Option(93, 11)] })), 11)
  t.equal(client.clientArchitecture(bootRequest({ options: [bytesOption(93, fromHex('00'))] })), undefined)

  const uuid = fromHex('00112233445566778899aabbccddeeff')
  const m = bootRequest({
    options: [client.clientNetworkInterfaceOption(3, 16), client.clientMachineIdentifierOption(uuid)],
  })
  t.strictSame(
    m.options.map(o => toHex(o.value)),
    ['010310', `00${toHex(uuid)}`],
  )
  t.strictSame(client.clientNetworkInterface(m), { type: 1, major: 3, minor: 16 })
  t.equal(toHex(client.clientMachineIdentifier(m)!), toHex(uuid))
  t.equal(client.clientMachineIdentifier(bootRequest({})), undefined)
  t.equal(client.clientNetworkInterface(bootRequest({})), undefined)
})

const u8 = fc.integer({ min: 0, max: 255 })
const u16 = fc.integer({ min: 0, max: 0xffff })
const text = fc
  .array(fc.integer({ min: 1, max: 255 }), { maxLength: 30 })
  .map(codes => String.fromCharCode(...codes))
const anyVendor = fc.record(
  {
    discoveryControl: u8,
    multicastAddress: fc.integer({ min: 0, max: 0xffffffff }).map(toIp4),
    bootServers: fc.array(
      fc.record(
        { type: u16, addresses: fc.array(fc.nat().map(toIp4), { maxLength: 20 }) },
        { noNullPrototype: true },
      ),
      { minLength: 1, maxLength: 6 },
    ),
    bootMenu: fc.array(fc.record({ type: u16, text }, { noNullPrototype: true }), {
      minLength: 1,
      maxLength: 12,
    }),
    prompt: fc.record({ timeout: u8, text }, { noNullPrototype: true }),
    bootItem: fc.record({ type: u16, layer: u16 }, { noNullPrototype: true }),
  },
  { requiredKeys: [], noNullPrototype: true },
)

t.test('round trip of any PXE vendor options', async () => {
  fc.assert(
    fc.property(anyVendor, fc.boolean(), (vendor, end) => {
      const { tags: _, others, ended, ...back } = value(encodePxeVendor(vendor, { end }))
      assert.deepEqual({ back, ended, others }, { back: vendor, ended: end, others: [] })
    }),
    { numRuns: 300, seed: 1 },
  )
})

t.test('no bytes make the decoder throw, and its value encodes again', async () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.array(fc.constantFrom(1, 2, 3, 4, 6, 7, 8, 9, 10, 71, 224, 255), { maxLength: 8 }),
      (noise, marks) => {
        const bytes = new Uint8Array(noise)
        marks.forEach((mark, i) => (bytes[(i * 7) % (bytes.length + 1)] = mark))
        const once = value(bytes)
        const { tags, ended, ...twice } = value(encodePxeVendor(once))
        assert.equal(ended, true)
        assert.deepEqual(new Set(twice.bootServers), new Set(once.bootServers))
        assert.equal(twice.others.length, once.others.length)
        assert.ok(tags.every(tag => once.tags.includes(tag)))
      },
    ),
    { numRuns: FUZZ, seed: 3 },
  )
})
