/**
 * `bsdp-stale-binding` (BSDP-28): a server claims a Mac that selected another one.
 */
import { NO_REPORTS, type Report, type Sentences } from '../../capture-rule.ts'
import { roundsOf } from '../../conversations/bsdp-talk.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { bsdpTest, showAnswer } from './bsdp-rule.ts'

export const meta = {
  id: 'bsdp-stale-binding',
  severity: 'warning',
  meaning: 'BSDP-28: a server claims a Mac that selected another server',
  origins: {
    capture: {
      holdsWhen: 'a server claims a Mac that was seen selecting another server',
      remedy: 'let SELECTs reach that server, or clear its client records',
    },
  },
} as const satisfies FindingMeta

export type StaleBinding = { readonly claimant: string; readonly selected: string }

export const test = bsdpTest((talk, _boot, context) => {
  const { before } = talk
  if (!before) return NO_REPORTS
  const firstRound = roundsOf(talk, 'list')[0]
  const claimant = [...(firstRound?.answers ?? []), ...[...talk.offers.values()].flat()].find(
    ({ server, content }) => server !== before.server && content.selectedImage !== undefined,
  )
  if (!claimant) return NO_REPORTS
  const { server: name } = context.names
  const report: Report<StaleBinding> = {
    confidence: 'seen',
    servers: [claimant.server, before.server],
    details: { claimant: name(claimant.server), selected: name(before.server) },
    evidence: [showAnswer(claimant, context)],
  }
  return [report]
})

export const sentences = ({ claimant, selected }: StaleBinding): Sentences => ({
  text: `${claimant} still claims the machine, although it selected ${selected} before.`,
  because: 'The server did not receive that SELECT, or does not remove its records.',
  remedy: `Let SELECT broadcasts reach ${claimant}, or clear its client records.`,
})
