/**
 * Plug-ins by role (NBS-20): what a machine needs for what it is for, and does not have. The same table as
 * the run goes by, so that both name the same plug-in.
 */
import { formatSpan } from '../../core/micros.ts'
import {
  type Duty,
  type PlugIn,
  type Requirement,
  culprit,
  missingText,
  plugInText,
  unmet,
} from '../../deployment/plug-ins.ts'
import type { Path } from '../../document/located.ts'
import type { Site, SiteHost } from '../site/model.ts'
import type { LintDraft, LintTest } from './rules.ts'

export const pluginMissing: LintTest = ({ scenario }) => (scenario.site ? missingOn(scenario.site) : [])

const missingOn = (site: Site): LintDraft[] => {
  const told = new Set<string>()
  return needyOf(site).flatMap(needy =>
    gaps(needy).flatMap(gap => {
      // A group of clients is one place in the file, however many machines it has.
      const key = `${needy.path.join('.')} ${gap.plugIn}`
      if (told.has(key)) return []
      told.add(key)
      return [draftOf(needy, gap)]
    }),
  )
}

interface Needy extends Pick<SiteHost, 'name' | 'plugIns' | 'path'> {
  readonly duties: readonly Duty[]
  readonly isServer: boolean
}

const needyOf = (site: Site): Needy[] => [
  ...site.notificationServers.map((host): Needy => ({
    ...host,
    duties: ['notification-server'],
    isServer: true,
  })),
  ...site.siteServers.map((host): Needy => ({ ...host, duties: dutiesOf(host), isServer: true })),
  ...site.computers
    .filter(computer => computer.class === 'managed')
    .map((computer): Needy => ({ ...computer, duties: ['client'], isServer: false })),
]

/** What a site server is for. */
export const dutiesOf = ({ nbs, services }: Site['siteServers'][number]): Duty[] => [
  ...(services.includes('task') ? ['task-server' as const] : []),
  ...(services.includes('package') ? ['package-server' as const] : []),
  ...(nbs === undefined ? [] : ['nbs' as const]),
]

interface Gap {
  readonly row: Requirement
  /** What to roll out: the agent itself, where that is missing. */
  readonly plugIn: PlugIn
  readonly arrives: number
}

const gaps = ({ plugIns, duties }: Needy): Gap[] => {
  const rows = unmet(duties, plugIns, 0)
  const found = new Map<PlugIn, Gap>()
  for (const row of rows) {
    const plugIn = culprit(plugIns, row.plugIn, 0)
    if (!found.has(plugIn)) found.set(plugIn, { row, plugIn, arrives: plugIns.get(plugIn) ?? 0 })
  }
  return [...found.values()]
}

const draftOf = ({ name, path, isServer }: Needy, { row, plugIn, arrives }: Gap): LintDraft => {
  const isComing = arrives < Infinity
  return {
    ...(isComing && { severity: 'warning' as const }),
    path: pathOf(path, plugIn, isComing),
    message: `${missingText(name, row, plugIn)}${isComing ? `, until the roll-out brings it at ${formatSpan(arrives)}` : ''}.`,
    because: `${TITLES[row.duty]} needs it by the vendor's table of plug-ins (docs/site.md).`,
    remedy: `Roll out the ${plugInText(plugIn)} to ${name}.`,
    servers: isServer ? [name] : [],
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
