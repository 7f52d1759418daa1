/**
 * The virtual network: segments, hosts and routers under one virtual clock. Deterministic: the same seed and the
 * same calls give the same frames at the same times. Does not know what runs on its hosts.
 */
import { type Mac, toMac } from '../../core/address.ts'
import type { Micros } from '../../core/micros.ts'
import type { Random } from '../../core/random.ts'
import { type TraceSink, noTrace } from '../../core/trace.ts'
import type { Address, Capabilities } from '../port.ts'
import { VirtualHost } from './host.ts'
import { type HostTraits, SERVER_TRAITS } from './host-traits.ts'
import type { LinkRules } from './link.ts'
import { Scheduler } from './scheduler.ts'
import { Segment } from './segment.ts'

export interface Attachment {
  readonly segment: Segment
  readonly address?: Address
  /** Default: the next locally administered address of this network (02:6e:62:73:…). */
  readonly mac?: Mac
  /** Rules of this host's own cable. */
  readonly rules?: LinkRules
}

const FIRST_MAC = 0x026e62730000

export class VirtualNetwork {
  readonly capabilities: Capabilities = { deterministic: true, linkLayerUnicast: true, configurable: true }
  readonly clock = new Scheduler()
  readonly #random: Random
  readonly #trace: TraceSink
  #hosts = 0

  constructor(random: Random, trace: TraceSink = noTrace) {
    this.#random = random
    this.#trace = trace
  }

  addSegment(name: string, rules?: LinkRules): Segment {
    return new Segment(name, this.clock, this.#random.fork(`segment ${name}`), this.#trace, rules)
  }

  addHost(name: string, attachments: readonly Attachment[], traits: HostTraits = SERVER_TRAITS): VirtualHost {
    const host = new VirtualHost(name, this.clock, this.#random.fork(`host ${name}`), traits)
    for (const { segment, mac, address, rules } of attachments) {
      const face = host.attach(segment, mac ?? toMac(FIRST_MAC + ++this.#hosts), address)
      face.port.rules = rules
    }
    return host
  }

  /** Runs until `until`, or until nothing is left to happen. */
  run(until: Micros, stop?: () => boolean): 'drained' | 'reached' | 'stopped' {
    return this.clock.run(until, stop)
  }
}
