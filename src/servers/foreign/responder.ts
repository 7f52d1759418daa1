/**
 * Any other server on the network as a machine: DHCP server, proxy, or both in one, with the bad behavior its
 * description asks for. What it does not understand, or what is meant for others, it leaves alone. Does not send
 * files and is no model of one product's code: it is described by its packets.
 */
import { type Mac, ip4At, isMulticast, ANY_IP4 } from '../../core/address.ts'
import {
  type Action,
  type Datagram,
  type Destination,
  type StateMachine,
  NOTHING,
} from '../../core/state-machine.ts'
import { written } from '../../core/written.ts'
import { matchesAnyMac } from '../../core/mac-pattern.ts'
import type { Micros } from '../../core/micros.ts'
import { random as seeded } from '../../core/random.ts'
import { DelayedActions } from '../../protocol/delayed-actions.ts'
import { type NoRequest, requestIn } from '../../protocol/dhcp/request.ts'
import { replyDestination } from '../../protocol/dhcp/reply-address.ts'
import { type PxeSocket, bootItemOf } from '../../protocol/pxe/request.ts'
import { encodeDhcp } from '../../wire/dhcp/codec.ts'
import { BROADCAST_FLAG, DHCP_PORT, type DhcpMessage } from '../../wire/dhcp/message.ts'
import {
  OPTION,
  classIdentifier,
  clientMac,
  messageType,
  requestedIpAddress,
  serverIdentifier,
} from '../../wire/dhcp/options.ts'
import { architectureNumber, clientArchitecture } from '../../wire/pxe/client.ts'
import { ForeignLeases } from './leases.ts'
import { ForeignDelays } from './delays.ts'
import type { ForeignEvent, ForeignMessage } from './events.ts'
import type { ForeignDescription, ForeignOffer, ForeignReply } from './fields.ts'
import { type ForeignServerTraits, acknowledged, foreignNak, foreignOffer, foreignReply } from './replies.ts'

type ForeignAction = Action<PxeSocket, ForeignEvent>

interface Request {
  readonly via: PxeSocket
  readonly datagram: Datagram
  readonly message: DhcpMessage
  readonly mac: Mac
}

/** What machines of one architecture get. */
interface Variant {
  readonly arches: readonly number[] | undefined
  readonly offer: ForeignOffer
  readonly reply: ForeignReply | undefined
  readonly replyDelay: () => Micros
}

export interface ForeignSurroundings {
  /** Only what comes by this interface is heard. Default: all. */
  readonly iface?: string | undefined
  /** Default: from streams of its own. */
  readonly delays?: ForeignDelays | undefined
}

export class ForeignResponder implements StateMachine<PxeSocket, ForeignEvent> {
  readonly #description: ForeignDescription
  readonly #iface: string | undefined
  readonly #delays: ForeignDelays
  readonly #server: ForeignServerTraits
  readonly #variants: readonly Variant[]
  readonly #leases: ForeignLeases
  readonly #delayed = new DelayedActions<PxeSocket, ForeignEvent>()
  #boot4011: 'alive' | 'dead' | 'closed'

  constructor(description: ForeignDescription, { iface, delays }: ForeignSurroundings = {}) {
    this.#description = description
    this.#iface = iface
    this.#delays = delays ?? new ForeignDelays(description, seeded('foreign'))
    const { address, pools, leaseTime } = description
    const identifier = description.options?.find(
      ({ code, value }) => code === OPTION.serverIdentifier && value.length === 4,
    )
    this.#server = { address, identity: identifier ? ip4At(identifier.value, 0) : address, leaseTime }
    this.#variants = variantsOf(description, this.#delays)
    this.#leases = new ForeignLeases(pools, address, leaseTime)
    this.#boot4011 = description.boot4011
  }

  get wakeAt(): Micros | undefined {
    return this.#delayed.next
  }

  start(): readonly ForeignAction[] {
    const actions: ForeignAction[] = [{ type: 'open', socket: 'dhcp', options: { port: DHCP_PORT.server } }]
    if (this.#boot4011 !== 'closed') actions.push(this.#openBootServer())
    return actions
  }

  /** From now on; what is to be done for it is returned. */
  setBootServer(state: 'alive' | 'dead'): readonly ForeignAction[] {
    const wasClosed = this.#boot4011 === 'closed'
    this.#boot4011 = state
    return wasClosed ? [this.#openBootServer()] : NOTHING
  }

  #openBootServer(): ForeignAction {
    const group = this.#description.discovery?.group
    const options = { port: DHCP_PORT.bootServer, ...(group !== undefined && { groups: [group] }) }
    return { type: 'open', socket: 'bootServer', options }
  }

  receive(now: Micros, via: PxeSocket, datagram: Datagram): readonly ForeignAction[] {
    if (this.#iface !== undefined && datagram.iface !== this.#iface) return NOTHING
    const message = requestIn(datagram.payload)
    if ('refused' in message) return ignored(message.mac, NO_REQUEST[message.refused])
    const request: Request = { via, datagram, message, mac: clientMac(message) }
    if (!ofClass(message, this.#description.answersClass))
      return ignored(request.mac, 'its class is not served')
    if (via === 'bootServer') return this.#receiveOnBootServerPort(now, request)
    switch (messageType(message)) {
      case 'discover':
        return this.#discover(now, request)
      case 'request':
        return this.#request(now, request)
      case 'release':
        this.#leases.release(message)
        return NOTHING
      case 'decline':
        this.#leases.decline(now, message)
        return NOTHING
      case 'offer':
      case 'ack':
      case 'nak':
      case 'inform':
      case undefined:
        return this.#discovery(now, request) ?? ignored(request.mac, 'it does not answer such messages')
    }
  }

  wake(now: Micros): readonly ForeignAction[] {
    return this.#delayed.take(now)
  }

  unreachable(): readonly ForeignAction[] {
    return NOTHING
  }

  #discover(now: Micros, request: Request): readonly ForeignAction[] {
    const { answers, minimumSecs, own, also } = this.#description
    if (answers === 'silent' || answers === 'silent-but-nak-others')
      return ignored(request.mac, 'it makes no offers')
    const later = minimumSecs !== undefined && request.message.secs < minimumSecs
    if (later && !matchesAnyMac(own, request.mac))
      return ignored(request.mac, 'another server may have it first')
    const { offer } = this.#variantFor(request)
    const first = this.#confirm(now, request, 'offer', offer, this.#delays.offer)
    const more = also.map((each, index) =>
      this.#confirm(now, request, 'offer', each, this.#delays.also[index]!),
    )
    return [first, ...more].flat()
  }

  /** A REQUEST on port 67: boot-server discovery, one for this server, one for another, or a lease to be kept. */
  #request(now: Micros, request: Request): readonly ForeignAction[] {
    const discovery = this.#discovery(now, request)
    if (discovery) return discovery
    const { answers } = this.#description
    if (answers === 'silent') return ignored(request.mac, 'it takes no part in leases')
    const selected = serverIdentifier(request.message)
    if (selected === undefined) return this.#keepLease(now, request)
    if (selected !== this.#server.identity) {
      if (answers === 'nak-others' || answers === 'silent-but-nak-others') return this.#nak(now, request)
      if (answers === 'ack-others') return this.#ack(now, request)
      return ignored(request.mac, 'the REQUEST is for another server')
    }
    if (answers === 'offer-only') return ignored(request.mac, 'it never ACKs')
    if (answers === 'nak' || matchesAnyMac(this.#description.refuses ?? [], request.mac))
      return this.#nak(now, request)
    // S-4: a proxy has nothing to confirm.
    return this.#description.role === 'proxy'
      ? ignored(request.mac, 'it leases nothing')
      : this.#ack(now, request)
  }

  /** INIT-REBOOT and renewals (RFC 2131 §4.3.2): only what it gave itself. */
  #keepLease(now: Micros, request: Request): readonly ForeignAction[] {
    const { message, mac } = request
    const wanted = requestedIpAddress(message) ?? message.ciaddr
    if (this.#leases.gave(message, wanted)) return this.#ack(now, request)
    const { answers } = this.#description
    const hostile = answers === 'nak-others' || answers === 'silent-but-nak-others'
    return hostile ? this.#nak(now, request) : ignored(mac, 'it did not give that address')
  }

  #ack(now: Micros, request: Request): readonly ForeignAction[] {
    const offer = acknowledged(this.#variantFor(request).offer, this.#description.ack)
    return this.#confirm(now, request, 'ack', offer, this.#delays.ack)
  }

  /** OFFER and ACK say the same (RFC 2131 §4.3.1); yiaddr is 0 from a proxy. */
  #confirm(
    now: Micros,
    request: Request,
    type: 'offer' | 'ack',
    offer: ForeignOffer,
    delay: () => Micros,
  ): readonly ForeignAction[] {
    const leases = offer.role !== 'proxy' && !offer.noLease
    const terms = leases ? this.#leases.termsFor(now, request.message, type) : undefined
    if (leases && !terms) return ignored(request.mac, 'it has no address for it')
    return this.#send(
      now,
      request,
      type,
      foreignOffer(this.#server, offer, request.message, type, terms),
      delay,
    )
  }

  #nak(now: Micros, request: Request): readonly ForeignAction[] {
    return this.#send(now, request, 'nak', foreignNak(this.#server, request.message), this.#delays.ack)
  }

  /** A multicast or broadcast reaches many: only the answer's content says who is meant, so types are checked. */
  #discovery(now: Micros, request: Request): readonly ForeignAction[] | undefined {
    const { discovery } = this.#description
    const item = bootItemOf(request.message)
    if (!item) return undefined
    const { ip } = request.datagram.target
    const way = request.via === 'dhcp' ? 'broadcast' : isMulticast(ip) ? 'group' : 'unicast'
    if (!discovery?.types.includes(item.type) || (way !== 'group' && !discovery[way]))
      return ignored(request.mac, 'it does not serve that boot server type')
    const { offer } = this.#variantFor(request)
    const message = foreignReply(this.#server, offer, discovery, request.message, item)
    return this.#send(now, request, 'ack', message, this.#delays.discovery)
  }

  #receiveOnBootServerPort(now: Micros, request: Request): readonly ForeignAction[] {
    const { message, mac } = request
    const type = messageType(message)
    if (this.#boot4011 === 'dead') return ignored(mac, 'port 4011 is dead')
    if (type !== 'request' && type !== 'inform') return ignored(mac, 'it does not answer such messages')
    const discovery = this.#discovery(now, request)
    if (discovery) return discovery
    const selected = serverIdentifier(message)
    if (selected !== undefined && selected !== this.#server.identity)
      return ignored(mac, 'it is for another server')
    const { offer, reply, replyDelay } = this.#variantFor(request)
    const answer = foreignReply(this.#server, offer, reply, message, undefined)
    return this.#send(now, request, 'ack', answer, replyDelay)
  }

  #variantFor({ message }: Request): Variant {
    const architecture = this.#variants.length > 1 ? clientArchitecture(message) : undefined
    const found = this.#variants.find(
      ({ arches }) => architecture !== undefined && arches?.includes(architecture),
    )
    return found ?? this.#variants.at(-1)!
  }

  #send(
    now: Micros,
    request: Request,
    type: ForeignMessage,
    message: DhcpMessage,
    delay: () => Micros,
  ): readonly ForeignAction[] {
    const { via, mac } = request
    const { yiaddr, file } = message
    const to = this.#destination(request, type, message)
    // S-20: as proxies do; a relay must not try to unicast to yiaddr 0.
    const flags = yiaddr === ANY_IP4 && via === 'dhcp' ? message.flags | BROADCAST_FLAG : message.flags
    const payload = encodeDhcp({ ...message, flags })
    const actions: ForeignAction[] = []
    for (let copy = this.#description.repeat; copy > 0; copy--)
      actions.push({ type: 'send', via, to, payload })
    actions.push({ type: 'event', event: { kind: 'answered', message: type, mac, to, yiaddr, file } })
    const wait = delay()
    if (wait <= 0) return actions
    return this.#delayed.add(now + wait, actions) ? NOTHING : ignored(mac, 'too many answers wait')
  }

  #destination({ message, datagram, mac }: Request, type: ForeignMessage, reply: DhcpMessage): Destination {
    const direct =
      type !== 'nak' &&
      message.giaddr === ANY_IP4 &&
      reply.yiaddr !== ANY_IP4 &&
      this.#description.unicast?.includes(type)
    if (direct) return { ip: reply.yiaddr, port: DHCP_PORT.client, mac, iface: datagram.iface }
    return replyDestination(message, reply, datagram, type === 'nak')
  }
}

/** By architecture first, then what everybody gets. */
const variantsOf = (description: ForeignDescription, delays: ForeignDelays): Variant[] => {
  const { byArchitecture, reply } = description
  const special = byArchitecture.map(({ arches, reply: own, ...offer }, index) => ({
    arches: arches.map(architectureNumber),
    // What is not written is as for everybody.
    offer: { ...description, ...written(offer) },
    reply: own ?? reply,
    replyDelay: delays.variants[index]!,
  }))
  return [...special, { arches: undefined, offer: description, reply, replyDelay: delays.reply }]
}

const ofClass = (message: DhcpMessage, wanted: ForeignDescription['answersClass']): boolean => {
  if (wanted === 'any') return true
  const name = classIdentifier(message) ?? ''
  if (wanted === 'bsdp-none') return !name.startsWith('AAPLBSDPC')
  return name.startsWith(wanted === 'pxe' ? 'PXEClient' : 'HTTPClient')
}

const NO_REQUEST: Readonly<Record<NoRequest['refused'], string>> = {
  malformed: 'it is no DHCP message',
  'no-request': 'it is no request',
}

const ignored = (mac: Mac | undefined, because: string): readonly ForeignAction[] => [
  { type: 'event', event: { kind: 'ignored', mac, because } },
]
