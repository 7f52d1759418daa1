/**
 * `multiple-dhcp-servers`: two servers lease on one subnet with machines.
 */
import type { Sentences } from '../../analysis/capture-rule.ts'
import type { Severity } from '../../analysis/finding-meta.ts'
import type { LeaseWords, Pool, Server } from '../../servers/kind.ts'
import type { LintReport, LintTest } from './lint-rule.ts'
import { leasesOn } from './topology.ts'

export type DhcpBesideDhcp = {
  readonly subnet: string
  readonly first: string
  readonly second: string
  /** `none`: a split scope with equal options. */
  readonly difference: 'none' | 'options' | 'sameAddresses'
}

export const test: LintTest<DhcpBesideDhcp> = topology =>
  topology.scenario.subnets.flatMap(({ name: subnet }): LintReport<DhcpBesideDhcp>[] => {
    if (!topology.isUsed(subnet)) return []
    const [one, ...others] = topology.reached(subnet).flatMap(({ server }): Leasing[] => {
      const words = leasesOn(topology.scenario, server, subnet)
      return words ? [{ server, words, pools: server.pools.filter(pool => pool.subnet === subnet) }] : []
    })
    if (!one) return []
    return others.map(other => {
      const difference = differenceOf(one, other)
      const [first, second] = [one.server.name, other.server.name]
      return {
        severity: SEVERITIES[difference],
        path: ['servers', second, 'pool'],
        servers: [first, second],
        details: { subnet, first, second, difference },
      }
    })
  })

/** A server that leases addresses on the subnet, and its pools there. */
interface Leasing {
  readonly server: Server
  readonly words: LeaseWords
  readonly pools: readonly Pool[]
}

const SEVERITIES: Readonly<Record<DhcpBesideDhcp['difference'], Severity>> = {
  none: 'info',
  options: 'warning',
  sameAddresses: 'error',
}

const differenceOf = (first: Leasing, second: Leasing): DhcpBesideDhcp['difference'] => {
  if (poolsOverlap(first, second)) return 'sameAddresses'
  return leasedWith(first) === leasedWith(second) ? 'none' : 'options'
}

/** What a machine learns with a lease, beside the address. */
const leasedWith = ({ server, words: { options, bootFile, nextServer }, pools }: Leasing): string =>
  JSON.stringify([
    options.map(({ code, value }) => [code, [...value]]),
    bootFile,
    nextServer === server.address ? 'itself' : nextServer,
    pools.map(({ prefixLength, router }) => [prefixLength, router])[0],
  ])

const poolsOverlap = (a: Leasing, b: Leasing): boolean =>
  a.pools.some(one => b.pools.some(other => one.first <= other.last && other.first <= one.last))

export const sentences = ({ subnet, first, second, difference }: DhcpBesideDhcp): Sentences => {
  const beside = `${second} leases addresses on subnet ${subnet} next to ${first}, from a separate range`
  switch (difference) {
    case 'sameAddresses':
      return {
        text: `${second} leases the same addresses on subnet ${subnet} as ${first}.`,
        because: 'Two servers that do not know of each other will lease the same address to two machines.',
        remedy: `Split the addresses between them, or remove ${second} from ${subnet}.`,
      }
    case 'none':
      return {
        text: `${beside}.`,
        because: 'A split scope with equal options works: it does not matter whose lease a machine takes.',
        remedy: 'Keep their options equal.',
      }
    case 'options':
      return {
        text: `${beside}, but with different options.`,
        because:
          'Which of two leases a machine takes depends on its firmware and on the order of the answers; its router and boot options should not depend on that. This is a warning where a run reports an error: no machine has taken the wrong lease yet.',
        remedy: `Give ${second} the options of ${first}, or stop it.`,
      }
  }
}
