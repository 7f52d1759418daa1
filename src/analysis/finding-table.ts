/**
 * Reports of many boots -> one finding per rule, set of servers and segment: which machines of which firmware, who won
 * how often and by how much, evidence of the first few. Worst first, and in the same order every time.
 */
import { type Ip4, type Mac, ANY_IP4, compareIp4, ip4Number } from '../core/address.ts'
import { toSeconds, type Micros } from '../core/micros.ts'
import type { ClientKind } from './clients/client-kind.ts'
import { OTHER } from './clients/index.ts'
import type { BoundReport, CaptureRule, Evidence } from './capture-rule.ts'
import type { Boot } from './conversations/conversation.ts'
import type { CommonDetails, RaceDetails } from './details.ts'
import type { Finding } from './finding.ts'
import { CONFIDENCES, type Confidence, type FindingMeta, SEVERITIES, type Severity } from './finding-meta.ts'
import { EVIDENCE_CLIENTS, EVIDENCE_PER_CLIENT, MAX_CLIENTS_PER_FINDING, MAX_FINDINGS } from './limits.ts'
import { messageOf } from './message.ts'
import { type Names, ascending } from './words.ts'

interface Merged {
  readonly meta: FindingMeta
  /** Place of the rule in the registry. */
  readonly order: number
  readonly segment: string
  /** The machines' own segment is in the capture; else the relay they stand behind is all that is known. */
  readonly direct: boolean
  readonly relay: Ip4 | undefined
  readonly servers: readonly Ip4[]
  severity: Severity
  confidence: Confidence
  /** The first of the worst: its details are told. */
  chosen: BoundReport
  readonly clients: Map<Mac, ClientKind>
  /** Boots of machines that are not known. */
  nameless: number
  evidenceClients: number
  readonly evidence: Evidence[]
  readonly wins: Map<Ip4, number>
  undecided: number
  overtaken: number
  least: Micros
  most: Micros
}

export class FindingTable {
  readonly #merged = new Map<string, Merged>()
  /** Findings for which there was no room. */
  suppressed = 0

  /** `order`: the place of the rule in the registry. */
  add({ meta }: CaptureRule, order: number, report: BoundReport, boot: Boot): void {
    const servers = ascending(report.servers)
    const relay = boot.direct ? undefined : boot.relay
    const key = `${meta.id} ${servers.map(ip4Number).join(',')} ${boot.segment} ${relay === undefined ? boot.direct : ip4Number(relay)}`
    let merged = this.#merged.get(key)
    if (!merged) {
      if (this.#merged.size >= MAX_FINDINGS) {
        this.suppressed++
        return
      }
      merged = begin(meta, order, report, servers, boot)
      this.#merged.set(key, merged)
    }
    addReport(merged, report)
    addClients(merged, report, boot)
    addRace(merged, report)
  }

  findings(names: Names): Finding[] {
    return [...this.#merged.values()].sort(worstFirst).map(merged => findingOf(merged, names))
  }
}

const begin = (
  meta: FindingMeta,
  order: number,
  report: BoundReport,
  servers: readonly Ip4[],
  boot: Boot,
): Merged => ({
  meta,
  order,
  segment: boot.segment,
  direct: boot.direct,
  relay: boot.direct ? undefined : boot.relay,
  servers,
  severity: report.severity ?? meta.severity,
  confidence: report.confidence,
  chosen: report,
  clients: new Map(),
  nameless: 0,
  evidenceClients: 0,
  evidence: [],
  wins: new Map(),
  undecided: 0,
  overtaken: 0,
  least: Infinity,
  most: 0,
})

const addReport = (merged: Merged, report: BoundReport): void => {
  const severity = report.severity ?? merged.meta.severity
  if (SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(merged.severity)) {
    merged.severity = severity
    merged.chosen = report
  }
  if (CONFIDENCES.indexOf(report.confidence) < CONFIDENCES.indexOf(merged.confidence))
    merged.confidence = report.confidence
}

const addClients = (merged: Merged, report: BoundReport, boot: Boot): void => {
  const isNew = boot.client === undefined || !merged.clients.has(boot.client)
  if (boot.client === undefined) merged.nameless++
  else if (merged.clients.size < MAX_CLIENTS_PER_FINDING && isNew)
    merged.clients.set(boot.client, boot.firmware)
  for (const client of report.alsoClients ?? [])
    if (merged.clients.size < MAX_CLIENTS_PER_FINDING && !merged.clients.has(client))
      merged.clients.set(client, OTHER)
  if (!isNew || merged.evidenceClients >= EVIDENCE_CLIENTS) return
  merged.evidenceClients++
  merged.evidence.push(...[...report.evidence].sort(byFrame).slice(0, EVIDENCE_PER_CLIENT))
}

const addRace = (merged: Merged, { race }: BoundReport): void => {
  if (!race) return
  if (race.winner === undefined) merged.undecided++
  // A set of servers is small; a winner from outside it is possible, once per capture and server.
  else if (merged.wins.has(race.winner) || merged.wins.size < MAX_WINNERS)
    merged.wins.set(race.winner, (merged.wins.get(race.winner) ?? 0) + 1)
  if (race.winner !== undefined && !race.wasFirst) merged.overtaken++
  merged.least = Math.min(merged.least, Math.abs(race.margin))
  merged.most = Math.max(merged.most, Math.abs(race.margin))
}

/** Winners of races kept for one finding; further ones are counted only. */
const MAX_WINNERS = 64

const byFrame = (a: Evidence, b: Evidence): number => a.frame - b.frame

const worstFirst = (a: Merged, b: Merged): number =>
  SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
  a.order - b.order ||
  compareText(a.segment, b.segment) ||
  compareLists(a.servers, b.servers) ||
  compareIp4(a.relay ?? ANY_IP4, b.relay ?? ANY_IP4)

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const compareLists = (a: readonly Ip4[], b: readonly Ip4[]): number => {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return compareIp4(a[i]!, b[i]!)
  return a.length - b.length
}

const findingOf = (merged: Merged, names: Names): Finding => {
  const { meta, chosen } = merged
  const common = commonDetails(merged, names)
  const { text, because, remedy } = chosen.tell()
  const finding = {
    rule: meta.id,
    severity: merged.severity,
    confidence: merged.confidence,
    ...(merged.direct ? { subnet: names.segment(merged.segment) } : {}),
    servers: merged.servers,
    clients: ascending(merged.clients.keys()),
    message: messageOf(text, common),
    because,
    remedy,
    evidence: merged.evidence,
    details: { ...chosen.details, ...common },
  }
  // Meta data, test and sentences of a rule were bound together by `captureRule`: its details are those of its id.
  return finding as unknown as Finding
}

const commonDetails = (merged: Merged, names: Names): CommonDetails => ({
  machines: machinesOf(merged),
  ...(merged.nameless > 0 && { unidentified: merged.nameless }),
  ...(merged.relay !== undefined && { relay: names.server(merged.relay) }),
  ...(merged.least !== Infinity && { race: raceOf(merged, names) }),
})

const machinesOf = ({ clients, meta }: Merged): CommonDetails['machines'] => {
  const counts = new Map<ClientKind, number>()
  for (const firmware of clients.values()) counts.set(firmware, (counts.get(firmware) ?? 0) + 1)
  return [...counts]
    .sort(([a, n], [b, m]) => m - n || compareText(a.name, b.name))
    .map(([firmware, count]) => {
      const effect = firmware.effects[meta.id] ?? meta.affects?.[firmware.name]
      return { firmware: firmware.name, count, ...(effect !== undefined && { effect }) }
    })
}

const raceOf = (merged: Merged, names: Names): RaceDetails => ({
  followed: [...merged.wins]
    .sort(([a, n], [b, m]) => m - n || compareIp4(a, b))
    .map(([ip, times]) => ({ server: names.server(ip), times })),
  unknown: merged.undecided,
  overtaken: merged.overtaken,
  leadSeconds: { min: toSeconds(merged.least), max: toSeconds(merged.most) },
})
