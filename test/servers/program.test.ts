/**
 * `kind: program` and `kind: vm` as they are written: mistakes, the configuration that is made of the plain fields, and
 * that virtual time refuses them. Nothing is started.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseMac } from '../../src/core/address.ts'
import type { ProgramSpec } from '../../src/network/attach/program/program.ts'
import { formatScenarioError, loadScenario } from '../../src/scenario/load.ts'
import { openSource } from '../../src/scenario/read-file.ts'
import { type ProgramServer, programSpec } from '../../src/servers/program/spec.ts'
import { surroundingsOf } from '../../src/simulation/node.ts'
import { runScenario } from '../../src/simulation/run.ts'

const scenario = (server: string): string => `title: A program
subnets: { lan: { cidr: 10.0.0.0/24 } }
servers: { it: { on: lan, ${server} } }
clients: { pc: { on: lan, firmware: ipxe } }
`
const load = (server: string) => loadScenario(scenario(server), { file: 'p.yaml' })
const errors = (server: string): string[] => {
  const loaded = load(server)
  return loaded.ok
    ? []
    : loaded.errors.map(error => formatScenarioError(error).replace(/^p\.yaml:3:\d+: servers\.it\.?/, ''))
}
const program = (fields: string): string => `kind: program, address: 10.0.0.2, ${fields}`

t.test('mistakes', async t => {
  t.match(errors(program('ready: x')), [/^program: missing; it is one of dnsmasq, kea, .*or a command/])
  t.match(errors(program('program: kae, pool: 10.0.0.100-10.0.0.199')), [/did you mean kea\?/])
  t.match(errors(program('program: kea')), [/^program: kea has nothing to do: give it a pool, or a config/])
  t.match(errors(program('program: kea, proxy: true')), [/^proxy: kea is no proxy/])
  t.match(errors(program('program: atftpd, pool: 10.0.0.100-10.0.0.199')), [/^pool: atftpd only sends files/])
  t.match(errors(program('program: atftpd, config: x')), [/^config: atftpd has no configuration file/])
  t.match(errors(program('program: kea, config: x, bootFile: y')), [/^bootFile: config: says that/])
  t.match(errors(program('program: kea, command: [a], pool: 10.0.0.100-10.0.0.199')), [
    /^command: program: says already/,
  ])
  t.match(errors(program('program: dnsmasq, proxy: true, pool: 10.0.0.100-10.0.0.199')), [
    /^proxy: a proxy leases no/,
  ])
  t.match(errors('kind: vm, disk: x, memory: 3'), [/^memory: expected memory such as 512M or 4G/])
  t.match(errors('kind: vm, disk: x, memory: 3M'), [/^memory: memory is 16M to 64G/])
  t.strictSame(errors('kind: vm, disk: x'), [], 'its address need not be known')
  t.match(errors('kind: dhcp, address: 0.0.0.0, pool: 10.0.0.100-10.0.0.199'), [
    /0\.0\.0\.0 is not in subnet/,
  ])
})

t.test('files outside of the scenario are refused as folders are', async t => {
  const folder = t.testdir({ in: { 'own.conf': '', '.hidden': '' }, 'other.conf': '' })
  const file = join(folder, 'in/p.yaml')
  mkdirSync(join(folder, 'in/folder'))
  writeFileSync(file, '')
  const said = (config: string, allowedDirectories: readonly string[] = []): string[] => {
    const text = scenario(program(`program: kea, config: ${config}`))
    const loaded = openSource({ file, text, allowedDirectories })
    return loaded.ok ? [] : loaded.errors.map(({ message }) => message)
  }
  t.strictSame(said('own.conf'), [])
  t.match(said('../other.conf'), [
    /outside the folder of the scenario file; if it may be read, say --allow-path/,
  ])
  t.match(said('.hidden'), [/outside the folder/])
  t.strictSame(said('../other.conf', [folder]), [])
  t.match(said('nowhere.conf'), [/there is no file "nowhere.conf"/])
  t.match(said('folder'), [/there is no file "folder"/])
})

const specOf = (fields: string): ProgramSpec => {
  const loaded = load(program(fields))
  if (!loaded.ok) throw new Error(loaded.errors.map(formatScenarioError).join('\n'))
  const [server] = loaded.scenario.servers
  return programSpec(
    server as ProgramServer,
    {
      imagesOf: surroundingsOf({ file: 'p.yaml' }).imagesOf,
      prefixLength: 24,
      mac: parseMac('02:6e:62:70:00:02')!,
    },
    () => {},
  )
}
const fileOf = (spec: ProgramSpec, name: string): string =>
  String(Buffer.from(spec.files.find(file => file.name === name)!.bytes))

const LEASES =
  'pool: 10.0.0.100-10.0.0.199, bootFile: a.efi, nextServer: 10.0.0.9, options: { 60: PXEClient, 6: 10.0.0.1, 43: { hex: 06 01 08 ff } }'

t.test('the configuration that is made of plain fields', async t => {
  const dnsmasq = specOf(`program: dnsmasq, ${LEASES}, images: { a.efi: 10 }`)
  t.strictSame(
    fileOf(dnsmasq, 'dnsmasq.conf')
      .split('\n')
      .filter(line => /^(dhcp-|tftp-)/.test(line)),
    [
      'dhcp-leasefile=/run/nbs-lab/dnsmasq.leases',
      'tftp-root=/run/nbs-lab/tftp',
      'dhcp-range=set:on-lan,10.0.0.100,10.0.0.199,3600',
      'dhcp-option=tag:on-lan,3',
      'dhcp-authoritative',
      'dhcp-boot=a.efi,,10.0.0.9',
      'dhcp-option-force=6,10.0.0.1',
      'dhcp-option-force=43,06:01:08:ff',
      'dhcp-option-force=60,PXEClient',
    ],
  )
  t.equal(fileOf(dnsmasq, 'tftp/a.efi').length, 10)
  t.equal(dnsmasq.words['config'], '/run/nbs-lab/dnsmasq.conf')

  const proxy = fileOf(specOf('program: dnsmasq, proxy: true, bootFile: a.efi'), 'dnsmasq.conf')
  t.match(proxy, /^dhcp-range=10\.0\.0\.0,proxy$/m)
  t.match(proxy, /^pxe-service=X86-64_EFI,"Network boot",a\.efi,10\.0\.0\.2$/m)
  t.notMatch(proxy, /enable-tftp/)

  const kea = JSON.parse(fileOf(specOf(`program: kea, ${LEASES}`), 'kea-dhcp4.conf')) as { Dhcp4: object }
  t.match(kea.Dhcp4, {
    'boot-file-name': 'a.efi',
    'next-server': '10.0.0.9',
    'option-data': [
      { code: 6, data: '0a000001' },
      { code: 43, data: '060108ff' },
      { code: 60, data: '505845436c69656e74' },
    ],
    subnet4: [{ subnet: '10.0.0.0/24', pools: [{ pool: '10.0.0.100 - 10.0.0.199' }] }],
  })

  const dhcpd = specOf(`program: isc-dhcpd, ${LEASES}`)
  t.match(
    fileOf(dhcpd, 'dhcpd.conf'),
    /subnet 10\.0\.0\.0 netmask 255\.255\.255\.0 \{\n {2}range 10\.0\.0\.100 10\.0\.0\.199;/,
  )
  t.match(fileOf(dhcpd, 'dhcpd.conf'), /option nbs-60 50:58:45:43:6c:69:65:6e:74;/)
  t.equal(fileOf(dhcpd, 'dhcpd.leases'), '')

  const tftp = specOf('program: tftpd-hpa')
  t.ok(
    tftp.files.some(({ name }) => name === 'tftp/BStrap/x64/BStrap.efi'),
    'the images that nbs-lab ships',
  )
  t.match(JSON.parse(fileOf(specOf(`program: nbs, pool: 10.0.0.100-10.0.0.199`), 'serve.yaml')), {
    dhcp: { pool: '10.0.0.100-10.0.0.199' },
    besideOthers: true,
  })
})

t.test('a configuration of the user is used as it is', async t => {
  const spec = specOf('program: kea, config: ./mine.conf, ready: up')
  t.equal(spec.config, './mine.conf')
  t.notOk('config' in spec.words)
  t.strictSame(spec.files, [])
  t.equal(spec.ready, 'up')
})

t.test('virtual time refuses them', async t => {
  const loaded = load(program('command: [a]'))
  if (!loaded.ok) throw new Error('does not load')
  t.throws(() => runScenario(loaded.scenario, surroundingsOf(loaded.scenario)), {
    message: 'servers.it: kind program lives by the wall clock and cannot take part in virtual time',
  })
})
