/**
 * The command line `nbs`: one module per command, loaded when it is called, and one place where errors become exit
 * statuses. Does not contain what the commands do.
 */
import process from 'node:process'
import yargs, { type Argv } from 'yargs'
import { hideBin } from 'yargs/helpers'
import { UsageError } from '../core/exit.ts'
import { VERSION } from '../document/home.ts'
import { warn, withoutReader } from '../outlet/print.ts'

/** What a command's module holds. */
interface Command {
  builder(yargs: Argv): unknown
  handler(args: never): void | Promise<void>
}

const COMMANDS: readonly { name: string; describe: string; readonly load: () => Promise<Command> }[] = [
  {
    name: 'analyze <files..>',
    describe: 'Find PXE contention and failed boots in capture files of any origin',
    load: () => import('./analyze.ts'),
  },
  {
    name: 'compare <file>',
    describe: 'Boot one machine of each firmware in turn and tell where they differ',
    load: () => import('./compare.ts'),
  },
  {
    name: 'demo [files..]',
    describe: 'Replay scenarios in the browser: pick one, change it, run it again',
    load: () => import('./demo.ts'),
  },
  {
    name: 'init [folder]',
    describe: 'Begin: a scenario with comments, a test of it, and what CI systems call',
    load: () => import('./init.ts'),
  },
  {
    name: 'lint <files..>',
    describe: 'Check scenario files for contention that shows without a run',
    load: () => import('./lint.ts'),
  },
  {
    name: 'probe',
    describe: 'Ask a real network what a machine of each firmware would get, and who answers',
    load: () => import('./probe.ts'),
  },
  {
    name: 'rule [ids..]',
    describe:
      'Tell rules of the book: what firmware, servers and the product do, and where that is known from',
    load: () => import('./rule.ts'),
  },
  {
    name: 'run <files..>',
    describe: 'Run scenarios in the virtual world and tell who booted from whom',
    load: () => import('./run.ts'),
  },
  {
    name: 'schema [of]',
    describe: 'Print the JSON Schema of scenarios, for editors; or of another kind of file',
    load: () => import('./schema.ts'),
  },
  {
    name: 'serve [config]',
    describe: 'Run the Network Boot Service on a real network, or on loopback',
    load: () => import('./serve.ts'),
  },
  {
    name: 'serve-notification <config>',
    describe: 'Run a Notification Server over HTTP: it tells NBS what each machine is to do',
    load: () => import('./serve-notification.ts'),
  },
  {
    name: 'shrink <file>',
    describe: 'Find the smallest scenario that still shows a finding',
    load: () => import('./shrink.ts'),
  },
  {
    name: 'sweep [file]',
    describe: 'Run a scenario with many seeds and varied parameters: how often who wins',
    load: () => import('./sweep.ts'),
  },
  {
    name: 'verify <files..>',
    describe: 'Boot real firmware in QEMU beside the model of it and compare',
    load: () => import('./verify.ts'),
  },
  {
    name: 'view <file>',
    describe: 'Show a result of nbs run --json in the browser',
    load: () => import('./view.ts'),
  },
  {
    name: 'watch',
    describe: 'Monitor a network: which servers answer, which contend, one line per change',
    load: () => import('./watch.ts'),
  },
]

const program = yargs(hideBin(process.argv))
  .scriptName('nbs')
  .usage('$0 <command>\n\nThe flight simulator for network boot.')
  .demandCommand(1, 'Say what to do: nbs <command>; nbs --help lists the commands.')
  .recommendCommands()
  .strict()
  .version(VERSION)
  .help()
  .wrap(Math.min(110, process.stdout.columns ?? 110))
  .fail((message, error) => {
    throw error ?? wrongCall(message)
  })

for (const { name, describe, load } of COMMANDS)
  program.command(
    name,
    describe,
    async (yargs: Argv) => void (await load()).builder(yargs),
    async args => (await load()).handler(args as never),
  )

// A reader that has seen enough (`nbs … | head`) is no error, and changes no verdict: what has an end goes on to it.
const ENDLESS: readonly string[] = ['demo', 'serve', 'serve-notification', 'watch']
withoutReader(ENDLESS.includes(process.argv[2] ?? ''))

try {
  await program.parseAsync()
} catch (thrown) {
  // What yargs finds wrong comes as a message alone, or as an error of its own.
  const error = thrown instanceof Error && thrown.name === 'YError' ? wrongCall(thrown.message) : thrown
  if (!(error instanceof UsageError)) throw error
  const [first = '', ...others] = error.lines
  warn([`nbs: ${first}`, ...others])
  process.exitCode = error.status
}

function wrongCall(message: string): UsageError {
  return new UsageError([...message.split('\n'), 'nbs --help tells what there is.'])
}
