/**
 * The command line `nbs`: one module per command, one place where errors become exit statuses. Does not contain
 * what the commands do.
 */
import process from 'node:process'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import * as compare from './compare.ts'
import * as demo from './demo.ts'
import { EXIT, UsageError } from './exit.ts'
import * as analyze from './analyze.ts'
import * as lint from './lint.ts'
import * as run from './run.ts'
import * as serve from './serve.ts'
import * as serveNotification from './serve-notification.ts'
import * as shrink from './shrink.ts'
import { VERSION } from './surroundings.ts'
import * as sweep from './sweep.ts'
import * as view from './view.ts'

const program = yargs(hideBin(process.argv))
  .scriptName('nbs')
  .usage('$0 <command>\n\nThe flight simulator for network boot.')
  .command(analyze.command, analyze.describe, analyze.builder, analyze.handler)
  .command(compare.command, compare.describe, compare.builder, compare.handler)
  .command(demo.command, demo.describe, demo.builder, demo.handler)
  .command(lint.command, lint.describe, lint.builder, lint.handler)
  .command(run.command, run.describe, run.builder, run.handler)
  .command(serve.command, serve.describe, serve.builder, serve.handler)
  .command(
    serveNotification.command,
    serveNotification.describe,
    serveNotification.builder,
    serveNotification.handler,
  )
  .command(shrink.command, shrink.describe, shrink.builder, shrink.handler)
  .command(sweep.command, sweep.describe, sweep.builder, sweep.handler)
  .command(view.command, view.describe, view.builder, view.handler)
  .demandCommand(1, 'Say what to do: nbs <command>; nbs --help lists the commands.')
  .recommendCommands()
  .strict()
  .version(VERSION)
  .help()
  .wrap(Math.min(110, process.stdout.columns ?? 110))
  .fail((message, error) => {
    // What yargs finds wrong comes as an error of its own or as a message alone.
    const isCall = !error || error.name === 'YError'
    throw isCall ? new UsageError(`${message}\nnbs --help tells what there is.`) : error
  })

// A reader that has seen enough (`nbs … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed)
})

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`nbs: ${error.message}\n`)
  process.exitCode = error.status
}
