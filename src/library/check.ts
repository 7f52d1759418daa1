/**
 * The conformance suite against a server of a scenario, or against our own servers. Does not know the clauses.
 */
import { UsageError } from '../core/exit.ts'
import { chosenClauses, type Choice } from '../conformance/choice.ts'
import type { Clause } from '../conformance/clause.ts'
import { type CheckResult, type CheckedClause, check as checkServer } from '../conformance/suite.ts'
import { OWN_SCENARIO, OWN_SERVERS } from '../conformance/targets/own.ts'
import { checkOwnServers } from '../conformance/targets/own-suite.ts'
import { type OpenRoom, pacedRoom } from '../conformance/targets/paced.ts'
import { virtualRoom } from '../conformance/targets/virtual.ts'
import { VERSION } from '../document/home.ts'
import type { Scenario as CheckedScenario } from '../scenario/model.ts'
import { checkSource } from '../scenario/read-file.ts'
import { surroundingsOf } from '../simulation/node.ts'
import { needsWallClock } from '../simulation/run-paced.ts'
import { type ScenarioChanges, type ScenarioLike, openScenario } from './scenario.ts'

export interface CheckOptions extends ScenarioChanges {
  /** The server's name; needed where there are several. */
  readonly server?: string | undefined
  /** Files that its TFTP service has, besides the boot file that it names. */
  readonly files?: readonly string[] | undefined
  /** Ids of clauses, or letters of chapters: `['T05', 'B']`. Default: all. */
  readonly only?: readonly string[] | undefined
  /** `['MUST', 'SHOULD']`. Default: all. */
  readonly level?: readonly string[] | undefined
}

/** Clauses with their verdicts, and the packets behind each. */
export interface Inspection {
  readonly result: CheckResult
  readonly clauses: readonly CheckedClause[]
}

/**
 * Holds a server of the scenario against the clauses of docs/conformance.md, in virtual time; without a scenario, the
 * servers of nbs-lab. What `nbs check --json` prints. Rejects with `InvalidScenarioError`, or with `UsageError` where
 * there is no such server or clause.
 */
export const check = async (scenario?: ScenarioLike, options: CheckOptions = {}): Promise<CheckResult> => {
  const clauses = clausesOf(options)
  if (scenario === undefined) return (await inspectOwn(clauses, options.server)).result
  return (await inspect(openScenario(scenario).with(options), clauses, options)).result
}

/** Throws `UsageError`. */
export const clausesOf = (choice: Choice): readonly Clause[] => {
  const clauses = chosenClauses(choice)
  if (typeof clauses === 'string') throw new UsageError(clauses)
  return clauses
}

export type OnClause = (done: CheckedClause) => void

export const inspect = async (
  scenario: CheckedScenario,
  clauses: readonly Clause[],
  { server: wanted, files = [], onClause }: CheckOptions & { readonly onClause?: OnClause },
): Promise<Inspection> => {
  const { name, address } = serverNamed(scenario, wanted)
  const room = await roomFor(scenario, name)
  try {
    const { clauses: done } = await checkServer({
      room,
      server: { name, address, files },
      clauses,
      ...(onClause && { onClause }),
    })
    return inspection(`${scenario.file}: ${name}`, done)
  } finally {
    await room.close()
  }
}

/** With a program among its servers a scenario lives by the wall clock. */
const roomFor = async (scenario: CheckedScenario, name: string): Promise<OpenRoom> => {
  const surroundings = surroundingsOf(scenario)
  if (needsWallClock({ ...scenario, clients: [] })) return pacedRoom(scenario, name, surroundings)
  return { ...virtualRoom(scenario, name, surroundings), close: async () => {} }
}

export const inspectOwn = async (
  clauses: readonly Clause[],
  wanted: string | undefined,
  onClause?: OnClause,
): Promise<Inspection> => {
  const scenario = checkSource({ file: 'nbs-lab', text: OWN_SCENARIO })
  const servers = wanted === undefined ? OWN_SERVERS : OWN_SERVERS.filter(({ name }) => name === wanted)
  if (servers.length === 0) throw noServer(wanted!, OWN_SERVERS)
  const done = await checkOwnServers({
    scenario,
    surroundings: surroundingsOf(scenario),
    clauses,
    servers,
    onClause,
  })
  return inspection(`nbs-lab: ${servers.map(({ name }) => name).join(', ')}`, done)
}

export const inspection = (target: string, clauses: readonly CheckedClause[]): Inspection => ({
  result: { target, version: VERSION, clauses: clauses.map(({ result }) => result) },
  clauses,
})

const serverNamed = ({ servers, file }: CheckedScenario, wanted: string | undefined) => {
  if (wanted === undefined && servers.length === 1) return servers[0]!
  if (wanted === undefined)
    throw new UsageError(
      servers.length === 0
        ? `${file} has no server`
        : `say which server of ${file}: ${servers.map(({ name }) => name).join(', ')}`,
    )
  return servers.find(({ name }) => name === wanted) ?? raise(noServer(wanted, servers))
}

const noServer = (wanted: string, servers: readonly { readonly name: string }[]): UsageError =>
  new UsageError(`there is no server "${wanted}"; there is ${servers.map(({ name }) => name).join(', ')}`)

const raise = (error: Error): never => {
  throw error
}
