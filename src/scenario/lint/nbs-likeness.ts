/**
 * Whether two Network Boot Services would disagree: what decides how bad it is that both are asked (NBS-2).
 */
import type { Severity } from '../../analysis/finding-meta.ts'
import type { NbsServer } from '../../servers/nbs/kind.ts'

export const NO_TWO =
  'The vendor supports one Network Boot Service per subnet: the servers do not know of each other, and a machine follows the first (or the last) that answers.'

/** `alike`: no machine fares differently, whichever answers. */
export type Likeness =
  | { readonly kind: 'alike' | 'images' | 'other' }
  /** Those that answer from an old policy. */
  | { readonly kind: 'stalePolicy'; readonly stale: readonly string[] }
  /** By server, in order; null: it asks nobody. */
  | { readonly kind: 'notificationServers'; readonly ask: readonly (string | null)[] }

export const likenessOf = (a: NbsServer, b: NbsServer): Likeness => {
  const stale = [a, b].filter(server => server.stalePolicy !== undefined).map(({ name }) => name)
  const asksTheSame = a.notificationServer === b.notificationServer
  if (asksTheSame && stale.length === 0 && sameAs(decisive(a), decisive(b))) return { kind: 'alike' }
  if (stale.length > 0) return { kind: 'stalePolicy', stale }
  if (!asksTheSame)
    return { kind: 'notificationServers', ask: [a, b].map(server => server.notificationServer ?? null) }
  return { kind: sameAs(a.images, b.images) && sameAs(a.without, b.without) ? 'other' : 'images' }
}

const decisive = (server: NbsServer): unknown => [
  server.images,
  server.without,
  server.style,
  server.services,
  server.boot4011,
  server.allow,
  server.deny,
  server.arches,
  server.menu,
  server.bootServerType,
]

const sameAs = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

export const severityOf = ({ kind }: Likeness): { severity?: Severity } =>
  kind === 'alike' ? { severity: 'warning' } : {}

/** ` (nbs-a asks ns-1, nbs-b asks ns-2)`. */
export const likenessText = (likeness: Likeness, servers: readonly string[]): string => {
  switch (likeness.kind) {
    case 'alike':
      return ' (same Notification Server, same images)'
    case 'stalePolicy':
      return ` (${likeness.stale.join(' and ')} answers from an outdated policy)`
    case 'notificationServers':
      return ` (${servers.map((name, i) => `${name} uses ${likeness.ask[i] ?? 'no Notification Server'}`).join(', ')})`
    case 'images':
      return ' (different images)'
    case 'other':
      return ''
  }
}
