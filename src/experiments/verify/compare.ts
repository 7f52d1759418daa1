/**
 * Where two fates differ. A tolerance holds for times alone: everything else is the same or is not.
 */
import type { Fate } from './fate.ts'

export interface Difference {
  readonly what: string
  readonly model: string
  readonly real: string
}

const FACTS = [
  { what: 'outcome', of: (fate: Fate) => fate.outcome },
  { what: 'code', of: (fate: Fate) => fate.code },
  { what: 'REQUEST to', of: (fate: Fate) => fate.requestTo },
  { what: 'lease from', of: (fate: Fate) => fate.leaseFrom },
  { what: 'PXE server', of: (fate: Fate) => fate.pxeServers.join(' or ') || null },
  { what: 'asked on 4011', of: (fate: Fate) => fate.asked4011 || null },
  { what: 'file from', of: (fate: Fate) => fate.tftpServer },
  { what: 'file', of: (fate: Fate) => fate.file },
  { what: 'content', of: (fate: Fate) => fate.sha256 },
] as const

const TIMES = [
  { what: 'time of REQUEST', of: (fate: Fate) => fate.request },
  { what: 'time of first read', of: (fate: Fate) => fate.readRequest },
  { what: 'time of end', of: (fate: Fate) => fate.end },
] as const

/** `tolerance` in seconds; undefined: times do not count. */
export const differencesOf = (model: Fate, real: Fate, tolerance: number | undefined): Difference[] => {
  const facts = FACTS.flatMap(({ what, of }) => {
    const [ours, theirs] = [of(model), of(real)]
    return ours === theirs ? [] : [{ what, model: ours ?? 'none', real: theirs ?? 'none' }]
  })
  if (tolerance === undefined) return facts
  const times = TIMES.flatMap(({ what, of }) => {
    const [ours, theirs] = [of(model), of(real)]
    if (ours === null || theirs === null)
      return ours === theirs ? [] : [{ what, model: shown(ours), real: shown(theirs) }]
    return Math.abs(ours - theirs) <= tolerance ? [] : [{ what, model: shown(ours), real: shown(theirs) }]
  })
  return [...facts, ...times]
}

const shown = (seconds: number | null): string => (seconds === null ? 'never' : `${seconds.toFixed(2)} s`)
