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
import { type FinishedRun, noMachine } from '../library/result.ts'
import { WrittenScenario } from '../library/scenario.ts'
import { overridesOf } from '../scenario/overrides.ts'
import type { Scenario } from '../scenario/model.ts'
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
      describe: 'Findings of this severity, or a worse one, count as failed: exit status 1',
    })
    .option('report', {
      type: 'string',
      requiresArg: true,
      describe: 'Write a page that replays the run in a browser, without network',
    })
    .option('explain', {
      type: 'string',
      requiresArg: true,
      describe: "Tell this machine's boot packet by packet, what decided, and how close it was",
    })
    .option('live', {
      type: 'boolean',
      describe: 'By the wall clock, each packet and screen line as it happens; guests always run so',
    })
    .option('log', {
      type: 'boolean',
      describe: 'Log what the services did, as JSON lines on standard error',
    })
    .epilogue(
      ending(
        [
          ['nbs run office.yaml --fail-on error --junit run.xml', 'in CI: any error fails the job'],
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
    throw new UsageError('--capture takes the frames of one scenario: name one file')
  if (args.seed !== undefined && !(Number.isSafeInteger(args.seed) && args.seed >= 0))
    throw new UsageError('--seed is a whole number, 0 or more')
  const overrides = overridesOf(args.set ?? [])
  const changes = { seed: args.seed, set: Object.fromEntries(overrides) }
  const scenarios: Scenario[] = []
  for (const file of files)
    scenarios.push(new WrittenScenario(await trustedSource(file, args, overrides)).with(changes))
  if (args.explain !== undefined) checkMachine(args.explain, scenarios)
  const runs: FinishedRun[] = []
  for (const scenario of scenarios) runs.push(await runOne(scenario, args))
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

const documentOf = (run: FinishedRun, explain: string | undefined): object =>
  explain === undefined || !run.repeatable
    ? run.toJSON()
    : { ...run.toJSON(), explanation: run.explanation(explain) }

const runOne = async (scenario: Scenario, args: Arguments): Promise<FinishedRun> => {
  const run = await runAtTerminal(scenario, args.live === true, args.live === true && !args.json)
  if (args.capture !== undefined) writeOut(args.capture, run.capture())
  if (args.log) logTrace(run.trace, logStream)
  if (!args.json) {
    const lines =
      args.explain === undefined
        ? reportText(run, scenario.teaches, pc, args['fail-on'], endingLines(run, run.trace, PLAIN))
        : run.explainLines(args.explain, pc)
    print([...lines, ''])
  }
  return run
}

const checkMachine = (name: string, scenarios: readonly Scenario[]): void => {
  const machines = scenarios.flatMap(({ clients }) => clients.flatMap(({ members }) => members))
  if (!machines.some(machine => machine.name === name))
    throw new UsageError(`--explain: ${noMachine(name, machines)}`)
}
