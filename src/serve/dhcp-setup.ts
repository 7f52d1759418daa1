/**
 * How the DHCP server of `nbs serve --dhcp` is set up on one interface: the settings, in the words of `kind: dhcp`, and what
 * they leave open. Does not answer.
 */
import {
  type Cidr,
  contains,
  directedBroadcast,
  formatCidr,
  ip4After,
  ip4Bytes,
  ip4Distance,
  networkOf,
} from '../core/address.ts'
import { concat } from '../core/bytes.ts'
import { UsageError } from '../core/exit.ts'
import { SECOND } from '../core/micros.ts'
import { Checker } from '../document/checker.ts'
import type { AddressedInterface } from '../network/kernel/network.ts'
import type { AddressRange } from '../protocol/dhcp/free-addresses.ts'
import type { DhcpSetup } from '../servers/dhcp/dhcp-service.ts'
import { pairOf, resolveScope, servedSubnets } from '../servers/dhcp/scopes.ts'
import { OPTION } from '../wire/dhcp/options.ts'
import type { DhcpForm } from './format.ts'

/** Throws `UsageError` for what does not fit the subnet; everything else is checked when the settings are read. */
export const dhcpSetup = (
  { address: { ip, prefixLength } }: Pick<AddressedInterface, 'address'>,
  form: DhcpForm,
): DhcpSetup => {
  const cidr = { network: networkOf(ip, prefixLength), prefixLength }
  const span = form.pool ?? poolOf(cidr)
  if (!span || !contains(cidr, span.first) || !contains(cidr, span.last))
    throw new UsageError('dhcp.pool: these addresses are not of the subnet that is served')
  const check = unplaced()
  const pool = { ...span, subnet: formatCidr(cidr), prefixLength, router: form.router }
  const scope = resolveScope(check, { ...form, nextServer: undefined }, [pool])
  const [wrong] = check.complaints
  if (wrong) throw new UsageError(`dhcp.${wrong.path.join('.')}: ${wrong.message}`)
  const dns =
    form.dns.length === 0 ? [] : [[OPTION.domainNameServer, concat(form.dns.map(ip4Bytes))] as const]
  return {
    subnets: servedSubnets(scope, true),
    leaseSeconds: Math.round(form.leaseTime / SECOND),
    overbooks: true,
    options: [...dns, ...scope.options.map(pairOf)],
    bootFile: form.bootFile,
    // GRUB and U-Boot know no other server than the one that the lease names.
    nextServer: form.nextServer === 'none' ? undefined : (form.nextServer ?? ip),
    ...(scope.classes.length > 0 && { classes: scope.classes }),
  }
}

/** Of settings that were checked where they were read, and have no place any more. */
const unplaced = (): Checker =>
  new Checker({ kind: 'scalar', place: { file: '', line: 1, column: 1 }, value: null })

const DEFAULT_POOL_SIZE = 100

/** The end of the subnet, where people give fixed addresses least. */
export const poolOf = (cidr: Cidr): AddressRange | undefined => {
  if (cidr.prefixLength > 29) return undefined
  const end = directedBroadcast(cidr)
  const half = Math.floor(ip4Distance(cidr.network, end) / 2)
  return { first: ip4After(end, -Math.min(DEFAULT_POOL_SIZE, half)), last: ip4After(end, -1) }
}
