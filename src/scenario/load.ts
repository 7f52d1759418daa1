/**
 * A scenario file's text to a checked scenario, or to everything that is wrong with it, each with line, column and
 * the nearest valid spelling. Pure: reads no file (`read-file.ts` does), never throws for what a file holds.
 */
import { COLLECTIONS, Checking, NOUN, type Surroundings } from './checking.ts'
import { type ScenarioError, toErrors } from './errors.ts'
import { explain } from './explain.ts'
import { type ScenarioForm, scenarioFormat } from './format.ts'
import { type Complaint, type Located, type Path, formatPath, plain, readTree } from './located.ts'
import type { Scenario } from './model.ts'
import { type Override, applyOverrides } from './overrides.ts'
import { resolveClients } from './resolve-clients.ts'
import { resolveExpectations } from './resolve-expect.ts'
import { resolveFaults } from './resolve-faults.ts'
import { resolveNetwork } from './resolve-network.ts'
import { resolvePolicy } from './policy.ts'
import { resolveServers } from './resolve-servers.ts'

export type { Catalogue } from './checking.ts'
export { type ScenarioError, formatScenarioError } from './errors.ts'
export type { Override } from './overrides.ts'

export interface LoadOptions extends Surroundings {
  /** `--set`, in order. */
  readonly overrides?: readonly Override[]
  /** `--seed`: counts before the file's. */
  readonly seed?: number
}

export type Loaded =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly errors: readonly [ScenarioError, ...ScenarioError[]] }

export const loadScenario = (text: string, options: LoadOptions): Loaded => {
  const { root, complaints } = readTree(text, options)
  if (!root) return rejected(complaints)
  if (root.kind !== 'map')
    return rejected([
      ...complaints,
      { place: root.place, path: [], message: 'a scenario is a map that starts with title:' },
    ])

  const overridden = applyOverrides(root, options.overrides ?? [])
  const { form, issues } = readForm(root)
  const checking = new Checking(root, form, options)
  const scenario = resolve(checking, options)
  const all = [...complaints, ...overridden, ...issues, ...checking.complaints]
  return all.length > 0 ? rejected(all) : { ok: true, scenario }
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

/** What of the form is right, also where other parts are wrong, so that all mistakes are found at once. */
const readForm = (root: Located): { readonly form: ScenarioForm; readonly issues: readonly Complaint[] } => {
  const written = plain(root)
  const first = scenarioFormat.safeParse(written)
  if (first.success) return { form: first.data, issues: [] }
  const issues = explain(root, written, scenarioFormat, first.error.issues)
  const pruned = prune(written as Record<string, unknown>, issues)
  const second = scenarioFormat.safeParse({ title: 'untitled', subnets: {}, ...pruned })
  return {
    form: second.success ? second.data : scenarioFormat.parse({ title: 'untitled', subnets: {} }),
    issues,
  }
}

/** Leaves out each named thing (or whole list) that something is wrong with. */
const prune = (written: Record<string, unknown>, issues: readonly Complaint[]): Record<string, unknown> => {
  const rest = structuredClone(written)
  for (const { path } of issues) {
    const [section = '', name] = path as readonly string[]
    const inner = rest[section]
    if (name !== undefined && typeof inner === 'object' && inner !== null && !Array.isArray(inner))
      delete (inner as Record<string, unknown>)[name]
    else delete rest[section]
  }
  return rest
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
    steps: form.steps.map(({ at, text }) => ({ at, text })),
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
    clients,
    faults: resolveFaults(checking, clients),
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
