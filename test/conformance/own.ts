/** The suite against servers of scenarios, for tests. */
import type { Clause } from '../../src/conformance/clause.ts'
import { CLAUSES, findClause } from '../../src/conformance/chapters.ts'
import { type Checked, check } from '../../src/conformance/suite.ts'
import { OWN_DENIED, OWN_FILES, OWN_SCENARIO, OWN_SERVERS } from '../../src/conformance/targets/own.ts'
import { virtualRoom } from '../../src/conformance/targets/virtual.ts'
import type { Scenario } from '../../src/scenario/model.ts'
import { checkSource } from '../../src/scenario/read-file.ts'
import { surroundingsOf } from '../../src/simulation/node.ts'

export const ownScenario = (): Scenario => checkSource({ file: 'own', text: OWN_SCENARIO })

export const checkIn = (
  scenario: Scenario,
  name: string,
  { files = [], clauses }: { readonly files?: readonly string[]; readonly clauses?: readonly Clause[] } = {},
): Promise<Checked> => {
  const { address } = scenario.servers.find(server => server.name === name)!
  return check({
    room: virtualRoom(scenario, name, surroundingsOf(scenario)),
    server: { name, address, files },
    ...(clauses && { clauses }),
  })
}

export const checkOwn = (name: string, ids?: readonly string[]): Promise<Checked> => {
  const scenario = ownScenario()
  const { address } = scenario.servers.find(server => server.name === name)!
  const { expects, chapters } = OWN_SERVERS.find(own => own.name === name)!
  return check({
    room: virtualRoom(scenario, name, surroundingsOf(scenario)),
    server: { name, address, files: OWN_FILES, denied: OWN_DENIED },
    expects,
    clauses: ids ? ids.map(id => findClause(id)!) : CLAUSES.filter(({ id }) => chapters.includes(id[0]!)),
  })
}

export const idsOf = ({ clauses }: Checked, verdict: string): readonly string[] =>
  clauses.filter(({ result }) => result.verdict === verdict).map(({ result }) => result.id)
