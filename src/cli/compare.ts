/**
 * `nbs compare`: one scenario, one machine of each firmware in turn. Does not know how a run works.
 */
import pc from '../outlet/palette.ts'
import type { Argv } from 'yargs'
import { reportComparison, verdictOf } from '../report/compare.ts'
import { compareFirmware } from '../experiments/compare.ts'
import { noMachine } from '../library/result.ts'
import { EXIT, UsageError } from '../core/exit.ts'
import { print, printJson } from '../outlet/print.ts'
import { overridesOf } from '../scenario/overrides.ts'
import { checkSource } from '../scenario/read-file.ts'
import { surroundingsOf } from '../simulation/node.ts'
import { trustedSource } from './trusted-source.ts'
import { ALLOWED_PATHS, CHANGED_RUN, JSON_OUTPUT, ending } from './options.ts'

export const builder = (yargs: Argv) =>
  yargs
    .positional('file', { type: 'string', demandOption: true, describe: 'Scenario file' })
    .option('client', {
      type: 'string',
      requiresArg: true,
      describe: 'The machine whose MAC and subnet they take; default: the first of the file',
    })
    .option('profiles', {
      choices: ['usual', 'all'] as const,
      default: 'usual',
      describe: 'Each family with its default profile, or with every profile',
    })
    .options({ ...CHANGED_RUN, ...ALLOWED_PATHS, ...JSON_OUTPUT })
    .epilogue(
      ending([
        ['nbs compare scenarios/mixed-firmware.yaml', 'four firmware families on one contended subnet'],
      ]),
    )

type Arguments = Awaited<ReturnType<typeof builder>['argv']>

export const handler = async (args: Arguments): Promise<void> => {
  const { client, seed } = args
  if (seed !== undefined && !Number.isSafeInteger(seed)) throw new UsageError('--seed must be a whole number')
  const overrides = overridesOf(args.set ?? [])
  const scenario = checkSource(await trustedSource(args.file, args, overrides), {
    overrides,
    ...(seed !== undefined && { seed }),
  })
  const comparison = compareFirmware(scenario, surroundingsOf(scenario), {
    ...(client !== undefined && { client }),
    allProfiles: args.profiles === 'all',
  })
  if (!comparison)
    throw new UsageError(
      client === undefined
        ? `${args.file} has no machine to compare: add a group of clients`
        : `--client: ${noMachine(
            client,
            scenario.clients.flatMap(({ members }) => members),
          )}`,
    )
  if (args.json) printJson({ ...comparison, verdict: verdictOf(comparison) })
  else print(reportComparison(comparison, pc))
  process.exitCode = EXIT.ok
}
