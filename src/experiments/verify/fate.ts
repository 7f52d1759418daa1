/**
 * What became of one machine, model or real, in terms that can be compared: read from its packets in the same way for
 * both; only why it gave up is its own word (the model's record, the real screen). Does not compare.
 */
import type { Ip4 } from '../../core/address.ts'
import { type Micros, toSeconds } from '../../core/micros.ts'
import type { Outcome } from '../../core/outcome.ts'
import { decodeFrame } from '../../wire/frames.ts'
import { BootStory } from '../../simulation/boot-story.ts'
import type { Scenario } from '../../scenario/model.ts'
import { serverNames } from '../../simulation/server-names.ts'
import type { Run } from '../../simulation/run.ts'

/** Servers by name. Times in seconds since the machine's first DISCOVER; null: that did not happen. */
export interface Fate {
  readonly outcome: Outcome
  readonly code: string | null
  /** Whose offer it took, and who confirmed it. */
  readonly requestTo: string | null
  readonly leaseFrom: string | null
  /** Whose boot information it acted on: several, where several named the same file at the same place, or its disk. */
  readonly pxeServers: readonly string[]
  /** Asked on port 4011, in order: `Ba×4 Bb`. */
  readonly asked4011: string
  readonly tftpServer: string | null
  readonly file: string | null
  readonly sha256: string | null
  readonly request: number | null
  readonly readRequest: number | null
  readonly end: number | null
}

export const fateOf = (
  scenario: Scenario,
  run: Run,
  client: string,
  hashOf: (bytes: Uint8Array) => string,
): Fate => {
  const machine = run.machines.find(one => one.client.name === client)!
  const result = run.result.clients.find(one => one.name === client)!
  const story = storyOf(machine.client.mac, run)
  const nameOf = serverNames(scenario)
  const named = (ip: Ip4 | undefined) => (ip === undefined ? null : nameOf(ip))
  const since = (at: Micros | undefined) =>
    at === undefined || story.discover === undefined ? null : toSeconds(at - story.discover)
  // Whose menu a real machine obeyed, no packet tells.
  const toDisk = result.outcome === 'localDisk' ? story.sentToDiskBy : []
  return {
    outcome: result.outcome,
    code: result.code,
    requestTo: named(story.requestTo),
    leaseFrom: named(story.lease?.server),
    pxeServers: (toDisk.length > 0 ? toDisk : story.namedBy).map(nameOf),
    asked4011: counted(story.asked.map(nameOf)),
    tftpServer: named(story.reads),
    file: story.file ?? null,
    sha256: story.content ? hashOf(story.content) : null,
    request: since(story.request),
    readRequest: since(story.readRequest),
    end: since(machine.ended),
  }
}

export const storyOf = (mac: BootStory['mac'], run: Pick<Run, 'trace'>): BootStory => {
  const story = new BootStory(mac)
  for (const event of run.trace) {
    if (event.kind !== 'frame') continue
    const frame = decodeFrame(event.bytes)
    if (frame.ok) story.see(event.at, frame.value)
  }
  return story
}

/** `Ba Ba Ba Ba Bb` as `Ba×4 Bb`. */
export const counted = (names: readonly string[]): string => {
  const runs: { readonly name: string; count: number }[] = []
  for (const name of names) {
    const last = runs.at(-1)
    if (last?.name === name) last.count++
    else runs.push({ name, count: 1 })
  }
  return runs.map(({ name, count }) => (count === 1 ? name : `${name}×${count}`)).join(' ')
}
