/**
 * The findings of a run: those of the analyser, which sees the frames of the trace alone, those of the site's journal,
 * and what devices dropped, linked to each other; servers and machines by their names in the scenario. Judges nothing itself.
 */
import { Analyzer, type ListedRule } from '../analysis/analyzer.ts'
import { linkFindings } from '../analysis/causes.ts'
import { ruleIds } from '../analysis/finding.ts'
import { SEVERITIES } from '../analysis/finding-meta.ts'
import { namedFinding } from '../analysis/finding-text.ts'
import { type Mac, formatMac } from '../core/address.ts'
import type { TraceEvent } from '../core/trace.ts'
import { type FirmwareFamilies, clientKindsOf, familyNamed } from '../firmware/catalogue.ts'
import type { Scenario } from '../scenario/model.ts'
import { diedFindings } from './died-findings.ts'
import { withDropFindings } from './drop-findings.ts'
import { lateLinks } from './late-links.ts'
import type { Machine } from './machine.ts'
import type { FindingResult, UnlinkedFinding } from './result.ts'
import { serverNames } from './server-names.ts'
import { withSiteFindings } from './site/findings/index.ts'
import type { SiteRun } from './site/site-run.ts'

/** What the analyser knows of firmware and rules. */
interface Known {
  readonly families: FirmwareFamilies
  readonly rules: readonly ListedRule[]
}

export const findingsOf = (
  scenario: Scenario,
  trace: readonly TraceEvent[],
  machines: readonly Machine[],
  site: SiteRun | undefined,
  { families, rules }: Known,
): FindingResult[] => {
  const fromFrames = withLateLinks(
    capturedFindings(scenario, trace, machines, { families, rules }),
    lateLinks(
      trace,
      machines,
      ({ firmware }) => familyNamed(families, firmware.family)?.client.name ?? 'other',
    ),
    rules,
  )
  const ofSite = site ? withSiteFindings(site, trace, fromFrames, rules) : fromFrames
  const dropped = withDropFindings(trace, machines, serverNames(scenario), ofSite, rules)
  const died = diedFindings(scenario, trace, rules)
  const findings = died.length === 0 ? dropped : inOrder([...dropped, ...died], rules)
  const links = linkFindings(findings, rules)
  return findings.map((finding, i) => ({ ...finding, ...links[i]! }))
}

/** Worst first, in the order of the registry. */
const inOrder = (
  findings: readonly UnlinkedFinding[],
  rules: readonly ListedRule[],
): readonly UnlinkedFinding[] => {
  const order = ruleIds(rules)
  return findings.toSorted(
    (a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      order.indexOf(a.rule) - order.indexOf(b.rule),
  )
}

/** What no packet shows, at its place among the others. */
const withLateLinks = (
  found: readonly UnlinkedFinding[],
  late: readonly UnlinkedFinding[],
  rules: readonly ListedRule[],
): readonly UnlinkedFinding[] => {
  if (late.length === 0) return found
  const told = new Set(late.flatMap(({ clients }) => clients))
  const isNew = ({ rule, clients }: UnlinkedFinding): boolean =>
    rule !== 'late-link' || !clients.every(client => told.has(client))
  return inOrder([...found.filter(isNew), ...late], rules)
}

const capturedFindings = (
  scenario: Scenario,
  trace: readonly TraceEvent[],
  machines: readonly Machine[],
  { families, rules }: Known,
): UnlinkedFinding[] => {
  const names = new Map<Mac, string>(machines.map(machine => [machine.client.mac, machine.client.name]))
  const nameOfServer = serverNames(scenario)
  const nameOfClient = (mac: Mac): string => names.get(mac) ?? formatMac(mac)
  const analyzer = new Analyzer({
    name: nameOfServer,
    client: nameOfClient,
    clients: clientKindsOf(families),
    rules,
  })
  for (const event of trace) if (event.kind === 'frame') analyzer.add(event)
  const called = { server: nameOfServer, client: nameOfClient, place: (frame: number) => ({ frame }) }
  // Rule and details are those of one finding.
  return analyzer.finish().findings.map(finding => namedFinding(finding, called) as UnlinkedFinding)
}
