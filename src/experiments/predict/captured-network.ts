/**
 * The servers of a capture, as one machine met them, for another firmware in its place: the captured offers at their
 * captured times, ACKs, port 4011 and files as they were seen, and what was not seen assumed to work, and said.
 * Does not model servers: one that answers by architecture or class would have said something else to another class.
 */
import type { Boot } from '../../analysis/analyzer.ts'
import type { FileArchitecture } from '../../analysis/conversations/architecture.ts'
import { isLease, isPxeOffer } from '../../analysis/conversations/conversation.ts'
import { redirectTargets } from '../../analysis/race.ts'
import type { Reply } from '../../analysis/conversations/reply.ts'
import { ANY_IP4, type Ip4, LIMITED_BROADCAST, formatIp4, isMulticast } from '../../core/address.ts'
import { SECOND, type Micros } from '../../core/micros.ts'
import { BROADCAST_FLAG, DHCP_PORT, type DhcpMessage } from '../../wire/dhcp/message.ts'
import { messageType, requestedIpAddress, serverIdentifier } from '../../wire/dhcp/options.ts'
import { TFTP_PORT } from '../../wire/tftp/packet.ts'
import { ReplayedFiles } from './files.ts'
import type { ReplayHost, SentDatagram } from './host.ts'
import { ackFrom, ackLike, answerTo, assumedBootServerReply, bootItemOf, decodedOf } from './replayed.ts'
import { CapturedRounds, USUAL_DELAY, offersInOrder } from './rounds.ts'
import type { SeenServers } from './seen-servers.ts'

/** A stack gives up on ARP after about this. */
const ARP_PATIENCE: Micros = 3 * SECOND

export class CapturedNetwork {
  /** What was not in the capture, in order of need. */
  readonly assumed = new Set<string>()
  readonly #boot: Boot
  readonly #seen: SeenServers
  readonly #offers: readonly Reply[]
  readonly #rounds: CapturedRounds
  readonly #files: ReplayedFiles
  #firstDiscover: Micros | undefined
  #discover: DhcpMessage | undefined

  /** `replaced`: the architecture of the firmware that stands in a machine of another one. */
  constructor(boot: Boot, seen: SeenServers, replaced?: FileArchitecture) {
    this.#boot = boot
    this.#seen = seen
    this.#offers = offersInOrder(boot)
    this.#rounds = new CapturedRounds(boot)
    this.#files = new ReplayedFiles(boot, seen, this.assumed, replaced)
  }

  readonly receive = (sent: SentDatagram, host: ReplayHost): void => {
    const { ip, port } = sent.to
    if (this.#seen.isAbsent(ip))
      host.after(ARP_PATIENCE, () => host.refuse(sent.fromPort, 'arp', { ip, port }))
    else if (port === DHCP_PORT.server || port === DHCP_PORT.bootServer) this.#dhcp(sent, host)
    else if (!isMulticast(ip) && ip !== LIMITED_BROADCAST) this.#files.receive(sent, host, port === TFTP_PORT)
  }

  #dhcp(sent: SentDatagram, host: ReplayHost): void {
    const request = decodedOf(sent.payload)
    if (!request) return
    const type = messageType(request)
    const isToGroup = sent.to.ip === LIMITED_BROADCAST || isMulticast(sent.to.ip)
    if (sent.to.port === DHCP_PORT.bootServer || (bootItemOf(request) && request.ciaddr !== ANY_IP4)) {
      if (isToGroup) this.#discovery(request, sent, host)
      else this.#bootServer(request, sent, host)
    } else if (type === 'discover') this.#offer(request, sent, host)
    else if (type === 'request') this.#confirm(request, sent, host)
  }

  /** As the capture shows it for a DISCOVER of this moment. */
  #offer(request: DhcpMessage, sent: SentDatagram, host: ReplayHost): void {
    const now = host.clock.now()
    this.#firstDiscover ??= now
    this.#discover = request
    const since = now - this.#firstDiscover
    for (const { reply, after, onlyIfLast } of this.#rounds.answersTo(since, this.assumed)) {
      host.after(after, () => {
        if (onlyIfLast && this.#discover !== request) return
        this.#say(host, reply, answerTo(request, reply.payload!), request, sent.fromPort)
      })
    }
  }

  #confirm(request: DhcpMessage, sent: SentDatagram, host: ReplayHost): void {
    const server = serverIdentifier(request)
    const address = requestedIpAddress(request) ?? request.ciaddr
    const replies = this.#boot.exchanges.flatMap(({ acks, naks }) => [...acks, ...naks])
    const own = replies.filter(reply => reply.payload && reply.server === server)
    const ack = own.find(reply => reply.kind === 'ack' && reply.yiaddr === address)
    const nak = own.find(reply => reply.kind === 'nak')
    // Who denies what is meant for another would do so again.
    const bystanders = replies.filter(
      reply => reply.kind === 'nak' && reply.payload && reply.server !== server,
    )
    for (const reply of [ack ?? nak, ...bystanders]) {
      if (!reply) continue
      host.after(this.#confirmDelay(reply), () =>
        this.#say(host, reply, answerTo(request, reply.payload!), request, sent.fromPort),
      )
    }
    if (ack ?? nak) return
    const offer = this.#offers.find(reply => reply.server === server && reply.yiaddr === address)
    if (!offer || this.#wasIgnored(offer.server)) return
    const likeOthers =
      own.find(reply => reply.kind === 'ack') ?? this.#seen.ackOf(offer.server, this.#boot.architecture)
    const made = likeOthers ? ackLike(request, likeOthers, offer) : ackFrom(request, offer.payload!)
    if (!made) return
    this.assumed.add(
      `ACK of ${formatIp4(offer.server)}${likeOthers ? ', as it was for another lease' : ', as its offer'}`,
    )
    host.after(USUAL_DELAY, () => this.#say(host, offer, made, request, sent.fromPort))
  }

  #confirmDelay(reply: Reply): Micros {
    const asked = this.#boot.exchanges
      .flatMap(({ requests }) => requests)
      .filter(({ server, seen }) => server === reply.server && seen.segment === reply.seen.segment)
      .flatMap(({ seen, lastAt }) => [seen.at, lastAt])
      .filter(at => at <= reply.seen.at)
    return asked.length === 0 ? USUAL_DELAY : reply.seen.at - Math.max(...asked)
  }

  /** The machine asked this server for its lease several times, and it never answered. */
  #wasIgnored(server: Ip4): boolean {
    return this.#boot.exchanges.some(({ requests }) =>
      requests.some(request => request.server === server && request.lastAt - request.seen.at > SECOND),
    )
  }

  #bootServer(request: DhcpMessage, sent: SentDatagram, host: ReplayHost): void {
    const { ip, port } = sent.to
    const own = this.#boot.asks4011.find(ask => ask.target === ip)
    const ownReply = own?.replies.find(reply => reply.payload)
    const seen = ownReply
      ? ({ kind: 'answers', reply: ownReply, after: ownReply.seen.at - own!.seen.at } as const)
      : this.#seen.port4011(ip)
    if (seen?.kind === 'silent') return
    if (seen?.kind === 'refused')
      return host.after(USUAL_DELAY, () => host.refuse(sent.fromPort, seen.cause, { ip, port }))
    const offer = this.#offers.find(reply => isPxeOffer(reply) && redirectTargets(reply).includes(ip))
    const payload = seen
      ? answerTo(request, seen.reply.payload!)
      : offer && assumedBootServerReply(request, offer)
    if (!seen)
      this.assumed.add(`port 4011 of ${formatIp4(ip)}${payload ? '' : ' is silent: nobody asked it'}`)
    if (!payload) return
    const after = seen?.after ?? USUAL_DELAY
    host.after(after, () =>
      host.deliver({ from: { ip, port }, to: request.ciaddr, port: sent.fromPort, payload }),
    )
  }

  /** By broadcast or multicast: everybody who answered such a request in the capture, else who offered a menu. */
  #discovery(request: DhcpMessage, sent: SentDatagram, host: ReplayHost): void {
    const asks = this.#boot.asks4011.filter(ask => ask.toGroup)
    const replies = asks.flatMap(ask =>
      ask.replies.filter(reply => reply.payload).map(reply => ({ ask, reply })),
    )
    const answer = (from: Ip4, payload: Uint8Array, after: Micros): void =>
      host.after(after, () =>
        host.deliver({
          from: { ip: from, port: sent.to.port },
          to: request.ciaddr,
          port: sent.fromPort,
          payload,
        }),
      )
    for (const { ask, reply } of replies)
      answer(reply.source ?? reply.server, answerTo(request, reply.payload!), reply.seen.at - ask.seen.at)
    if (asks.length > 0) return
    const offer = this.#offers.find(reply => reply.pxeTags)
    if (!offer) {
      this.assumed.add('nobody answers boot server discovery: nobody asked')
      return
    }
    this.assumed.add(`boot server discovery answered by ${formatIp4(offer.server)}`)
    answer(offer.server, assumedBootServerReply(request, offer), USUAL_DELAY)
  }

  #say(host: ReplayHost, reply: Reply, payload: Uint8Array, request: DhcpMessage, port: number): void {
    const wantsBroadcast = (request.flags & BROADCAST_FLAG) !== 0
    const isUnicast = isLease(reply) && (!wantsBroadcast || this.#ignoresFlag(reply))
    const from = { ip: reply.source ?? (reply.giaddr || reply.server), port: DHCP_PORT.server }
    host.deliver({ from, to: isUnicast ? reply.yiaddr : LIMITED_BROADCAST, port, payload })
  }

  /** E-13: sent to the address it offers, although a broadcast was asked for. */
  #ignoresFlag(reply: Reply): boolean {
    return reply.toClientAddress && this.#boot.exchanges.some(exchange => exchange.wantsBroadcast)
  }
}
