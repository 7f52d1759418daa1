/** Values as users write them; the npm package's table as a second opinion on plain options. */
import { createRequire } from 'node:module'
import t from 'tap'
import { toHex } from '../../../src/core/bytes.ts'
import {
  MAX_OPTION_VALUE,
  type OptionValue,
  encodeOptionValue,
} from '../../../src/protocol/dhcp/option-values.ts'
import { encodeDhcp } from '../../../src/wire/dhcp/codec.ts'
import { OPTION, type OptionName } from '../../../src/wire/dhcp/option-codes.ts'
import { bootRequest, bytesOption, messageTypeOption } from '../../../src/wire/dhcp/options.ts'

const encode = (name: OptionName, value: OptionValue): string => {
  const encoded = encodeOptionValue(OPTION[name], value)
  return encoded instanceof Uint8Array ? toHex(encoded) : encoded.error
}

t.test('by format', async t => {
  const cases: readonly [OptionName, OptionValue, string][] = [
    ['subnetMask', '255.255.255.0', 'ffffff00'],
    ['router', '10.0.0.1', '0a000001'],
    ['router', ['10.0.0.1', '10.0.0.2'], '0a0000010a000002'],
    ['router', '10.0.0.1, 10.0.0.2', '0a0000010a000002'],
    ['staticRoute', ['10.1.0.0', '10.0.0.1'], '0a0100000a000001'],
    ['leaseTime', 600, '00000258'],
    ['leaseTime', '600', '00000258'],
    ['timeOffset', -1, 'ffffffff'],
    ['interfaceMtu', 1500, '05dc'],
    ['netBiosNodeType', 8, '08'],
    ['ipForwarding', true, '01'],
    ['ipForwarding', 0, '00'],
    ['parameterRequestList', [1, 3], '0103'],
    ['clientSystemArchitecture', 7, '0007'],
    ['bootFileName', 'a.efi', '612e656669'],
    ['bootFileName', 'é', 'e9'],
    ['tftpServerName', 5, '35'],
    ['rapidCommit', true, ''],
    ['vendorSpecific', '06:01-08 ff', '060108ff'],
    ['clientIdentifier', [1, 255], '01ff'],
    ['subnetMask', { hex: 'ff' }, 'ff'],
    ['vendorSpecific', { discoveryControl: 8 }, '060108ff'],
    ['vendorSpecific', { discoveryControl: 8, end: false }, '060108'],
    [
      'vendorSpecific',
      {
        multicastAddress: '224.0.5.6',
        bootServers: [{ type: 0xaaaa, addresses: ['10.0.0.5'] }],
        bootMenu: [{ type: 0xaaaa, text: 'a' }],
        prompt: { timeout: 10, text: 'b' },
        bootItem: { type: 1, layer: 0 },
        others: [{ tag: 224, hex: 'beef' }],
      },
      '0704e0000506' +
        '0807aaaa010a000005' +
        '0904aaaa0161' +
        '0a020a62' +
        '470400010000' +
        'e002beef' +
        'ff',
    ],
  ]
  for (const [name, value, hex] of cases)
    t.equal(encode(name, value), hex, `${name} ${JSON.stringify(value)}`)
  const unnamed = encodeOptionValue(224, '0102')
  t.equal(unnamed instanceof Uint8Array && toHex(unnamed), '0102', 'an option without a name takes bytes')
})

t.test('what is wrong is said', async t => {
  const cases: readonly [OptionName, OptionValue, string][] = [
    ['router', '10.0.0.256', '"10.0.0.256" is no IPv4 address'],
    ['router', 5, '5 is no IPv4 address'],
    ['router', [], '0 bytes; it takes at least 4 (RFC 2132 §3.5)'],
    ['staticRoute', '10.0.0.1', '4 bytes; it takes at least 8 (RFC 2132 §5.8)'],
    ['leaseTime', -1, '-1 is no whole number from 0 to 4294967295'],
    ['leaseTime', '', '"" is no whole number from 0 to 4294967295'],
    ['interfaceMtu', 1.5, '1.5 is no whole number from 0 to 65535'],
    ['ipForwarding', 2, '2 is no whole number from 0 to 1'],
    ['bootFileName', true, 'true is no text'],
    ['bootFileName', '', '0 bytes; it takes at least 1 (RFC 2132 §9.5)'],
    ['vendorSpecific', 'xyz', '"xyz" is not hexadecimal'],
    ['vendorSpecific', { others: [{ tag: 1, hex: 'f' }] }, '"f" is not hexadecimal'],
    ['vendorSpecific', { multicastAddress: 'x' }, '"x" is no IPv4 address'],
    ['router', { discoveryControl: 8 }, 'an object is for option 43 only'],
    ['clientMachineIdentifier', '00', '1 bytes; it takes 17 (RFC 4578 §2.3)'],
    ['rapidCommit', false, 'it is present or not: write true'],
  ]
  for (const [name, value, error] of cases) t.equal(encode(name, value), error)
  t.same(encodeOptionValue(0, '00'), { error: '0 is no option code (1 to 254)' })
  t.same(encodeOptionValue(255, '00'), { error: '255 is no option code (1 to 254)' })
  const long = 'a'.repeat(MAX_OPTION_VALUE + 1)
  t.same(encodeOptionValue(67, long), { error: `${MAX_OPTION_VALUE + 1} bytes are over ${MAX_OPTION_VALUE}` })
})

t.test('npm dhcp reads the same from our bytes, where its decoder is right', async t => {
  const require = createRequire(import.meta.url)
  const { parse } = require('dhcp/lib/protocol.js') as {
    parse(bytes: Buffer): { options: Record<number, unknown> }
  }
  const cases: readonly [OptionName, OptionValue][] = [
    ['subnetMask', '255.255.255.0'],
    ['timeOffset', -3600],
    ['router', ['10.0.0.1', '10.0.0.2']],
    ['domainNameServer', ['10.0.0.5']],
    ['hostName', 'pc-1'],
    ['bootFileSize', 100],
    ['domainName', 'example.com'],
    ['rootPath', '/srv'],
    ['interfaceMtu', 1500],
    ['broadcastAddress', '10.0.0.255'],
    ['staticRoute', ['10.1.0.0', '10.0.0.1']],
    ['arpCacheTimeout', 60],
    ['ntpServers', ['10.0.0.9']],
    ['requestedIpAddress', '10.0.0.100'],
    ['leaseTime', 86400],
    ['serverIdentifier', '10.0.0.2'],
    ['parameterRequestList', [1, 3, 6, 67]],
    ['maximumMessageSize', 1472],
    ['renewalTime', 43200],
    ['classIdentifier', 'PXEClient:Arch:00007:UNDI:003000'],
    ['tftpServerName', '10.0.0.5'],
    ['bootFileName', 'boot/x64.efi'],
    ['pxelinuxConfigFile', 'a.cfg'],
    ['rebootTime', 30],
  ]
  const list = cases.map(([name, value]) => {
    const encoded = encodeOptionValue(OPTION[name], value)
    return bytesOption(OPTION[name], encoded instanceof Uint8Array ? encoded : new Uint8Array(0))
  })
  const bytes = encodeDhcp(bootRequest({ options: [messageTypeOption('discover'), ...list] }))
  const read = parse(Buffer.from(bytes)).options
  for (const [name, value] of cases) t.strictSame(read[OPTION[name]], value, name)
})
