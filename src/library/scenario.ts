/**
 * Scenarios as a program hands them around: read from a file, a text, a name of the library or an object, checked
 * once, and kept as they were written, so that each use can change fields of it. Does not run anything.
 */
import { stringify } from 'yaml'
import { formatMac } from '../core/address.ts'
import { UsageError } from '../core/exit.ts'
import { scenarioFormat } from '../scenario/format.ts'
import { checkSource, readSource } from '../scenario/read-file.ts'
import { plain } from '../document/located.ts'
import { type ScenarioSource, treeOf } from '../scenario/load.ts'
import type { Scenario as CheckedScenario } from '../scenario/model.ts'
import { type Override, applyOverrides } from '../scenario/overrides.ts'
import { functionKind } from '../servers/function/kind.ts'
import { SERVER_KINDS } from '../servers/kinds.ts'
import { type ScenarioObject, hasFunctions, placed } from './object.ts'

/** A checked scenario. */
export interface Scenario {
  /** As it was named; what an object was called. */
  readonly file: string
  readonly title: string
  readonly teaches: string | undefined
  readonly seed: number
  readonly subnets: readonly string[]
  readonly servers: readonly string[]
  /** Each machine, in the order of the file. */
  readonly clients: readonly ScenarioClient[]
  /** As YAML: the file's own text; of an object, what a file would hold, which leaves out functions. */
  readonly yaml: string
}

export interface ScenarioClient {
  readonly name: string
  /** The group it belongs to. */
  readonly group: string
  readonly mac: string
}

/** Whatever a scenario can be taken from: the path of a file or a name of the library, an object, a loaded one. */
export type ScenarioLike = string | ScenarioObject | Scenario

/** What differs from the scenario as it is written. */
export interface ScenarioChanges {
  /** Seed to use instead of the one in the scenario: a whole number, 0 or more. */
  readonly seed?: number | undefined
  /**
   * Fields by path, as `--set` has them: `{ 'servers.nbs-b.responseDelay': '20ms' }`. A string is read as it would be in
   * a file; null removes the field. What has a name (a server, a group of machines) can be changed, not added.
   */
  readonly set?: Readonly<Record<string, unknown>> | undefined
}

/** Rejects with `InvalidScenarioError`, which has everything that is wrong. */
export const loadScenario = async (file: string): Promise<Scenario> => new WrittenScenario(readSource(file))

/**
 * Of YAML, or of an object. `file` is what messages and results call it; paths in it are relative to that file. Throws
 * `InvalidScenarioError`.
 */
export const parseScenario = (
  scenario: string | ScenarioObject,
  options: { readonly file?: string } = {},
): Scenario => {
  const { file = typeof scenario === 'string' ? 'scenario.yaml' : OBJECT } = options
  return new WrittenScenario(
    typeof scenario === 'string' ? { file, text: scenario } : { file, object: placed(scenario) },
  )
}

/** An object can hold functions, and a file cannot. */
const OBJECT_KINDS = SERVER_KINDS.with(functionKind)

/** What a scenario that is an object is called; paths in it are relative to the working directory. */
const OBJECT = 'scenario'

/** Throws `InvalidScenarioError`. */
export const openScenario = (scenario: ScenarioLike): WrittenScenario => {
  if (scenario instanceof WrittenScenario) return scenario
  if (typeof scenario === 'string') return new WrittenScenario(readSource(scenario))
  // One that another copy of this package made.
  if (isLoaded(scenario)) return new WrittenScenario({ file: scenario.file, text: scenario.yaml })
  return new WrittenScenario({ file: OBJECT, object: placed(scenario) })
}

const isLoaded = (scenario: ScenarioObject | Scenario): scenario is Scenario => 'yaml' in scenario

export class WrittenScenario implements Scenario {
  readonly source: ScenarioSource
  readonly checked: CheckedScenario

  constructor(source: ScenarioSource) {
    this.source = source
    this.checked = checkSource(source, { kinds: 'text' in source ? SERVER_KINDS : OBJECT_KINDS })
  }

  get file(): string {
    return this.source.file
  }

  get title(): string {
    return this.checked.title
  }

  get teaches(): string | undefined {
    return this.checked.teaches
  }

  get seed(): number {
    return this.checked.seed
  }

  get subnets(): readonly string[] {
    return this.checked.subnets.map(({ name }) => name)
  }

  get servers(): readonly string[] {
    return this.checked.servers.map(({ name }) => name)
  }

  get clients(): readonly ScenarioClient[] {
    return this.checked.clients.flatMap(group =>
      group.members.map(({ name, mac }) => ({ name, group: group.name, mac: formatMac(mac) })),
    )
  }

  get yaml(): string {
    return 'text' in this.source ? this.source.text : stringify(this.source.object)
  }

  /** No file could hold it. */
  get hasFunctions(): boolean {
    return 'object' in this.source && hasFunctions(this.source.object as ScenarioObject)
  }

  /** As YAML, with the changes in it. */
  changedYaml({ set = {} }: ScenarioChanges): string {
    const overrides = Object.entries(set).map(overrideOf)
    const { root } = treeOf(this.source)
    if (overrides.length === 0 || !root) return this.yaml
    applyOverrides(root, overrides, scenarioFormat(this.checked.kinds))
    return stringify(plain(root))
  }

  /** Throws `InvalidScenarioError`. */
  with({ seed, set = {} }: ScenarioChanges): CheckedScenario {
    if (seed !== undefined && !(Number.isSafeInteger(seed) && seed >= 0))
      throw new UsageError(`seed is a whole number, 0 or more, not ${seed}`)
    const overrides = Object.entries(set).map(overrideOf)
    if (overrides.length === 0) return seed === undefined ? this.checked : { ...this.checked, seed }
    const { kinds } = this.checked
    return checkSource(this.source, { overrides, kinds, ...(seed !== undefined && { seed }) })
  }
}

const overrideOf = ([path, value]: readonly [string, unknown]): Override => {
  if (value === null || value === undefined) return [path, '~']
  return [path, typeof value === 'string' ? value : JSON.stringify(value)]
}
