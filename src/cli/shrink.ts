/**
 * `nbs shrink`: the smallest scenario that still shows a finding or still fails an expectation. Does not know how to
 * find it.
 */
import { dirname, relative, resolve } from 'node:path'
import process from 'node:process'
import type { Argv } from 'yargs'
import { ruleIds } from '../analysis/finding.ts'
import { reportShrunk } from '../report/shrink.ts'
import { nearestName } from '../document/nearest.ts'
import { type Shrunk, shrink } from '../experiments/shrink/shrink.ts'
import type { GoalRequest } from '../experiments/shrink/goal.ts'
import { withDirectories } from '../experiments/shrink/tree.ts'
import { EXIT, UsageError } from '../core/exit.ts'
import { print, printFile, printJson, showStatus } from '../outlet/print.ts'
import { writeOut } from './write-out.ts'
import { VERSION } from '../document/home.ts'
import { checkSource, openSource } from '../scenario/read-file.ts'
import { surroundingsOf } from '../simulation/node.ts'
import { trustedSource } from './trusted-source.ts'
import { ALLOWED_PATHS, JSON_OUTPUT, SEED, ending } from './options.ts'

export const builder = (yargs: Argv) =>
  yargs
    .positional('file', { type: 'string', demandOption: true, describe: 'Scenario file' })
    .option('finding', {
      type: 'string',
      requiresArg: true,
      describe: 'The rule that must still be reported',
    })
    .option('expectation', {
      type: 'string',
      requiresArg: true,
      describe: 'The expectation that must still fail, as nbs run prints it, or part of it',
    })
    .options({ ...SEED, ...ALLOWED_PATHS, ...JSON_OUTPUT })
    .option('out', { type: 'string', requiresArg: true, describe: 'Write the result to this file' })
    .epilogue(
      ending([
        [
          'nbs shrink site.yaml --finding split-decision --out small.yaml',
          'a small file to attach to a report',
        ],
      ]),
    )

type Arguments = Awaited<ReturnType<typeof builder>['argv']>

export const handler = async (args: Arguments): Promise<void> => {
  const { file, seed, out } = args
  if (seed !== undefined && !Number.isSafeInteger(seed)) throw new UsageError('--seed must be a whole number')
  const request = requestOf(args)
  const source = await trustedSource(file, args)
  const scenario = checkSource(source)
  const outcome = shrink(source.text, {
    request,
    ...(seed !== undefined && { seed }),
    surroundings: surroundingsOf(scenario),
    load: text => openSource({ ...source, text }),
    onProgress: ({ runs, size }) =>
      showStatus(
        `shrinking: ${runs} runs; ${size.servers} servers, ${size.machines} machines, ${size.lines} lines`,
      ),
  })
  showStatus('')
  if ('problem' in outcome) throw new UsageError(`${file} does not show that: ${outcome.problem}`)
  const shrunk = moved(outcome.shrunk, file, out)
  if (out !== undefined) writeOut(out, shrunk.text)
  if (args.json) printJson(document(shrunk, file))
  else tell(shrunk, file, out)
  process.exitCode = EXIT.ok
}

const requestOf = ({ finding, expectation }: Arguments): GoalRequest => {
  if ((finding === undefined) === (expectation === undefined))
    throw new UsageError(
      'say what the smaller scenario must still show: --finding RULE or --expectation TEXT',
    )
  if (finding === undefined) return { kind: 'expectation', text: expectation! }
  const rules = ruleIds()
  if (rules.includes(finding)) return { kind: 'finding', rule: finding }
  const nearest = nearestName(finding, rules)
  throw new UsageError(
    `--finding: there is no finding "${finding}"; ${nearest === undefined ? 'docs/findings.md lists them' : `did you mean ${nearest}?`}`,
  )
}

/** Folders are named relative to the file they stand in. */
const moved = (shrunk: Shrunk, file: string, out: string | undefined): Shrunk => {
  if (out === undefined || dirname(resolve(out)) === dirname(resolve(file))) return shrunk
  const rebased = (directory: string): string =>
    relative(dirname(resolve(out)), resolve(dirname(file), directory)) || '.'
  return { ...shrunk, text: withDirectories(shrunk.text, rebased) }
}

const document = (shrunk: Shrunk, file: string): object => {
  const { goal, seed, before, after, removed, runs, complete, text } = shrunk
  return { scenario: file, version: VERSION, goal, seed, before, after, removed, runs, complete, text }
}

/** Without a file to write to, what is printed is one: the report stands in its comments. */
const tell = (shrunk: Shrunk, file: string, out: string | undefined): void => {
  const lines = reportShrunk(shrunk, file)
  if (out !== undefined) return print([...lines, `written to ${out}`])
  print(lines.map(line => `# ${line}`))
  printFile(shrunk.text)
}
