/**
 * A responder that is a function of a packet, as a state machine: it runs in a virtual network as on real sockets. What
 * the function throws is thrown on. Does not know what it answers.
 */
import type { Ip4 } from '../../core/address.ts'
import type { Micros } from '../../core/micros.ts'
import { toSeconds } from '../../core/micros.ts'
import {
  type Action,
  type Datagram,
  type Destination,
  NOTHING,
  type StateMachine,
} from '../../core/state-machine.ts'
import type { EventProjection } from '../../core/trace.ts'
import { parseDuration } from '../../document/quantities.ts'
import { DelayedActions } from '../../protocol/delayed-actions.ts'
import { replyDestination } from '../../protocol/dhcp/reply-address.ts'
import { isBsdp } from '../../wire/bsdp/class-identifier.ts'
import { decodeDhcp, encodeDhcp } from '../../wire/dhcp/codec.ts'
import { DHCP_PORT, type DhcpMessage } from '../../wire/dhcp/message.ts'
import { messageType } from '../../wire/dhcp/options.ts'
import { decodeTftp, encodeTftp } from '../../wire/tftp/codec.ts'
import type { TftpPacket } from '../../wire/tftp/packet.ts'

/** A datagram as a responder sees it. */
export interface ResponderPacket extends Datagram {
  readonly protocol: 'DHCP' | 'BSDP' | 'TFTP' | 'UDP'
  /** `DISCOVER`, `REQUEST`, `RRQ`, `ACK` …; empty where there is none. */
  readonly type: string
  readonly dhcp: DhcpMessage | undefined
  readonly tftp: TftpPacket | undefined
}

export interface ResponderContext {
  /** The server's name in the scenario. */
  readonly name: string
  /** Its own address on the interface that the packet came by. */
  readonly address: Ip4
  /** Of the clock of the network. */
  readonly seconds: number
  /** From 0 up to 1, from the seed of the run. */
  readonly random: () => number
  /** For what it has to remember: empty at the start of each run, unlike variables of the function's own. */
  readonly memory: Map<unknown, unknown>
}

/** A message, or its bytes, with where it goes where that is not usual. */
export interface AddressedReply {
  readonly message: DhcpMessage | TftpPacket | Uint8Array
  /** Default: as RFC 2131 §4.1 has it for DHCP, else whoever sent the packet. */
  readonly to?: Destination | undefined
  /** `20ms`: that much later. */
  readonly after?: string | undefined
  /** Default: from the port that the packet came to. `fresh`: from a new one, as TFTP does for each transfer. */
  readonly from?: 'fresh' | undefined
}

export type ResponderReply = DhcpMessage | TftpPacket | Uint8Array | AddressedReply

/** What it answers: nothing, one reply, or several in their order. */
export type RespondFunction = (
  packet: ResponderPacket,
  context: ResponderContext,
) => ResponderReply | readonly ResponderReply[] | undefined | void

export interface ResponderEvent {
  readonly kind: 'answered' | 'ignored'
  readonly what: string
  readonly replies: number
}

export const RESPONDER_EVENTS: EventProjection<ResponderEvent> = {
  service: 'function',
  facts: ({ kind }) => ({ type: kind }),
  describe: ({ kind, what, replies }) => {
    if (kind === 'ignored') return `ignored ${what}`
    return `answered ${what}${replies === 1 ? '' : ` with ${replies} packets`}`
  },
}

export interface ResponderSetup {
  readonly name: string
  readonly respond: RespondFunction
  readonly ports: readonly number[]
  readonly addressOn: (iface: string) => Ip4 | undefined
  readonly random: () => number
  /** Before each reply, drawn anew. */
  readonly delay: () => Micros
}

/** Sockets of a responder's own choosing; the oldest is closed for a further one. */
const MAX_FRESH_SOCKETS = 256

type ResponderAction = Action<string, ResponderEvent>

export class ResponderMachine implements StateMachine<string, ResponderEvent> {
  readonly #setup: ResponderSetup
  readonly #delayed = new DelayedActions<string, ResponderEvent>()
  readonly #memory = new Map<unknown, unknown>()
  readonly #fresh: string[] = []
  #opened = 0

  constructor(setup: ResponderSetup) {
    this.#setup = setup
  }

  get wakeAt(): Micros | undefined {
    return this.#delayed.next
  }

  start(): readonly ResponderAction[] {
    return this.#setup.ports.map(port => ({ type: 'open', socket: String(port), options: { port } }))
  }

  wake(now: Micros): readonly ResponderAction[] {
    return this.#delayed.take(now)
  }

  unreachable(): readonly ResponderAction[] {
    return NOTHING
  }

  receive(now: Micros, via: string, datagram: Datagram): readonly ResponderAction[] {
    const { name, respond, random, addressOn } = this.#setup
    const address = addressOn(datagram.iface)
    if (address === undefined) return NOTHING
    const packet = readPacket(datagram)
    const context = { name, address, seconds: toSeconds(now), random, memory: this.#memory }
    const replies = listOf(respond(packet, context))
    const what = `${packet.type || packet.protocol} to port ${datagram.target.port}`
    return [
      ...replies.flatMap(reply => this.#reply(now, via, packet, reply)),
      {
        type: 'event',
        event: { kind: replies.length > 0 ? 'answered' : 'ignored', what, replies: replies.length },
      },
    ]
  }

  #reply(
    now: Micros,
    via: string,
    packet: ResponderPacket,
    reply: ResponderReply,
  ): readonly ResponderAction[] {
    const { message, to, after, from } = isAddressed(reply) ? reply : { message: reply }
    const opened: ResponderAction[] = []
    const socket = from === 'fresh' ? this.#open(opened) : via
    const send: ResponderAction = {
      type: 'send',
      via: socket,
      to: to ?? destinationOf(packet, message),
      payload: encoded(message),
    }
    const delay = this.#setup.delay() + (after === undefined ? 0 : durationOf(after))
    if (delay === 0) return [...opened, send]
    this.#delayed.add(now + delay, [send])
    return opened
  }

  #open(actions: ResponderAction[]): string {
    const socket = `fresh ${++this.#opened}`
    this.#fresh.push(socket)
    if (this.#fresh.length > MAX_FRESH_SOCKETS) actions.push({ type: 'close', socket: this.#fresh.shift()! })
    actions.push({ type: 'open', socket, options: { port: 0 } })
    return socket
  }
}

const DHCP_PORTS: readonly number[] = Object.values(DHCP_PORT)

const readPacket = (datagram: Datagram): ResponderPacket => {
  const dhcp = DHCP_PORTS.includes(datagram.target.port) ? decodeDhcp(datagram.payload) : undefined
  if (dhcp?.ok) {
    const { value } = dhcp
    const type = messageType(value)?.toUpperCase() ?? ''
    return { ...datagram, protocol: isBsdp(value) ? 'BSDP' : 'DHCP', type, dhcp: value, tftp: undefined }
  }
  const tftp = decodeTftp(datagram.payload)
  return tftp.ok
    ? {
        ...datagram,
        protocol: 'TFTP',
        type: tftp.value.kind.toUpperCase(),
        dhcp: undefined,
        tftp: tftp.value,
      }
    : { ...datagram, protocol: 'UDP', type: '', dhcp: undefined, tftp: undefined }
}

const destinationOf = (packet: ResponderPacket, message: AddressedReply['message']): Destination =>
  packet.dhcp && isDhcp(message)
    ? replyDestination(packet.dhcp, message, packet, messageType(message) === 'nak')
    : { ...packet.source, iface: packet.iface }

const encoded = (message: AddressedReply['message']): Uint8Array => {
  if (isDhcp(message)) return encodeDhcp(message)
  return isBytes(message) ? message : encodeTftp(message)
}

const listOf = (
  replies: ResponderReply | readonly ResponderReply[] | undefined | void,
): readonly ResponderReply[] => {
  if (!replies) return []
  return isList(replies) ? replies : [replies]
}

const isList = (replies: ResponderReply | readonly ResponderReply[]): replies is readonly ResponderReply[] =>
  Array.isArray(replies)
const isAddressed = (reply: ResponderReply): reply is AddressedReply =>
  'message' in reply && !('kind' in reply)
const isDhcp = (message: AddressedReply['message']): message is DhcpMessage => 'op' in message
const isBytes = (message: DhcpMessage | TftpPacket | Uint8Array): message is Uint8Array =>
  ArrayBuffer.isView(message)

/** Throws `RangeError`. */
const durationOf = (text: string): Micros => {
  const parsed = parseDuration(text)
  if (parsed.ok) return parsed.value
  throw new RangeError(`after: ${parsed.message}`)
}
