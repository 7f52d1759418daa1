/**
 * How a DHCP server is set up, and what of its replies can be prepared before the first request. Does not answer.
 */
import { type Cidr, type Ip4, type Mac, contains, netmask } from '../../core/address.ts'
import type { Micros } from '../../core/micros.ts'
import type { Random } from '../../core/random.ts'
import type { DhcpOption } from '../../wire/dhcp/message.ts'
import { OPTION } from '../../wire/dhcp/option-codes.ts'
import { bytesOption, ip4Option } from '../../wire/dhcp/options.ts'
import type { AddressRange } from './free-addresses.ts'
import { LeasePool } from './leases.ts'
import {
  type AckWords,
  type ClientClass,
  type OptionValues,
  type Overload,
  type ReplyWords,
  type Reservation,
  type Said,
  leaseTimes,
} from './reply-words.ts'

export type { OptionValues } from './reply-words.ts'

export interface DhcpSubnet {
  readonly cidr: Cidr
  readonly pool: readonly AddressRange[]
  /** Option 3, unless `options` has one. */
  readonly router?: Ip4 | undefined
  /** Override those of the server. */
  readonly options?: OptionValues
  /** Of this subnet, over those of the server. */
  readonly words?: ReplyWords | undefined
  /** Looked at before those of the server. */
  readonly classes?: readonly ClientClass[] | undefined
  readonly reservations?: readonly Reservation[] | undefined
}

export interface DelayRange {
  readonly low: Micros
  readonly high: Micros
}

export interface DhcpServerOptions {
  /** Own address by interface name: the server identifier towards clients of that interface (S-9). */
  readonly addresses: ReadonlyMap<string, Ip4>
  readonly subnets: readonly DhcpSubnet[]
  /** Default a day. */
  readonly leaseSeconds?: number
  readonly options?: OptionValues
  /** Header field `file`, not option 67. */
  readonly bootFile?: string | undefined
  /** siaddr; 0 if not given. */
  readonly nextServer?: Ip4 | undefined
  /** `offer-only` is silent on REQUEST; `nak` refuses every REQUEST that is meant for this server. */
  readonly answers?: 'normal' | 'offer-only' | 'nak' | undefined
  /** With no address left, offers that nobody asked for are made again (`LeasePool`). Default: silence. */
  readonly overbooks?: boolean
  /** Drawn for each reply from `random`; low = high needs no `random`. */
  readonly responseDelay?: DelayRange | undefined
  readonly random?: Random
  /** Whom it tells something else; the first counts. */
  readonly classes?: readonly ClientClass[] | undefined
  /** Where an ACK differs from the OFFER. */
  readonly ack?: AckWords | undefined
  /** How a product puts what it is to say into a reply: the last word, before options are moved into header fields. */
  readonly finish?: ((said: Said, self: Ip4) => Said) | undefined
  /** Options that stand in header fields. */
  readonly overload?: Overload | undefined
  /** Clients whose every REQUEST is refused. */
  readonly refuses?: ((mac: Mac) => boolean) | undefined
}

export const DEFAULT_LEASE_SECONDS = 86_400

/** A subnet with all that does not change from reply to reply. */
export interface ServedSubnet {
  readonly cidr: Cidr
  readonly words: ReplyWords
  readonly classes: readonly ClientClass[]
  readonly reservations: ReadonlyMap<Mac, Reservation>
  readonly pool: LeasePool
  /** Lease times (51, 58, 59); not in an answer to INFORM. */
  readonly leaseOptions: readonly DhcpOption[]
  /** Everything else that is configured. */
  readonly otherOptions: readonly DhcpOption[]
}

export const servedSubnet = (server: DhcpServerOptions, subnet: DhcpSubnet): ServedSubnet => {
  const seconds = server.leaseSeconds ?? DEFAULT_LEASE_SECONDS
  const leaseOptions = leaseTimes(subnet.words?.leaseSeconds ?? seconds)
  const otherOptions = [ip4Option(OPTION.subnetMask, netmask(subnet.cidr.prefixLength))]
  if (subnet.router !== undefined) otherOptions.push(ip4Option(OPTION.router, subnet.router))
  const configured = configuredOptions(server.options ?? [], subnet.words?.options ?? subnet.options ?? [])
  const excluded = [...server.addresses.values(), ...(subnet.router === undefined ? [] : [subnet.router])]
  return {
    cidr: subnet.cidr,
    words: subnet.words ?? {},
    classes: [...(subnet.classes ?? []), ...(server.classes ?? [])],
    reservations: new Map((subnet.reservations ?? []).map(reservation => [reservation.mac, reservation])),
    pool: new LeasePool(
      subnet.pool,
      excluded,
      server.overbooks,
      (subnet.reservations ?? []).map(({ address }) => address),
    ),
    leaseOptions: overridden(leaseOptions, configured),
    otherOptions: [
      ...otherOptions.filter(({ code }) => !configured.some(option => option.code === code)),
      ...configured.filter(({ code }) => !leaseOptions.some(option => option.code === code)),
    ],
  }
}

/** Those of the subnet replace those of the server, code by code. */
export const configuredOptions = (server: OptionValues, subnet: OptionValues): DhcpOption[] => {
  const own = Array.from(subnet, ([code, value]) => bytesOption(code, value))
  const general = Array.from(server, ([code, value]) => bytesOption(code, value))
  return [...general.filter(({ code }) => !own.some(option => option.code === code)), ...own]
}

const overridden = (defaults: readonly DhcpOption[], configured: readonly DhcpOption[]): DhcpOption[] =>
  defaults.map(option => configured.find(({ code }) => code === option.code) ?? option)

export const subnetOf = (subnets: readonly ServedSubnet[], address: Ip4): ServedSubnet | undefined => {
  for (const subnet of subnets) if (contains(subnet.cidr, address)) return subnet
  return undefined
}
