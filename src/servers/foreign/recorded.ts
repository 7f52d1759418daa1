/**
 * Answers as a recorded server did: the n-th question of a machine gets what its n-th got. Counts questions of each kind
 * apart for each firmware that a machine runs one after the other. Does not lease: addresses are those of the recording.
 */
import {
  ANY_IP4,
  type Ip4,
  LIMITED_BROADCAST,
  type Mac,
  ip4At,
  isMulticast,
  writeIp4,
  writeMac,
} from '../../core/address.ts'
import { latin1Text, writeU16, writeU32 } from '../../core/bytes.ts'
import { written } from '../../core/written.ts'
import type { Micros } from '../../core/micros.ts'
import type { Random } from '../../core/random.ts'
import {
  type Action,
  type Datagram,
  type Destination,
  type StateMachine,
  NOTHING,
} from '../../core/state-machine.ts'
import { drawer } from '../../document/draw.ts'
import { DelayedActions } from '../../protocol/delayed-actions.ts'
import { replyDestination } from '../../protocol/dhcp/reply-address.ts'
import { requestIn } from '../../protocol/dhcp/request.ts'
import { type PxeSocket, bootItemOf } from '../../protocol/pxe/request.ts'
import { isBsdp } from '../../wire/bsdp/class-identifier.ts'
import { BSDP_MESSAGE, BSDP_TAG } from '../../wire/bsdp/content.ts'
import { bsdpContent } from '../../wire/bsdp/decode.ts'
import { decodeDhcp, encodeDhcp } from '../../wire/dhcp/codec.ts'
import { DHCP_PORT, type DhcpMessage, type DhcpOption } from '../../wire/dhcp/message.ts'
import {
  OPTION,
  bootReply,
  bytesOption,
  classIdentifier,
  clientMac,
  first,
  messageType,
  messageTypeOption,
  serverIdentifier,
} from '../../wire/dhcp/options.ts'
import { DHCP } from '../../wire/layout.ts'
import { architectureNumber, clientArchitecture } from '../../wire/pxe/client.ts'
import type { ForeignDelays } from './delays.ts'
import type { ForeignEvent } from './events.ts'
import type { QuestionKind, Recorded, RecordedAnswer, RecordedMessage } from './recorded-form.ts'

type RecordedAction = Action<PxeSocket, ForeignEvent>

/** Machines and kinds of question that are counted; of more, every question is the first. */
const MAX_COUNTED = 1 << 20
/** Copies that several relays make of one question come within this. */
const COPIES_WITHIN: Micros = 50_000

interface Counted {
  xid: number
  giaddr: Ip4
  at: Micros
  count: number
}

interface Known {
  readonly answer: RecordedAnswer
  readonly delay: () => Micros
}

export interface RecordedSetup {
  readonly recorded: Recorded
  readonly address: Ip4
  readonly boot4011: 'alive' | 'dead' | 'closed'
  readonly random: Random
  /** Of every OFFER, on top of its own. */
  readonly delays: ForeignDelays
  readonly iface?: string | undefined
}

export class RecordedResponder implements StateMachine<PxeSocket, ForeignEvent> {
  readonly #setup: RecordedSetup
  readonly #identities: ReadonlySet<Ip4>
  readonly #ofMachine = new Map<Mac, Known[]>()
  readonly #ofAll: Known[] = []
  readonly #counted = new Map<string, Counted>()
  readonly #delayed = new DelayedActions<PxeSocket, ForeignEvent>()
  #boot4011: RecordedSetup['boot4011']

  constructor(setup: RecordedSetup) {
    this.#setup = setup
    this.#boot4011 = setup.boot4011
    const identities = new Set([setup.address])
    setup.recorded.answers.forEach((answer, index) => {
      const identity = identityOf(answer.says)
      if (identity !== undefined) identities.add(identity)
      const known = {
        answer,
        delay: answer.delay ? drawer(answer.delay, setup.random.fork(`answer ${index}`)) : () => 0,
      }
      if (!answer.macs) this.#ofAll.push(known)
      for (const mac of answer.macs ?? []) {
        const list = this.#ofMachine.get(mac)
        if (list) list.push(known)
        else this.#ofMachine.set(mac, [known])
      }
    })
    this.#identities = identities
  }

  get wakeAt(): Micros | undefined {
    return this.#delayed.next
  }

  start(): readonly RecordedAction[] {
    const actions: RecordedAction[] = [{ type: 'open', socket: 'dhcp', options: { port: DHCP_PORT.server } }]
    if (this.#boot4011 !== 'closed') actions.push(this.#openBootServer())
    return actions
  }

  setBootServer(state: 'alive' | 'dead'): readonly RecordedAction[] {
    const wasClosed = this.#boot4011 === 'closed'
    this.#boot4011 = state
    return wasClosed ? [this.#openBootServer()] : NOTHING
  }

  #openBootServer(): RecordedAction {
    const { group } = this.#setup.recorded
    const options = { port: DHCP_PORT.bootServer, ...(group !== undefined && { groups: [group] }) }
    return { type: 'open', socket: 'bootServer', options }
  }

  receive(now: Micros, via: PxeSocket, datagram: Datagram): readonly RecordedAction[] {
    if (this.#setup.iface !== undefined && datagram.iface !== this.#setup.iface) return NOTHING
    const message = requestIn(datagram.payload)
    if ('refused' in message || (via === 'bootServer' && this.#boot4011 === 'dead')) return NOTHING
    const kind = questionIn(message, this.#identities, via === 'bootServer', datagram.target.ip)
    if (kind === undefined) return NOTHING
    const mac = clientMac(message)
    const nth = this.#count(now, mac, kind, message)
    const own = this.#ofMachine.get(mac) ?? this.#ofAll
    const fitting = own.filter(({ answer }) => answer.to === kind && fits(answer, message, nth))
    return fitting.flatMap(known => this.#send(now, via, datagram, message, known))
  }

  #count(now: Micros, mac: Mac, kind: QuestionKind, message: DhcpMessage): number {
    const key = `${mac} ${kind} ${personaOf(message)}`
    const { xid, giaddr } = message
    const before = this.#counted.get(key)
    if (!before) {
      if (this.#counted.size < MAX_COUNTED) this.#counted.set(key, { xid, giaddr, at: now, count: 1 })
      return 1
    }
    const isCopy = before.xid === xid && before.giaddr !== giaddr && now - before.at < COPIES_WITHIN
    if (!isCopy) Object.assign(before, { xid, giaddr, at: now, count: before.count + 1 })
    return before.count
  }

  #send(
    now: Micros,
    via: PxeSocket,
    datagram: Datagram,
    request: DhcpMessage,
    { answer, delay }: Known,
  ): readonly RecordedAction[] {
    const { says } = answer
    const mac = clientMac(request)
    const yiaddr = says.lease === 'yes' ? (says.address ?? this.#setup.recorded.leases.get(mac)) : ANY_IP4
    if (yiaddr === undefined) return NOTHING
    const payload = payloadOf(says, request, yiaddr)
    const to = destinationOf(answer, request, datagram, yiaddr)
    const type = says.type === 'ack' || says.type === 'nak' ? says.type : 'offer'
    const actions: RecordedAction[] = [
      ...Array.from({ length: answer.copies ?? 1 }, () => ({ type: 'send', via, to, payload }) as const),
      {
        type: 'event',
        event: { kind: 'answered', message: type, mac, to, yiaddr, file: says.bootFile ?? '' },
      },
    ]
    const wait = delay() + (type === 'offer' ? this.#setup.delays.offer() : 0)
    if (wait <= 0) return actions
    this.#delayed.add(now + wait, actions)
    return NOTHING
  }

  wake(now: Micros): readonly RecordedAction[] {
    return this.#delayed.take(now)
  }

  unreachable(): readonly RecordedAction[] {
    return NOTHING
  }
}

/** What a machine asks. `identities`: by which option 54 the server is named; `on4011`: the port that it came to. */
export const questionIn = (
  message: DhcpMessage,
  identities: ReadonlySet<Ip4>,
  on4011: boolean,
  target: Ip4,
): QuestionKind | undefined => {
  const type = messageType(message) ?? 'discover'
  if (type === 'discover') return 'discover'
  if (type !== 'request' && type !== 'inform') return undefined
  const isToAll = target === LIMITED_BROADCAST || isMulticast(target)
  if (on4011) return isToAll ? 'discovery' : 'bootServer'
  if (bootItemOf(message)) return 'discovery'
  if (type === 'inform') return informKind(message)
  const named = serverIdentifier(message)
  if (named === undefined) return 'renewal'
  return identities.has(named) ? 'request' : 'otherRequest'
}

const informKind = (message: DhcpMessage): QuestionKind => {
  const asked = isBsdp(message) ? first(message, OPTION.vendorSpecific) : undefined
  if (asked?.[0] !== BSDP_TAG.messageType) return 'inform'
  return asked[2] === BSDP_MESSAGE.select ? 'bsdpSelect' : 'bsdpList'
}

/** A loader that other firmware has started is another one who asks. */
export const personaOf = (message: DhcpMessage): string => {
  const user = first(message, OPTION.userClass)
  return `${classIdentifier(message) ?? ''} ${user ? latin1Text(user) : ''}`
}

const fits = (
  { arches, vendorClass, userClass, nth: wanted, since }: RecordedAnswer,
  message: DhcpMessage,
  nth: number,
): boolean => {
  if (wanted && (nth < wanted.low || nth > wanted.high)) return false
  if (since !== undefined && nth < since) return false
  if (vendorClass !== undefined && !(classIdentifier(message) ?? '').startsWith(vendorClass)) return false
  const user = first(message, OPTION.userClass)
  if (userClass === NO_USER_CLASS ? user : userClass !== undefined && !isOfClass(user, userClass))
    return false
  return arches === undefined || arches.some(name => architectureNumber(name) === clientArchitecture(message))
}

const NO_USER_CLASS = 'none'
const isOfClass = (value: Uint8Array | undefined, wanted: string): boolean =>
  value !== undefined && latin1Text(value).startsWith(wanted)

const identityOf = ({ options, packet }: RecordedMessage): Ip4 | undefined => {
  const said = options.find(({ code, value }) => code === OPTION.serverIdentifier && value.length === 4)
  if (said) return ip4At(said.value, 0)
  const read = packet && decodeDhcp(packet)
  return read?.ok ? serverIdentifier(read.value) : undefined
}

const payloadOf = (says: RecordedMessage, request: DhcpMessage, yiaddr: Ip4): Uint8Array => {
  if (says.packet) return patched(says.packet, request, yiaddr)
  const options: DhcpOption[] = says.type && says.type !== 'bootp' ? [messageTypeOption(says.type)] : []
  options.push(...says.options)
  for (const code of says.echoes) {
    const value = first(request, code)
    if (value) options.push(bytesOption(code, value))
  }
  const relay = first(request, OPTION.relayAgentInformation)
  if (relay) options.push(bytesOption(OPTION.relayAgentInformation, relay))
  return encodeDhcp(
    bootReply(request, {
      hops: request.hops,
      ciaddr: says.type === 'ack' ? request.ciaddr : ANY_IP4,
      yiaddr,
      ...written({ siaddr: says.nextServer, file: says.bootFile, sname: says.serverName }),
      options,
    }),
  )
}

/** The recorded bytes with the transaction, the machine and the way of this one. */
const patched = (packet: Uint8Array, request: DhcpMessage, yiaddr: Ip4): Uint8Array => {
  const bytes = packet.slice()
  bytes[DHCP.hops] = request.hops
  writeU32(bytes, DHCP.xid, request.xid)
  writeU16(bytes, DHCP.flags, request.flags)
  writeIp4(bytes, DHCP.ciaddr, request.ciaddr)
  if (yiaddr !== ANY_IP4) writeIp4(bytes, DHCP.yiaddr, yiaddr)
  writeIp4(bytes, DHCP.giaddr, request.giaddr)
  writeMac(bytes, DHCP.chaddr, clientMac(request))
  return bytes
}

/** Where a Mac wants its answers. */
export const replyPortOf = (request: DhcpMessage): number | undefined => {
  const read = isBsdp(request) ? bsdpContent(request) : undefined
  return read?.ok ? read.value.replyPort : undefined
}

const destinationOf = (
  { says, sentTo, port }: RecordedAnswer,
  request: DhcpMessage,
  datagram: Datagram,
  yiaddr: Ip4,
): Destination => {
  const { iface } = datagram
  const usual = replyDestination(request, { yiaddr }, datagram, says.type === 'nak')
  const isRelayed = request.giaddr !== ANY_IP4
  const to: Destination =
    sentTo === 'broadcast'
      ? { ip: LIMITED_BROADCAST, port: DHCP_PORT.client, iface }
      : sentTo === 'client' && yiaddr !== ANY_IP4 && !isRelayed
        ? { ip: yiaddr, port: DHCP_PORT.client, mac: clientMac(request), iface }
        : usual
  const wanted = sentTo === 'replyPort' ? replyPortOf(request) : port
  return wanted === undefined || isRelayed ? to : { ...to, port: wanted }
}
