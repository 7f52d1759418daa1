/**
 * What a capture shows, as an import keeps it: of each machine its DHCP messages as they were, and its boots as the
 * analyser sees them. Fed by the analyser, so that every format, carrier and oddity is read as `analyze` reads it.
 */
import { type Boot, Analyzer } from '../analysis/analyzer.ts'
import type { Hash } from '../analysis/conversations/transfer.ts'
import type { IpArrival } from '../analysis/reading/frames.ts'
import type { Ip4, Mac } from '../core/address.ts'
import { concat, equalBytes } from '../core/bytes.ts'
import type { Issue } from '../core/decoded.ts'
import type { Micros } from '../core/micros.ts'
import { BOOTREQUEST, type DhcpMessage } from '../wire/dhcp/message.ts'
import { clientMac } from '../wire/dhcp/options.ts'
import type { UdpPacket } from '../wire/frame.ts'

/** Machines that are told one by one; of more, the boots are counted (docs/limits.md). */
export const MAX_IMPORTED_MACHINES = 4096
/** DHCP messages kept of one machine, relays' copies included. */
const MAX_MESSAGES = 1024
/** Boots kept of one machine. */
const MAX_BOOTS = 64
/** Bytes of a file that is kept whole; of a larger one, only its beginning is. */
const MAX_CONTENT = 1 << 16
/** Bytes of all files that are kept whole. */
const MAX_CONTENTS = 1 << 24

export interface SeenDhcp {
  readonly at: Micros
  readonly frame: number
  readonly segment: string
  readonly source: Ip4
  readonly sourceMac: Mac
  readonly target: Ip4
  readonly sourcePort: number
  readonly targetPort: number
  readonly ttl: number
  readonly payload: Uint8Array
  readonly message: DhcpMessage
  readonly issues: readonly Issue[]
  readonly isRequest: boolean
}

export interface SeenMachine {
  readonly mac: Mac
  readonly messages: SeenDhcp[]
  readonly boots: Boot[]
}

export interface Span {
  /** Since the first frame. */
  readonly from?: Micros | undefined
  readonly to?: Micros | undefined
}

export interface SeenOptions extends Span {
  /** Only this machine. */
  readonly client?: Mac | undefined
}

/** Collects while an analyser reads; `machines` is whole when the analyser has finished. */
export class Seen {
  readonly machines = new Map<Mac, SeenMachine>()
  /** Transfers of which no machine is known. */
  readonly strays: Boot[] = []
  readonly contents = new Contents()
  /** Machines that were not kept. */
  omitted = 0
  lastAt: Micros = 0
  readonly analyzer: Analyzer
  readonly #options: SeenOptions
  readonly #omitted = new Set<Mac>()

  constructor(options: SeenOptions = {}) {
    this.#options = options
    this.analyzer = new Analyzer({
      keepMessages: true,
      rules: [],
      newHash: () => this.contents.begin(),
      onDhcp: (arrival, message, issues) => this.#note(arrival, message, issues),
      onBoot: boot => this.#close(boot),
    })
  }

  #note(arrival: IpArrival<UdpPacket>, message: DhcpMessage, issues: readonly Issue[]): void {
    const { seen, source, sourceMac, target, ttl, body } = arrival
    this.lastAt = Math.max(this.lastAt, seen.at)
    if (!this.#isWanted(clientMac(message), seen.at)) return
    const machine = this.#machineOf(clientMac(message))
    if (!machine || machine.messages.length >= MAX_MESSAGES) return
    const { sourcePort, targetPort, payload } = body
    const isRequest = message.op === BOOTREQUEST
    machine.messages.push({
      at: seen.at,
      frame: seen.frame,
      segment: seen.segment,
      source,
      sourceMac,
      target,
      ttl,
      sourcePort,
      targetPort,
      payload,
      message,
      issues,
      isRequest,
    })
  }

  #isWanted(mac: Mac, at: Micros): boolean {
    const { client, from = 0, to = Infinity } = this.#options
    return (client === undefined || mac === client) && at >= from && at <= to
  }

  #machineOf(mac: Mac): SeenMachine | undefined {
    const known = this.machines.get(mac)
    if (known) return known
    if (this.machines.size >= MAX_IMPORTED_MACHINES) {
      if (this.#omitted.size < MAX_OMITTED) this.#omitted.add(mac)
      this.omitted = this.#omitted.size
      return undefined
    }
    const machine: SeenMachine = { mac, messages: [], boots: [] }
    this.machines.set(mac, machine)
    return machine
  }

  #close(boot: Boot): void {
    this.lastAt = Math.max(this.lastAt, boot.lastAt)
    if (!this.#isWanted(boot.client ?? (0 as Mac), boot.openedAt) && boot.client !== undefined) return
    if (boot.client === undefined) {
      if (this.strays.length < MAX_BOOTS) this.strays.push(boot)
      return
    }
    const machine = this.machines.get(boot.client)
    if (machine && machine.boots.length < MAX_BOOTS) machine.boots.push(boot)
  }
}

/** Of those that are not kept, so many are counted. */
const MAX_OMITTED = 1 << 17

/** The bytes of files that were captured whole: each content once. */
export class Contents {
  readonly #known: Uint8Array[] = []
  #bytes = 0

  begin(): Hash {
    let parts: Uint8Array[] | undefined = []
    let size = 0
    return {
      update: bytes => {
        size += bytes.length
        if (size > MAX_CONTENT) parts = undefined
        else parts?.push(bytes.slice())
      },
      digest: () => (parts ? this.#keep(concat(parts)) : ''),
    }
  }

  /** By what `Transfer.sha256` is here. */
  get(key: string | undefined): Uint8Array | undefined {
    return key === undefined || key === '' ? undefined : this.#known[Number(key)]
  }

  #keep(content: Uint8Array): string {
    const at = this.#known.findIndex(known => equalBytes(known, content))
    if (at >= 0) return String(at)
    if (this.#bytes + content.length > MAX_CONTENTS) return ''
    this.#bytes += content.length
    return String(this.#known.push(content) - 1)
  }
}
