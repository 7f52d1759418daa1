/**
 * The BSDP service of an NBS on a host: what `NetworkBootServiceOptions.bsdp` wants (NBS-28). Its records outlive a stop and a
 * start. Does not contain protocol.
 */
import { addressOn, isOwnAddress } from '../network/addresses.ts'
import type { Host } from '../network/port.ts'
import { runStateMachine } from '../network/runner.ts'
import type { BsdpEvent } from '../protocol/bsdp/events.ts'
import { type BsdpRecords, MemoryRecords } from '../protocol/bsdp/records.ts'
import { BsdpService, type BsdpServiceOptions } from '../protocol/bsdp/service.ts'
import type { RunningService } from './service.ts'

export interface BsdpSetup extends Omit<
  BsdpServiceOptions,
  'addressOn' | 'isOwnAddress' | 'hostName' | 'records'
> {
  /** Default: the host's name. */
  readonly hostName?: string | undefined
  /** Default: in memory. */
  readonly records?: BsdpRecords
  /** Gets every event as a value, for counting. */
  readonly observe?: (event: BsdpEvent) => void
}

export const bsdpService = (
  setup: BsdpSetup,
): ((host: Host, tell: (event: BsdpEvent) => void) => RunningService) => {
  const { records = new MemoryRecords(), observe, hostName, ...options } = setup
  return (host, tell) => {
    const machine = new BsdpService({
      ...options,
      hostName: hostName ?? host.name,
      records,
      shadow: { random: host.random.fork('shadow accounts'), ...options.shadow },
      addressOn: name => addressOn(host, name),
      isOwnAddress: ip => isOwnAddress(host, ip),
    })
    return runStateMachine(host, machine, event => {
      observe?.(event)
      // Every PC on the wire would be a line.
      if (event.kind === 'ignored' && event.reason === 'not-bsdp') return
      tell(event)
    })
  }
}
