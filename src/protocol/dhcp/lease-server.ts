/**
 * What servers that lease addresses have in common, whoever's engine answers: one port, answers that may wait, and what
 * they tell. Does not read a message.
 */
import type { Ip4 } from '../../core/address.ts'
import { SECOND, type Micros } from '../../core/micros.ts'
import { type Action, type Datagram, NOTHING, type StateMachine } from '../../core/state-machine.ts'
import type { Phrase } from '../../core/wording.ts'
import { DHCP_PORT, type DhcpMessage } from '../../wire/dhcp/message.ts'
import { clientMac } from '../../wire/dhcp/options.ts'
import { DelayedSends } from './delayed-sends.ts'
import type { DhcpEvent, DhcpEventKind } from './events.ts'
import { DEFAULT_LEASE_SECONDS, type DelayRange, type DhcpServerOptions } from './server-options.ts'

export type DhcpActions = readonly Action<'dhcp', DhcpEvent>[]

export abstract class LeaseServer implements StateMachine<'dhcp', DhcpEvent> {
  protected readonly options: DhcpServerOptions
  protected readonly delayed: DelayedSends
  protected readonly leaseTime: Micros

  constructor(options: DhcpServerOptions) {
    this.options = options
    this.delayed = new DelayedSends(options.responseDelay, options.random)
    this.leaseTime = (options.leaseSeconds ?? DEFAULT_LEASE_SECONDS) * SECOND
  }

  /** Of answers from now on. */
  set responseDelay(range: DelayRange | undefined) {
    this.delayed.range = range
  }

  get wakeAt(): Micros | undefined {
    return this.delayed.next
  }

  start(): DhcpActions {
    this.delayed.clear()
    return [{ type: 'open', socket: 'dhcp', options: { port: DHCP_PORT.server } }]
  }

  abstract receive(now: Micros, via: 'dhcp', received: Datagram): DhcpActions

  wake(now: Micros): DhcpActions {
    return this.delayed.due(now)
  }

  unreachable(): DhcpActions {
    return NOTHING
  }
}

export const tell = (
  kind: DhcpEventKind,
  message: DhcpMessage | undefined,
  address: Ip4 | undefined,
  because: Phrase,
): DhcpActions => [
  {
    type: 'event',
    event: {
      kind,
      client: message && clientMac(message),
      ...(address !== undefined && { address }),
      because,
    },
  },
]

export const ignored = (message: DhcpMessage | undefined, because: Phrase): DhcpActions =>
  tell('ignored', message, undefined, because)
