/** Option values as users write them; the npm package's table as a second opinion on plain options. */
import { createRequire } from 'node:module'
import t from 'tap'
import { toHex } from '../../../src/core/bytes.ts'
import { type OptionInstance, encodeOption } from '../../../src/servers/parts/options.ts'
import { encodeDhcp } from '../../../src/wire/dhcp/codec.ts'
import { OPTION, type OptionName } from '../../../src/wire/dhcp/option-codes.ts'
import { bootRequest, bytesOption, messageTypeOption } from '../../../src/wire/dhcp/options.ts'
import { ip } from '../../protocol/pxe/requests.ts'

const encode = (name: OptionName, value: OptionInstance): string => {
  const encoded = encodeOption(OPTION[name], value)
  return encoded.ok ? toHex(encoded.value) : encoded.message
}

t.test('by format', async t => {
  const cases: readonly [OptionName, OptionInstance, string][] = [
    ['subnetMask', '255.255.255.0', 'ffffff00'],
    ['router', '10.0.0.1', '0a000001'],
    ['router', ['10.0.0.1', '10.0.0.2'], '0a0000010a000002'],
    ['staticRoute', ['10.1.0.0', '10.0.0.1'], '0a0100000a000001'],
    ['leaseTime', 600, '00000258'],
    ['timeOffset', -1, 'ffffffff'],
    ['interfaceMtu', 1500, '05dc'],
    ['netBiosNodeType', 8, '08'],
    ['ipForwarding', true, '01'],
    ['ipForwarding', false, '00'],
    ['parameterRequestList', [1, 3], '0103'],
    ['clientSystemArchitecture', 7, '0007'],
    ['bootFileName', 'a.efi', '612e656669'],
    ['bootFileName', 'é', 'e9'],
    ['rapidCommit', true, ''],
    ['clientIdentifier', 'ab', '6162'],
    ['vendorSpecific', { hex: '060108ff' }, '060108ff'],
    ['subnetMask', { hex: 'ff' }, 'ff'],
    ['vendorSpecific', { discoveryControl: 8 }, '060108ff'],
    ['vendorSpecific', { discoveryControl: 8, end: false }, '060108'],
    [
      'vendorSpecific',
      {
        multicastAddress: ip('224.0.5.6'),
        bootServers: [{ type: 0xaaaa, addresses: [ip('10.0.0.5')] }],
        bootMenu: [{ type: 0xaaaa, text: 'a' }],
        prompt: { timeout: 10, text: 'b' },
      },
      '0704e0000506' + '0807aaaa010a000005' + '0904aaaa0161' + '0a020a62' + 'ff',
    ],
  ]
  for (const [name, value, hex] of cases)
    t.equal(encode(name, value), hex, `${name} ${JSON.stringify(value)}`)
  const unnamed = encodeOption(224, { hex: '0102' })
  t.equal(unnamed.ok && toHex(unnamed.value), '0102', 'an option without a name')
})

t.test('what is wrong is said', async t => {
  const cases: readonly [OptionName, OptionInstance, string][] = [
    ['router', '10.0.0.256', 'router takes an IPv4 address, not the text "10.0.0.256"'],
    ['router', 5, 'router takes an IPv4 address, not the number 5'],
    ['router', [], "router cannot have 0 bytes; write { hex: '…' } if that is meant"],
    ['staticRoute', '10.0.0.1', "staticRoute cannot have 4 bytes; write { hex: '…' } if that is meant"],
    ['leaseTime', -1, 'leaseTime takes a whole number from 0 to 4294967295, not the number -1'],
    ['leaseTime', '', 'leaseTime takes a whole number from 0 to 4294967295, not the text ""'],
    ['interfaceMtu', 1.5, 'interfaceMtu takes a whole number from 0 to 65535, not the number 1.5'],
    ['ipForwarding', 2, 'ipForwarding takes true or false, not the number 2'],
    ['bootFileName', true, 'bootFileName takes text, not true'],
    ['vendorSpecific', 5, "vendorSpecific takes text, or { hex: '…' }, not the number 5"],
    [
      'router',
      { discoveryControl: 8 },
      "only option 43 is written as PXE fields; write router as a value or as { hex: '…' }",
    ],
    ['rapidCommit', false, 'rapidCommit has no value; write true'],
  ]
  for (const [name, value, error] of cases) t.equal(encode(name, value), error)
  const long = 'a'.repeat(1025)
  t.equal(encode('bootFileName', long), 'longer than 1024 bytes')
})

t.test('npm dhcp reads the same from our bytes, where its decoder is right', async t => {
  const require = createRequire(import.meta.url)
  const { parse } = require('dhcp/lib/protocol.js') as {
    parse(bytes: Buffer): { options: Record<number, unknown> }
  }
  const cases: readonly [OptionName, OptionInstance][] = [
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
    const encoded = encodeOption(OPTION[name], value)
    return bytesOption(OPTION[name], encoded.ok ? encoded.value : new Uint8Array(0))
  })
  const bytes = encodeDhcp(bootRequest({ options: [messageTypeOption('discover'), ...list] }))
  const read = parse(Buffer.from(bytes)).options
  for (const [name, value] of cases) t.strictSame(read[OPTION[name]], value, name)
})
