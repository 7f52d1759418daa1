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
    describe: 'Find PXE contention and failed boots in capture files from any network',
    load: () => import('./analyze.ts'),
  },
  {
    name: 'check [target]',
    describe: 'Hold a server against 107 clauses: what real machines will trip over',
    load: () => import('./check/index.ts'),
  },
  {
    name: 'compare <file>',
    describe: 'Boot one machine with each firmware in turn and show where they differ',
    load: () => import('./compare.ts'),
  },
  {
    name: 'completion <shell>',
    describe: 'Print a script that completes commands and options in bash, zsh or fish',
    load: () => import('./completion.ts'),
  },
  {
    name: 'demo [files..]',
    describe: 'Replay scenarios in the browser: choose one, change it, run it again',
    load: () => import('./demo.ts'),
  },
  {
    name: 'import <files..>',
    describe: 'Make a scenario of a capture that reproduces it, and tell how far it does',
    load: () => import('./import/import.ts'),
  },
  {
    name: 'init [folder]',
    describe: 'Start a project: a commented scenario, a test for it, and CI files',
    load: () => import('./init.ts'),
  },
  {
    name: 'lint <files..>',
    describe: 'Check scenario files for contention that is visible without a run',
    load: () => import('./lint.ts'),
  },
  {
    name: 'probe',
    describe: 'Ask a real network which servers answer, and what each firmware would get',
    load: () => import('./probe.ts'),
  },
  {
    name: 'rule [ids..]',
    describe:
      'Show rules of the rule book: what firmware, servers and the product do, and the source of each',
    load: () => import('./rule.ts'),
  },
  {
    name: 'run <files..>',
    describe: 'Run scenarios on the virtual network and show which machine booted from which server',
    load: () => import('./run.ts'),
  },
  {
    name: 'schema [of]',
    describe: 'Print the JSON Schema of scenarios for editors, or of another kind of file',
    load: () => import('./schema.ts'),
  },
  {
    name: 'serve [config]',
    describe: 'Run the Network Boot Service on a real network, or on loopback',
    load: () => import('./serve.ts'),
  },
  {
    name: 'serve-notification <config>',
    describe: 'Run a Notification Server over HTTP that tells NBS what each machine should do',
    load: () => import('./serve-notification.ts'),
  },
  {
    name: 'shrink <file>',
    describe: 'Reduce a scenario to the smallest one that still shows a finding',
    load: () => import('./shrink.ts'),
  },
  {
    name: 'sweep [file]',
    describe: 'Run a scenario with many seeds and varied parameters: which server wins how often',
    load: () => import('./sweep.ts'),
  },
  {
    name: 'verify <files..>',
    describe: 'Boot real firmware in QEMU and its model side by side, and compare them',
    load: () => import('./verify.ts'),
  },
  {
    name: 'view <file>',
    describe: 'Show results of nbs run --json or of a sweep in the browser',
    load: () => import('./view.ts'),
  },
  {
    name: 'watch',
    describe: 'Monitor a network: which servers answer and which contend, one line per change',
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
  .usage('$0 <command>\n\nA flight simulator for network boot.')
  .demandCommand(1, 'no command given: nbs COMMAND')
  .recommendCommands()
  .strict()
  .version(VERSION)
  .help()
  .alias('help', 'h')
  .wrap(Math.min(110, process.stdout.columns ?? 110))
  .epilogue('nbs help COMMAND describes a command, with examples. The documentation is in docs/.')
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
