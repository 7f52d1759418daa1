/**
 * The PXE service of an NBS as one machine: proxy DHCP on port 67 and boot server on 4011 (PXE 2.1 §2.2, S-1 … S-11).
 * It asks what each machine is to do (`ask` event, then `answer`) and replies. Does not lease addresses, does not ACK
 * or NAK anything meant for the DHCP server, does not send files, and does not know who decides.
 */
import { ANY_IP4, type Ip4, type Mac } from '../../core/address.ts'
import { Deadlines } from '../../core/deadlines.ts'
import {
  type Action,
  type Datagram,
  type StateMachine,
  NOTHING,
  type Unreachable,
} from '../../core/state-machine.ts'
import { type MacPattern, matchesAnyMac } from '../../core/mac-pattern.ts'
import { type Micros, SECOND } from '../../core/micros.ts'
import { DHCP_PORT, type DhcpMessage } from '../../wire/dhcp/message.ts'
import { DEFAULT_PROMPT, type DiscoveryWays, NBS_BOOT_SERVER_TYPE, type Prompt } from './boot-menu.ts'
import type { Answer, Decision } from './decision.ts'
import type { IgnoredReason, PxeEvent } from './events.ts'
import { type PxePorts, type PxeStyle, ReplyBuilder } from './offer.ts'
import { type PxeRequest, type PxeSocket, type Refusal, readPxeRequest } from './request.ts'

/** Requests that wait for a decision or for their response delay; further ones are ignored. */
export const MAX_WAITING_REQUESTS = 4096
/** Of them from one machine: a DISCOVER may come by several relays at once. */
export const MAX_WAITING_PER_MACHINE = 16
/** Who has not been decided upon by then gets no answer; clients ask again (they give up after 60 s at most). */
export const DECISION_TIMEOUT: Micros = 30 * SECOND

export interface PxeServiceOptions {
  /** Our address on an interface; undefined = requests by it are ignored. Asked for each request. */
  readonly addressOn: (iface: string) => Ip4 | undefined
  /** Path of the first boot file for an architecture. */
  readonly bootFile: (architecture: number, request: DhcpMessage) => string | undefined
  readonly style?: PxeStyle
  readonly bootServerType?: number
  readonly prompt?: Prompt
  /** Between the decision and the answer; drawn once per answer. */
  readonly delay?: (() => Micros) | undefined
  /** Ways of boot-server discovery besides unicast. Default: broadcast is answered, no group is joined. */
  readonly discovery?: DiscoveryWays | undefined
  /** Further multicast groups to hear discovery on, without advertising them. */
  readonly groups?: readonly Ip4[]
  /** `dead`: 4011 takes requests and never answers. */
  readonly boot4011?: 'alive' | 'dead'
  /** False: a DHCP server on this host owns port 67, only 4011 is served (S-2). */
  readonly dhcpPort?: boolean
  readonly ports?: PxePorts
  /** Absent = every machine. Deny goes before allow. */
  readonly allow?: readonly MacPattern[] | undefined
  readonly deny?: readonly MacPattern[]
  /** Architecture numbers served; absent = all that have a boot file. */
  readonly arches?: readonly number[] | undefined
  /** Answer a DISCOVER only if its `secs` is at least this, as Microsoft's servers can (NBS-27). */
  readonly minimumSecs?: number
  /** What a machine is told while the Notification Server is unreachable; absent = silence. Our assumption. */
  readonly whenUnreachable?: Decision
}

interface Waiting {
  readonly id: number
  /** Then it is given up, if nothing is decided. */
  readonly until: Micros
  request: PxeRequest
  decision: Decision | undefined
  assumed: boolean
  /** Other requests of the same machine that wait. */
  next: Waiting | undefined
}

type PxeAction = Action<PxeSocket, PxeEvent>

export class PxeService implements StateMachine<PxeSocket, PxeEvent> {
  /** Changed at run time by faults. */
  boot4011: 'alive' | 'dead'
  delay: (() => Micros) | undefined
  readonly #options: PxeServiceOptions
  readonly #bootServerType: number
  readonly #ports: PxePorts
  readonly #replies: ReplyBuilder
  /** The one just asked about: mostly it is decided at once, and nobody needs to find it again. */
  #fresh: Waiting | undefined
  readonly #waiting = new Map<number, Waiting>()
  readonly #byMachine = new Map<Mac, Waiting>()
  readonly #deadlines = new Deadlines<number>()
  #nextId = 1

  constructor(options: PxeServiceOptions) {
    this.#options = options
    this.boot4011 = options.boot4011 ?? 'alive'
    this.delay = options.delay
    this.#bootServerType = options.bootServerType ?? NBS_BOOT_SERVER_TYPE
    this.#ports = options.ports ?? DHCP_PORT
    this.#replies = new ReplyBuilder({
      style: options.style ?? 'complete',
      bootServerType: this.#bootServerType,
      prompt: options.prompt ?? DEFAULT_PROMPT,
      discovery: options.discovery ?? {},
      ports: this.#ports,
    })
  }

  get wakeAt(): Micros | undefined {
    const next = this.#deadlines.next
    return this.#fresh ? Math.min(this.#fresh.until, next ?? Infinity) : next
  }

  start(): readonly PxeAction[] {
    const { dhcpPort = true, discovery, groups: heard = [] } = this.#options
    const groups = discovery?.multicast === undefined ? heard : [...heard, discovery.multicast]
    const bootServer: PxeAction = {
      type: 'open',
      socket: 'bootServer',
      options: { port: this.#ports.bootServer, ...(groups.length > 0 && { groups }) },
    }
    return dhcpPort
      ? [{ type: 'open', socket: 'dhcp', options: { port: this.#ports.server } }, bootServer]
      : [bootServer]
  }

  receive(now: Micros, via: PxeSocket, datagram: Datagram): readonly PxeAction[] {
    const self = this.#options.addressOn(datagram.iface)
    const request = readPxeRequest(via, datagram, self, this.#bootServerType)
    if (isRefusal(request)) return ignored(request.refused, request.mac, request.address)
    const reason = this.#unwanted(request)
    if (reason) return ignored(reason, request.mac)
    return this.#ask(now, request)
  }

  /** The decision on an `ask`. An id that is no longer waited for is ignored. */
  answer(now: Micros, id: number, answer: Answer): readonly PxeAction[] {
    const waiting = this.#fresh?.id === id ? this.#fresh : this.#waiting.get(id)
    if (!waiting || waiting.decision) return NOTHING
    const decision = answer === 'unreachable' ? this.#options.whenUnreachable : answer
    if (decision === undefined || decision === 'refused') {
      this.#forget(waiting)
      return ignored(answer === 'refused' ? 'refused' : 'unreachable', waiting.request.mac)
    }
    waiting.decision = decision
    waiting.assumed = answer === 'unreachable'
    const delay = this.delay?.() ?? 0
    if (delay <= 0) return this.#reply(waiting, decision)
    this.#keepFresh()
    this.#deadlines.set(id, now + delay)
    return NOTHING
  }

  wake(now: Micros): readonly PxeAction[] {
    const actions: PxeAction[] = []
    this.#keepFresh()
    for (let id = this.#deadlines.take(now); id !== undefined; id = this.#deadlines.take(now)) {
      const waiting = this.#waiting.get(id)
      if (!waiting) continue
      if (waiting.decision) actions.push(...this.#reply(waiting, waiting.decision))
      else {
        this.#forget(waiting)
        actions.push(...ignored('undecided', waiting.request.mac))
      }
    }
    return actions
  }

  unreachable(_now: Micros, _via: PxeSocket, what: Unreachable): readonly PxeAction[] {
    return [{ type: 'event', event: { kind: 'undelivered', what } }]
  }

  #unwanted(request: PxeRequest): IgnoredReason | undefined {
    const { allow, deny, arches, minimumSecs, discovery } = this.#options
    const { mac, message, via, wants, architecture, bootItem } = request
    if (via === 'bootServer' && this.boot4011 === 'dead') return 'boot-server-dead'
    if (via === 'dhcp' && bootItem && discovery?.broadcast === 'off') return 'no-broadcast-discovery'
    if (deny && matchesAnyMac(deny, mac)) return 'denied'
    if (allow && !matchesAnyMac(allow, mac)) return 'not-allowed'
    if (arches && !arches.includes(architecture)) return 'other-architecture'
    // Only in a DISCOVER: EDK2 writes `secs` to 4011 in the wrong byte order (E-33).
    if (wants === 'offer' && minimumSecs !== undefined && message.secs < minimumSecs) return 'too-early'
    return undefined
  }

  #ask(now: Micros, request: PxeRequest): readonly PxeAction[] {
    const { mac, uuid, architecture, message } = request
    this.#keepFresh()
    const first = this.#byMachine.get(mac)
    let count = 0
    for (let other = first; other; other = other.next, count++) {
      if (!isRepeated(other.request, request)) continue
      other.request = request // the answer goes to where the client asked last
      return ignored('already-asked', mac)
    }
    if (count >= MAX_WAITING_PER_MACHINE || this.#waiting.size >= MAX_WAITING_REQUESTS)
      return ignored('too-many-waiting', mac)
    const id = this.#nextId++
    const until = now + DECISION_TIMEOUT
    this.#fresh = { id, until, request, decision: undefined, assumed: false, next: undefined }
    return [
      {
        type: 'event',
        event: { kind: 'ask', id, question: { mac, uuid, architecture, giaddr: message.giaddr } },
      },
    ]
  }

  /** It is not decided yet: from now on it is found by its number and by its machine. */
  #keepFresh(): void {
    const waiting = this.#fresh
    if (!waiting) return
    this.#fresh = undefined
    const { mac } = waiting.request
    waiting.next = this.#byMachine.get(mac)
    this.#waiting.set(waiting.id, waiting)
    this.#byMachine.set(mac, waiting)
    this.#deadlines.set(waiting.id, waiting.until)
  }

  #reply(waiting: Waiting, decision: Decision): readonly PxeAction[] {
    const { request } = waiting
    this.#forget(waiting)
    // Between menu and discovery the machine was sent home: no file for it any more.
    if (request.bootItem && decision.boot === 'production') return ignored('production', request.mac)
    const bootFile = this.#options.bootFile(request.architecture, request.message)
    if (bootFile === undefined && decision.boot !== 'production') return ignored('no-boot-file', request.mac)
    const { to, payload, file } = this.#replies.build(request, decision, bootFile)
    const { mac, message, architecture, self, wants, via } = request
    return [
      { type: 'send', via, to, payload },
      {
        type: 'event',
        event: {
          kind: 'answered',
          message: wants,
          mac,
          address: message.ciaddr === ANY_IP4 ? undefined : message.ciaddr,
          architecture,
          self,
          to,
          decision,
          assumed: waiting.assumed,
          file,
        },
      },
    ]
  }

  #forget(waiting: Waiting): void {
    if (waiting === this.#fresh) {
      this.#fresh = undefined
      return
    }
    this.#waiting.delete(waiting.id)
    this.#deadlines.clear(waiting.id)
    const { mac } = waiting.request
    const first = this.#byMachine.get(mac)
    if (first === waiting) {
      if (waiting.next) this.#byMachine.set(mac, waiting.next)
      else this.#byMachine.delete(mac)
      return
    }
    for (let other = first; other; other = other.next) if (other.next === waiting) other.next = waiting.next
  }
}

const isRefusal = (request: PxeRequest | Refusal): request is Refusal => 'refused' in request

/** The same request once more: a retransmission or a doubled packet, but not a copy by another relay (S-8). */
const isRepeated = (a: PxeRequest, b: PxeRequest): boolean =>
  a.message.xid === b.message.xid &&
  a.message.giaddr === b.message.giaddr &&
  a.via === b.via &&
  a.wants === b.wants &&
  a.iface === b.iface &&
  a.source.port === b.source.port &&
  a.bootItem?.type === b.bootItem?.type

const ignored = (reason: IgnoredReason, mac: Mac | undefined, address?: Ip4): readonly PxeAction[] => [
  { type: 'event', event: { kind: 'ignored', mac, reason, ...(address !== undefined && { address }) } },
]
