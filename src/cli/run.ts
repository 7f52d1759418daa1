/**
 * `nbs run`: scenarios in the virtual world, and what they showed. Does not know how a run works.
 */
import { isUnwanted } from '../analysis/unwanted.ts'
import pc from '../outlet/palette.ts'
import type { Argv } from 'yargs'
import { reportHtml } from '../report/html.ts'
import { FAIL_ON, reportJunit } from '../report/junit.ts'
import { logTrace } from '../report/log.ts'
import { PLAIN } from '../core/wording.ts'
import { endingLines } from '../report/endings.ts'
import { reportText } from '../report/text/run.ts'
import type { FinishedRun } from '../library/result.ts'
import { type Known, whoIsMeant } from '../report/whom.ts'
import { WrittenScenario } from '../library/scenario.ts'
import { overridesOf } from '../scenario/overrides.ts'
import type { Scenario } from '../scenario/model.ts'
import { formatMac, parseIp4 } from '../core/address.ts'
import { EXIT, UsageError } from '../core/exit.ts'
import { logStream, print, printJson } from '../outlet/print.ts'
import { runAtTerminal } from './live.ts'
import { viewerPage } from '../document/home.ts'
import { writeOut } from './write-out.ts'
import { trustedSource } from './trusted-source.ts'
import { ALLOWED_PATHS, CHANGED_RUN, JSON_OUTPUT, ending } from './options.ts'

export const builder = (yargs: Argv) =>
  yargs
    .positional('files', { type: 'string', array: true, demandOption: true, describe: 'Scenario files' })
    .options({ ...CHANGED_RUN, ...ALLOWED_PATHS, ...JSON_OUTPUT })
    .option('capture', {
      type: 'string',
      requiresArg: true,
      describe: 'Write all frames to this pcapng file',
    })
    .option('junit', {
      type: 'string',
      requiresArg: true,
      describe: 'Write expectations and findings as JUnit XML',
    })
    .option('fail-on', {
      choices: FAIL_ON,
      requiresArg: true,
      describe: 'Fail (exit status 1) if there is a finding of this severity or worse',
    })
    .option('report', {
      type: 'string',
      requiresArg: true,
      describe: 'Write a self-contained page that replays the run in a browser',
    })
    .option('explain', {
      type: 'string',
      requiresArg: true,
      describe:
        'Explain the boot of this machine (name, MAC or IP address) packet by packet: what decided it, and how close it was',
    })
    .option('live', {
      type: 'boolean',
      describe:
        'Run in real time and print each packet and screen line as it happens; guests always run in real time',
    })
    .option('log', {
      type: 'boolean',
      describe: 'Log the activity of the services as JSON lines on standard error',
    })
    .epilogue(
      ending(
        [
          [
            'nbs run office.yaml --fail-on error --junit run.xml',
            'in CI: any finding of severity error fails the job',
          ],
          ['nbs run scenarios/two-nbs-one-subnet.yaml --explain pc-1', 'why pc-1 booted from where it did'],
        ],
        { failed: 'an expectation failed, or --fail-on found something' },
      ),
    )

type Parsed = Awaited<ReturnType<typeof builder>['argv']>
type Option =
  | 'allow-path'
  | 'fail-on'
  | 'seed'
  | 'set'
  | 'capture'
  | 'junit'
  | 'report'
  | 'json'
  | 'live'
  | 'explain'
  | 'log'
type Arguments = Pick<Parsed, 'files'> & { readonly [Name in Option]?: Parsed[Name] }

export const handler = async (args: Arguments): Promise<void> => {
  const { files } = args
  if (args.capture !== undefined && files.length > 1)
    throw new UsageError('--capture records one scenario: give one file')
  if (args.seed !== undefined && !(Number.isSafeInteger(args.seed) && args.seed >= 0))
    throw new UsageError('--seed must be a whole number, 0 or more')
  const overrides = overridesOf(args.set ?? [])
  const changes = { seed: args.seed, set: Object.fromEntries(overrides) }
  const scenarios: Scenario[] = []
  for (const file of files)
    scenarios.push(new WrittenScenario(await trustedSource(file, args, overrides)).with(changes))
  if (args.explain !== undefined && !isAddress(args.explain)) checkMachine(args.explain, scenarios)
  const runs: FinishedRun[] = []
  for (const scenario of scenarios) runs.push(await runOne(scenario, args))
  if (args.explain !== undefined && isAddress(args.explain)) checkLeased(args.explain, runs)
  if (args.junit !== undefined) writeOut(args.junit, reportJunit(runs, args['fail-on']))
  if (args.report !== undefined)
    writeOut(
      args.report,
      reportHtml(
        viewerPage(),
        runs.map(run => run.recording()),
      ),
    )
  if (args.json) {
    const documents = runs.map(run => documentOf(run, args.explain))
    printJson(documents.length === 1 ? documents[0] : documents)
  }
  const met = runs.every(({ expectations }) => expectations.every(expectation => expectation.met))
  const failOn = args['fail-on']
  const found = failOn !== undefined && runs.some(({ findings }) => findings.some(isUnwanted(failOn)))
  process.exitCode = met && !found ? EXIT.ok : EXIT.failed
}

const documentOf = (run: FinishedRun, explain: string | undefined): object => {
  const name = explain === undefined || !run.repeatable ? undefined : machineIn(run, explain)
  return name === undefined ? run.toJSON() : { ...run.toJSON(), explanation: run.explanation(name) }
}

const runOne = async (scenario: Scenario, args: Arguments): Promise<FinishedRun> => {
  const run = await runAtTerminal(scenario, args.live === true, args.live === true && !args.json)
  const { explain } = args
  if (args.capture !== undefined) writeOut(args.capture, run.capture())
  if (args.log) logTrace(run.trace, logStream)
  if (args.json) return run
  if (explain === undefined)
    print([...reportText(run, scenario.teaches, pc, args['fail-on'], endingLines(run, run.trace, PLAIN)), ''])
  else {
    const name = machineIn(run, explain)
    if (name !== undefined) print([...run.explainLines(name, pc), ''])
  }
  return run
}

/** Before the run: of several scenarios, one that has it is enough. */
const checkMachine = (who: string, scenarios: readonly Scenario[]): void => {
  const each = scenarios.map(({ clients }) => whoIsMeant(who, clients.flatMap(writtenMachines)))
  refuse(
    who,
    each.every(({ ok }) => !ok) ? scenarios.flatMap(({ clients }) => clients.flatMap(writtenMachines)) : [],
  )
}

/** Who has an address shows after the run only. */
const checkLeased = (address: string, runs: readonly FinishedRun[]): void => {
  if (runs.every(run => machineIn(run, address) === undefined)) refuse(address, runs.flatMap(machinesOf))
}

const refuse = (who: string, machines: readonly Known[]): void => {
  const meant = machines.length === 0 ? undefined : whoIsMeant(who, machines)
  if (meant && !meant.ok) throw new UsageError(`--explain: ${meant.why}`)
}

const isAddress = (who: string): boolean => parseIp4(who) !== undefined

const writtenMachines = ({ name: group, members }: Scenario['clients'][number]): Known[] =>
  members.map(({ name, mac }) => ({
    name,
    mac: formatMac(mac),
    addresses: [],
    ...(members.length > 1 && { group }),
  }))

const machinesOf = (run: FinishedRun): Known[] =>
  run.clients.map(({ name, mac, address }) => ({ name, mac, addresses: address === null ? [] : [address] }))

/** By name; undefined where it is not clear which one is meant. */
const machineIn = (run: FinishedRun, who: string): string | undefined => {
  const meant = whoIsMeant(who, machinesOf(run))
  return meant.ok ? meant.machine.name : undefined
}
