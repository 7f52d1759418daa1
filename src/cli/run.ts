/**
 * `nbs run`: scenarios in the virtual world, and what they showed. Does not know how a run works.
 */
import pc from './palette.ts'
import type { Argv } from 'yargs'
import { explain } from '../report/explain.ts'
import { reportExplanation } from '../report/nearby.ts'
import { reportHtml } from '../report/html.ts'
import { reportJunit } from '../report/junit.ts'
import { logTrace } from '../report/log.ts'
import { reportText } from '../report/text.ts'
import { captureOf } from '../report/capture.ts'
import { recordOf } from '../simulation/machine.ts'
import { type Explanation, explainMachine } from '../experiments/what-if/explanation.ts'
import { overridesOf } from '../scenario/overrides.ts'
import type { Scenario } from '../scenario/model.ts'
import { serverNames } from '../simulation/server-names.ts'
import { recordingOf } from '../simulation/recording.ts'
import { type Run, runScenario } from '../simulation/run.ts'
import { hasGuests } from '../simulation/run-paced.ts'
import { EXIT, UsageError } from '../core/exit.ts'
import { runLive } from './live.ts'
import { viewerPage } from '../simulation/home.ts'
import { scenarioFrom, surroundingsOf } from '../simulation/node.ts'
import { writeOut } from './write-out.ts'

export const builder = (yargs: Argv) =>
  yargs
    .positional('files', { type: 'string', array: true, demandOption: true, describe: 'Scenario files' })
    .option('seed', { type: 'number', describe: "Instead of the scenario's own" })
    .option('set', {
      type: 'string',
      array: true,
      nargs: 1,
      describe: 'path=value: change a field for this run',
    })
    .option('capture', {
      type: 'string',
      requiresArg: true,
      describe: 'Write all frames to this pcapng file',
    })
    .option('junit', { type: 'string', requiresArg: true, describe: 'Write the expectations as JUnit XML' })
    .option('report', {
      type: 'string',
      requiresArg: true,
      describe: 'Write a page that replays the run in a browser, without network',
    })
    .option('json', { type: 'boolean', describe: 'One JSON document on standard output, nothing else' })
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
    .example('$0 run scenarios/two-nbs-one-subnet.yaml --explain pc-1', 'why pc-1 booted from where it did')

type Parsed = Awaited<ReturnType<typeof builder>['argv']>
type Option = 'seed' | 'set' | 'capture' | 'junit' | 'report' | 'json' | 'live' | 'explain' | 'log'
type Arguments = Pick<Parsed, 'files'> & { readonly [Name in Option]?: Parsed[Name] }

export const handler = async (args: Arguments): Promise<void> => {
  const { files } = args
  if (args.capture !== undefined && files.length > 1)
    throw new UsageError('--capture takes the frames of one scenario: name one file')
  if (args.seed !== undefined && !(Number.isSafeInteger(args.seed) && args.seed >= 0))
    throw new UsageError('--seed is a whole number, 0 or more')
  const choice = {
    overrides: overridesOf(args.set ?? []),
    ...(args.seed !== undefined && { seed: args.seed }),
  }
  const scenarios = files.map(file => scenarioFrom(file, choice))
  if (args.explain !== undefined) checkMachine(args.explain, scenarios)
  const runs: Told[] = []
  for (const scenario of scenarios) runs.push(await runOne(scenario, args))
  const results = runs.map(run => run.result)
  const documents = runs.map(({ result, explanation }) => (explanation ? { ...result, explanation } : result))
  if (args.junit !== undefined) writeOut(args.junit, reportJunit(results))
  if (args.report !== undefined)
    writeOut(
      args.report,
      reportHtml(
        viewerPage(),
        runs.map(({ scenario, ...run }) => recordingOf(scenario, run)),
      ),
    )
  if (args.json)
    process.stdout.write(`${JSON.stringify(documents.length === 1 ? documents[0] : documents, null, 2)}\n`)
  const met = results.every(result => result.expectations.every(expectation => expectation.met))
  process.exitCode = met ? EXIT.ok : EXIT.failed
}

interface Told extends Run {
  readonly scenario: Scenario
  readonly explanation: Explanation | undefined
}

const runOne = async (scenario: Scenario, args: Arguments): Promise<Told> => {
  const surroundings = surroundingsOf(scenario)
  const paced = args.live === true || hasGuests(scenario)
  const run = paced
    ? await runLive(scenario, surroundings, args.live === true && !args.json)
    : runScenario(scenario, surroundings)
  // What would have been, can only be told of a world that runs the same way again.
  const explanation =
    args.explain === undefined || paced
      ? undefined
      : explainMachine(scenario, run, args.explain, surroundings)
  if (args.capture !== undefined)
    writeOut(
      args.capture,
      captureOf(
        scenario.subnets.map(({ name }) => name),
        run.trace,
      ),
    )
  if (args.log) logTrace(run.trace, process.stderr)
  if (!args.json) {
    const lines =
      args.explain === undefined
        ? reportText(run.result, scenario.teaches, pc)
        : [...story(scenario, run, args.explain), ...(explanation ? reportExplanation(explanation, pc) : [])]
    process.stdout.write(`${lines.join('\n')}\n\n`)
  }
  return { ...run, scenario, explanation }
}

const story = (scenario: Scenario, run: Run, name: string): string[] => {
  const machine = run.machines.find(({ client }) => client.name === name)
  if (!machine) return []
  const lease = recordOf(machine)?.lease?.address
  const nameOfServer = serverNames(scenario)
  return explain(machine.client, run.trace, ip => (ip === lease ? name : nameOfServer(ip)))
}

const checkMachine = (name: string, scenarios: readonly Scenario[]): void => {
  const names = scenarios.flatMap(scenario =>
    scenario.clients.flatMap(group => group.members.map(member => member.name)),
  )
  if (!names.includes(name))
    throw new UsageError(
      `--explain: there is no machine "${name}"; there are ${names.slice(0, 8).join(', ')}${names.length > 8 ? ' …' : ''}`,
    )
}
