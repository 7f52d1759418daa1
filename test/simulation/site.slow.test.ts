/**
 * Jobs of a site, run: the shipped scenarios with their own seed and another, the story of one machine in order, and
 * each missing plug-in, which run and lint must name alike.
 */
import { readFileSync, readdirSync } from 'node:fs'
import t from 'tap'
import { isEventOf } from '../../src/core/trace.ts'
import { SITE_EVENTS } from '../../src/deployment/job-events.ts'
import { explain } from '../../src/report/explain.ts'
import { reportSweep } from '../../src/report/text/sweep.ts'
import { lintScenario } from '../../src/scenario/lint.ts'
import { loadScenario } from '../../src/scenario/load.ts'
import { readSource } from '../../src/scenario/read-file.ts'
import { serverNames } from '../../src/simulation/server-names.ts'
import type { RunResult } from '../../src/simulation/result.ts'
import { recordOfRun } from '../../src/experiments/sweep/record.ts'
import { SweepSummary } from '../../src/experiments/sweep/summary.ts'
import { type Duty, REQUIREMENTS } from '../../src/deployment/plug-ins.ts'
import { fileScenario, machine, run, runText, textScenario } from './running.ts'

const same = (text: string): string => text
const plain = { bold: same, dim: same, red: same, yellow: same, green: same, cyan: same }

const FOLDER = 'scenarios/site'
const files = readdirSync(FOLDER).filter(name => name.endsWith('.yaml'))

const unmet = (result: RunResult): string[] =>
  result.expectations.filter(({ met }) => !met).map(({ text, got }) => `${text}: got ${got}`)

t.test('every scenario of the site shows what it teaches', async t => {
  t.ok(files.length >= 12, `${files.length} scenarios`)
  for (const name of files) {
    const scenario = fileScenario(`${FOLDER}/${name}`)
    t.ok((scenario.teaches ?? '').length >= 60 && scenario.title.length <= 72, `${name}: says what it is for`)
    const own = run(scenario).result
    t.strictSame(unmet(own), [], name)
    if (name.startsWith('capture')) continue
    t.strictSame(unmet(run(scenario, { seed: 2 }).result), [], `${name}, seed 2`)
    t.strictSame(run(scenario).result, own, `${name}: the same twice`)
  }
})

/** Whose plug-in it is, in the scenarios and in messages. */
const MACHINES: Readonly<Record<Duty, string>> = {
  'notification-server': 'ns-1',
  'task-server': 'nbs-a',
  'package-server': 'nbs-a',
  nbs: 'nbs-a',
  client: 'pc-1',
}

t.test('each missing plug-in, one at a time: run and lint name exactly it', async t => {
  t.equal(readdirSync(`${FOLDER}/plug-ins`).length, REQUIREMENTS.length, 'one scenario for each cell')
  for (const { duty, plugIn, rule, step } of REQUIREMENTS) {
    const file = `${FOLDER}/plug-ins/${duty}-without-${plugIn}.yaml`
    const scenario = fileScenario(file)
    const { result } = run(scenario)
    t.strictSame(unmet(result), [], file)
    const named = new RegExp(`${MACHINES[duty]} lacks the .*\\(${plugIn}\\b.*\\(rule ${rule}\\)`)
    const found = result.findings.filter(finding => finding.rule === 'plugin-missing')
    t.equal(found.length, 1, `${file}: one finding`)
    t.match(found[0]?.message, named)
    t.match(found[0]?.message, new RegExp(`2 machines stop at step "${step}"`))
    for (const { jobs = [] } of result.clients)
      t.match(
        jobs,
        [{ state: 'stopped', step, message: new RegExp(`\\(${plugIn}\\b.*\\(rule ${rule}\\)`) }],
        file,
      )
    const linted = lintScenario(scenario, readSource(file))
    t.strictSame(
      linted.map(finding => finding.rule),
      ['plugin-missing'],
      `${file}: lint says the same and nothing else`,
    )
    t.match(linted[0]?.message, named)
  }
})

/** The story of a machine as `--explain` tells it. */
const storyOf = (file: string, name: string): readonly { at: number; text: string }[] => {
  const scenario = fileScenario(file)
  const ran = run(scenario)
  const told = ran.machines.find(({ client }) => client.name === name)!
  const lease = machine(ran, name).address
  const nameOf = serverNames(scenario)
  return explain(told.client, ran.trace, ip => (nameOf(ip) === lease ? name : nameOf(ip)))
    .slice(1)
    .map(line => ({ at: Number(line.slice(0, 9)), text: line.slice(9) }))
}

t.test('the whole job is told in order, with times', async t => {
  const story = storyOf(`${FOLDER}/deployment-job.yaml`, 'pc-1')
  const chapters = [
    /pc-1 is registered with nbs-a, in production/,
    /job deploy-1 is ordered for pc-1/,
    /ns-1 -> nbs-a: tickle/,
    /nbs-a -> ns-1: is there a task/,
    /nbs-a -> pc-1: tickle/,
    /task "Boot to Automation"/,
    /pc-1 restarts for "Boot to Automation"/,
    /DHCP DISCOVER as PXEClient x64-uefi/,
    /tells pc-1: Automation: WinPE \(job running\)/,
    /nbs-a -> .*: PXE OFFER file BStrap/,
    /=> .*\[E-22\]/,
    /TFTP read BStrap\/x64\/BStrap\.efi/,
    /boot 1 of pc-1: from the network, as nbs-a said/,
    /TFTP read Images\/WinPE\/x64\/WinPE\.efi/,
    /has loaded the preboot image WinPE from nbs-a/,
    /pc-1 is registered with nbs-a, in automation/,
    /"Boot to Automation" of job deploy-1 on pc-1 is done/,
    /task "Deploy Image" Win11/,
    /has fetched imaging/,
    /has fetched drivers-db/,
    /has fetched Win11 from nbs-a/,
    /"Deploy Image" of job deploy-1 on pc-1 is done/,
    /restarts for "Boot to Production"/,
    /tells pc-1: Production: local disk \(job running\)/,
    /boot 2 of pc-1: from its disk, as nbs-a said \(PXE-E21\)/,
    /pc-1 is registered with nbs-a, in production/,
    /job deploy-1 is done on pc-1/,
  ]
  let from = 0
  for (const chapter of chapters) {
    const found = story.findIndex(({ text }, index) => index >= from && chapter.test(text))
    t.ok(found >= 0, `${chapter.source} comes in its turn`)
    from = Math.max(from, found)
  }
  t.strictSame(
    story.map(({ at }) => at),
    story.map(({ at }) => at).toSorted((a, b) => a - b),
    'in order of time',
  )
  const messages = story.filter(({ text }) => text.includes('tickle: there is a task'))
  t.equal(messages.length, 2, 'a message is told once, also where a router passes it on')
})

t.test('job-lost is of the machines the other NBS won, and of no others', async t => {
  const { result } = run(fileScenario(`${FOLDER}/second-nbs.yaml`))
  const lost = result.findings.filter(({ rule }) => rule === 'job-lost')
  t.equal(lost.length, 1, 'told once, by who knows the job')
  const wonBy = (server: string) =>
    result.clients.filter(({ pxeServer }) => pxeServer === server).map(({ name }) => name)
  t.strictSame([...lost[0]!.clients].sort(), wonBy('nbs-b').sort())
  for (const { pxeServer, jobs = [] } of result.clients)
    t.strictSame(
      jobs.map(({ state }) => state),
      [pxeServer === 'nbs-b' ? 'lost' : 'done'],
    )
  t.match(
    lost[0]!.because,
    /ordered at .*tickled at .* by ns-1.*tickled at .* by nbs-a.*restarted at .*answered at .* by nbs-b: Production.*went to its disk.*registered again.*still pending/s,
  )
  t.match(lost[0]!.servers, ['nbs-a', 'nbs-b'])
  t.ok(lost[0]!.evidence.some(({ text }) => text.startsWith('nbs-b offers Production')))
})

t.test('a lost tickle costs half an hour, a predefined machine a second boot', async t => {
  const { result } = run(fileScenario(`${FOLDER}/lost-tickle.yaml`))
  const [first, second] = result.clients.map(({ jobs = [] }) => jobs[0]!)
  t.ok(first!.restartedAt! < 41)
  t.ok(second!.restartedAt! > 1800 && second!.restartedAt! < 1900, `${second!.restartedAt} s`)
  const bootsOf = (file: string) =>
    run(fileScenario(`${FOLDER}/${file}`)).result.clients.map(({ boots = [] }) =>
      boots.map(({ task }) => task),
    )
  const twice = [null, 'boot-to-automation', 'boot-to-production']
  t.strictSame(bootsOf('predefined-machines.yaml'), [twice, twice, twice])
  const once = [null, 'boot-to-production']
  t.strictSame(bootsOf('predefined-unmanaged.yaml'), [once, once, once])
})

const SITE = (more: string) => `title: Two task servers
limit: 600s
subnets: { office: { cidr: 10.20.1.0/24 }, servers: { cidr: 10.20.9.0/24 } }
routers: { r1: { joins: [office, servers], relay: { office: [dhcp] } } }
notificationServers: { ns-1: {} }
servers:
  dhcp: { kind: dhcp, on: servers, address: 10.20.9.2, pool: 10.20.1.100-10.20.1.199 }
  nbs-a: { kind: nbs, on: office, address: 10.20.1.5, notificationServer: ns-1, images: ../boot-images }
clients: { pc: { count: 6, on: office, firmware: edk2, powerOn: 0s..9s } }
site:
${more}
  jobs: { j: { at: 60s, task: boot-to-automation, computers: pc } }
`

t.test('an agent chooses its task server by policy', async t => {
  const shares = (choose: string, servers: string): Record<string, number> => {
    const { trace } = runText(SITE(`  taskServers: { choose: ${choose} }\n  siteServers: { ${servers} }`))
    const counts: Record<string, number> = {}
    for (const event of trace) {
      if (event.at >= 60e6 || !isEventOf(event, SITE_EVENTS) || event.detail.kind !== 'registered') continue
      const server = event.detail.with
      counts[server] = (counts[server] ?? 0) + 1
    }
    return counts
  }
  const beside = 'ss-1: { on: office }'
  t.strictSame(shares('fewest-computers', beside), { 'nbs-a': 3, 'ss-1': 3 })
  t.strictSame(shares('available-capacity', `nbs-a: { capacity: 2 }, ${beside}`), { 'ss-1': 6 })
  t.strictSame(shares('fastest-connection', 'ss-1: { on: office, link: { delay: 30ms } }'), { 'nbs-a': 6 })
})

t.test('what the roll-out brings later helps at the next poll', async t => {
  const late = 'clients: { pc: { plugins: { arriving: { deployment-plug-in: 200s } } } }'
  const { result } = runText(SITE(`  taskServers: { poll: 100s }\n  ${late}`))
  t.strictSame(
    result.clients.map(({ jobs = [] }) => jobs.map(({ state }) => state)),
    Array.from({ length: 6 }, () => ['done']),
  )
  t.ok(result.clients.every(({ jobs = [] }) => jobs[0]!.restartedAt! > 200))
})

t.test('agent traffic is on the wire: a partition stops it', async t => {
  const faults = 'faults: [{ at: 50s, cut: ns-1 }]\n'
  const { result } = run(textScenario(SITE('  notificationServers: { ns-1: { on: servers } }') + faults))
  t.strictSame(
    result.clients.map(({ jobs = [] }) => jobs.map(({ state }) => state)),
    Array.from({ length: 6 }, () => ['pending']),
  )
})

t.test('the share of lost jobs grows with the response delay of the right server', async t => {
  const text = readFileSync(`${FOLDER}/second-nbs.yaml`, 'utf8')
  const delays = ['0ms', '1ms', '3ms']
  const path = 'servers.nbs-a.responseDelay'
  const sweep = {
    version: '0',
    title: 'Lost jobs',
    scenario: '',
    images: '',
    seeds: [1, 5] as [number, number],
    vary: [{ path, values: delays }],
  }
  const summary = new SweepSummary()
  for (const [cell, delay] of delays.entries()) {
    const vary: [string, string][] = [[path, delay]]
    const loaded = loadScenario(text, { file: `${FOLDER}/second-nbs.yaml`, overrides: vary })
    if (!loaded.ok) throw new Error('does not load')
    const { scenario } = loaded
    for (let seed = 1; seed <= 5; seed++) {
      const { clients } = run(scenario, { seed, observed: false }).result
      summary.add(recordOfRun(sweep, { run: cell * 5 + seed, seed, cell }, vary, scenario, clients))
    }
  }
  const lost = summary.cells().map(({ firmwares }) => firmwares[0]!.jobs!.lost.machines)
  t.ok(lost[0]! > 0 && lost[0]! < lost[1]! && lost[1]! < lost[2]!, `of 50 each: ${lost.join(', ')}`)
  t.equal(lost[2], 50)
  const table = reportSweep(sweep, summary.cells(), 15, plain)
  t.match(table.join('\n'), /job done +job lost/)
})
