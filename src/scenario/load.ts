/**
 * A scenario file's text to a checked scenario, or to everything that is wrong with it, each with line, column and
 * the nearest valid spelling. Pure: reads no file (`read-file.ts` does), never throws for what a file holds.
 */
import type { z } from 'zod'
import { ruleIds } from '../analysis/finding.ts'
import { toSeconds } from '../core/micros.ts'
import { FIRMWARE_FAMILIES } from '../firmware/catalogue.ts'
import { COLLECTIONS, Checking, type Kept, NOUN, type Surroundings } from './checking.ts'
import { type ScenarioError, toErrors } from '../document/errors.ts'
import { explain } from '../document/explain.ts'
import { type ScenarioForm, type ScenarioFormat, scenarioFormat } from './format.ts'
import {
  type Complaint,
  type Located,
  type Path,
  type ReadTree,
  formatPath,
  plain,
  readTree,
} from '../document/located.ts'
import { readValues } from '../document/values.ts'
import type { Scenario } from './model.ts'
import { type Override, applyOverrides } from './overrides.ts'
import { MAX_DURATION } from '../document/quantities.ts'
import { resolveClients } from './resolve-clients.ts'
import { resolveExpectations } from './resolve-expect.ts'
import { resolveFaults } from './resolve-faults.ts'
import { resolveNetwork } from './resolve-network.ts'
import { resolvePolicy } from '../deployment/policy-form.ts'
import { resolveSteps } from './resolve-steps.ts'
import { resolveServers } from './resolve-servers.ts'
import { SERVER_KINDS } from '../servers/kinds.ts'
import { resolveSite } from './site/resolve.ts'

export { type ScenarioError, formatScenarioError } from '../document/errors.ts'
export type { Override } from './overrides.ts'

/** What a scenario is read from. */
export type ScenarioSource = TextSource | ObjectSource

export interface TextSource {
  /** As it was named: a path, or a name of the library. Paths in the text are relative to it. */
  readonly file: string
  readonly text: string
  /**
   * Who wrote it is not trusted with more: image directories outside its own folder are refused, but for these (paths on
   * this computer). Undefined: it may name any.
   */
  readonly allowedDirectories?: readonly string[]
}

export interface ObjectSource {
  /** What messages call it; paths in it are relative to the working directory. */
  readonly file: string
  /** In the shape that a file has. */
  readonly object: unknown
}

export interface LoadOptions extends Partial<Surroundings> {
  readonly file: string
  /** `--set`, in order. */
  readonly overrides?: readonly Override[]
  /** `--seed`: counts before the file's. */
  readonly seed?: number
}

export type Loaded =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly errors: readonly [ScenarioError, ...ScenarioError[]] }

/** Image directories are believed to be there, unless the caller can look. */
const SURROUNDINGS: Omit<Surroundings, 'file'> = {
  families: FIRMWARE_FAMILIES,
  findingRules: ruleIds(),
  kinds: SERVER_KINDS,
  exists: () => true,
}

export const loadScenario = (text: string, options: LoadOptions): Loaded =>
  loadSource({ file: options.file, text }, options)

/** `options.file` is that of the source. */
export const loadSource = (source: ScenarioSource, options: Partial<LoadOptions> = {}): Loaded =>
  loadTree(treeOf(source), { ...options, file: source.file })

/** A tree of its own at each call: overrides change it. */
export const treeOf = (source: ScenarioSource): ReadTree =>
  'text' in source ? readTree(source.text, source) : readValues(source.object, source.file)

const loadTree = ({ root, complaints }: ReadTree, options: LoadOptions): Loaded => {
  if (!root) return rejected(complaints)
  if (root.kind !== 'map')
    return rejected([
      ...complaints,
      { place: root.place, path: [], message: 'a scenario must be a map that starts with title:' },
    ])

  const surroundings = { ...SURROUNDINGS, ...options }
  const format = scenarioFormat(surroundings.kinds)
  const overridden = applyOverrides(root, options.overrides ?? [], format)
  const { form, kept, issues } = readForm(root, format)
  const checking = new Checking(root, form, kept, surroundings)
  // Without a place to be, everything else would be wrong too.
  const isNowhere = checking.declared('subnets').length === 0
  if (isNowhere) checking.complain(['subnets'], 'a scenario needs at least one subnet')
  const scenario = isNowhere ? undefined : resolve(checking, options)
  const all = [...complaints, ...overridden, ...issues, ...checking.complaints]
  return scenario && all.length === 0 ? { ok: true, scenario } : rejected(all)
}

const rejected = (complaints: readonly Complaint[]): Loaded => {
  // The same place can be wrong in form and in meaning; the form comes first and says more.
  const seen = new Set<string>()
  const distinct = complaints.filter(({ place, path }) => {
    const key = `${place.file}:${place.line}:${place.column}:${formatPath(path)}`
    return !seen.has(key) && seen.add(key)
  })
  return { ok: false, errors: toErrors(distinct) as [ScenarioError, ...ScenarioError[]] }
}

interface ReadForm {
  readonly form: ScenarioForm
  readonly kept: Kept
  readonly issues: readonly Complaint[]
}

/** What of the form is right, also where other parts are wrong, so that all mistakes are found at once. */
const readForm = (root: Located, format: ScenarioFormat): ReadForm => {
  const written = plain(root)
  const first = format.safeParse(written)
  if (first.success) return { form: first.data, kept: ALL_KEPT, issues: [] }
  const issues = explain(root, written, format, first.error.issues)
  const { rest, kept } = prune(written as Record<string, unknown>, first.error.issues)
  const second = format.safeParse({ ...LEAST, ...rest })
  return second.success
    ? { form: second.data, kept, issues }
    : { form: format.parse(LEAST), kept: ALL_KEPT, issues }
}

const ALL_KEPT: Kept = { faults: undefined, steps: undefined }
/** What a form needs to be read at all; a limit that is wrong must not make times wrong. */
const LEAST = { title: 'untitled', subnets: {}, limit: `${toSeconds(MAX_DURATION)}s` }

/** Maps and lists anew; what they hold may be a function, which a structured clone would refuse. */
const copyOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(copyOf)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, copyOf(field)]))
}

/** Leaves out each named thing, or item of a list, that something is wrong with. */
const prune = (
  written: Record<string, unknown>,
  issues: readonly z.core.$ZodIssue[],
): { readonly rest: Record<string, unknown>; readonly kept: Kept } => {
  const rest = copyOf(written) as Record<string, unknown>
  const dropped = { faults: new Set<number>(), steps: new Set<number>() }
  for (const { path, ...issue } of issues) {
    const [section, item] = path
    const inner = rest[String(section)]
    if (section === undefined)
      for (const key of issue.code === 'unrecognized_keys' ? issue.keys : []) delete rest[key]
    else if ((section === 'faults' || section === 'steps') && typeof item === 'number')
      dropped[section].add(item)
    else if (item !== undefined && typeof inner === 'object' && inner !== null && !Array.isArray(inner))
      delete (inner as Record<string, unknown>)[String(item)]
    else delete rest[String(section)]
  }
  const keep = (list: 'faults' | 'steps'): readonly number[] | undefined => {
    const items = rest[list]
    if (!Array.isArray(items)) return undefined
    const indices = [...items.keys()].filter(index => !dropped[list].has(index))
    rest[list] = indices.map(index => items[index] as unknown)
    return indices
  }
  return { rest, kept: { faults: keep('faults'), steps: keep('steps') } }
}

const resolve = (checking: Checking, { file, seed }: LoadOptions): Scenario => {
  const { form } = checking
  checkNames(checking)
  const network = resolveNetwork(checking)
  const servers = resolveServers(checking, network)
  const clients = resolveClients(checking)
  return {
    file,
    title: form.title,
    teaches: form.teaches,
    steps: resolveSteps(checking, clients),
    seed: seed ?? form.seed,
    limit: form.limit,
    subnets: network.subnets,
    routers: network.routers,
    notificationServers: Object.entries(form.notificationServers).map(([name, known]) => ({
      name,
      delay: known.delay,
      unreachable: known.unreachable,
      ...resolvePolicy(known),
    })),
    servers,
    kinds: checking.surroundings.kinds,
    clients,
    ...(form.site && { site: resolveSite(checking, network, servers, clients) }),
    faults: resolveFaults(checking, clients, servers),
    expect: resolveExpectations(checking, clients),
  }
}

/** A fault or a report that says `nbs-a` must mean one thing. */
const checkNames = (checking: Checking): void => {
  const owners = new Map<string, string>()
  for (const collection of COLLECTIONS)
    for (const name of checking.declared(collection)) {
      const path: Path = [collection, name]
      const earlier = owners.get(name)
      if (earlier !== undefined)
        checking.complain(path, `"${name}" is already the name of a ${earlier}`, { side: 'key' })
      else owners.set(name, NOUN[collection])
    }
}
