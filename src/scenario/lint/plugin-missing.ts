/**
 * `plugin-missing`: plug-ins by role (NBS-20): what a machine needs for what it is for, and does not have. The same table as
 * the run goes by, so that both name the same plug-in.
 */
import type { Sentences } from '../../analysis/capture-rule.ts'
import { formatSpan, fromSeconds, toSeconds } from '../../core/micros.ts'
import {
  type Duty,
  type PlugIn,
  REQUIREMENTS,
  type Requirement,
  culprit,
  missingText,
  plugInText,
  unmet,
} from '../../deployment/plug-ins.ts'
import type { Path } from '../../document/located.ts'
import type { Site, SiteHost } from '../site/model.ts'
import type { LintReport, LintTest } from './lint-rule.ts'

export type PluginMissing = {
  readonly machine: string
  /** What to roll out: the agent itself, where that is missing. */
  readonly plugIn: PlugIn
  /** Row of the table of plug-ins: `PL-7`. */
  readonly requirement: string
  /** When the roll-out brings it; absent: never. */
  readonly arrivesSeconds?: number
}

export const test: LintTest<PluginMissing> = ({ scenario }) => (scenario.site ? missingOn(scenario.site) : [])

const missingOn = (site: Site): LintReport<PluginMissing>[] => {
  const reported = new Set<string>()
  return hostsOf(site).flatMap(host =>
    gaps(host).flatMap(gap => {
      // A group of clients is one place in the file, however many machines it has.
      const key = `${host.path.join('.')} ${gap.plugIn}`
      if (reported.has(key)) return []
      reported.add(key)
      return [reportOf(host, gap)]
    }),
  )
}

interface HostWithDuties extends Pick<SiteHost, 'name' | 'plugIns' | 'path'> {
  readonly duties: readonly Duty[]
  readonly isServer: boolean
}

const hostsOf = (site: Site): HostWithDuties[] => [
  ...site.notificationServers.map((host): HostWithDuties => ({
    ...host,
    duties: ['notification-server'],
    isServer: true,
  })),
  ...site.siteServers.map((host): HostWithDuties => ({ ...host, duties: dutiesOf(host), isServer: true })),
  ...site.computers
    .filter(computer => computer.class === 'managed')
    .map((computer): HostWithDuties => ({ ...computer, duties: ['client'], isServer: false })),
]

/** What a site server is for. */
export const dutiesOf = ({ nbs, services }: Site['siteServers'][number]): Duty[] => [
  ...(services.includes('task') ? ['task-server' as const] : []),
  ...(services.includes('package') ? ['package-server' as const] : []),
  ...(nbs === undefined ? [] : ['nbs' as const]),
]

interface Gap {
  readonly row: Requirement
  readonly plugIn: PlugIn
  readonly arrives: number
}

const gaps = ({ plugIns, duties }: HostWithDuties): Gap[] => {
  const rows = unmet(duties, plugIns, 0)
  const found = new Map<PlugIn, Gap>()
  for (const row of rows) {
    const plugIn = culprit(plugIns, row.plugIn, 0)
    if (!found.has(plugIn)) found.set(plugIn, { row, plugIn, arrives: plugIns.get(plugIn) ?? 0 })
  }
  return [...found.values()]
}

const reportOf = (
  { name, path, isServer }: HostWithDuties,
  { row, plugIn, arrives }: Gap,
): LintReport<PluginMissing> => {
  const isComing = arrives < Infinity
  return {
    ...(isComing && { severity: 'warning' as const }),
    path: pathOf(path, plugIn, isComing),
    servers: isServer ? [name] : [],
    details: {
      machine: name,
      plugIn,
      requirement: row.rule,
      ...(isComing && { arrivesSeconds: toSeconds(arrives) }),
    },
  }
}

const pathOf = (path: Path, plugIn: PlugIn, isComing: boolean): Path =>
  path.at(-1) === 'plugins' ? [...path, ...(isComing ? ['arriving', plugIn] : ['without'])] : path

const TITLES: Readonly<Record<Duty, string>> = {
  'notification-server': 'A Notification Server',
  'task-server': 'A task server',
  'package-server': 'A package server',
  nbs: 'A Network Boot Service',
  client: 'A managed client',
}

export const sentences = ({ machine, plugIn, requirement, arrivesSeconds }: PluginMissing): Sentences => {
  const row = REQUIREMENTS.find(({ rule }) => rule === requirement)!
  const until =
    arrivesSeconds === undefined
      ? ''
      : ` until the roll-out installs it at ${formatSpan(fromSeconds(arrivesSeconds))}`
  return {
    text: `${missingText(machine, row, plugIn)}${until}.`,
    because: `${TITLES[row.duty]} needs it according to the vendor's table of plug-ins (docs/site.md).`,
    remedy: `Roll out the ${plugInText(plugIn)} to ${machine}.`,
  }
}
