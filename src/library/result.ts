/**
 * What a run came to, as a program uses it: the plain result with what can be made of it (capture, page,
 * explanation). Does not run anything, but for an explanation, which runs nearby worlds.
 */
import { UsageError } from '../core/exit.ts'
import type { TraceEvent } from '../core/trace.ts'
import { type Explanation, explainMachine } from '../experiments/what-if/explanation.ts'
import { captureOf } from '../report/capture.ts'
import { storyLines } from '../report/explain.ts'
import { reportHtml } from '../report/html.ts'
import { type FailOn, reportJunit } from '../report/junit.ts'
import { reportExplanation } from '../report/nearby.ts'
import type { Palette } from '../report/text/run.ts'
import { viewerPage } from '../document/home.ts'
import type { Scenario as CheckedScenario } from '../scenario/model.ts'
import { surroundingsOf } from '../simulation/node.ts'
import { type Recording, recordingOf } from '../simulation/recording.ts'
import type { ClientResult, RunResult } from '../simulation/result.ts'
import type { Run } from '../simulation/run.ts'
import { type Packet, type PacketFilter, packetsOf } from './packets.ts'

/** The fields are those of `nbs run --json`. */
export interface Result extends RunResult {
  /** One machine's; throws `RangeError` where there is none of that name. */
  client(name: string): ClientResult
  /** Those of a group, or the one machine of that name, as far as they were switched on; throws `RangeError` for another name. */
  clientsOf(who: string): readonly ClientResult[]
  /** Of the scenario, by name. */
  servers(): readonly string[]
  /** Packets that were on the subnets, in order; throws `RangeError` for a host that the scenario does not have. */
  packets(filter?: PacketFilter): readonly Packet[]
  /** Exactly what `nbs run --json` prints. */
  toJSON(): RunResult
  /** All frames, as a pcapng file with an interface for each subnet. */
  capture(): Uint8Array
  /**
   * What `nbs run --junit` writes: a case for each expectation and each finding. Findings of the severity `failOn`, or a
   * worse one, are failed cases.
   */
  junit(options?: { readonly failOn?: FailOn }): string
  /** A page that replays the run in a browser, without network: HTML. */
  report(): string
  /** What `nbs run --explain` prints: the machine's boot packet by packet, what decided, and how close it was. */
  explain(client: string): string
  /** The same as values; throws for a lab, and where real firmware took part: what was led by hand is not repeated. */
  explanation(client: string): Explanation
}

export class FinishedRun implements Result {
  readonly scenario: string
  readonly title: string
  readonly seed: number
  readonly version: string
  readonly virtualSeconds: number
  readonly clients: RunResult['clients']
  readonly findings: RunResult['findings']
  readonly expectations: RunResult['expectations']
  readonly repeatable: boolean
  readonly #scenario: CheckedScenario
  readonly #run: Run

  /** `repeatable`: in virtual time, the same at each run. */
  constructor(scenario: CheckedScenario, run: Run, repeatable = true) {
    const { result } = run
    this.scenario = result.scenario
    this.title = result.title
    this.seed = result.seed
    this.version = result.version
    this.virtualSeconds = result.virtualSeconds
    this.clients = result.clients
    this.findings = result.findings
    this.expectations = result.expectations
    this.#scenario = scenario
    this.#run = run
    this.repeatable = repeatable
  }

  client(name: string): ClientResult {
    const found = this.clients.find(client => client.name === name)
    if (found) return found
    throw new RangeError(noMachine(name, this.clients))
  }

  clientsOf(who: string): readonly ClientResult[] {
    const groups = this.#scenario.clients
    const machines = groups.flatMap(({ members }) => members)
    const members =
      groups.find(({ name }) => name === who)?.members ?? machines.filter(({ name }) => name === who)
    if (members.length === 0) throw new RangeError(noMachine(who, [...groups, ...machines]))
    const names = new Set(members.map(({ name }) => name))
    return this.clients.filter(({ name }) => names.has(name))
  }

  servers(): readonly string[] {
    return this.#scenario.servers.map(({ name }) => name)
  }

  packets(filter?: PacketFilter): readonly Packet[] {
    return packetsOf(this.#scenario, this.trace, filter)
  }

  toJSON(): RunResult {
    return this.#run.result
  }

  capture(): Uint8Array {
    return captureOf(
      this.#scenario.subnets.map(({ name }) => name),
      this.#run.trace,
    )
  }

  junit({ failOn }: { readonly failOn?: FailOn } = {}): string {
    return reportJunit([this.toJSON()], failOn)
  }

  report(): string {
    return reportHtml(viewerPage(), [this.recording()])
  }

  explain(client: string): string {
    return this.explainLines(client, PLAIN).join('\n')
  }

  explanation(client: string): Explanation {
    if (!this.repeatable)
      throw new UsageError('only a whole run in virtual time can be repeated to explain it')
    this.client(client)
    return explainMachine(this.#scenario, this.#run, client, surroundingsOf(this.#scenario))!
  }

  get trace(): readonly TraceEvent[] {
    return this.#run.trace
  }

  recording(): Recording {
    return recordingOf(this.#scenario, this.#run)
  }

  explainLines(client: string, palette: Palette): string[] {
    this.client(client)
    const story = storyLines(this.#scenario, this.#run, client)
    // What would have been, can only be told of a world that runs the same way again.
    return this.repeatable ? [...story, ...reportExplanation(this.explanation(client), palette)] : story
  }
}

const same = (text: string): string => text
const PLAIN: Palette = { bold: same, dim: same, red: same, yellow: same, green: same, cyan: same }

const SHOWN = 8

export const noMachine = (name: string, clients: readonly { readonly name: string }[]): string => {
  const names = clients.slice(0, SHOWN).map(client => client.name)
  return `there is no machine "${name}"; there are ${names.join(', ')}${clients.length > SHOWN ? ' …' : ''}`
}
