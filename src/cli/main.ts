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
import { wrongCall } from './wrong-call.ts'

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
    name: 'check [target]',
    describe: 'Hold a server against 107 clauses: what real machines will trip over',
    load: () => import('./check/index.ts'),
  },
  {
    name: 'compare <file>',
    describe: 'Boot one machine of each firmware in turn and tell where they differ',
    load: () => import('./compare.ts'),
  },
  {
    name: 'completion <shell>',
    describe: 'Print what bash, zsh or fish needs to complete commands and options',
    load: () => import('./completion.ts'),
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

const commandNames = COMMANDS.map(({ name }) => name.split(' ')[0]!)

/** `nbs help run` is `nbs run --help`. */
const words = hideBin(process.argv)
const callOf = ([first, ...others]: readonly string[]): string[] => {
  if (first !== 'help') return first === undefined ? [] : [first, ...others]
  return others[0] === undefined || commandNames.includes(others[0]) ? [...others, '--help'] : others
}
const call = callOf(words)

const program = yargs(call)
  .scriptName('nbs')
  .usage('$0 <command>\n\nThe flight simulator for network boot.')
  .demandCommand(1, 'say what to do: nbs COMMAND')
  .recommendCommands()
  .strict()
  .version(VERSION)
  .help()
  .alias('help', 'h')
  .wrap(Math.min(110, process.stdout.columns ?? 110))
  .epilogue('nbs help COMMAND tells what a command takes, with examples. The documentation is in docs/.')
  .fail((message, error) => {
    throw error ?? new Refused(message)
  })

/** What yargs finds wrong. */
class Refused extends Error {}

/** The command that was called, once its options are known. */
let current: Argv | undefined

for (const { name, describe, load } of COMMANDS)
  program.command(
    name,
    describe,
    async (yargs: Argv) => {
      current = yargs
      ;(await load()).builder(yargs)
    },
    async args => (await load()).handler(args as never),
  )

// A reader that has seen enough (`nbs … | head`) is no error, and changes no verdict: what has an end goes on to it.
const ENDLESS: readonly string[] = ['demo', 'serve', 'serve-notification', 'watch']
withoutReader(ENDLESS.includes(call[0] ?? ''))

try {
  await program.parseAsync()
} catch (thrown) {
  const error = isRefusal(thrown) ? await refusal(thrown.message) : thrown
  if (!(error instanceof UsageError)) throw error
  const [first = '', ...others] = error.lines
  warn([`nbs: ${first}`, ...others])
  process.exitCode = error.status
}

/** It comes as a message alone, or as an error of its own. */
function isRefusal(thrown: unknown): thrown is Error {
  return thrown instanceof Refused || (thrown instanceof Error && thrown.name === 'YError')
}

async function refusal(message: string): Promise<UsageError> {
  const help = await (current ?? program).getHelp()
  const options = [...help.matchAll(/^ +(?:-\w, )?--([\w-]+)/gm)].map(match => match[1]!)
  const command = current && commandNames.find(name => name === call[0])
  const takes = COMMANDS.find(({ name }) => name.split(' ')[0] === command)?.name
  return wrongCall(message, call, { command, takes, commands: commandNames, options })
}
