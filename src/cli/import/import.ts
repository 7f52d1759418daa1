/**
 * `nbs import`: a capture becomes a scenario that reproduces it. Does not know how.
 */
import process from 'node:process'
import type { Argv } from 'yargs'
import { EXIT, UsageError } from '../../core/exit.ts'
import { boundedText } from '../../document/bounded-file.ts'
import { importCapture } from '../../library/import.ts'
import pc from '../../outlet/palette.ts'
import { print, printFile, printJson, showStatus } from '../../outlet/print.ts'
import { importText } from '../../report/text/import.ts'
import { JSON_OUTPUT, ending } from '../options.ts'
import { writeOut } from '../write-out.ts'

export const builder = (yargs: Argv) =>
  yargs
    .positional('files', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'pcap or pcapng files, told in order of time as one capture',
    })
    .options({
      out: { type: 'string', requiresArg: true, describe: 'Write the scenario to this file' },
      client: { type: 'string', requiresArg: true, describe: 'Only this machine, by its MAC' },
      from: { type: 'number', requiresArg: true, describe: 'Seconds since the first frame: nothing before' },
      to: { type: 'number', requiresArg: true, describe: 'Seconds since the first frame: nothing after' },
      router: {
        type: 'string',
        array: true,
        nargs: 1,
        describe: "Take helper lists from this router's configuration (Cisco, Arista, Juniper)",
      },
      simplify: { type: 'boolean', describe: 'Take out what is not needed; takes many runs' },
      check: {
        type: 'boolean',
        describe: 'Only tell how far the run does what the capture shows; status 1 where it does not',
      },
    })
    .options(JSON_OUTPUT)
    .epilogue(
      ending(
        [
          ['nbs import trouble.pcapng --out trouble.yaml', 'then: nbs run trouble.yaml --explain pc1-1'],
          ['nbs import trouble.pcapng --check', 'how far the scenario reproduces the capture'],
          [
            'nbs import trouble.pcapng --client 00:50:56:00:00:01 --simplify --out small.yaml',
            'one machine, and no more than it needs',
          ],
        ],
        { failed: 'with --check: a machine does otherwise in the run' },
      ),
    )

type Arguments = Awaited<ReturnType<typeof builder>['argv']>

export const handler = async (args: Arguments): Promise<void> => {
  const { files, out, client, from, to, check, json } = args
  for (const [name, value] of [
    ['from', from],
    ['to', to],
  ] as const)
    if (value !== undefined && !(value >= 0))
      throw new UsageError(`--${name} is a number of seconds, 0 or more`)
  if (check && out !== undefined) throw new UsageError('--check writes no file: leave out --out or --check')
  const imported = await importCapture(files, {
    client,
    from,
    to,
    file: out ?? 'imported.yaml',
    routers: (args.router ?? []).map(readText),
    simplify: args.simplify,
    onProgress: runs => showStatus(`simplifying: ${runs} runs`),
  })
  showStatus('')
  if (out !== undefined) writeOut(out, imported.yaml)
  const told = importText(imported, pc)
  if (json) printJson(check ? { ...imported, yaml: undefined } : imported)
  else if (check) print(told)
  else if (out === undefined) {
    // What is printed is a file: what is told of it stands in its comments.
    print(importText(imported, PLAIN).map(line => `# ${line}`))
    printFile(imported.yaml)
  } else print([...told, `written to ${out}`])
  process.exitCode = check && imported.agreeing < imported.total ? EXIT.failed : EXIT.ok
}

const same = (text: string): string => text
const PLAIN = { ...pc, green: same, yellow: same, bold: same, dim: same, red: same }

/** Largest router configuration, in bytes. */
const MAX_CONFIG = 1 << 24

const readText = (file: string): string => {
  try {
    return boundedText(file, { max: MAX_CONFIG, regular: true })
  } catch (error) {
    throw new UsageError(`--router ${file} cannot be read: ${(error as Error).message}`)
  }
}
