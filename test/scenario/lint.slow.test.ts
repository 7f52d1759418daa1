/**
 * `nbs lint`: each rule on the smallest file that breaks it, at its line and column, and not on the file that does not.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { LINT_RULES, type LintFinding, lintScenario } from '../../src/scenario/lint.ts'
import { loadScenario } from '../../src/scenario/load.ts'
import { nbs } from '../built.ts'
import { scenarioFiles } from '../cli/captures.ts'

const lint = (text: string, file = 'site.yaml'): LintFinding[] => {
  const loaded = loadScenario(text, { file })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  return lintScenario(loaded.scenario, { file, text })
}

/** `12:3 error nbs-per-subnet`. */
const found = (text: string): string[] =>
  lint(text).map(({ line, column, severity, rule }) => `${line}:${column} ${severity} ${rule}`)

interface Parts {
  readonly routers?: string
  readonly servers: readonly string[]
  readonly on?: string
}

/** Servers begin in line 8, each in a line of its own. */
const site = ({ routers = '', servers, on = 'office' }: Parts): string =>
  [
    'title: A site',
    'subnets: { office: { cidr: 10.20.1.0/24 }, far: { cidr: 10.20.9.0/24 } }',
    `routers: {${routers}}`,
    'notificationServers:',
    "  ns-1: { computers: [{ mac: '*', boot: automation, image: WinPE }] }",
    "  ns-2: { computers: [{ mac: '*', boot: production }] }",
    'servers:',
    ...servers.map(server => `  ${server}`),
    `clients: { pc: { on: ${on}, firmware: edk2 } }`,
  ].join('\n')

const DHCP = 'dhcp: { kind: dhcp, on: office, address: 10.20.1.2, pool: 10.20.1.100-10.20.1.199 }'
const NBS_A = 'nbs-a: { kind: nbs, on: office, address: 10.20.1.5, notificationServer: ns-1 }'
const NBS_B = 'nbs-b: { kind: nbs, on: office, address: 10.20.1.6, notificationServer: ns-2 }'

t.test('nbs-per-subnet', async t => {
  t.strictSame(found(site({ servers: [DHCP, NBS_A] })), [])
  t.strictSame(found(site({ servers: [DHCP, NBS_A, NBS_B] })), ['10:3 error nbs-per-subnet'])
  const alike = NBS_B.replace('ns-2', 'ns-1')
  t.strictSame(
    found(site({ servers: [DHCP, NBS_A, alike] })),
    ['10:3 warning nbs-per-subnet'],
    'same knowledge',
  )
  const lacking = alike.replace('ns-1 }', 'ns-1, without: ["*.0"] }')
  t.strictSame(
    found(site({ servers: [DHCP, NBS_A, lacking] })),
    ['10:3 error nbs-per-subnet'],
    'other images',
  )
  const off = NBS_B.replace('ns-2 }', 'ns-2, services: { pxe: off } }')
  t.strictSame(found(site({ servers: [DHCP, NBS_A, off] })), [], 'its PXE service is off')
  const [finding] = lint(site({ servers: [DHCP, NBS_A, NBS_B] }))
  t.match(finding, {
    field: 'servers.nbs-b',
    servers: ['nbs-a', 'nbs-b'],
    message: 'nbs-b is the second NBS on subnet office, next to nbs-a (nbs-a uses ns-1, nbs-b uses ns-2).',
  })
})

t.test('nbs-behind-one-helper-list', async t => {
  const far = NBS_B.replace('office', 'far').replace('10.20.1.6', '10.20.9.6')
  const routers = ' r1: { joins: [office, far], relay: { office: [nbs-b] } } '
  t.strictSame(found(site({ routers, servers: [DHCP, far] })), [], 'one behind the relay')
  t.strictSame(found(site({ routers, servers: [DHCP, NBS_A, far] })), [
    '3:58 error nbs-behind-one-helper-list',
  ])
  t.match(lint(site({ routers, servers: [DHCP, NBS_A, far] })), [
    { field: 'routers.r1.relay.office[0]', message: /although nbs-a is on that subnet/ },
  ])
  const twoRelays =
    ' r1: { joins: [office, far], relay: { office: [nbs-b] } }, r2: { joins: [office, far], relay: { office: [nbs-b] } } '
  t.strictSame(found(site({ routers: twoRelays, servers: [DHCP, far] })), [], 'two relays, one server')
})

t.test('a PXE responder of another make beside an NBS', async t => {
  const foreign =
    'rival: { kind: foreign, role: proxy, on: office, address: 10.20.1.7, bootFile: x.efi, files: { x.efi: 100 } }'
  t.strictSame(found(site({ servers: [DHCP, NBS_A, foreign] })), ['10:3 warning multiple-pxe-responders'])
  t.strictSame(found(site({ servers: [DHCP, foreign] })), [], 'alone')
})

t.test('multiple-dhcp-servers', async t => {
  const other = (pool: string, more = ''): string =>
    `dhcp-2: { kind: dhcp, on: office, address: 10.20.1.3, pool: ${pool}${more} }`
  t.strictSame(found(site({ servers: [DHCP, NBS_A, other('10.20.1.150-10.20.1.180')] })), [
    '10:63 error multiple-dhcp-servers',
  ])
  t.strictSame(
    found(site({ servers: [DHCP, NBS_A, other('10.20.1.200-10.20.1.220')] })),
    ['10:63 info multiple-dhcp-servers'],
    'a split scope',
  )
  t.strictSame(
    found(site({ servers: [DHCP, NBS_A, other('10.20.1.200-10.20.1.220', ', bootFile: other.efi')] })),
    ['10:63 warning multiple-dhcp-servers'],
    'a split scope that says something else',
  )
})

t.test('option-60-without-pxe-service', async t => {
  const options = (text: string): string => DHCP.replace(' }', `, options: { ${text} } }`)
  t.strictSame(found(site({ servers: [options('60: PXEClient'), NBS_A] })), [
    '8:86 error option-60-without-pxe-service',
  ])
  t.strictSame(found(site({ servers: [options('60: HTTPClient'), NBS_A] })), [])
  const foreign = (more: string): string =>
    `dhcp: { kind: foreign, role: both, on: office, address: 10.20.1.2, pool: 10.20.1.100-10.20.1.199${more} }`
  t.strictSame(
    found(site({ servers: [foreign(', boot4011: dead')] })),
    ['8:3 error option-60-without-pxe-service'],
    'the offer says PXEClient by its role',
  )
  t.strictSame(found(site({ servers: [foreign(', boot4011: alive')] })), [])
})

t.test('no-dhcp-server', async t => {
  t.strictSame(found(site({ servers: [NBS_A] })), ['9:22 error no-dhcp-server'])
  const away = 'dhcp: { kind: dhcp, on: far, address: 10.20.9.2, pool: 10.20.1.100-10.20.1.199 }'
  const joined = ' r1: { joins: [office, far] } '
  t.match(lint(site({ routers: joined, servers: [away, NBS_A] })), [
    {
      rule: 'no-dhcp-server',
      message: /^no relay agent forwards from subnet office to dhcp/,
      servers: ['dhcp'],
    },
  ])
  const relayed = ' r1: { joins: [office, far], relay: { office: [dhcp] } } '
  t.strictSame(found(site({ routers: relayed, servers: [away, NBS_A] })), [])
})

t.test('relay-target-missing and gateway-missing', async t => {
  const retired = ' r1: { joins: [office, far], relay: { office: [10.20.9.77] } } '
  t.strictSame(found(site({ routers: retired, servers: [DHCP, NBS_A] })), [
    '3:58 warning relay-target-missing',
  ])
  t.match(lint(site({ routers: retired, servers: [DHCP, NBS_A] })), [
    { message: 'r1 relays for subnet office to 10.20.9.77, but no server has that address.' },
  ])
  const far = NBS_A.replace('office', 'far').replace('10.20.1.5', '10.20.9.5')
  const lame = ' r1: { joins: [office], relay: { office: [nbs-a] } } '
  t.strictSame(found(site({ routers: lame, servers: [DHCP, far] })), ['9:27 error gateway-missing'])
})

t.test('every rule has a meaning, and the library breaks none by accident', async t => {
  for (const { id, meaning } of LINT_RULES) t.match(meaning, /^[a-z].{10}/, id)
  const clean = [
    'one-nbs',
    'nbs-too-slow',
    'nbs-behind-two-relays',
    'dead-boot-server-port',
    'unknown-machines',
  ]
  for (const file of scenarioFiles()) {
    const findings = lint(readFileSync(file, 'utf8'), file)
    if (clean.some(name => file === `scenarios/${name}.yaml`)) t.strictSame(findings, [], file)
    for (const { line, column } of findings)
      if (line < 1 || column < 1) t.fail(`${file} has a finding nowhere`)
  }
})

t.test('the program', async t => {
  const folder = t.testdir({
    'site.yaml': site({ servers: [DHCP, NBS_A, NBS_B] }),
    'wrong.yaml': 'title: 1\nsubnet: {}',
  })
  const file = join(folder, 'site.yaml')
  const [junit, sarif] = [join(folder, 'j.xml'), join(folder, 's.sarif')]
  const failed = await nbs(['lint', file, '--junit', junit, '--sarif', sarif])
  t.equal(failed.status, 1)
  t.match(failed.stdout, `${file}:10:3: error nbs-per-subnet: nbs-b is the second NBS on subnet office`)
  t.match(failed.stdout, /1 file: 1 error\n$/)
  t.match(readFileSync(junit, 'utf8'), /name="nbs-per-subnet">\n +<failure message="nbs-b is the second NBS/)
  const document = JSON.parse(readFileSync(sarif, 'utf8')) as { version: string; runs: unknown[] }
  t.match(document, {
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'nbs-lab', rules: [{ id: 'nbs-per-subnet' }] } },
        results: [
          {
            ruleId: 'nbs-per-subnet',
            ruleIndex: 0,
            level: 'error',
            locations: [{ physicalLocation: { region: { startLine: 10, startColumn: 3 } } }],
          },
        ],
      },
    ],
  })
  const json = await nbs(['lint', 'scenarios/one-nbs.yaml', '--json'])
  t.equal(json.status, 0)
  t.strictSame(JSON.parse(json.stdout), { files: ['scenarios/one-nbs.yaml'], findings: [] })
  t.match(await nbs(['lint', join(folder, 'wrong.yaml')]), {
    status: 2,
    stdout: '',
    stderr: /unknown field "subnet"; did you mean subnets/,
  })
})
