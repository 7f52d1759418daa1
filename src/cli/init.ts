/**
 * `nbs init`: a folder to begin with. Does not know what is in it.
 */
import process from 'node:process'
import type { Argv } from 'yargs'
import { EXIT } from '../core/exit.ts'
import { startIn } from '../library/starter/init.ts'
import { print } from '../outlet/print.ts'

export const builder = (yargs: Argv) =>
  yargs
    .positional('folder', {
      type: 'string',
      default: '.',
      describe: 'Target folder; created if it does not exist',
    })
    .option('from', {
      type: 'string',
      requiresArg: true,
      describe: 'Start from this scenario of the library instead',
    })
    .example('$0 init office', 'a commented scenario, a test, and CI files')
    .example('$0 init office --from two-nbs-one-subnet', 'the same, based on a scenario of the library')

type Arguments = Awaited<ReturnType<typeof builder>['argv']>

export const handler = ({ folder, from }: Arguments): void => {
  const written = startIn(folder, from)
  print([...written, '', `Next: nbs run ${written[0]}`])
  process.exitCode = EXIT.ok
}
