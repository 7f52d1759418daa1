/**
 * What a DHCP server tells of its work. Kept as values, because a run that nobody traces should not format text.
 */
import { type Ip4, type Mac, formatIp4, formatMac } from '../../core/address.ts'

export type DhcpEventKind =
  | 'offered'
  | 'acknowledged'
  /** Answered with DHCPNAK. */
  | 'refused'
  | 'informed'
  | 'released'
  | 'declined'
  /** No answer, and it is meant so. */
  | 'ignored'
  /** No answer, because the pool is empty. */
  | 'exhausted'

export interface DhcpEvent {
  readonly kind: DhcpEventKind
  readonly client: Mac | undefined
  readonly address?: Ip4
  /** Why; one clause without a full stop. */
  readonly because: string
}

/** `offered 10.20.1.100 to 00:50:56:00:00:01: lowest free address` */
export const describeDhcpEvent = (event: DhcpEvent): string => {
  const address = event.address === undefined ? '' : ` ${formatIp4(event.address)}`
  const client = event.client === undefined ? '' : ` ${PREPOSITION[event.kind]} ${formatMac(event.client)}`
  return `${event.kind}${address}${client}: ${event.because}`
}

const PREPOSITION: Readonly<Record<DhcpEventKind, string>> = {
  offered: 'to',
  acknowledged: 'to',
  refused: 'to',
  informed: 'about the network',
  released: 'by',
  declined: 'by',
  ignored: 'from',
  exhausted: 'for',
}
