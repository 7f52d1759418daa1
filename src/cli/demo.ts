/**
 * `nbs demo`: the viewer with the scenario library behind it, on loopback; or one real machine on the terminal, choosing
 * among the servers of a scenario. Does not know how a run works.
 */
import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import process from 'node:process'
import type { Argv } from 'yargs'
import { checkSource, readScenario, scenarioFrom } from '../scenario/read-file.ts'
import { formatMac } from '../core/address.ts'
import { FIRMWARE_FAMILIES, guestsOf } from '../firmware/catalogue.ts'
import { type LibraryEntry, startDemo } from '../demo/server.ts'
import { UsageError } from '../core/exit.ts'
import { openBrowser } from './open-browser.ts'
import { SHIPPED_SCENARIOS, viewerPage } from '../document/home.ts'
import { print } from '../outlet/print.ts'
import { handler as runFiles } from './run.ts'
import { type TrustCall, trustedSource } from './trusted-source.ts'
import { ALLOWED_PATHS, OPEN_BROWSER, ending } from './options.ts'

export const builder = (yargs: Argv) =>
  yargs
    .positional('files', {
      type: 'string',
      array: true,
      describe: 'Your own scenarios, listed before the library',
    })
    .option('port', {
      type: 'number',
      requiresArg: true,
      default: 0,
      describe: 'Port on 127.0.0.1; 0 picks a free one',
    })
    .options({ ...ALLOWED_PATHS, ...OPEN_BROWSER })
    .option('guest', {
      type: 'string',
      choices: guestsOf(FIRMWARE_FAMILIES).map(({ name }) => name),
      describe: 'Use the terminal instead: boot real firmware in QEMU among the servers of a scenario',
    })
    .epilogue(ending([['nbs demo --guest ipxe', 'watch real firmware choose between two NBS']]))

type Arguments = Awaited<ReturnType<typeof builder>['argv']>

export const handler = async (args: Arguments): Promise<void> => {
  if (args.guest !== undefined) return watchGuest(args.guest, args, args.files?.[0])
  const { port } = args
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError('--port must be between 0 and 65535')
  const own: LibraryEntry[] = []
  for (const file of args.files ?? []) own.push(entryOf(file, checkSource(await trustedSource(file, args))))
  const demo = await startDemo(viewerPage(), [...own, ...shipped()], port).catch((error: Error) => {
    throw new UsageError(`port ${port} of 127.0.0.1 cannot be used: ${error.message}`)
  })
  print([demo.address, 'Stop it with Ctrl-C.'])
  if (args.open) openBrowser(demo.address)
  const stop = () => {
    demo.server.close()
    demo.server.closeAllConnections()
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}

/** The scenario's machines give way to one that is real, in the place and with the MAC of the first of them. */
const watchGuest = (
  guest: string,
  trust: TrustCall,
  file = join(SHIPPED_SCENARIOS, 'two-nbs-one-subnet.yaml'),
): Promise<void> => {
  const group = scenarioFrom(file).clients[0]
  if (!group)
    throw new UsageError(`${file} has no machine whose place a real one could take: add a group of clients`)
  const mac = formatMac(group.members[0]!.mac)
  const clients = `{ real: { on: ${group.on}, guest: ${guest}, mac: '${mac}' } }`
  return runFiles({ ...trust, files: [file], set: [`clients=${clients}`, 'expect=~', 'steps=~'], live: true })
}

/** Lessons first: those with steps, the longest first. */
const shipped = (): LibraryEntry[] => {
  const entries = readdirSync(SHIPPED_SCENARIOS)
    .filter(name => name.endsWith('.yaml'))
    .sort()
    .flatMap(name => {
      const file = join(SHIPPED_SCENARIOS, name)
      const loaded = readScenario(file)
      if (!loaded.ok) return []
      const named = relative('', file).startsWith('..') ? file : relative('', file)
      return [{ steps: loaded.scenario.steps.length, entry: entryOf(named, loaded.scenario) }]
    })
  return entries.sort((a, b) => b.steps - a.steps).map(({ entry }) => entry)
}

const entryOf = (
  file: string,
  { title, teaches }: { title: string; teaches: string | undefined },
): LibraryEntry => ({
  file,
  title,
  teaches: teaches ?? null,
})
