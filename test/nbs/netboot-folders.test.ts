/** NetBoot image folders: property lists, their keys, and the names by which Macs ask for files. */
import fc from 'fast-check'
import assert from 'node:assert/strict'
import t from 'tap'
import { parseIp4 } from '../../src/core/address.ts'
import { latin1Bytes } from '../../src/core/bytes.ts'
import { memoryImages } from '../../src/nbs/images.ts'
import { netBootFolders } from '../../src/nbs/netboot-folders.ts'
import { MAX_PROPERTY_DEPTH, MAX_PROPERTY_LIST, parsePropertyList } from '../../src/nbs/property-list.ts'
import { bootPath } from '../../src/protocol/bsdp/images.ts'
import { isRefusal } from '../../src/protocol/tftp/files.ts'
import { FUZZ } from '../effort.ts'

const plist = (inner: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>${inner}</dict></plist>`
const key = (name: string, value: string) => `<key>${name}</key>${value}\n`
const BASIC =
  key('Index', '<integer>4096</integer>') + key('Architectures', '<array><string>i386</string></array>')
const store = (files: Record<string, string>) =>
  memoryImages(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, latin1Bytes(text)])))

t.test('property lists', async t => {
  t.strictSame(
    parsePropertyList(
      plist(
        '<!-- <key>no</key> --><key>a</key><string>x &amp; &#233; &lt;y&gt;</string><key>b</key><real>1.5</real>' +
          '<key>c</key><array><true/><false></false><dict/><string/></array><key>d</key><date>2010-09-17</date>',
      ),
    ),
    { a: 'x & é <y>', b: 1.5, c: [true, false, {}, ''], d: '2010-09-17' },
  )
  for (const bad of [
    '',
    'bplist00',
    '<plist>',
    plist('<key>a</key>'),
    plist('<string>a</string>'),
    '<html></html>',
  ])
    t.equal(parsePropertyList(bad), undefined, bad.slice(0, 20))
  t.equal(parsePropertyList(plist(key('a', '<integer>x</integer>'))), undefined)
  t.equal(parsePropertyList(' '.repeat(MAX_PROPERTY_LIST + 1)), undefined)
  const deep = (depth: number) => '<array>'.repeat(depth) + '</array>'.repeat(depth)
  t.not(parsePropertyList(deep(MAX_PROPERTY_DEPTH)), undefined)
  t.equal(parsePropertyList(deep(MAX_PROPERTY_DEPTH + 2)), undefined)
  const whole = plist(BASIC + key('Name', '<string>Lab</string>'))
  fc.assert(
    fc.property(fc.nat(whole.length), fc.nat(whole.length), fc.string({ maxLength: 8 }), (from, to, text) => {
      parsePropertyList(whole.slice(0, from) + text + whole.slice(to))
    }),
    { numRuns: Math.max(500, FUZZ / 10) },
  )
  assert.ok(true)
})

t.test('every key of a description', async t => {
  const { images, refused } = netBootFolders(
    store({
      'NetBoot/NetBootSP0/Lab.nbi/NBImageInfo.plist': plist(
        BASIC +
          key('Name', '<string>Lab NetBoot</string>') +
          key('IsInstall', '<true/>') +
          key('IsDefault', '<true/>') +
          key('Kind', '<integer>2</integer>') +
          key('Type', '<string>NFS</string>') +
          key('BootFile', '<string>boot.efi</string>') +
          key('RootPath', '<string>System.dmg</string>') +
          key('EnabledSystemIdentifiers', '<array><string>iMac14,2</string></array>') +
          key('DisabledSystemIdentifiers', '<array><string>iMac4,1</string></array>') +
          key('EnabledMACAddresses', '<array><string>0:1b:63:aa:bb:c</string></array>') +
          key('DisabledMACAddresses', '<array><string>nonsense</string></array>') +
          key('SupportsDiskless', '<true/>') +
          key('LoadBalanceServer', '<string>10.0.0.9</string>'),
      ),
      'NetBoot/NetBootSP0/Lab.nbi/i386/boot.efi': 'x',
    }),
  )
  t.strictSame(refused, [])
  const [{ enabledMacs, ...image }] = images as [(typeof images)[0]]
  t.strictSame(
    enabledMacs.map(({ text }) => text),
    ['00:1b:63:aa:bb:0c'],
  )
  t.strictSame(image, {
    id: 0x82001000,
    name: 'Lab NetBoot',
    enabled: true,
    isDefault: true,
    type: 'nfs',
    folder: 'Lab.nbi',
    sharePoint: 'NetBootSP0',
    tftpRoot: '/private/tftpboot/NetBoot',
    bootFile: 'boot.efi',
    architectureFolders: true,
    rootPath: 'System.dmg',
    architectures: ['i386'],
    enabledSystemIds: ['iMac14,2'],
    disabledSystemIds: ['iMac4,1'],
    disabledMacs: [],
    diskless: true,
    filterOnly: false,
    loadBalanceServer: parseIp4('10.0.0.9'),
  })
})

t.test('what is not served, and why', async t => {
  const { images, refused } = netBootFolders(
    store({
      'a.nbi/NBImageInfo.plist': 'nonsense',
      'b.nbi/NBImageInfo.plist': plist(key('Index', '<integer>0</integer>')),
      'c.nbi/NBImageInfo.plist': plist(BASIC + key('Type', '<string>Tape</string>')),
      'd.nbi/NBImageInfo.plist': plist(BASIC),
      'e.nbi/NBImageInfo.plist': plist(
        key('Index', '<integer>7</integer>') + key('Kind', '<integer>3</integer>'),
      ),
      'e.nbi/booter': 'x',
      'no-nbi/NBImageInfo.plist': plist(BASIC),
    }),
  )
  t.strictSame(refused, [
    { name: 'a.nbi', reason: 'its NBImageInfo.plist is no property list' },
    { name: 'b.nbi', reason: 'its Index is not a number from 1 to 65535' },
    { name: 'c.nbi', reason: 'its Type Tape is not known' },
    { name: 'd.nbi', reason: 'there is no booter in it' },
  ])
  t.strictSame(
    images.map(({ name, enabled, architectureFolders, filterOnly, id }) => [
      name,
      enabled,
      architectureFolders,
      filterOnly,
      id,
    ]),
    [
      ['d', false, true, false, 0x01001000],
      ['e', true, false, true, 0x03000007],
    ],
    'a boot file that is missing disables; PowerPC without folder; diagnostics are hidden',
  )
})

t.test('A-18: files by the names that are sent, and by those of the store', async t => {
  const { images, files } = netBootFolders(
    store({
      'Images/Mac/Lab.nbi/NBImageInfo.plist': plist(BASIC),
      'Images/Mac/Lab.nbi/i386/booter': 'first',
      'Other/Lab.nbi/NBImageInfo.plist': plist(BASIC),
      'Other/Lab.nbi/i386/booter': 'second',
      'BStrap/x64/BStrap.efi': 'pxe',
    }),
  )
  const read = (name: string) => {
    const file = files.open(name)
    return isRefusal(file) ? file.code : new TextDecoder().decode(file.read(0, 99))
  }
  t.strictSame(
    images.map(image => read(bootPath(image, 'i386'))),
    ['first', 'second'],
  )
  t.equal(read('NetBoot\\NetBootSP1\\lab.nbi\\I386\\Booter'), 'second', 'relative, backslashes, any case')
  t.equal(read('Images/Mac/Lab.nbi/i386/booter'), 'first')
  t.equal(read('/private/tftpboot/BStrap/x64/BStrap.efi'), 'pxe')
  t.equal(read('BStrap/x64/BStrap.efi'), 'pxe')
  t.equal(read('/private/tftpboot/NetBoot/NetBootSP0/Lab.nbi/i386/none'), 1)
  t.equal(read('/private/tftpboot/NetBoot/NetBootSP9/Lab.nbi/i386/booter'), 1)
  t.equal(read('/private/tftpboot/../etc/passwd'), 2, 'refused, not repaired')
})
