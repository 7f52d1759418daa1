/** DHCP codec: vectors by the byte, what the decoder tolerates, what the encoder guarantees, fuzz. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { parseIp4, toIp4, toMac } from '../../../src/core/address.ts'
import { concat, fromHex, latin1Bytes, toHex } from '../../../src/core/bytes.ts'
import { BOOTP_MINIMUM, MAX_OPTIONS, decodeDhcp, encodeDhcp } from '../../../src/wire/dhcp/codec.ts'
import type { DhcpMessage, DhcpOption } from '../../../src/wire/dhcp/message.ts'
import * as options from '../../../src/wire/dhcp/options.ts'
import { OPTION, bootReply, bootRequest, bytesOption, u8Option } from '../../../src/wire/dhcp/options.ts'
import { FUZZ } from '../../effort.ts'

const ip = (text: string) => parseIp4(text)!
const MAC = toMac(0x005056000001)

/** The first DISCOVER of EDK2 in the shape of E-1 to E-5. */
const HEADER =
  '01 01 06 00 a1b2c3d4 0004 8000 00000000 00000000 00000000 00000000 005056000001 00000000000000000000' +
  '00'.repeat(192)
const DISCOVER = fromHex(`${HEADER} 63825363 350101 3902 05c0 3703 01 03 43 5e03 010300 5d02 0007 ff`)

const message = (bytes: Uint8Array): DhcpMessage => {
  const result = decodeDhcp(bytes)
  if (!result.ok) throw new Error(result.issues[0].message)
  return result.value
}

const issueCodes = (bytes: Uint8Array): string[] => decodeDhcp(bytes).issues.map(issue => issue.code)

/** A message whose options field is exactly these bytes. */
const raw = (hex: string): Uint8Array => encodeDhcp(bootRequest({}), { rawOptions: fromHex(hex), padTo: 0 })

t.test('a DISCOVER, field by field', async t => {
  const m = message(DISCOVER)
  t.match(m, { op: 1, htype: 1, hlen: 6, hops: 0, xid: 0xa1b2c3d4, secs: 4, flags: 0x8000 })
  t.match(m, { ciaddr: 0, yiaddr: 0, siaddr: 0, giaddr: 0, sname: '', file: '', ended: true })
  t.equal(options.clientMac(m), MAC)
  t.equal(options.messageType(m), 'discover')
  t.equal(options.maximumMessageSize(m), 1472)
  t.strictSame(options.parameterRequestList(m), [1, 3, 67])
  t.strictSame(
    m.options.map(o => o.code),
    [53, 57, 55, 94, 93],
  )
  t.strictSame(issueCodes(DISCOVER), ['dhcp.message.short'])
  t.equal(toHex(encodeDhcp(m, { padTo: 0 })), toHex(DISCOVER))
})

t.test('a reply copies what RFC 2131 table 3 says and nothing else', async t => {
  const request = { ...message(DISCOVER), giaddr: ip('10.20.1.1'), ciaddr: ip('10.9.9.9'), hops: 3 }
  const reply = bootReply(request, { yiaddr: ip('10.20.1.100'), file: 'a.efi', flags: 0 })
  t.match(reply, {
    op: 2,
    htype: 1,
    hlen: 6,
    hops: 0,
    xid: 0xa1b2c3d4,
    secs: 0,
    flags: 0,
    ciaddr: 0,
    siaddr: 0,
  })
  t.match(reply, {
    yiaddr: ip('10.20.1.100'),
    giaddr: ip('10.20.1.1'),
    file: 'a.efi',
    sname: '',
    ended: true,
  })
  t.equal(options.clientMac(reply), MAC)
})

t.test('header fields stand where RFC 2131 §2 puts them', async t => {
  const bytes = encodeDhcp(
    bootReply(message(DISCOVER), {
      ciaddr: ip('1.2.3.4'),
      yiaddr: ip('5.6.7.8'),
      siaddr: ip('9.10.11.12'),
      giaddr: ip('13.14.15.16'),
      sname: 'srv',
      file: 'f'.repeat(200),
      hops: 2,
      secs: 0x0102,
    }),
  )
  t.equal(bytes.length, BOOTP_MINIMUM)
  t.equal(
    toHex(bytes.subarray(0, 28)),
    '02010602a1b2c3d401028000' + '01020304' + '05060708' + '090a0b0c' + '0d0e0f10',
  )
  t.equal(toHex(bytes.subarray(44, 49)), '7372760000')
  t.equal(message(bytes).file, 'f'.repeat(128), 'a field without NUL is cut at its end')
  t.equal(toHex(bytes.subarray(236, 242)), '63825363ff00')
})

t.test('views choose among duplicates', async t => {
  const m = message(raw('3501 01 43 03 61622f 0c 01 78 43 02 6364 3501 05 ff'))
  t.equal(toHex(options.first(m, 67)!), '61622f')
  t.strictSame(options.all(m, 67).map(toHex), ['61622f', '6364'])
  t.equal(options.bootFileName(m), 'ab/cd')
  t.equal(toHex(options.concatenated(m, 12)!), '78')
  t.equal(options.messageType(m), 'discover', 'first counts (E-17)')
  t.equal(options.concatenated(m, 60), undefined)
  t.strictSame(options.all(m, 60), [])
})

t.test('typed views and builders agree', async t => {
  const m = bootRequest({
    chaddr: options.chaddrOf(MAC),
    options: [
      options.messageTypeOption('inform'),
      options.ip4Option(OPTION.router, ip('10.0.0.1'), ip('10.0.0.2')),
      options.ip4Option(OPTION.subnetMask, ip('255.255.255.0')),
      options.ip4Option(OPTION.serverIdentifier, ip('10.0.0.3')),
      options.ip4Option(OPTION.requestedIpAddress, ip('10.0.0.4')),
      options.textOption(OPTION.classIdentifier, 'PXEClient'),
      options.textOption(OPTION.tftpServerName, '10.0.0.5'),
      options.u32Option(OPTION.leaseTime, 86400),
      options.u16Option(OPTION.maximumMessageSize, 1260),
    ],
  })
  t.equal(options.messageType(m), 'inform')
  t.strictSame(options.routers(m), [ip('10.0.0.1'), ip('10.0.0.2')])
  t.equal(options.subnetMask(m), ip('255.255.255.0'))
  t.equal(options.serverIdentifier(m), ip('10.0.0.3'))
  t.equal(options.requestedIpAddress(m), ip('10.0.0.4'))
  t.equal(options.classIdentifier(m), 'PXEClient')
  t.equal(options.tftpServerName(m), '10.0.0.5')
  t.equal(options.leaseTimeSeconds(m), 86400)
  t.equal(options.maximumMessageSize(m), 1260)
  t.equal(options.clientMac(m), MAC)
  t.equal(options.bootFileName(m), undefined)
  t.equal(options.optionName(54), 'serverIdentifier')
  t.equal(options.optionName(200), 'option 200')
  t.equal(options.optionCode('vendorSpecific'), 43)
  t.equal(options.optionCode('constructor'), undefined)
  t.equal(options.messageType(message(raw('3500 ff'))), undefined, 'empty 53')
  t.equal(options.serverIdentifier(message(raw('3603 010203 ff'))), undefined, 'short 54')
})

t.test('what is wrong is reported with code, offset and reference', async t => {
  const cases: readonly [string, string, number, string][] = [
    ['3601 0a ff', 'dhcp.option.length', 240, 'RFC 2132 §9.7'],
    ['3500 ff', 'dhcp.option.length', 240, 'RFC 2132 §9.6'],
    ['3501 01 0306 0a000001 0a00 ff', 'dhcp.option.length', 243, 'RFC 2132 §3.5'],
    ['6110 00 000000000000000000000000000000 ff', 'dhcp.option.length', 240, 'RFC 4578 §2.3'],
    ['3501 01', 'dhcp.options.unended', 243, 'RFC 2131 §4.1'],
    ['3501 01 3c', 'dhcp.option.truncated', 243, 'RFC 2132 §2'],
    ['3501 01 3c09 5058', 'dhcp.option.truncated', 243, 'RFC 2132 §2'],
    ['3401 07 ff', 'dhcp.overload.value', 240, 'RFC 2132 §9.3'],
  ]
  for (const [hex, code, offset, reference] of cases) {
    const issue = decodeDhcp(raw(hex)).issues.find(found => found.code === code)
    t.match(issue, { code, offset, reference, severity: 'violation' }, hex)
  }
  t.strictSame(issueCodes(encodeDhcp(bootRequest({}))), [], 'a whole message has no issue')
  t.strictSame(issueCodes(encodeDhcp(bootRequest({ op: 9, hlen: 17 }))), [
    'dhcp.op.unknown',
    'dhcp.hlen.tooLong',
  ])
})

t.test('what is there is taken, whatever is missing', async t => {
  t.match(decodeDhcp(new Uint8Array(43)), {
    ok: false,
    issues: [{ code: 'dhcp.header.truncated', offset: 43 }],
  })
  t.equal(decodeDhcp(new Uint8Array(0)).ok, false)
  t.equal(options.clientMac(message(DISCOVER.subarray(0, 44))), MAC)
  t.strictSame(issueCodes(DISCOVER.subarray(0, 235)), ['dhcp.header.truncated'])
  t.strictSame(issueCodes(DISCOVER.subarray(0, 238)), ['dhcp.cookie.missing'])
  const other = encodeDhcp(bootRequest({ options: [u8Option(53, 1)] }), { cookie: 0x01020304 })
  t.strictSame(issueCodes(other), ['dhcp.cookie.wrong'])
  t.strictSame(message(other).options, [])
  const cut = message(raw('3501 01 3c09 5058'))
  t.equal(options.messageType(cut), 'discover')
  t.equal(cut.ended, false)
  t.strictSame(
    message(raw('00 00 3501 01 00 3601 0a 00 ff 3501 05')).options.map(o => o.code),
    [53, 54],
    'pads; END',
  )
})

t.test('option overload: file, then sname, each closed by its own END', async t => {
  const bytes = raw('3401 03 0c01 61 ff')
  bytes.set(fromHex('00 0c01 63 ff 0c01 7a'), 44)
  bytes.set(fromHex('0c01 62 4303 782f79 ff'), 108)
  const m = message(bytes)
  t.strictSame(
    m.options.map(o => [o.code, toHex(o.value), o.area]),
    [
      [52, '03', undefined],
      [12, '61', undefined],
      [12, '62', 'file'],
      [67, '782f79', 'file'],
      [12, '63', 'sname'],
    ],
  )
  t.match(m, { file: '', sname: '', ended: true })
  t.equal(toHex(options.concatenated(m, 12)!), '616263')
  t.strictSame(message(encodeDhcp(m)), { ...m }, 'and back')
  bytes.fill(0, 108, 236)
  t.ok(issueCodes(bytes).includes('dhcp.options.unended'), 'an area without END')
  t.equal(message(bytes).ended, true, 'the options field itself is closed')
  const fileOnly = raw('3401 01 ff')
  fileOnly.set(latin1Bytes('srv'), 44)
  t.equal(message(fileOnly).sname, 'srv')
})

t.test('encoding areas announces them; what does not fit moves', async t => {
  const value = new Uint8Array(100).fill(7)
  const m = bootRequest({
    file: 'ignored',
    options: [u8Option(53, 2), { code: 12, value, area: 'file' }, { code: 15, value, area: 'file' }],
  })
  const back = message(encodeDhcp(m))
  t.strictSame(
    back.options.map(o => [o.code, o.area]),
    [
      [53, undefined],
      [15, undefined],
      [52, undefined],
      [12, 'file'],
    ],
  )
  t.equal(back.file, '')
  t.strictSame(issueCodes(encodeDhcp(m)), [])
})

t.test('long values are split and joined again (RFC 3396)', async t => {
  const value = Uint8Array.from({ length: 600 }, (_, i) => i & 255)
  const bytes = encodeDhcp(bootRequest({ options: [bytesOption(43, value), u8Option(53, 1)] }))
  const m = message(bytes)
  t.strictSame(
    m.options.map(o => [o.code, o.value.length]),
    [
      [43, 255],
      [43, 255],
      [43, 90],
      [53, 1],
    ],
  )
  t.strictSame(options.concatenated(m, 43), value)
  t.equal(bytes.length, 240 + 606 + 3 + 1)
  const exact = encodeDhcp(bootRequest({ options: [bytesOption(43, value.subarray(0, 255))] }), { padTo: 0 })
  t.equal(exact.length, 240 + 257 + 1)
})

t.test('padding, END and the raw door', async t => {
  const m = bootRequest({ options: [u8Option(53, 1)] })
  t.equal(encodeDhcp(m).length, 300)
  t.equal(encodeDhcp(m, { padTo: 548 }).length, 548)
  t.equal(encodeDhcp(m, { padTo: 0 }).length, 244)
  const open = encodeDhcp({ ...m, ended: false })
  t.equal(open.indexOf(255), -1, 'rows 24 and 46: no END anywhere')
  t.equal(message(open).ended, false)
  t.equal(toHex(raw('36ff0a').subarray(240)), '36ff0a', 'row 46: length past the end')
  t.strictSame(issueCodes(raw('36ff0a')), ['dhcp.option.truncated', 'dhcp.message.short'])
  t.equal(encodeDhcp(bootRequest({ options: [u8Option(0, 1), u8Option(255, 1)] }), { padTo: 0 }).length, 241)
  t.equal(
    encodeDhcp(bootRequest({ options: [bytesOption(80, new Uint8Array(0))] }), { padTo: 0 }).length,
    243,
  )
})

t.test('the number of options is limited', async t => {
  const many = message(
    concat([raw(''), new Uint8Array(4 * MAX_OPTIONS).fill(0).map((_, i) => (i % 2 ? 0 : 80))]),
  )
  t.equal(many.options.length, MAX_OPTIONS)
})

t.test('a view into a larger buffer decodes the same', async t => {
  const padded = concat([fromHex('ffffff'), DISCOVER, fromHex('eeee')])
  t.strictSame(message(padded.subarray(3, 3 + DISCOVER.length)), message(DISCOVER))
})

const u8 = fc.integer({ min: 0, max: 255 })
const u32 = fc.integer({ min: 0, max: 0xffffffff }).map(toIp4)
const text = (maxLength: number) =>
  fc.array(fc.integer({ min: 1, max: 255 }), { maxLength }).map(codes => String.fromCharCode(...codes))
const option: fc.Arbitrary<DhcpOption> = fc
  .record({
    code: fc.integer({ min: 1, max: 254 }).filter(code => code !== OPTION.optionOverload),
    value: fc.uint8Array({ maxLength: 255 }),
  })
  .map(({ code, value }) => ({ code, value: new Uint8Array(value) }))
const anyMessage: fc.Arbitrary<DhcpMessage> = fc.record(
  {
    op: u8,
    htype: u8,
    hlen: u8,
    hops: u8,
    xid: u32.map(Number),
    secs: fc.integer({ min: 0, max: 0xffff }),
    flags: fc.integer({ min: 0, max: 0xffff }),
    ciaddr: u32,
    yiaddr: u32,
    siaddr: u32,
    giaddr: u32,
    chaddr: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(bytes => new Uint8Array(bytes)),
    sname: text(64),
    file: text(128),
    options: fc.array(option, { maxLength: 12 }),
    ended: fc.boolean(),
  },
  { noNullPrototype: true },
)

t.test('round trip of any message', async () => {
  fc.assert(
    fc.property(anyMessage, fc.constantFrom(0, 300, 548), (m, padTo) => {
      const back = message(encodeDhcp(m, { padTo }))
      assert.deepEqual(back, m)
    }),
    { numRuns: 200, seed: 1 },
  )
})

t.test('no bytes make the decoder throw, and its value encodes again', async t => {
  const seeds = [DISCOVER, raw('3401 03 0c01 61 ff'), encodeDhcp(bootRequest({ options: [u8Option(53, 2)] }))]
  let worst = 0
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(600), u8), { maxLength: 8 }),
      fc.nat(700),
      fc.uint8Array({ maxLength: 40 }),
      (seed, changes, length, tail) => {
        const bytes = concat([seed.subarray(0, length), tail])
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
        const result = decodeDhcp(bytes)
        if (!result.ok) return
        worst = Math.max(worst, result.issues.length)
        const again = decodeDhcp(encodeDhcp(result.value))
        if (!again.ok) throw new Error('encoded, but not decodable')
        const joined = (m: DhcpMessage) => new Set(m.options.map(o => `${o.code}`)).size
        if (joined(again.value) < joined(result.value)) throw new Error('an option was lost')
      },
    ),
    { numRuns: FUZZ, seed: 7 },
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 700 }), bytes => void decodeDhcp(new Uint8Array(bytes))),
    { numRuns: Math.ceil(FUZZ / 10), seed: 8 },
  )
  t.ok(worst > 0, 'the mutations were seen')
})
