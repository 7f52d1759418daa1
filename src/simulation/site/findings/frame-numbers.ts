/**
 * Numbers of frames in the capture of a run, for the evidence of a site's findings: the tickle, the offer, the agent's
 * question about a machine at a time. Does not judge.
 */
import { type Ip4, type Mac, macAt } from '../../../core/address.ts'
import { type Micros, SECOND, toSeconds } from '../../../core/micros.ts'
import { countUpTo } from '../../../core/search.ts'
import type { TraceEvent } from '../../../core/trace.ts'
import { type AgentMessage, decodeAgent } from '../../../wire/agent/message.ts'
import { BOOTREPLY } from '../../../wire/dhcp/message.ts'
import { FrameView } from '../../../wire/frame-view.ts'
import { DHCP } from '../../../wire/layout.ts'
import { udpPayload } from '../../../wire/udp-payload.ts'
import type { Evidence } from '../../result.ts'

interface Seen {
  readonly number: number
  readonly at: Micros
  readonly bytes: Uint8Array
}

/** An event and the frame that carries it are this near. */
const NEAR: Micros = SECOND

export class FrameNumbers {
  readonly #frames: Seen[] = []
  readonly #view = new FrameView()

  constructor(trace: readonly TraceEvent[]) {
    for (const event of trace)
      if (event.kind === 'frame')
        this.#frames.push({ number: this.#frames.length + 1, at: event.at, bytes: event.bytes })
  }

  /** The first reply of this server to the machine from then on. */
  offer(at: Micros, mac: Mac, server: Ip4, text: string): Evidence[] {
    return this.#first(
      at,
      text,
      ({ bytes, payloadAt, isUdp, sourceIp }) =>
        isUdp &&
        sourceIp === server &&
        bytes[payloadAt + DHCP.op] === BOOTREPLY &&
        macAt(bytes, payloadAt + DHCP.chaddr) === mac,
    )
  }

  /** The first message of agents about the machine from then on, of this kind. */
  agent(at: Micros, mac: Mac, verb: AgentMessage['verb'], text: string): Evidence[] {
    return this.#first(at, text, view => {
      const message = agentIn(view)
      return message?.mac === mac && message.verb === verb
    })
  }

  /** The last frame to or from the machine until then. */
  around(at: Micros, mac: Mac, text: string): Evidence[] {
    for (let index = this.#after(at) - 1; index >= 0; index--) {
      const seen = this.#frames[index]!
      const { sourceMac, targetMac } = this.#look(seen)
      if (sourceMac === mac || targetMac === mac) return [evidence(seen, text)]
    }
    return []
  }

  #first(at: Micros, text: string, isMeant: (view: FrameView) => boolean): Evidence[] {
    for (let index = this.#from(at); index < this.#frames.length; index++) {
      const seen = this.#frames[index]!
      if (seen.at > at + NEAR) break
      if (isMeant(this.#look(seen))) return [evidence(seen, text)]
    }
    return []
  }

  #look({ bytes }: Seen): FrameView {
    this.#view.read(bytes)
    return this.#view
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

const agentIn = ({ isUdp, sourcePort, targetPort, bytes, payloadAt, payloadEnd }: FrameView) =>
  isUdp && udpPayload(sourcePort, targetPort, bytes, payloadAt, payloadEnd) === 'agent'
    ? decodeAgent(bytes.subarray(payloadAt, payloadEnd))
    : undefined
