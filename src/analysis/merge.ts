/**
 * Drafts of many boots -> one finding per rule, set of servers and segment: which machines of which firmware, who won
 * how often and by how much, evidence of the first few. Worst first, and in the same order every time.
 */
import type { Ip4, Mac } from '../core/address.ts'
import type { Micros } from '../core/micros.ts'
import type { Boot } from './conversations/conversation.ts'
import { effectOf } from './effects.ts'
import type { Firmware } from './conversations/fingerprint.ts'
import { EVIDENCE_CLIENTS, EVIDENCE_PER_CLIENT, MAX_CLIENTS_PER_FINDING, MAX_FINDINGS } from './limits.ts'
import {
  CONFIDENCES,
  type Confidence,
  type Evidence,
  FINDING_RULES,
  type Finding,
  type FindingRule,
  SEVERITIES,
  type Severity,
} from './rules.ts'
import { type Draft, showSpan } from './scene.ts'
import { type Names, ascending, listed, plural } from './words.ts'

interface Merged {
  readonly rule: FindingRule
  readonly segment: string
  /** The machines' own segment is in the capture; else the relay they stand behind is all that is known. */
  readonly direct: boolean
  readonly relay: Ip4 | undefined
  readonly servers: readonly Ip4[]
  severity: Severity
  confidence: Confidence
  /** The draft whose words are used: the first of the worst. */
  words: Draft
  readonly clients: Map<Mac, Firmware>
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

  add(draft: Draft, boot: Boot): void {
    const servers = ascending(draft.servers)
    const relay = boot.direct ? undefined : boot.relay
    const key = `${draft.rule} ${servers.join(',')} ${boot.segment} ${relay ?? boot.direct}`
    let merged = this.#merged.get(key)
    if (!merged) {
      if (this.#merged.size >= MAX_FINDINGS) {
        this.suppressed++
        return
      }
      merged = begin(draft, servers, boot)
      this.#merged.set(key, merged)
    }
    addWords(merged, draft)
    addClients(merged, draft, boot)
    addRace(merged, draft)
  }

  findings(names: Names): Finding[] {
    return [...this.#merged.values()].sort(worstFirst).map(merged => findingOf(merged, names))
  }
}

const begin = (draft: Draft, servers: readonly Ip4[], boot: Boot): Merged => ({
  rule: draft.rule,
  segment: boot.segment,
  direct: boot.direct,
  relay: boot.direct ? undefined : boot.relay,
  servers,
  severity: severityOf(draft),
  confidence: draft.confidence,
  words: draft,
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

const severityOf = (draft: Draft): Severity => draft.severity ?? FINDING_RULES[draft.rule].severity

const addWords = (merged: Merged, draft: Draft): void => {
  const severity = severityOf(draft)
  if (SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(merged.severity)) {
    merged.severity = severity
    merged.words = draft
  }
  if (CONFIDENCES.indexOf(draft.confidence) < CONFIDENCES.indexOf(merged.confidence))
    merged.confidence = draft.confidence
}

const addClients = (merged: Merged, draft: Draft, boot: Boot): void => {
  const isNew = boot.client === undefined || !merged.clients.has(boot.client)
  if (boot.client === undefined) merged.nameless++
  else if (merged.clients.size < MAX_CLIENTS_PER_FINDING && isNew)
    merged.clients.set(boot.client, boot.firmware)
  for (const client of draft.alsoClients ?? [])
    if (merged.clients.size < MAX_CLIENTS_PER_FINDING && !merged.clients.has(client))
      merged.clients.set(client, 'other')
  if (!isNew || merged.evidenceClients >= EVIDENCE_CLIENTS) return
  merged.evidenceClients++
  merged.evidence.push(...[...draft.evidence].sort(byFrame).slice(0, EVIDENCE_PER_CLIENT))
}

const addRace = (merged: Merged, { race }: Draft): void => {
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

const RULE_ORDER = Object.keys(FINDING_RULES)

const worstFirst = (a: Merged, b: Merged): number =>
  SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
  RULE_ORDER.indexOf(a.rule) - RULE_ORDER.indexOf(b.rule) ||
  compareText(a.segment, b.segment) ||
  compareLists(a.servers, b.servers) ||
  (a.relay ?? 0) - (b.relay ?? 0)

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const compareLists = (a: readonly number[], b: readonly number[]): number => {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}

const findingOf = (merged: Merged, names: Names): Finding => {
  const { words } = merged
  const message = [
    `${subjectOf(merged, names)}: ${words.text}`,
    ...raceText(merged, names),
    ...effectsText(merged),
  ]
  return {
    rule: merged.rule,
    severity: merged.severity,
    confidence: merged.confidence,
    ...(merged.direct ? { subnet: names.segment(merged.segment) } : {}),
    servers: merged.servers,
    clients: ascending(merged.clients.keys()),
    message: message.join(' '),
    because: words.because,
    remedy: words.remedy,
    evidence: merged.evidence,
  }
}

/** `5 EDK2 machines and 1 iPXE machine`. */
const subjectOf = (merged: Merged, names: Names): string => {
  const parts = [...countByFirmware(merged)].map(([firmware, count]) =>
    plural(count, firmware === 'other' ? 'machine' : `${firmware} machine`),
  )
  if (merged.nameless > 0)
    parts.push(`${plural(merged.nameless, 'transfer')} of machines that cannot be told`)
  return listed(parts) + (merged.relay === undefined ? '' : ` behind relay ${names.server(merged.relay)}`)
}

const countByFirmware = (merged: Merged): Map<Firmware, number> => {
  const counts = new Map<Firmware, number>()
  for (const firmware of merged.clients.values()) counts.set(firmware, (counts.get(firmware) ?? 0) + 1)
  return new Map([...counts].sort(([a, n], [b, m]) => m - n || compareText(a, b)))
}

/** `Followed: nbs-b 3 times, nbs-a once; the first answer led by 350 us to 1.20 ms.` */
const raceText = (merged: Merged, names: Names): string[] => {
  if (merged.least === Infinity) return []
  const winners = [...merged.wins].sort(([a, n], [b, m]) => m - n || a - b)
  const lead =
    merged.least === merged.most
      ? showSpan(merged.least)
      : `${showSpan(merged.least)} to ${showSpan(merged.most)}`
  const parts: string[] = []
  if (winners.length === 1 && merged.undecided === 0 && winners[0]![1] === 1 && merged.overtaken === 0)
    return [`It followed ${names.server(winners[0]![0])}, which won by ${lead}.`]
  if (winners.length === 1 && merged.undecided === 0 && winners[0]![1] === 1)
    return [`It followed ${names.server(winners[0]![0])}, although another was first by ${lead}.`]
  if (winners.length > 0)
    parts.push(`followed: ${winners.map(([ip, count]) => `${names.server(ip)} ${times(count)}`).join(', ')}`)
  if (merged.undecided > 0) parts.push(`whom the machine followed cannot be seen ${times(merged.undecided)}`)
  const overtaken = merged.overtaken > 0 ? `, but ${times(merged.overtaken)} a later one was taken` : ''
  return [`${capital([...parts, `the first answer led by ${lead}${overtaken}`].join('; '))}.`]
}

const times = (count: number): string => (count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`)
/** Of our own words only: a name stays as it is written. */
const capital = (text: string): string =>
  text.replace(/^(followed|whom|the|a)\b/, word => word[0]!.toUpperCase() + word.slice(1))

const effectsText = (merged: Merged): string[] => {
  const effects = [...countByFirmware(merged).keys()].flatMap(
    firmware => effectOf(merged.rule, firmware) ?? [],
  )
  return effects.length === 0 ? [] : [`${capital(effects.join('; '))}.`]
}
