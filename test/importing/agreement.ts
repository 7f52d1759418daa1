/**
 * The law of import: a run, its capture, the scenario imported from that, and its run. Compares what became of each
 * machine. Asserts nothing.
 */
import { formatIp4 } from '../../src/core/address.ts'
import { type Imported, importSeen, seenIn } from '../../src/importing/import.ts'
import { loadScenario, formatScenarioError } from '../../src/scenario/load.ts'
import type { Scenario } from '../../src/scenario/model.ts'
import type { ClientResult } from '../../src/simulation/result.ts'
import type { Run } from '../../src/simulation/run.ts'
import { run } from '../simulation/running.ts'

/** What the law is about. */
export const LAW = [
  'outcome',
  'code',
  'pxeServer',
  'tftpServer',
  'leaseFrom',
  'address',
  'file',
  'bytes',
] as const
type LawFact = (typeof LAW)[number]

export interface Disagreement {
  readonly machine: string
  readonly facts: readonly string[]
}

export interface Agreement {
  readonly machines: number
  /** Machines that asked nothing that a capture shows. */
  readonly unseen: number
  readonly disagreements: readonly Disagreement[]
  readonly imported: Imported
}

export const importOf = ({ trace }: Run, title = 'imported'): Imported =>
  importSeen(
    seenIn(trace),
    { title },
    {
      run: yaml => {
        const loaded = loadScenario(yaml, { file: 'scenarios/imported.yaml' })
        if (!loaded.ok) throw new Error(`${loaded.errors.map(formatScenarioError).join('\n')}\n${yaml}`)
        const { scenario } = loaded
        return { scenario, ...run(scenario) }
      },
    },
  )

export const agreementOf = (scenario: Scenario, ran: Run = run(scenario)): Agreement => {
  const imported = importOf(ran)
  const before = namesIn(scenario)
  const after = new Map([...imported.draft.servers].map(([ip, name]) => [name, formatIp4(ip)]))
  const clients = new Map(imported.result.clients.map(client => [client.mac, client]))
  const disagreements = ran.result.clients.flatMap((client): Disagreement[] => {
    const again = clients.get(client.mac)
    if (!again) return []
    const facts = LAW.flatMap(fact => {
      const [a, b] = [factOf(client, fact, before), factOf(again, fact, after)]
      return a === b ? [] : [`${fact} ${a} -> ${b}`]
    })
    return facts.length === 0 ? [] : [{ machine: client.name, facts }]
  })
  const seen = ran.result.clients.filter(({ mac }) => clients.has(mac)).length
  return {
    machines: ran.result.clients.length,
    unseen: ran.result.clients.length - seen,
    disagreements,
    imported,
  }
}

const namesIn = ({ servers }: Scenario): ReadonlyMap<string, string> =>
  new Map(servers.map(({ name, address }) => [name, formatIp4(address)]))

/** Servers by address: names are the file's own. */
const factOf = (client: ClientResult, fact: LawFact, addresses: ReadonlyMap<string, string>): string => {
  const value = client[fact]
  const text = String(value)
  return fact === 'pxeServer' || fact === 'tftpServer' || fact === 'leaseFrom'
    ? (addresses.get(text) ?? text)
    : text
}

export interface Tally {
  readonly machines: number
  readonly unseen: number
  /** One line for each machine, with the reason. */
  readonly explained: readonly string[]
  readonly unexplained: readonly string[]
}

/** Over many scenarios, each by name. */
export const lawOf = (scenarios: Iterable<readonly [string, Scenario]>): Tally => {
  let machines = 0
  let unseen = 0
  const explained: string[] = []
  const unexplained: string[] = []
  for (const [name, scenario] of scenarios) {
    // Attachments live by the wall clock.
    if (scenario.servers.some(server => scenario.kinds.of(server).paced)) continue
    const ran = run(scenario)
    const found = agreementOf(scenario, ran)
    machines += found.machines
    unseen += found.unseen
    for (const { machine, facts } of found.disagreements) {
      const reason = reasonFor(machine, facts, ran)
      if (reason === undefined) unexplained.push(`${name} ${machine}: ${facts.join('; ')}`)
      else explained.push(`${name} ${machine}: ${reason}`)
    }
  }
  return { machines, unseen, explained, unexplained }
}

/** iPXE found nothing to boot, or could not be configured (I-50). */
const AFTER_FAILURE = /^code (2d03e1\w+ -> 040ee1\w+|040ee1\w+ -> 2d03e1\w+)$/

/** What no capture of DHCP and TFTP shows. */
const reasonFor = (machine: string, facts: readonly string[], { result }: Run): string | undefined => {
  const { firmware, outcome } = result.clients.find(({ name }) => name === machine)!
  if (firmware === 'ipxe' && facts.every(fact => AFTER_FAILURE.test(fact)))
    return 'the code on the screen depends on an IPv6 router, whose packets are not modelled'
  if (outcome === 'pending' && facts.every(fact => /^(outcome|code) /.test(fact)))
    return 'the limit of the run came before the end of its boot, and a capture has no limit'
  return undefined
}
