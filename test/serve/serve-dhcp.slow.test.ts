/** `nbs serve --dhcp`: what leases say, to whom, and what is counted; first files by user class; names of another root. */
import pino from 'pino'
import t from 'tap'
import { formatIp4, toMac } from '../../src/core/address.ts'
import { latin1Bytes } from '../../src/core/bytes.ts'
import { addressedInterface } from '../../src/network/kernel/interfaces.ts'
import { fetchWithNpmTftp } from '../../src/peers/npm-tftp.ts'
import { memoryImages } from '../../src/nbs/images.ts'
import { announceFirstFiles } from '../../src/serve/first-files.ts'
import { dhcpSetup } from '../../src/serve/dhcp-setup.ts'
import * as options from '../../src/wire/dhcp/options.ts'
import type { ClientMessage } from '../protocol/pxe/requests.ts'
import { PORT_OFFSET, address, ask, configOf, startServer } from './serve-lab.ts'

const IPXE = options.bytesOption(options.OPTION.userClass, latin1Bytes('iPXE'))
const load = (file: string) =>
  fetchWithNpmTftp({ host: '127.0.0.1', port: 69 + PORT_OFFSET, file, retries: 1 })
const ask1 = (mac: number, more: object = {}) =>
  ask({ type: 'discover', class: 'U-Boot.armv8', mac: toMac(mac), ...more })

t.test('leases name this server, reservations and classes say more, and all is counted', async t => {
  const { server } = await startServer(t, {
    yaml: `
dhcp:
  pool: 127.0.9.10-127.0.9.19
  leaseTime: 12h
  bootFile: boot.scr
  options: { ntpServers: 127.0.0.1 }
  classes: [ { match: { userClass: iPXE }, bootFile: menu.ipxe, nextServer: 127.0.0.9 } ]
  reservations: [ { mac: '00:50:56:00:00:77', address: 127.0.9.77, bootFile: own.img } ]
`,
  })
  const plain = (await ask1(0x005056000001))!
  t.match(
    [formatIp4(plain.yiaddr), formatIp4(plain.siaddr), plain.file],
    ['127.0.9.10', '127.0.0.1', 'boot.scr'],
  )
  t.equal(options.leaseTimeSeconds(plain), 12 * 3600)
  t.ok(options.first(plain, 42))
  const reserved = (await ask1(0x005056000077))!
  t.match([formatIp4(reserved.yiaddr), reserved.file], ['127.0.9.77', 'own.img'])
  const ipxe = (await ask1(0x005056000002, { options: [IPXE] }))!
  t.match([formatIp4(ipxe.siaddr), ipxe.file], ['127.0.0.9', 'menu.ipxe'])
  const ack = await ask1(0x005056000001, {
    type: 'request',
    serverIdentifier: address('127.0.0.1'),
    options: [options.ip4Option(50, plain.yiaddr)],
  })
  t.equal(options.messageType(ack!), 'ack')
  const value = (name: string, labels: Record<string, string>) => server.metrics.value(name, labels)
  t.equal(await value('nbs_dhcp_events_total', { event: 'offered' }), 3)
  t.equal(await value('nbs_dhcp_events_total', { event: 'acknowledged' }), 1)
  t.equal(await value('nbs_dhcp_addresses', { state: 'bound' }), 1)
  t.equal(await value('nbs_dhcp_addresses', { state: 'offered' }), 2)
  t.equal(await value('nbs_dhcp_addresses', { state: 'size' }), 10)
})

t.test('mistakes of the settings have a place', async t => {
  t.throws(
    () =>
      configOf('dhcp:\n  options: { router: nowhere }\n  reservations: [ { mac: 1, address: 10.0.0.1 } ]'),
    /test\.yaml:\d/,
  )
  t.throws(
    () => configOf('dhcp: { engine: npm-dhcp, classes: [ { match: {}, silent: true } ] }'),
    /engine: own has/,
  )
  const iface = addressedInterface('eth0', toMac(1), { ip: address('10.0.0.1'), prefixLength: 24 })
  const { dhcp } = configOf("dhcp: { reservations: [ { mac: '00:50:56:00:00:77', address: 10.9.0.1 } ] }")
  t.throws(() => dhcpSetup(iface, dhcp!), /dhcp\.reservations\.0\.address: 10\.9\.0\.1 is in no subnet/)
  const silent = configOf('dhcp: { nextServer: none }').dhcp!
  t.equal(dhcpSetup(iface, silent).nextServer, undefined)
})

t.test('iPXE gets another file than the one that is iPXE; where it does not, that is told', async t => {
  const files = 'files: [ { userClass: iPXE, file: boot.ipxe }, { arches: x86-bios, file: undionly.kpxe } ]'
  const { lines } = await startServer(t, { yaml: files })
  const fileOf = async (fields: ClientMessage) => (await ask(fields))?.file
  t.equal(await fileOf({ type: 'discover', arch: 0 }), 'undionly.kpxe')
  t.equal(await fileOf({ type: 'discover', arch: 0, options: [IPXE] }), 'boot.ipxe')
  t.equal(await fileOf({ type: 'discover', arch: 7 }), 'BStrap/x64/BStrap.efi')
  t.equal(lines.filter(({ msg }) => /again and again/.test(msg)).length, 0)
})

t.test('a loader that is told to load itself', async t => {
  const { lines } = await startServer(t)
  const discover = (more: object = {}) => ask({ type: 'discover', arch: 0, mac: toMac(0x5056), ...more })
  await discover()
  t.ok((await load('BStrap/x86/BStrap.0')).length > 0)
  const loops = () => lines.filter(({ msg }) => /loads BStrap\/x86\/BStrap\.0 again and again/.test(msg))
  await discover({ options: [IPXE] })
  await discover({ options: [IPXE] })
  t.equal(loops().length, 1, 'once')
})

t.test('names with the root of another server', async t => {
  await startServer(t, { yaml: 'tftp: { prefix: /srv/tftp }' })
  for (const name of [
    '/srv/tftp/BStrap/x86/BStrap.0',
    'BStrap/x86/BStrap.0',
    'srv\\tftp\\BStrap\\x86\\BStrap.0',
  ]) {
    t.ok((await load(name)).length > 0, name)
  }
  await t.rejects(load('/srv/tftp/../BStrap/x86/BStrap.0'))
})

t.test('at the start: who gets what, and iPXE that would load itself', async t => {
  const told: string[] = []
  const log = pino(
    { level: 'info' },
    { write: (line: string) => void told.push((JSON.parse(line) as { msg: string }).msg) },
  )
  const images = memoryImages({ 'undionly.kpxe': new Uint8Array(1) })
  const say = (yaml: string): string => {
    told.length = 0
    announceFirstFiles(configOf(yaml), images, log)
    return told.join('\n')
  }
  t.equal(say('name: x'), '')
  t.match(say('files: [ { arches: x86-bios, file: undionly.kpxe } ]'), /looks like iPXE.*load itself/)
  const both = say(
    'files: [ { userClass: iPXE, file: boot.ipxe }, { arches: x86-bios, file: undionly.kpxe } ]',
  )
  t.match(both, /of user class iPXE would get boot\.ipxe, which is not in the images/)
  t.match(both, /machines of x86-bios get undionly\.kpxe/)
  t.notMatch(both, /load itself/)
})
