/**
 * `multiple-dhcp-servers`: two servers lease on one subnet with machines.
 */
import type { Sentences } from '../../analysis/capture-rule.ts'
import type { Severity } from '../../analysis/finding-meta.ts'
import type { Pool, Server } from '../model.ts'
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
    const [first, ...others] = topology
      .reached(subnet)
      .map(({ server }) => server)
      .filter(server => leasesOn(server, subnet))
    if (!first) return []
    return others.map(second => {
      const difference = differenceOf(first, second, subnet)
      return {
        severity: SEVERITIES[difference],
        path: ['servers', second.name, 'pool'],
        servers: [first.name, second.name],
        details: { subnet, first: first.name, second: second.name, difference },
      }
    })
  })

const SEVERITIES: Readonly<Record<DhcpBesideDhcp['difference'], Severity>> = {
  none: 'info',
  options: 'warning',
  sameAddresses: 'error',
}

const differenceOf = (first: Server, second: Server, subnet: string): DhcpBesideDhcp['difference'] => {
  if (poolsOverlap(first, second, subnet)) return 'sameAddresses'
  return leasedWith(first, subnet) === leasedWith(second, subnet) ? 'none' : 'options'
}

/** What a machine learns with a lease, beside the address. */
const leasedWith = (server: Server, subnet: string): string => {
  if (server.kind === 'nbs') return ''
  const { options, bootFile, nextServer } = server
  const nets = poolsOf(server, subnet).map(({ prefixLength, router }) => [prefixLength, router])
  return JSON.stringify([
    options.map(({ code, value }) => [code, [...value]]),
    bootFile,
    nextServer === server.address ? 'itself' : nextServer,
    nets[0],
  ])
}

const poolsOf = (server: Server, subnet: string): readonly Pool[] =>
  server.kind === 'nbs' ? [] : server.pools.filter(pool => pool.subnet === subnet)

const poolsOverlap = (a: Server, b: Server, subnet: string): boolean =>
  poolsOf(a, subnet).some(one =>
    poolsOf(b, subnet).some(other => one.first <= other.last && other.first <= one.last),
  )

export const sentences = ({ subnet, first, second, difference }: DhcpBesideDhcp): Sentences => {
  const beside = `${second} leases addresses on subnet ${subnet} beside ${first}, from a part of its own`
  switch (difference) {
    case 'sameAddresses':
      return {
        text: `${second} leases the same addresses on subnet ${subnet} as ${first}.`,
        because: 'Two servers that do not know of each other will give one address to two machines.',
        remedy: `Divide the addresses between them, or take ${second} from ${subnet}.`,
      }
    case 'none':
      return {
        text: `${beside}.`,
        because: 'A split scope with equal options works: it does not matter whose lease a machine takes.',
        remedy: 'Keep their options alike.',
      }
    case 'options':
      return {
        text: `${beside}, but with other options.`,
        because:
          'Which of two leases a machine takes depends on its firmware and on who answers first; router and boot options should not.',
        remedy: `Give ${second} the options of ${first}, or stop it.`,
      }
  }
}
