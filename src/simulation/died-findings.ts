/**
 * Findings about servers outside of nbs that ended while a run needed them, from the trace: no packet says why somebody
 * falls silent.
 */
import { type ListedRule, metaOf, ruleIds } from '../analysis/finding.ts'
import { toSeconds } from '../core/micros.ts'
import { type TraceEvent, isEventOf } from '../core/trace.ts'
import type { Scenario } from '../scenario/model.ts'
import { ATTACHED_EVENTS } from '../servers/attached/events.ts'
import type { PacketDropped } from './drop-findings.ts'
import type { UnlinkedFinding } from './result.ts'

export type ServerDied = {
  readonly server: string
  /** `dnsmasq was ended by SIGSEGV`. */
  readonly how: string
  /** Since the start of the run. */
  readonly seconds: number
  /** Of its log, the last ones before it ended. */
  readonly lastWords: readonly string[]
}

/** Details of what only a run can show. */
export type RunDetails = {
  readonly 'packet-dropped': PacketDropped
  readonly 'server-died': ServerDied
}

/** Lines of a log that the finding quotes. */
const LAST_WORDS = 3

export const diedFindings = (
  { servers }: Scenario,
  trace: readonly TraceEvent[],
  rules: readonly ListedRule[],
): UnlinkedFinding[] => {
  if (!ruleIds(rules).includes('server-died')) return []
  const logs = new Map<string, string[]>()
  const found: UnlinkedFinding[] = []
  for (const event of trace) {
    if (!isEventOf(event, ATTACHED_EVENTS)) continue
    const { host, detail, at } = event
    if (detail.kind === 'log') logs.set(host, [...(logs.get(host) ?? []), detail.text].slice(-LAST_WORDS))
    if (detail.kind !== 'died') continue
    const lastWords = logs.get(host) ?? []
    const details: ServerDied = { server: host, how: detail.how, seconds: toSeconds(at), lastWords }
    const subnet = servers.find(({ name }) => name === host)?.on ?? ''
    found.push({
      rule: 'server-died',
      severity: metaOf('server-died').severity,
      confidence: 'seen',
      subnet,
      servers: [host],
      clients: [],
      ...sentences(details),
      evidence: [],
      details,
    })
  }
  return found
}

const sentences = ({ server, how, seconds, lastWords }: ServerDied) => ({
  message: `${server} ended at ${seconds.toFixed(3)} s of the run, and answered nobody after that: ${how}.`,
  because:
    lastWords.length === 0
      ? 'It said nothing before.'
      : `Its last words: ${lastWords.map(line => line.trim()).join(' / ')}`,
  remedy:
    'Start it by hand with the same configuration, and look at its log. One that goes into the background by itself must be told not to.',
})
