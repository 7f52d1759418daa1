/**
 * `site:` in a scenario: what is left out is healthy, what is wrong is found where it is, and lint names each plug-in
 * that is missing, over the whole table.
 */
import t from 'tap'
import { formatIp4 } from '../../src/core/address.ts'
import { lintScenario } from '../../src/scenario/lint.ts'
import { formatScenarioError, loadScenario } from '../../src/scenario/load.ts'
import type { Site } from '../../src/scenario/site/model.ts'
import { type Duty, REQUIREMENTS } from '../../src/deployment/plug-ins.ts'

const HEAD = `title: A site
limit: 3600s
subnets: { office: { cidr: 10.20.1.0/24 }, servers: { cidr: 10.20.9.0/24 } }
routers: { r1: { joins: [office, servers], relay: { office: [dhcp] } } }
notificationServers: { ns-1: {} }
servers:
  dhcp: { kind: dhcp, on: servers, address: 10.20.9.2, pool: 10.20.1.100-10.20.1.199 }
  nbs-a: { kind: nbs, on: office, address: 10.20.1.5, notificationServer: ns-1 }
clients: { pc: { count: 3, on: office, firmware: edk2 } }
site:
`
const JOB = '  jobs: { deploy-1: { at: 40s, task: deploy-image, image: Win11, computers: pc } }\n'
const IMAGES = '  images: { Win11: 4GB }\n'

const load = (site: string) => loadScenario(`${HEAD}${site}`, { file: 'site.yaml' })
const siteOf = (text: string): Site => {
  const loaded = load(text)
  if (!loaded.ok || !loaded.scenario.site) throw new Error(JSON.stringify(loaded))
  return loaded.scenario.site
}
const mistakes = (text: string): string[] => {
  const loaded = load(text)
  return loaded.ok ? [] : loaded.errors.map(formatScenarioError)
}

t.test('what is left out is a healthy site', async t => {
  const site = siteOf(IMAGES + JOB)
  t.strictSame(
    site.notificationServers.map(({ name, on, address }) => [name, on, formatIp4(address)]),
    [['ns-1', 'office', '10.20.1.2']],
    'beside the NBS, at the first free address',
  )
  t.match(site.siteServers, [
    {
      name: 'nbs-a',
      nbs: 'nbs-a',
      notificationServer: 'ns-1',
      services: ['task', 'package'],
      registered: true,
    },
  ])
  t.equal(site.siteServers.length, 1)
  t.match(site.computers, [{ name: 'pc-1', class: 'managed', subnet: 'office' }, {}, {}])
  t.match(site.jobs, [{ name: 'deploy-1', preboot: 'WinPE', computers: ['pc-1', 'pc-2', 'pc-3'] }])
  t.match(site.images, [{ name: 'Win11', size: 4e9 }])
})

t.test('a machine of its own, and a single client of a group', async t => {
  const site = siteOf(
    `${IMAGES}${JOB}  siteServers: { ss-1: { on: servers, services: package } }
  clients: { pc-2: { class: predefined } }
`,
  )
  t.match(site.siteServers[1], { name: 'ss-1', on: 'servers', nbs: undefined, services: ['package'] })
  t.equal(formatIp4(site.siteServers[1]!.address), '10.20.9.3')
  t.strictSame(
    site.computers.map(one => one.class),
    ['managed', 'predefined', 'managed'],
  )
})

t.test('each mistake is found where it is', async t => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['  siteServers: { nsb-a: {} }\n', /site\.yaml:11:18.*no server "nsb-a".*nbs-a/],
    ['  siteServers: { nbs-a: { on: office } }\n', /site\.yaml:11:27.*described under servers/],
    ['  siteServers: { dhcp: {}, r1: { on: office } }\n', /site\.yaml:11:28.*already the name of a router/],
    [
      '  siteServers: { nbs-a: { plugins: { without: package-servce } } }\n',
      /package-servce.*package-service/,
    ],
    ['  siteServers: { nbs-a: { arrives: { Win12: 5s } } }\n', /no image or package "Win12".*Win11/],
    ['  siteServers: { s: { on: ofice } }\n', /no subnet "ofice".*office/],
    ['  siteServers: { s: { on: office, address: 10.20.9.9 } }\n', /10\.20\.9\.9 is not in subnet office/],
    ['  notificationServers: { ns-2: {} }\n', /no Notification Server "ns-2".*ns-1/],
    ['  clients: { ps: {} }\n', /no group of clients "ps".*pc/],
    ['  taskServers: { choose: fewest }\n', /"fewest" is not allowed here/],
    ['  initialDeployment: { job: deploy-2 }\n', /no job "deploy-2".*deploy-1/],
    ['  polcy: {}\n', /unknown field "polcy".*policy/],
  ]
  for (const [text, expected] of cases) {
    const found = mistakes(text + IMAGES + JOB)
    t.equal(found.length, 1, `${text.trim()}: ${found.join(' | ')}`)
    t.match(found[0], expected)
  }
  const jobs: readonly (readonly [string, RegExp])[] = [
    ['{ at: 40s, task: deploy-imag, image: Win11, computers: pc }', /deploy-imag.*deploy-image/],
    ['{ at: 40s, task: deploy-image, image: Win12, computers: pc }', /no image "Win12".*Win11/],
    ['{ at: 40s, task: deploy-image, computers: pc }', /needs an image/],
    ['{ at: 40s, task: boot-to-automation, image: Win11, computers: pc }', /has no disk image/],
    ['{ at: 40s, task: boot-to-automation }', /names no machines/],
    ['{ task: boot-to-automation, computers: pc }', /never ordered/],
    ['{ at: 4000s, task: boot-to-automation, computers: pc }', /the run ends at/],
    ['{ at: 40s, task: boot-to-automation, computers: pc-9 }', /no group of clients "pc-9"/],
  ]
  for (const [job, expected] of jobs) {
    const found = mistakes(`${IMAGES}  jobs: { j: ${job} }\n`)
    t.equal(found.length, 1, `${job}: ${found.join(' | ')}`)
    t.match(found[0], expected)
  }
  t.match(mistakes('  images: { Win11: 4 gig }\n'), [/"4 gig" is not a size.*4GB/])
})

/** Where each role's machine is described in the file. */
const WHERE: Readonly<Record<Duty, readonly [machine: string, path: string]>> = {
  'notification-server': ['ns-1', 'notificationServers: { ns-1'],
  'task-server': ['nbs-a', 'siteServers: { nbs-a'],
  'package-server': ['nbs-a', 'siteServers: { nbs-a'],
  nbs: ['nbs-a', 'siteServers: { nbs-a'],
  client: ['pc-1', 'clients: { pc'],
}

t.test('lint names each missing plug-in, over the whole table', async t => {
  const lint = (text: string) => {
    const loaded = load(text)
    if (!loaded.ok) throw new Error(loaded.errors.map(formatScenarioError).join('\n'))
    return lintScenario(loaded.scenario, { file: loaded.scenario.file, text: `${HEAD}${text}` }).filter(
      ({ rule }) => rule === 'plugin-missing',
    )
  }
  t.strictSame(lint(IMAGES + JOB), [], 'a healthy site')
  t.equal(REQUIREMENTS.length, 15)
  for (const { duty, plugIn, rule } of REQUIREMENTS) {
    const [machine, path] = WHERE[duty]
    const found = lint(`${IMAGES}${JOB}  ${path}: { plugins: { without: ${plugIn} } } }\n`)
    t.equal(found.length, 1, `${duty} without ${plugIn}`)
    t.match(found[0], { severity: 'error', line: 13, field: /plugins\.without$/ })
    t.match(found[0]!.message, new RegExp(`^${machine} lacks the .*\\(${plugIn}\\b.*\\(rule ${rule}\\)`))
  }
  const late = lint(
    `${IMAGES}${JOB}  clients: { pc: { plugins: { arriving: { deployment-plug-in: 90s } } } }\n`,
  )
  t.match(late, [{ severity: 'warning', message: /until the roll-out installs it at 90.00 s/ }])
  const agent = lint(
    `${IMAGES}${JOB}  clients: { pc: { plugins: { without: symantec-management-agent } } }\n`,
  )
  t.match(
    agent,
    [{ message: /pc-1 lacks the Symantec Management Agent/ }],
    'named once, not what comes with it',
  )
  t.equal(agent.length, 1)
})
