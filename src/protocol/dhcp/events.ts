/**
 * What a DHCP server and a relay agent tell of their work, and how it reads in a trace. Kept as values, because a run
 * that nobody traces should not format text.
 */
import type { Ip4, Mac } from '../../core/address.ts'
import type { EventProjection } from '../../core/trace.ts'
import { PLAIN, type Phrase, type Wording, inWords } from '../../core/wording.ts'

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
  readonly because: Phrase
}

/** `offered 10.20.1.100 to 00:50:56:00:00:01: lowest free address` */
export const describeDhcpEvent = (event: DhcpEvent, wording: Wording = PLAIN): string => {
  const address = event.address === undefined ? '' : ` ${wording.address(event.address)}`
  const client =
    event.client === undefined ? '' : ` ${PREPOSITION[event.kind]} ${wording.machine(event.client)}`
  return `${event.kind}${address}${client}: ${inWords(event.because, wording)}`
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

export const DHCP_EVENTS: EventProjection<DhcpEvent> = {
  service: 'dhcp',
  facts: ({ kind, client, address }) => ({ type: kind, client, address }),
  describe: describeDhcpEvent,
}

export interface RelayEvent {
  readonly kind: 'relayed' | 'delivered' | 'ignored'
  readonly client: Mac | undefined
  /** The server it went to, or the address it was delivered to. */
  readonly to?: Ip4
  readonly because: Phrase
}

export const RELAY_EVENTS: EventProjection<RelayEvent> = {
  service: 'relay',
  facts: ({ kind, client }) => ({ type: kind, client }),
  describe: ({ kind, client, to, because }, wording) => {
    const whom = client === undefined ? '' : ` ${wording.machine(client)}`
    const where = to === undefined ? '' : ` to ${wording.address(to)}`
    return `${kind}${whom}${where}: ${inWords(because, wording)}`
  },
}
