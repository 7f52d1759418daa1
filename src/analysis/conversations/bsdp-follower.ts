/**
 * Second stage, BSDP: puts every message of a Mac and to a Mac into its talk (D-4), and keeps what each
 * server said to all of them. Runs beside the DHCP follower, on the same messages. Does not judge.
 */
import { ANY_IP4, type Ip4, type Mac } from '../../core/address.ts'
import { isBsdp, isStrictlyBsdp } from '../../wire/bsdp/class-identifier.ts'
import { BSDP_MESSAGE, type BsdpContent } from '../../wire/bsdp/content.ts'
import { bsdpContent } from '../../wire/bsdp/decode.ts'
import { isGlobal } from '../../wire/bsdp/image-id.ts'
import { BOOTREQUEST, type DhcpMessage } from '../../wire/dhcp/message.ts'
import {
  OPTION,
  bootFileName,
  clientMac,
  first,
  maximumMessageSize,
  messageType,
  serverIdentifier,
} from '../../wire/dhcp/options.ts'
import type { UdpPacket } from '../../wire/frame.ts'
import type { BsdpAnswer, BsdpRound, BsdpServer, BsdpServers, BsdpTalk, Selection } from './bsdp-talk.ts'
import type { Boot } from './conversation.ts'
import type { IpArrival } from '../reading/frames.ts'
import {
  MAX_BSDP_CLIENTS,
  MAX_BSDP_IMAGES,
  MAX_BSDP_ROUNDS,
  MAX_BSDP_SERVERS,
  MAX_BSDP_TALKS,
  MAX_REPLIES,
} from '../limits.ts'

type UdpArrival = IpArrival<UdpPacket>

/** What a client that names no size can take (RFC 2131 §2, with its headers). */
const LEAST_SIZE = 548

export class BsdpFollower implements BsdpServers {
  readonly #talks = new Map<Mac, BsdpTalk>()
  readonly #servers = new Map<Ip4, BsdpServer>()
  readonly #selections = new Map<Mac, Selection>()

  add(arrival: UdpArrival, message: DhcpMessage): void {
    if (!isBsdp(message)) return // also of a Windows server that looks for others (D-7)
    if (message.op === BOOTREQUEST) this.#request(arrival, message)
    else this.#reply(arrival, message)
  }

  /** The talk of a boot that is over; it is forgotten. */
  take(boot: Boot): BsdpTalk | undefined {
    const { client } = boot
    const talk = client === undefined ? undefined : this.#talks.get(client)
    if (talk) this.#talks.delete(client!)
    return talk
  }

  of(server: Ip4): BsdpServer | undefined {
    return this.#servers.get(server)
  }

  #talkOf(client: Mac): BsdpTalk | undefined {
    let talk = this.#talks.get(client)
    if (!talk && this.#talks.size < MAX_BSDP_TALKS) {
      talk = { rounds: [], offers: new Map(), strays: [], isMac: false, before: this.#selections.get(client) }
      this.#talks.set(client, talk)
    }
    return talk
  }

  #request({ seen }: UdpArrival, message: DhcpMessage): void {
    const talk = this.#talkOf(clientMac(message))
    if (!talk) return
    talk.isMac = true
    const type = messageType(message)
    if (type === 'discover' && talk.offers.size < MAX_BSDP_ROUNDS && !talk.offers.has(message.xid))
      talk.offers.set(message.xid, [])
    if (type !== 'inform') return
    const known = talk.rounds.find(round => round.xid === message.xid)
    if (known) {
      if (seen.segment !== known.seen.segment) return
      known.count++
      known.lastAt = seen.at
      return
    }
    const content = contentOf(message)
    const kind = content.messageType === BSDP_MESSAGE.select ? 'select' : 'list'
    if (content.messageType === undefined || talk.rounds.length >= MAX_BSDP_ROUNDS) return
    talk.rounds.push({
      kind,
      xid: message.xid,
      seen,
      ciaddr: message.ciaddr,
      replyPort: content.replyPort,
      server: content.serverIdentifier,
      image: content.selectedImage,
      maxSize: Math.max(content.maxMessageSize ?? maximumMessageSize(message) ?? LEAST_SIZE, LEAST_SIZE),
      count: 1,
      lastAt: seen.at,
      answers: [],
    })
  }

  #reply(arrival: UdpArrival, message: DhcpMessage): void {
    const type = messageType(message)
    if (type !== 'offer' && type !== 'ack') return
    const answer = readAnswer(arrival, message, type)
    const client = clientMac(message)
    const talk = this.#talkOf(client)
    if (!talk) return
    if (type === 'offer') {
      if (message.yiaddr !== ANY_IP4) return
      let offers = talk.offers.get(message.xid)
      if (!offers && talk.offers.size < MAX_BSDP_ROUNDS) talk.offers.set(message.xid, (offers = []))
      if (offers) addAnswer(offers, answer)
      return
    }
    const round = talk.rounds.find(candidate => candidate.xid === message.xid)
    if (!round) addAnswer(talk.strays, answer)
    else if (addAnswer(round.answers, answer)) this.#learn(client, round, answer)
  }

  #learn(client: Mac, round: BsdpRound, answer: BsdpAnswer): void {
    const server = this.#serverOf(answer.server)
    if (!server) return
    const { content } = answer
    if (round.kind === 'list') {
      const priority = content.priority ?? 0
      server.answers++
      if (server.isDue && priority >= server.last) server.unmoved++
      server.isDue = false
      server.last = priority
      server.highest = Math.max(server.highest, priority)
      server.lowest = Math.min(server.lowest, priority)
      const isClaim = content.selectedImage !== undefined && !server.clients.has(client)
      if (isClaim && server.claimed.size < MAX_BSDP_CLIENTS) server.claimed.add(client)
      for (const { id, name } of content.images ?? []) this.#learnImage(server, id, { name })
    } else if (content.messageType === BSDP_MESSAGE.select && round.server === answer.server) {
      if (!server.clients.has(client) && server.clients.size < MAX_BSDP_CLIENTS) {
        server.clients.add(client)
        // A Mac that is bound already is no further record.
        if (!server.claimed.has(client)) server.isDue = true
      }
      if (content.selectedImage !== undefined)
        this.#learnImage(server, content.selectedImage, { file: answer.file })
      this.#selections.delete(client)
      if (this.#selections.size < MAX_BSDP_CLIENTS)
        this.#selections.set(client, { server: answer.server, seen: answer.seen })
    }
  }

  #learnImage(server: BsdpServer, id: number, told: { name?: string; file?: string }): void {
    if (!isGlobal(id)) return
    const known = server.images.get(id)
    if (!known && server.images.size >= MAX_BSDP_IMAGES) return
    server.images.set(id, { name: told.name ?? known?.name, file: told.file ?? known?.file })
  }

  #serverOf(ip: Ip4): BsdpServer | undefined {
    let server = this.#servers.get(ip)
    if (!server && this.#servers.size < MAX_BSDP_SERVERS) {
      server = {
        answers: 0,
        highest: 0,
        lowest: Infinity,
        isDue: false,
        unmoved: 0,
        last: 0,
        clients: new Set(),
        claimed: new Set(),
        images: new Map(),
      }
      this.#servers.set(ip, server)
    }
    return server
  }
}

/** False: this server had answered already; a relay's or a mirror port's copy, or a retransmission's answer. */
const addAnswer = (answers: BsdpAnswer[], answer: BsdpAnswer): boolean => {
  if (answers.length >= MAX_REPLIES || answers.some(({ server }) => server === answer.server)) return false
  answers.push(answer)
  return true
}

const contentOf = (message: DhcpMessage): BsdpContent => {
  const read = bsdpContent(message)
  return read.ok ? read.value : NO_CONTENT
}

const NO_CONTENT: BsdpContent = { others: [], tags: [], intact: false, listIntact: true }

const readAnswer = (arrival: UdpArrival, message: DhcpMessage, kind: 'offer' | 'ack'): BsdpAnswer => {
  const read = bsdpContent(message)
  const identifier = serverIdentifier(message)
  const named = identifier !== undefined && identifier !== ANY_IP4 ? identifier : message.siaddr
  return {
    seen: arrival.seen,
    kind,
    server: named === ANY_IP4 ? arrival.source : named,
    serverIdentifier: identifier,
    siaddr: message.siaddr,
    ciaddr: message.ciaddr,
    yiaddr: message.yiaddr,
    port: arrival.body.targetPort,
    size: arrival.body.payload.length,
    strictClass: isStrictlyBsdp(message),
    hasVendor: first(message, OPTION.vendorSpecific) !== undefined,
    file: message.file === '' ? (bootFileName(message) ?? '') : message.file,
    content: read.ok ? read.value : NO_CONTENT,
    issues: read.issues,
  }
}
