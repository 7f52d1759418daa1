/**
 * Numbers of frames in the capture of a run, for the evidence of a site's findings: the tickle, the offer, the agent's
 * question about a machine at a time. Does not judge.
 */
import { type Ip4, type Mac, ip4Bytes, macBytes } from '../../../core/address.ts'
import { equalBytes } from '../../../core/bytes.ts'
import { type Micros, SECOND, toSeconds } from '../../../core/micros.ts'
import { countUpTo } from '../../../core/search.ts'
import type { TraceEvent } from '../../../core/trace.ts'
import { type AgentMessage, AGENT_PORT, decodeAgent } from '../../../wire/agent/message.ts'
import { BOOTREPLY } from '../../../wire/dhcp/message.ts'
import type { Evidence } from '../../result.ts'

interface Seen {
  readonly number: number
  readonly at: Micros
  readonly bytes: Uint8Array
}

/** Where things stand in an encoded frame without IP options. */
const SOURCE_AT = 26
const PORTS_AT = 34
const PAYLOAD_AT = 42
const CHADDR_AT = PAYLOAD_AT + 28
/** An event and the frame that carries it are this near. */
const NEAR: Micros = SECOND

export class FrameNumbers {
  readonly #frames: Seen[] = []

  constructor(trace: readonly TraceEvent[]) {
    for (const event of trace)
      if (event.kind === 'frame')
        this.#frames.push({ number: this.#frames.length + 1, at: event.at, bytes: event.bytes })
  }

  /** The first reply of this server to the machine from then on. */
  offer(at: Micros, mac: Mac, server: Ip4, text: string): Evidence[] {
    const chaddr = macBytes(mac)
    const source = ip4Bytes(server)
    return this.#first(
      at,
      text,
      ({ bytes }) =>
        bytes[PAYLOAD_AT] === BOOTREPLY &&
        startsAt(bytes, SOURCE_AT, source) &&
        startsAt(bytes, CHADDR_AT, chaddr),
    )
  }

  /** The first message of agents about the machine from then on, of this kind. */
  agent(at: Micros, mac: Mac, verb: AgentMessage['verb'], text: string): Evidence[] {
    return this.#first(at, text, seen => {
      const message = agentIn(seen.bytes)
      return message?.mac === mac && message.verb === verb
    })
  }

  /** The last frame to or from the machine until then. */
  around(at: Micros, mac: Mac, text: string): Evidence[] {
    const own = macBytes(mac)
    for (let index = this.#after(at) - 1; index >= 0; index--) {
      const seen = this.#frames[index]!
      if (startsAt(seen.bytes, 0, own) || startsAt(seen.bytes, own.length, own)) return [evidence(seen, text)]
    }
    return []
  }

  #first(at: Micros, text: string, isMeant: (seen: Seen) => boolean): Evidence[] {
    for (let index = this.#from(at); index < this.#frames.length; index++) {
      const seen = this.#frames[index]!
      if (seen.at > at + NEAR) break
      if (isMeant(seen)) return [evidence(seen, text)]
    }
    return []
  }

  /** Index of the first frame at or after this time. */
  #from(at: Micros): number {
    return this.#after(at - 1)
  }

  #after(at: Micros): number {
    return countUpTo(this.#frames.length, index => this.#frames[index]!.at, at)
  }
}

const evidence = ({ number, at }: Seen, text: string): Evidence => ({
  frame: number,
  seconds: toSeconds(at),
  text,
})

const startsAt = (bytes: Uint8Array, offset: number, wanted: Uint8Array): boolean =>
  equalBytes(bytes.subarray(offset, offset + wanted.length), wanted)

const PORTS: readonly number[] = Object.values(AGENT_PORT)
const agentIn = (bytes: Uint8Array): AgentMessage | undefined => {
  const port = (at: number): number => (bytes[at]! << 8) | bytes[at + 1]!
  const isAgents = PORTS.includes(port(PORTS_AT)) || PORTS.includes(port(PORTS_AT + 2))
  return isAgents ? decodeAgent(bytes.subarray(PAYLOAD_AT)) : undefined
}
