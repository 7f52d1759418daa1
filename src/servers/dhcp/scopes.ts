/**
 * Scopes, classes and reservations of a DHCP server as they were written, checked and encoded: what the engine is set up
 * with. Does not answer.
 */
import {
  type Cidr,
  type Ip4,
  type Mac,
  contains,
  formatCidr,
  formatIp4,
  networkOf,
} from '../../core/address.ts'
import { latin1Text } from '../../core/bytes.ts'
import { matchesAnyMac } from '../../core/mac-pattern.ts'
import { SECOND } from '../../core/micros.ts'
import { written } from '../../core/written.ts'
import type { Checker } from '../../document/checker.ts'
import type { ClientClass, ReplyWords, Reservation } from '../../protocol/dhcp/reply-words.ts'
import type { DhcpSubnet } from '../../protocol/dhcp/server-options.ts'
import type { DhcpMessage, DhcpOption } from '../../wire/dhcp/message.ts'
import { OPTION } from '../../wire/dhcp/option-codes.ts'
import { classIdentifier, clientMac, first } from '../../wire/dhcp/options.ts'
import { architectureNumber, clientArchitecture } from '../../wire/pxe/client.ts'
import type { LeaseWords, Pool } from '../kind.ts'
import { resolveOptions } from '../parts/options.ts'
import { type ClassForm, type DhcpFields, type SaidForm, type ScopeForm, stepsOf } from './fields.ts'

/** A scope, or the server itself where it has none. */
export interface Scope extends LeaseWords {
  readonly pools: readonly Pool[]
  readonly leaseSeconds: number | undefined
  readonly classes: readonly ClientClass[]
  readonly reservations: readonly Reservation[]
}

export const netOf = ({ first: lowest, prefixLength }: Pool): Cidr => ({
  network: networkOf(lowest, prefixLength),
  prefixLength,
})

export const resolveScope = (
  check: Checker,
  form: Pick<ScopeForm, 'classes' | 'reservations' | 'leaseTime'> & SaidForm,
  pools: readonly Pool[],
): Scope => ({
  ...resolveSaid(check, form),
  pools,
  leaseSeconds: form.leaseTime === undefined ? undefined : Math.round(form.leaseTime / SECOND),
  classes: stepsOf(form.classes).map(({ step, item }) => resolveClass(check.at('classes', step), item)),
  reservations: resolveReservations(check.at('reservations'), form.reservations, pools),
})

const resolveSaid = (check: Checker, { options, bootFile, nextServer }: SaidForm): LeaseWords => ({
  options: resolveOptions(check.at('options'), options),
  bootFile,
  nextServer,
})

export const replyWords = ({ options, bootFile, nextServer }: LeaseWords): ReplyWords =>
  written({ options: options.map(pairOf), bootFile, nextServer })

export const pairOf = ({ code, value }: DhcpOption) => [code, value] as const

const resolveClass = (check: Checker, form: ClassForm): ClientClass => {
  const { leaseTime, silent, match } = form
  return {
    ...replyWords(resolveSaid(check, form)),
    ...written({
      silent,
      leaseSeconds: leaseTime === undefined ? undefined : Math.round(leaseTime / SECOND),
    }),
    matches: matcher(match),
  }
}

/** Every condition that is written, each by any of its values. */
export const matcher = ({
  vendorClass,
  userClass,
  arches,
  mac,
}: ClassForm['match']): ClientClass['matches'] => {
  const numbers = arches?.map(architectureNumber)
  return message =>
    (vendorClass === undefined ||
      vendorClass.some(begin => classIdentifier(message)?.startsWith(begin) ?? false)) &&
    (userClass === undefined || isOfUserClass(message, userClass)) &&
    (numbers === undefined || numbers.includes(clientArchitecture(message) ?? -1)) &&
    (mac === undefined || matchesAnyMac(mac, clientMac(message)))
}

/**
 * RFC 3004 §4 has a list, each with a byte of length; iPXE and Windows send the bare text.
 */
const isOfUserClass = (message: DhcpMessage, wanted: readonly string[]): boolean => {
  const value = first(message, OPTION.userClass)
  if (value === undefined) return false
  const names = [latin1Text(value)]
  for (let at = 0; at < value.length; at += 1 + value[at]!)
    names.push(latin1Text(value.subarray(at + 1, at + 1 + value[at]!)))
  return names.some(name => wanted.includes(name))
}

const resolveReservations = (
  check: Checker,
  form: DhcpFields['reservations'],
  pools: readonly Pool[],
): Reservation[] => {
  const seen = new Map<Mac | string, string | number>()
  return stepsOf(form).map(({ step, item }) => {
    const at = check.at(step)
    const { mac, address } = item
    const [net] = pools.map(netOf)
    if (net && !pools.some(pool => contains(netOf(pool), address)))
      at.complain(['address'], `${formatIp4(address)} is in no subnet of the pool (${formatCidr(net)})`)
    if (seen.has(mac)) at.complain(['mac'], 'this machine has another reservation here')
    if (seen.has(formatIp4(address))) at.complain(['address'], 'this address is reserved twice')
    seen.set(mac, step)
    seen.set(formatIp4(address), step)
    return { mac, address, ...replyWords(resolveSaid(at, item)) }
  })
}

/** A subnet each; several spans in one subnet are one pool. */
export const servedSubnets = (scope: Scope, isServer: boolean): DhcpSubnet[] => {
  const nets = new Map<string, Pool[]>()
  for (const pool of scope.pools) nets.set(pool.subnet, [...(nets.get(pool.subnet) ?? []), pool])
  return [...nets.values()].map(pools => {
    const [pool] = pools as [Pool]
    const cidr = netOf(pool)
    const reservations = scope.reservations.filter(({ address }) => contains(cidr, address))
    return {
      cidr,
      pool: pools,
      router: pool.router,
      // What the server itself says is below its scopes.
      ...(!isServer && { words: { ...replyWords(scope), ...written({ leaseSeconds: scope.leaseSeconds }) } }),
      ...(!isServer && { classes: scope.classes }),
      ...(reservations.length > 0 && { reservations }),
    }
  })
}

export const withRouter = (
  check: Checker,
  pools: readonly Pool[],
  router: Ip4 | 'none' | undefined,
): Pool[] => {
  if (router === undefined) return [...pools]
  if (router === 'none') return pools.map(pool => ({ ...pool, router: undefined }))
  const fits = (pool: Pool): boolean => contains(netOf(pool), router)
  if (pools.length > 0 && !pools.some(fits))
    check.complain(
      ['router'],
      `${formatIp4(router)} is in no subnet of the pool, so no machine could reach it`,
    )
  return pools.map(pool => (fits(pool) ? { ...pool, router } : pool))
}
