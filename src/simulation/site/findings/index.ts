/**
 * What only a site can know: jobs that were lost and why, policies that lagged, images that had not arrived, plug-ins
 * that are missing, and servers the console does not list. From the journal of the run, beside the findings of the
 * analyser, which sees packets alone (docs/decisions/0045). Does not look at packets but to number the evidence.
 */
import { type ListedRule, ruleIds } from '../../../analysis/finding.ts'
import { SEVERITIES } from '../../../analysis/finding-meta.ts'
import type { TraceEvent } from '../../../core/trace.ts'
import type { UnlinkedFinding } from '../../result.ts'
import type { SiteRun } from '../site-run.ts'
import { FrameNumbers } from './frame-numbers.ts'
import { missingImages } from './image-not-here.ts'
import { lostJobs } from './job-lost.ts'
import { missingPlugIns } from './plugin-missing.ts'
import { laggingPolicies } from './policy-lag.ts'
import { unregisteredServers } from './server-not-registered.ts'
import type { SiteView } from './site-view.ts'

const TESTS: readonly ((view: SiteView) => UnlinkedFinding[])[] = [
  lostJobs,
  missingPlugIns,
  missingImages,
  laggingPolicies,
  unregisteredServers,
]

/** Site findings first where they are as bad; a lost job that the site explains is not told twice. */
export const withSiteFindings = (
  run: SiteRun,
  trace: readonly TraceEvent[],
  fromFrames: readonly UnlinkedFinding[],
  rules: readonly ListedRule[],
): UnlinkedFinding[] => {
  const order = ruleIds(rules)
  const view: SiteView = { run, events: run.journal.events, frames: new FrameNumbers(trace) }
  const own = TESTS.flatMap(test => test(view))
  const explained = new Set(own.filter(({ rule }) => rule === 'job-lost').flatMap(({ clients }) => clients))
  const rest = fromFrames.filter(
    ({ rule, clients }) => rule !== 'job-lost' || !clients.every(client => explained.has(client)),
  )
  return [...own, ...rest].sort(
    (a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      order.indexOf(a.rule) - order.indexOf(b.rule),
  )
}
