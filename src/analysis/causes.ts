/**
 * Which finding explains which: after all tests, the findings of a result are linked by what their rules say of
 * themselves. A consequence is linked only if its causes explain it whole, that is for every machine it names; else it
 * is news of its own. Works on findings of any origin.
 */
import type { FindingMeta, Shared } from './finding-meta.ts'

/** A place in the list of findings of the same result. */
export interface FindingLink {
  readonly rule: string
  readonly index: number
}

export interface FindingLinks {
  /** Findings that this one explains. */
  readonly causes: readonly FindingLink[]
  /** Findings that explain this one. */
  readonly causedBy: readonly FindingLink[]
}

/** Servers and machines as numbers, or by name: they are compared only. */
export interface Linkable {
  readonly rule: string
  readonly servers: readonly (string | number)[]
  readonly clients: readonly (string | number)[]
  readonly details: object
}

/** One for each finding, in their order. */
export const linkFindings = (
  findings: readonly Linkable[],
  rules: readonly { readonly meta: FindingMeta }[],
): FindingLinks[] => {
  const metas = new Map(rules.map(({ meta }) => [meta.id, meta]))
  const links = findings.map(() => ({ causes: [] as FindingLink[], causedBy: [] as FindingLink[] }))
  findings.forEach((finding, index) => {
    const { consequences = [] } = metas.get(finding.rule) ?? {}
    if (consequences.length === 0) return
    const found = findings.flatMap((cause, at) => {
      const declared = consequences.find(({ of }) => of === cause.rule)
      return declared && declared.share.every(what => share(cause, finding, what)) ? [at] : []
    })
    if (
      !explainsAll(
        found.map(at => findings[at]!),
        finding,
      )
    )
      return
    for (const at of found) {
      links[index]!.causedBy.push({ rule: findings[at]!.rule, index: at })
      links[at]!.causes.push({ rule: finding.rule, index })
    }
  })
  return links
}

const share = (cause: Linkable, finding: Linkable, what: Shared): boolean => {
  switch (what) {
    case 'clients':
      // Machines that cannot be told apart have no names to compare.
      return finding.clients.length === 0
        ? cause.clients.length === 0
        : haveCommon(cause.clients, finding.clients)
    case 'servers':
      return haveCommon(cause.servers, finding.servers)
    case 'file': {
      const file = fileOf(finding)
      return file !== undefined && file === fileOf(cause)
    }
  }
}

const haveCommon = <T>(some: readonly T[], others: readonly T[]): boolean => {
  const known = new Set(some)
  return others.some(one => known.has(one))
}

const fileOf = ({ details }: Linkable): string | undefined =>
  'file' in details && typeof details.file === 'string' ? details.file : undefined

const explainsAll = (causes: readonly Linkable[], { clients }: Linkable): boolean => {
  if (causes.length === 0) return false
  const explained = new Set(causes.flatMap(cause => cause.clients))
  return clients.every(client => explained.has(client))
}
