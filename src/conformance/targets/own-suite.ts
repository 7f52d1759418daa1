/**
 * The suite against our own servers: each clause is asked of all that are there for its chapter, and failed where it
 * failed once.
 */
import type { Scenario } from '../../scenario/model.ts'
import type { RunSurroundings } from '../../simulation/run.ts'
import { CLAUSES } from '../chapters.ts'
import type { Clause } from '../clause.ts'
import type { Verdict } from '../judgement.ts'
import { type CheckedClause, check } from '../suite.ts'
import { OWN_DENIED, OWN_FILES, OWN_SERVERS, type OwnServer } from './own.ts'
import { virtualRoom } from './virtual.ts'

export interface OwnSuite {
  /** What `OWN_SCENARIO` came to. */
  readonly scenario: Scenario
  readonly surroundings: RunSurroundings
  readonly clauses?: readonly Clause[]
  /** Default: all. */
  readonly servers?: readonly OwnServer[]
  readonly onClause?: ((done: CheckedClause) => void) | undefined
}

export const checkOwnServers = async ({
  scenario,
  surroundings,
  clauses = CLAUSES,
  servers = OWN_SERVERS,
  onClause = () => {},
}: OwnSuite): Promise<readonly CheckedClause[]> => {
  const all = new Map<Clause, CheckedClause>()
  for (const { name, chapters, expects } of servers) {
    const own = clauses.filter(({ id }) => servers.length === 1 || chapters.includes(id[0]!))
    if (own.length === 0) continue
    const { address } = scenario.servers.find(server => server.name === name)!
    const server = { name, address, files: OWN_FILES, denied: OWN_DENIED }
    const room = virtualRoom(scenario, name, surroundings)
    for (const done of (await check({ room, server, expects, clauses: own, onClause })).clauses)
      all.set(done.clause, worse(all.get(done.clause), named(done, name)))
  }
  return clauses.map(clause => all.get(clause)!)
}

const named = (checked: CheckedClause, server: string): CheckedClause => ({
  ...checked,
  result: { ...checked.result, because: `${server}: ${checked.result.because}` },
})

const GRAVITY: readonly Verdict[] = ['failed', 'passed', 'notRun', 'notApplicable']

const worse = (one: CheckedClause | undefined, other: CheckedClause): CheckedClause =>
  one && GRAVITY.indexOf(one.result.verdict) <= GRAVITY.indexOf(other.result.verdict) ? one : other
