/**
 * What a DHCP server of a scenario tells whom: scopes, classes, reservations, the ACK, header fields, and what Windows
 * makes of options 66 and 67.
 */
import t from 'tap'
import { parseScenario, run } from '../../src/index.ts'
import type { Result } from '../../src/index.ts'
import { formatIp4 } from '../../src/core/address.ts'
import { InvalidScenarioError } from '../../src/document/errors.ts'
import { decodeDhcp } from '../../src/wire/dhcp/codec.ts'
import type { DhcpMessage } from '../../src/wire/dhcp/message.ts'
import { readCapture } from '../../src/wire/capture/index.ts'
import { decodeFrame } from '../../src/wire/frames.ts'

const file = (server: string, more = ''): string => `
title: One server
subnets: { lan: { cidr: 10.0.0.0/24, link: { delay: 200us } }, far: { cidr: 10.1.0.0/24 } }
routers: { r: { joins: [lan, far], relay: { far: d } } }
servers:
  d: { kind: dhcp, on: lan, address: 10.0.0.2, ${server} }
clients:
  pc: { on: lan, firmware: edk2, mac: '00:50:56:00:00:01' }
${more}`

const POOL = 'pool: 10.0.0.100-10.0.0.199'

/** DHCP messages of servers, by name of their type. */
const replies = (result: Result, type: number): DhcpMessage[] =>
  readCapture(result.capture()).frames.flatMap(({ bytes }) => {
    const frame = decodeFrame(bytes)
    const packet = frame.ok ? frame.value.packet : undefined
    const udp = packet?.kind === 'ip4' && packet.body.kind === 'udp' ? packet.body : undefined
    if (udp?.sourcePort !== 67) return []
    const read = decodeDhcp(udp.payload)
    return read.ok && read.value.options.some(({ code, value }) => code === 53 && value[0] === type)
      ? [read.value]
      : []
  })

const text = (message: DhcpMessage | undefined, code: number): string | undefined => {
  const option = message?.options.find(each => each.code === code)
  return option && Buffer.from(option.value).toString('latin1')
}

const OFFER = 2
const ACK = 5
const NAK = 6

const refused = (yaml: string): string => {
  try {
    parseScenario(yaml, { file: 'f' })
  } catch (error) {
    if (error instanceof InvalidScenarioError) return error.message
    throw error
  }
  return ''
}

t.test('scopes: each subnet its own words, over those of the server', async t => {
  const scopes = `bootFile: all.efi, options: { 66: 10.0.0.9 }, scopes: {
      lan: { pool: 10.0.0.100-10.0.0.199, bootFile: lan.efi, nextServer: 10.0.0.7, leaseTime: 8d },
      far: { pool: 10.1.0.100-10.1.0.199, options: { 66: 10.1.0.9 }, router: none } }`
  const yaml = file(scopes, `  vm: { on: far, firmware: edk2, mac: '00:50:56:00:00:09' }`)
  const result = await run(parseScenario(yaml), { set: { limit: '8s' } })
  const offers = replies(result, OFFER)
  const near = offers.find(({ yiaddr }) => formatIp4(yiaddr).startsWith('10.0.0'))
  const far = offers.find(({ yiaddr }) => formatIp4(yiaddr).startsWith('10.1.0'))
  t.strictSame([near?.file, text(near, 66), near?.siaddr], ['lan.efi', '10.0.0.9', 0x0a000007])
  t.strictSame([far?.file, text(far, 66), text(far, 3)], ['all.efi', '10.1.0.9', undefined])
  t.equal(Buffer.from(text(near, 51)!, 'latin1').readUInt32BE(), 8 * 86400)
  t.equal(Buffer.from(text(far, 51)!, 'latin1').readUInt32BE(), 3600)
  t.equal(result.client('vm-1').address, '10.1.0.100')
  const list = yaml
    .replace('scopes: {\n      lan: {', 'scopes: [\n      {')
    .replace('far: { pool', '{ pool')
    .replace('none } }', 'none } ]')
  const again = await run(parseScenario(list), { set: { limit: '8s' } })
  t.strictSame(again.clients, result.clients, 'a list is the same')
})

t.test('classes: of each field the first that matches, or silence', async t => {
  const classes = (list: string) => file(`${POOL}, bootFile: all.efi, classes: [${list}]`)
  const fileOf = async (list: string): Promise<string | undefined> =>
    replies(await run(parseScenario(classes(list)), { set: { limit: '4s' } }), OFFER)[0]?.file
  t.equal(await fileOf(`{ match: { vendorClass: 'PXEClient:Arch:00007' }, bootFile: uefi.efi }`), 'uefi.efi')
  t.equal(await fileOf(`{ match: { vendorClass: 'PXEClient:Arch:00000' }, bootFile: bios.0 }`), 'all.efi')
  t.equal(await fileOf(`{ match: { arches: [x86-bios, x64-uefi] }, bootFile: x.efi }`), 'x.efi')
  t.equal(
    await fileOf(`{ match: { mac: '00:50:56:*' }, bootFile: m.efi }, { match: {}, bootFile: n.efi }`),
    'm.efi',
  )
  t.equal(await fileOf(`{ match: { arches: x64-uefi, mac: '00:51:*' }, bootFile: no.efi }`), 'all.efi')
  t.equal(await fileOf(`{ match: {}, silent: true }`), undefined)
  t.equal(
    await fileOf(`{ match: { mac: '00:50:*' }, silent: false }, { match: {}, silent: true }`),
    'all.efi',
  )
  t.equal(await fileOf(`{ match: { userClass: iPXE }, bootFile: script.ipxe }`), 'all.efi')

  const vm = file(
    `${POOL}, classes: { menu: { match: { userClass: iPXE }, bootFile: script.ipxe } }`,
  ).replace('firmware: edk2', 'firmware: ipxe')
  t.equal(replies(await run(parseScenario(vm), { set: { limit: '4s' } }), OFFER)[0]?.file, 'script.ipxe')
})

t.test('a class of a scope counts before one of the server', async t => {
  const yaml = file(
    `classes: [{ match: {}, bootFile: server.efi, options: { 66: a } }], scopes: [{ ${POOL}, classes: [{ match: {}, bootFile: scope.efi }] }]`,
  )
  const [offer] = replies(await run(parseScenario(yaml), { set: { limit: '4s' } }), OFFER)
  t.strictSame([offer?.file, text(offer, 66)], ['scope.efi', 'a'])
})

t.test('reservations: this address for this machine, and for nobody else', async t => {
  const yaml = file(
    `pool: 10.0.0.100-10.0.0.101, bootFile: all.efi, reservations: [{ mac: '00:50:56:00:00:01', address: 10.0.0.100, bootFile: own.efi }, { mac: '00:50:56:00:00:02', address: 10.0.0.50 }]`,
  ).replace('pc: {', 'pc: { count: 4,')
  const result = await run(parseScenario(yaml), { set: { limit: '20s' } })
  t.strictSame(
    result.clients.map(({ address }) => address),
    ['10.0.0.100', '10.0.0.50', '10.0.0.101', null],
  )
  t.strictSame(
    replies(result, OFFER)
      .slice(0, 2)
      .map(offer => offer.file),
    ['own.efi', 'all.efi'],
  )
  t.match(
    refused(file(`${POOL}, reservations: [{ mac: '00:50:56:00:00:01', address: 10.9.0.1 }]`)),
    /f:6:\d+: servers\.d\.reservations\[0\]\.address: 10\.9\.0\.1 is in no subnet of the pool \(10\.0\.0\.0\/24\)/,
  )
})

t.test('NAK for one machine', async t => {
  const yaml = file(`${POOL}, bootFile: x.efi, refuses: '00:50:56:00:00:01'`).replace(
    'pc: {',
    'pc: { count: 2,',
  )
  const result = await run(parseScenario(yaml))
  t.ok(replies(result, NAK).every(({ chaddr }) => chaddr.at(5) === 1))
  t.ok(replies(result, NAK).length > 0)
  t.strictSame(
    result.clients.map(({ leaseFrom }) => leaseFrom),
    [null, 'd'],
  )
})

t.test('the ACK says something else', async t => {
  const yaml = file(
    `${POOL}, bootFile: offer.efi, options: { 66: a }, ack: { bootFile: ack.efi, serverIdentifier: 10.0.0.3, options: { 66: b }, omit: subnetMask }`,
  )
  const result = await run(parseScenario(yaml))
  const [offer, ack] = [replies(result, OFFER)[0], replies(result, ACK)[0]]
  t.strictSame([offer?.file, ack?.file], ['offer.efi', 'ack.efi'])
  t.strictSame([text(offer, 66), text(ack, 66)], ['a', 'b'])
  t.strictSame([text(offer, 54), text(ack, 54)], ['\n\0\0\u0002', '\n\0\0\u0003'])
  t.ok(text(offer, 1))
  t.equal(text(ack, 1), undefined)
})

t.test('options in header fields do not lose the boot file', async t => {
  const yaml = file(
    `${POOL}, bootFile: x.efi, options: { 66: name }, overload: { file: [domainName, 67], sname: [66] }`,
  )
  const [offer] = replies(await run(parseScenario(yaml), { set: { limit: '4s' } }), OFFER)
  t.equal(offer?.file, '')
  t.strictSame(
    offer?.options.filter(({ area }) => area).map(({ code, area }) => [code, area]),
    [
      [67, 'file'],
      [66, 'sname'],
    ],
  )
  t.equal(text(offer, 67), 'x.efi\0')
})

t.test('windows-dhcp: 66 goes into siaddr, 67 is closed, file and sname stay empty', async t => {
  const offer = async (more: string): Promise<DhcpMessage | undefined> =>
    replies(
      await run(parseScenario(file(`${POOL}, preset: windows-dhcp, ${more}`)), { set: { limit: '4s' } }),
      OFFER,
    )[0]
  const usual = await offer(`options: { 66: 10.0.0.7, 67: 'boot\\x64\\wdsmgfw.efi' }`)
  t.strictSame(
    [usual?.siaddr, usual?.file, usual?.sname, text(usual, 66), text(usual, 67)],
    [0x0a000007, '', '', '10.0.0.7\0', 'boot\\x64\\wdsmgfw.efi\0'],
  )
  t.equal(Buffer.from(text(usual, 51)!, 'latin1').readUInt32BE(), 8 * 86400)
  t.equal((await offer('bootFile: x.efi'))?.siaddr, 0x0a000002, 'without option 66 it names itself')
  t.equal((await offer('options: { 66: wds.example.org }'))?.siaddr, 0x0a000002, 'and for a host name')
  t.equal((await offer('nextServer: 10.0.0.9, options: { 66: 10.0.0.7 }'))?.siaddr, 0x0a000009)
  t.equal(text(await offer('bootFile: x.efi'), 67), 'x.efi\0')
})

t.test('what is refused', async t => {
  t.match(refused(file('bootFile: x')), /f:6:\d+: servers\.d\.pool: missing; .*or scopes:/)
  t.match(
    refused(file(`${POOL}, leaseTime: 8days`)),
    /leaseTime: "8days" is not a lease time; .*did you mean 8d\?/,
  )
  t.match(refused(file(`${POOL}, leaseTime: 8`)), /a lease time needs a unit/)
  t.match(
    refused(file(`${POOL}, engine: npm-dhcp, classes: []`)),
    /servers\.d\.classes: npm-dhcp does not know classes/,
  )
  t.match(
    refused(file('scopes: { a: { pool: 10.7.0.1-10.7.0.9 } }')),
    /servers\.d\.scopes\.a\.pool: the pool .* extends outside/,
  )
  t.match(
    refused(file(`${POOL}, overload: { file: bootFil }`)),
    /overload\.file: there is no DHCP option "bootFil"/,
  )
  t.match(
    refused(file(`${POOL}, classes: [{ match: { vendorClas: x } }]`)),
    /unknown field "vendorClas"; did you mean vendorClass\?/,
  )
  t.match(refused(file(`${POOL}, preset: windows`)), /use one of windows-dhcp/)
})
