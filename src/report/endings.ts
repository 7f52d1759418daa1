/**
 * What ended the machines that failed and that no finding names: the last choice of each, in its own words and with its
 * rule. A projection of the trace; adds no judgement of its own.
 */
import type { TraceEvent } from '../core/trace.ts'
import { type Wording, inWords } from '../core/wording.ts'
import type { ClientResult, RunResult } from '../simulation/result.ts'

/** Different endings told; more are counted only. */
const ENDINGS_SHOWN = 8

/** `a-1 and 3 more: the TFTP server is silent [E-48]`; none where findings name every machine that failed. */
export const endingLines = (
  { clients, findings }: Pick<RunResult, 'clients' | 'findings'>,
  trace: readonly TraceEvent[],
  wording: Wording,
): string[] => {
  const named = new Set(findings.flatMap(finding => finding.clients))
  const left = clients.filter(({ name, outcome }) => outcome === 'failed' && !named.has(name))
  if (left.length === 0) return []
  const choices = new Map<string, string>()
  for (const event of trace)
    if (event.kind === 'choice') choices.set(event.host, `${inWords(event.text, wording)} [${event.rule}]`)
  const groups = new Map<string, ClientResult[]>()
  for (const client of left) {
    const why = choices.get(client.name) ?? 'nothing came that it could choose from.'
    const group = groups.get(why)
    if (group) group.push(client)
    else groups.set(why, [client])
  }
  const lines = Array.from(groups, ([why, [first, ...more]]) => {
    const who = more.length === 0 ? first!.name : `${first!.name} and ${more.length} more`
    return `  ${who}${first!.code === null ? '' : ` (${first!.code})`}: ${why}`
  })
  return [
    'What ended machines that no finding names (--explain NAME tells the whole boot):',
    ...lines.slice(0, ENDINGS_SHOWN),
    ...(lines.length > ENDINGS_SHOWN ? [`  and ${lines.length - ENDINGS_SHOWN} more endings`] : []),
  ]
}
