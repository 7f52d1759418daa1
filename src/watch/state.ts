/**
 * The state of a watch as plain values: for `/state`, for metrics, and for the end. Does not change it.
 */
import { formatMac } from '../core/address.ts'
import { NO_VENDORS, type VendorOf, withVendor } from '../core/vendor.ts'
import { utcText } from '../report/analysis.ts'
import { type Palette, plainTable } from '../report/text/run.ts'
import { Metrics } from '../serve/metrics.ts'
import type { ContendedRole, Name, Told } from './events.ts'
import { isAlarm } from './events.ts'
import type { Watcher } from './watcher.ts'

export const stateOf = ({ monitor, frames }: Watcher, name: Name) => ({
  frames,
  servers: monitor.servers.map(({ subnet, server, role, macs, since, lastAt, quiet }) => ({
    subnet,
    server: name(server),
    role,
    macs: macs.map(formatMac),
    since: utcText(since),
    last: utcText(lastAt),
    quiet,
  })),
  contentions: monitor.contentions.map(({ subnet, role, servers, since, lastAt }) => ({
    subnet,
    role,
    servers: servers.map(name),
    since: utcText(since),
    last: utcText(lastAt),
  })),
})

export const stateLines = (
  watcher: Watcher,
  name: Name,
  colour: Palette,
  vendorOf: VendorOf = NO_VENDORS,
): string[] => {
  const { servers, contentions } = stateOf(watcher, name)
  if (servers.length === 0) return ['No DHCP or PXE server was seen to answer.']
  const table = plainTable(['subnet', 'server', 'role', 'MAC', 'since', 'last seen'], colour)
  for (const { subnet, server, role, macs, since, last, quiet } of servers)
    table.push([
      subnet,
      server,
      role,
      macs.length === 0 ? '-' : macs.map(mac => withVendor(mac, vendorOf)),
      since,
      quiet ? `${last} (quiet)` : last,
    ])
  return [
    ...table.lines(),
    ...contentions.map(({ subnet, role, servers: rivals, since }) =>
      colour.red(
        `${role === 'pxe' ? 'PXE' : 'DHCP'} contention on ${subnet} since ${since}: ${rivals.join(', ')}`,
      ),
    ),
  ]
}

export const watchMetrics = (watcher: Watcher) => {
  const contended = (wanted: ContendedRole) =>
    watcher.monitor.contentions
      .filter(({ role }) => role === wanted)
      .map(({ subnet, servers }) => [{ subnet }, servers.length] as const)
  const metrics = new Metrics()
  const events = metrics.counter('nbs_watch_events_total', 'Events told, by kind', ['event', 'alarm'])
  const findings = metrics.counter('nbs_watch_findings_total', 'Findings told, by rule and severity', [
    'rule',
    'severity',
  ])
  const commands = metrics.counter('nbs_watch_commands_total', 'Commands of --exec, by result', ['result'])
  const restarts = metrics.counter('nbs_watch_capture_lost_total', 'How often a capture ended', ['interface'])
  const capturing = new Set<string>()
  metrics.gauge('nbs_watch_frames', 'Frames taken', () => watcher.frames)
  metrics.gauge('nbs_watch_captures', 'Captures that run', () => capturing.size)
  metrics.gauge('nbs_watch_resident_bytes', 'Memory of the process', () => process.memoryUsage.rss())
  metrics.gauges('nbs_watch_servers', 'Servers that answer, by subnet and role', ['subnet', 'role'], () => {
    const counts = new Map<string, { labels: { subnet: string; role: string }; count: number }>()
    for (const { subnet, role, quiet } of watcher.monitor.servers) {
      const key = `${subnet} ${role}`
      const entry = counts.get(key) ?? { labels: { subnet, role }, count: 0 }
      counts.set(key, { ...entry, count: entry.count + (quiet ? 0 : 1) })
    }
    return [...counts.values()].map(({ labels, count }) => [labels, count] as const)
  })
  metrics.gauges(
    'nbs_watch_contention',
    'PXE servers that answer the same machines, by subnet',
    ['subnet'],
    () => contended('pxe'),
  )
  metrics.gauges(
    'nbs_watch_dhcp_contention',
    'DHCP servers with pools of their own that answer the same machines, by subnet',
    ['subnet'],
    () => contended('dhcp'),
  )
  return {
    text: () => metrics.text(),
    contentType: metrics.contentType,
    command: (result: string) => commands({ result }),
    event: (event: Told) => {
      events({ event: event.kind, alarm: String(isAlarm(event)) })
      if (event.kind === 'finding') findings({ rule: event.finding.rule, severity: event.finding.severity })
      if (event.kind === 'capture-begins') capturing.add(event.interface)
      if (event.kind !== 'capture-lost') return
      capturing.delete(event.interface)
      restarts({ interface: event.interface })
    },
  }
}
