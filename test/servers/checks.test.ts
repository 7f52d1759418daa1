/**
 * What passes the check can be built: what an engine cannot do, and names that no file service takes, are errors of the
 * file and not of the run.
 */
import t from 'tap'
import { formatScenarioError, loadScenario } from '../../src/scenario/load.ts'

const errors = (server: string): string[] => {
  const loaded = loadScenario(
    `title: One server
subnets: { lan: { cidr: 10.0.0.0/24 }, far: { cidr: 10.1.0.0/24 } }
routers: { r: { joins: [lan, far] } }
notificationServers: { ns: {} }
servers:
  it: { on: lan, address: 10.0.0.2, ${server} }
`,
    { file: 'it.yaml' },
  )
  return loaded.ok ? [] : loaded.errors.map(formatScenarioError)
}

const NPM = 'kind: dhcp, engine: npm-dhcp, pool: 10.0.0.100-10.0.0.199'
const NETBOOT = 'kind: nbs, notificationServer: ns, bsdp'

t.test('what npm dhcp cannot do', async t => {
  t.strictSame(errors(NPM), [])
  t.strictSame(errors('kind: dhcp, engine: npm-dhcp, pool: [10.0.0.9-10.0.0.9, 10.1.0.9-10.1.0.9]'), [])
  t.strictSame(errors(`${NPM}, answers: nak`), [
    'it.yaml:6:105: servers.it.answers: npm dhcp never refuses (#5): answers: nak needs engine: own',
  ])
  t.strictSame(errors('kind: dhcp, engine: npm-dhcp, pool: 10.1.0.100-10.1.0.199'), [
    'it.yaml:6:73: servers.it.pool: npm dhcp serves only a subnet it is on (#6)',
  ])
  t.strictSame(errors(`${NPM}, options: { 67: ${'x'.repeat(256)} }`), [
    'it.yaml:6:105: servers.it.options: npm dhcp cannot send 256 bytes of option 67 (#10)',
  ])
})

t.test('names of files', async t => {
  const because = (server: string): string[] => errors(server).map(text => text.replace(/^[^ ]* /, ''))
  for (const server of [
    'kind: dhcp, pool: 10.0.0.9-10.0.0.9, images: { ../a: 1 }',
    'kind: nbs, notificationServer: ns, images: { ../a: 1 }',
  ])
    t.match(because(server), [
      /^servers\.it\.images\.\.\.\/a: "\.\.\/a" cannot be the name of a file: parent directory in the name$/,
    ])
  t.match(because('kind: foreign, role: proxy, files: { con: 1 }'), [
    /^servers\.it\.files\.con: "con" cannot be the name of a file: name of a device$/,
  ])
  t.strictSame(because(`${NETBOOT}: { images: [{ index: 1, name: Lab, folder: ../Lab.nbi }] }`), [
    'servers.it.bsdp.images[0].folder: "../Lab.nbi" cannot be part of the name of a file: parent directory in the name',
  ])
  t.strictSame(because(`${NETBOOT}: { images: [{ index: 1, name: Lab, bootFile: 'a:b' }] }`), [
    'servers.it.bsdp.images[0].bootFile: "a:b" cannot be part of the name of a file: colon in the name',
  ])
  t.strictSame(
    because(`${NETBOOT}: { images: [{ index: 1, name: Lab, bootFile: 'a:b', files: none }] }`),
    [],
    'no file of that name is made up',
  )
})
