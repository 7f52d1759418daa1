/**
 * A capture becomes a scenario that reproduces it. Does not know how that is found out.
 */
import { CaptureFeed } from '../captures/feed.ts'
import { UsageError } from '../core/exit.ts'
import { parseMac } from '../core/address.ts'
import { fromSeconds } from '../core/micros.ts'
import type { ImportedMachine } from '../importing/check.ts'
import { importSeen } from '../importing/import.ts'
import { describeInterface, readRouterConfig } from '../importing/router-config.ts'
import { Seen } from '../importing/seen.ts'
import { simplify } from '../importing/simplify.ts'
import { formatScenarioError, loadScenario } from '../scenario/load.ts'
import type { RunResult } from '../simulation/result.ts'
import { surroundingsOf } from '../simulation/node.ts'
import { runScenario } from '../simulation/run.ts'
import { type CaptureLike, readCapture, refuseNothing } from './read-capture.ts'

export interface ImportOptions {
  /** Only this machine, by its MAC. */
  readonly client?: string | undefined
  /** Seconds since the first frame: what is before, or after, is left out. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** Of the scenario; default: says what it was made of. */
  readonly title?: string | undefined
  /** What the scenario is called in its own messages; default `imported.yaml`. */
  readonly file?: string | undefined
  /** Texts of router configurations, of which the helper lists are taken (Cisco, Arista, Juniper). */
  readonly routers?: readonly string[] | undefined
  /** Takes out what is not needed for the machines to do as they did; takes many runs. */
  readonly simplify?: boolean | undefined
  /** What results call a capture that is no file; default `capture`. */
  readonly name?: string | undefined
  /** Told how many runs a simplification has taken. */
  readonly onProgress?: ((runs: number) => void) | undefined
}

/** What `nbs import --json` prints. */
export interface ImportResult {
  readonly files: readonly string[]
  /** The scenario, as a file holds it. */
  readonly yaml: string
  readonly machines: readonly ImportedMachine[]
  /** Machines that do in the run what they did in the capture, and all. */
  readonly agreeing: number
  readonly total: number
  /** What the capture does not show, and what else is to be known. */
  readonly notes: readonly string[]
  /** Of the imported scenario's run. */
  readonly result: RunResult
}

/** Rejects with `UsageError` where nothing could be read, or no machine of the capture boots. */
export const importCapture = async (
  capture: CaptureLike,
  options: ImportOptions = {},
): Promise<ImportResult> => {
  const { name = 'capture', file = 'imported.yaml' } = options
  const seen = new Seen(spanOf(options))
  const feed = new CaptureFeed(seen.analyzer)
  const sources = await readCapture(capture, name, feed)
  refuseNothing(sources)
  const analysis = seen.analyzer.finish()
  const configs = (options.routers ?? []).map(readRouterConfig)
  const title = options.title ?? `Imported from ${sources.map(source => source.file).join(', ')}`
  const imported = importSeen(
    seen,
    { title: title.slice(0, MAX_TITLE), routers: configs.flatMap(({ interfaces }) => interfaces) },
    { run: yaml => runText(yaml, file) },
  )
  if (imported.machines.length === 0)
    throw new UsageError(
      'no machine of this capture boots from the network: nobody asks by DHCP as firmware does; capture from before the machine is switched on',
    )
  const { machines, draft } = imported
  return {
    files: sources.map(source => source.file),
    yaml: options.simplify === true ? simplify(imported, simplifySetup(file, options)) : imported.yaml,
    machines,
    agreeing: machines.filter(({ differences }) => differences.length === 0).length,
    total: machines.length,
    notes: [
      ...analysis.notes,
      ...sources.flatMap(({ file: path, issues }) => issues.map(issue => `${path}: ${issue}`)),
      ...draft.assumed,
      ...configNotes(configs),
      ...omittedNotes(seen.omitted),
    ],
    result: imported.result,
  }
}

/** A title is a line of a file. */
const MAX_TITLE = 200

const spanOf = ({ client, from, to }: ImportOptions) => {
  const mac = client === undefined ? undefined : parseMac(client)
  if (client !== undefined && mac === undefined)
    throw new UsageError(`client ${client} is not a MAC; write it as 00:50:56:00:00:01`)
  if (from !== undefined && to !== undefined && from > to)
    throw new UsageError(`the span is reversed: from ${from} to ${to} seconds`)
  return {
    client: mac,
    from: from === undefined ? undefined : fromSeconds(from),
    to: to === undefined ? undefined : fromSeconds(to),
  }
}

const loaded = (yaml: string, file: string) => loadScenario(yaml, { file })

const runText = (yaml: string, file: string) => {
  const read = loaded(yaml, file)
  // An imported scenario always loads; should one not, this is a mistake of ours that must be told whole.
  if (!read.ok) throw new Error(`imported scenario: ${read.errors.map(formatScenarioError).join('; ')}`)
  return { scenario: read.scenario, ...runScenario(read.scenario, surroundingsOf(read.scenario)) }
}

const simplifySetup = (file: string, { onProgress }: ImportOptions) => ({
  load: (yaml: string) => loaded(yaml, file),
  surroundings: surroundingsOf({ file }),
  onProgress,
})

const configNotes = (configs: readonly ReturnType<typeof readRouterConfig>[]): string[] =>
  configs.flatMap(({ interfaces, ignored }) => [
    `Router configuration: ${
      interfaces
        .filter(({ to }) => to.length > 0)
        .map(describeInterface)
        .join('; ') || 'no helper list'
    }; ${ignored} other lines were left alone.`,
  ])

const omittedNotes = (count: number): string[] =>
  count === 0 ? [] : [`${count} more machines were seen, and are not in the scenario.`]
