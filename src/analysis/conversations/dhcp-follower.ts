/**
 * Second stage, DHCP and PXE: puts every message into the boot and exchange it belongs to (D-3: chaddr and xid), on ports
 * 67, 68 and 4011 alike, and merges repeated and relayed copies. Does not judge.
 */
import {
  ANY_IP4,
  type Ip4,
  LIMITED_BROADCAST,
  type Mac,
  ip4Number,
  isMulticast,
  isUnspecified,
} from '../../core/address.ts'
import type { Issue } from '../../core/decoded.ts'
import { SECOND } from '../../core/micros.ts'
import { BOOTREQUEST, BROADCAST_FLAG, DHCP_PORT, type DhcpMessage } from '../../wire/dhcp/message.ts'
import {
  clientMac,
  errorMessage,
  messageType,
  requestedIpAddress,
  serverIdentifier,
} from '../../wire/dhcp/options.ts'
import type { UdpPacket } from '../../wire/frame.ts'
import { clientArchitecture } from '../../wire/pxe/client.ts'
import { type BootTable, LeaseBook } from './boots.ts'
import { type Boot, type Exchange, goesOn, hasAsked, isLease } from './conversation.ts'
import { addReply, askOf, exchangeOf, knowsXid, noteDiscover } from './exchange.ts'
import { type ClientClass, clientClass } from './client-class.ts'
import type { ClientKind } from '../clients/client-kind.ts'
import { CLIENT_KINDS, OTHER, clientKindOf } from '../clients/index.ts'
import type { FrameRef } from '../reading/record.ts'
import type { IpArrival } from '../reading/frames.ts'
import { vendorOf } from './intent.ts'
import { MAX_ASKS, MAX_CONFLICTS, MAX_OVERLAPS, MAX_REQUESTS } from '../limits.ts'
import { type Reply, readReply } from './reply.ts'
import { type Role, type ServerTable, roleOf } from './servers.ts'
import { notePlace, noteReplyWay, noteRequestWay } from './ways.ts'

type UdpArrival = IpArrival<UdpPacket>

/** RFC 2131 §3.3: the lease time where the server named none; only used to call a lease long over. */
const DEFAULT_LEASE_SECONDS = 3600

/** A machine's DISCOVER, or a relay's copy of it. */
export interface DiscoverSeen {
  readonly seen: FrameRef
  readonly client: Mac
  readonly xid: number
  readonly giaddr: Ip4
  readonly asks: ClientClass
  /** Else answers may come by unicast, which other ports of a switch do not show. */
  readonly wantsBroadcast: boolean
}

/** Told what is seen while a boot goes on. */
export interface ExchangeListener {
  discover?(asked: DiscoverSeen): void
  reply?(reply: Reply, client: Mac, xid: number, role: Role): void
}

export interface FollowerOptions {
  /** Replies keep their bytes (`Reply.payload`). */
  readonly keepMessages?: boolean
  readonly listener?: ExchangeListener
  /** Told apart, in the order in which they are asked. */
  readonly clients?: readonly ClientKind[]
}

export class DhcpFollower {
  readonly #boots: BootTable
  readonly #servers: ServerTable
  readonly #leases = new LeaseBook()
  /** Pairs of servers that offered the same address. */
  readonly #overlaps = new Set<string>()

  readonly #keepsMessages: boolean
  readonly #listener: ExchangeListener
  readonly #kinds: readonly ClientKind[]

  constructor(
    boots: BootTable,
    servers: ServerTable,
    { keepMessages = false, listener = {}, clients = CLIENT_KINDS }: FollowerOptions = {},
  ) {
    this.#boots = boots
    this.#servers = servers
    this.#keepsMessages = keepMessages
    this.#listener = listener
    this.#kinds = clients
  }

  overlap(a: Ip4, b: Ip4): boolean {
    return this.#overlaps.has(pairOf(a, b))
  }

  /** To whom an address was given last. */
  holderOf(address: Ip4): { readonly client: Mac; readonly server: Ip4 } | undefined {
    return this.#leases.holderOf(address)
  }

  add(arrival: UdpArrival, message: DhcpMessage, issues: readonly Issue[]): void {
    if (message.op === BOOTREQUEST) this.#request(arrival, message)
    else this.#reply(arrival, message, issues)
  }

  #request(arrival: UdpArrival, message: DhcpMessage): void {
    const { seen } = arrival
    const type = messageType(message) ?? 'discover'
    const asks = clientClass(message)
    if (type === 'discover') {
      const { xid, giaddr, flags } = message
      const wantsBroadcast = (flags & BROADCAST_FLAG) !== 0
      this.#listener.discover?.({ seen, client: clientMac(message), xid, giaddr, asks, wantsBroadcast })
    }
    const boot = this.#bootFor(seen, message, asks, type)
    if (!boot) return
    this.#boots.touch(boot, seen.at)
    this.#boots.weigh(boot)
    notePlace(boot, seen, message.giaddr)
    // Where neither REQUEST nor ACK is in the capture, this is how TFTP finds a Mac.
    if (type === 'inform' && asks === 'bsdp' && message.ciaddr !== ANY_IP4)
      this.#boots.setAddress(boot, message.ciaddr)
    if (type === 'release') this.#leases.release(message.ciaddr, clientMac(message))
    else if (isBootServerRequest(arrival, message, asks, type)) this.#ask(boot, arrival, message)
    else if (type === 'discover' || type === 'request' || type === 'decline') {
      const exchange = exchangeOf(boot, message.xid)
      if (!exchange) return
      noteRequestWay(exchange.ways, arrival, message.giaddr)
      this.#note(boot, exchange, seen, message, type)
    }
  }

  /** The open boot of this machine, or a new one if it begins again. */
  #bootFor(seen: FrameRef, message: DhcpMessage, asks: ClientClass, type: string): Boot | undefined {
    const client = clientMac(message)
    const open = this.#boots.ofClient(client)
    const firmware = clientKindOf(message, this.#kinds)
    if (open && !beginsAgain(open, message, asks, firmware, type, seen)) {
      if (open.firmware === OTHER || firmware.refines === open.firmware) open.firmware = firmware
      open.architecture ??= clientArchitecture(message)
      if (open.asks === 'other') open.asks = asks
      return open
    }
    if (!open && (type === 'release' || type === 'inform') && asks === 'other') return undefined
    const boot = open ? this.#boots.replace(open, seen, asks) : this.#boots.open(client, seen)
    boot.asks = asks
    boot.firmware = firmware
    boot.architecture = clientArchitecture(message)
    return boot
  }

  #note(
    boot: Boot,
    exchange: Exchange,
    seen: FrameRef,
    message: DhcpMessage,
    type: 'discover' | 'request' | 'decline',
  ): void {
    if (type === 'discover') {
      boot.whole = true
      noteDiscover(exchange, seen, message, boot)
      return
    }
    const server = serverIdentifier(message)
    const address = requestedIpAddress(message) ?? message.ciaddr
    if (type === 'decline') {
      const declined = isUnspecified(address) ? undefined : address
      if (exchange.declines.length < MAX_CONFLICTS)
        exchange.declines.push({ seen, server, address: declined, message: errorMessage(message) })
      this.#leases.release(address, clientMac(message))
      return
    }
    const known = exchange.requests.find(request => request.server === server && request.address === address)
    if (known) {
      if (seen.segment === known.seen.segment) known.lastAt = seen.at
    } else if (exchange.requests.length < MAX_REQUESTS)
      exchange.requests.push({ seen, server, address, lastAt: seen.at })
    // Where the ACK is not visible, this is how TFTP finds its machine.
    if (address !== ANY_IP4) this.#boots.setAddress(boot, address)
  }

  #ask(boot: Boot, arrival: UdpArrival, message: DhcpMessage): void {
    const { seen, target } = arrival
    if (message.ciaddr !== ANY_IP4) this.#boots.setAddress(boot, message.ciaddr)
    const known = boot.asks4011.find(ask => ask.xid === message.xid && ask.target === target)
    if (known) {
      // A router's copy on the next segment is no second try.
      if (seen.segment !== known.seen.segment) return
      known.count++
      known.lastAt = seen.at
    } else if (boot.asks4011.length < MAX_ASKS)
      boot.asks4011.push({
        xid: message.xid,
        target,
        toGroup: target === LIMITED_BROADCAST || isMulticast(target),
        seen,
        count: 1,
        lastAt: seen.at,
        replies: [],
        unreachable: undefined,
      })
  }

  #reply(arrival: UdpArrival, message: DhcpMessage, issues: readonly Issue[]): void {
    const reply = readReply(arrival, message, issues)
    if (!reply) return
    if (this.#keepsMessages) reply.payload = arrival.body.payload.slice()
    const { seen } = arrival
    const client = clientMac(message)
    let boot = this.#boots.ofClient(client)
    if (boot?.whole && !knowsXid(boot, message.xid)) return this.#noteServer(reply, boot, message, false)
    if (!boot) {
      boot = this.#boots.open(client, seen)
      boot.asks = reply.pxe ? 'pxe' : 'other'
      notePlace(boot, seen, reply.giaddr)
    }
    // What it asked as was not seen: its PXE offers tell.
    if (reply.pxe && boot.asks === 'other' && !hasAsked(boot)) boot.asks = 'pxe'
    this.#boots.touch(boot, seen.at)
    this.#boots.weigh(boot)
    const ask = askOf(boot, arrival, message.xid)
    this.#noteServer(reply, boot, message, ask !== undefined)
    if (ask) {
      addReply(ask.replies, reply, boot)
      return
    }
    const exchange = exchangeOf(boot, message.xid)
    if (!exchange) return
    noteReplyWay(exchange.ways, arrival, reply)
    if (reply.kind === 'offer') this.#offer(exchange, reply, boot)
    else if (reply.kind === 'ack') this.#ack(exchange, reply, boot)
    else addReply(exchange.naks, reply, boot)
  }

  #noteServer(reply: Reply, boot: Boot, message: DhcpMessage, isBootServerReply: boolean): void {
    const role = roleOf(reply, isBootServerReply, boot.asks === 'bsdp' && reply.foreignClass)
    this.#servers.noteReply(reply, role)
    this.#listener.reply?.(reply, clientMac(message), message.xid, role)
  }

  #offer(exchange: Exchange, reply: Reply, boot: Boot): void {
    addReply(exchange.offers, reply, boot)
    if (!isLease(reply)) return
    const other = this.#leases.offer(reply.yiaddr, reply.server)
    if (other !== undefined && this.#overlaps.size < MAX_OVERLAPS)
      this.#overlaps.add(pairOf(other, reply.server))
  }

  #ack(exchange: Exchange, reply: Reply, boot: Boot): void {
    const isNew = addReply(exchange.acks, reply, boot)
    if (!isLease(reply) || boot.client === undefined) return
    const chosen = exchange.requests.at(-1)?.server
    if (chosen !== undefined && chosen !== reply.server) return
    this.#boots.setAddress(boot, reply.yiaddr)
    if (!isNew) return
    const until = reply.seen.at + (reply.leaseSeconds || DEFAULT_LEASE_SECONDS) * SECOND
    const { client } = boot
    const other = this.#leases.lease(reply.yiaddr, { client, server: reply.server, seen: reply.seen, until })
    if (other && boot.conflicts.length < MAX_CONFLICTS)
      boot.conflicts.push({
        kind: 'lease',
        seen: reply.seen,
        address: reply.yiaddr,
        other,
        server: reply.server,
      })
  }
}

const pairOf = (a: Ip4, b: Ip4): string =>
  a < b ? `${ip4Number(a)} ${ip4Number(b)}` : `${ip4Number(b)} ${ip4Number(a)}`

/** B-18, E-40: on 4011, or with a boot item (43.71) to whoever serves it. */
const isBootServerRequest = (
  arrival: UdpArrival,
  message: DhcpMessage,
  asks: ClientClass,
  type: string,
): boolean => {
  if (type !== 'request' && type !== 'inform') return false
  if (arrival.body.targetPort === DHCP_PORT.bootServer) return true
  if (asks !== 'pxe' || message.ciaddr === ANY_IP4 || serverIdentifier(message) !== undefined) return false
  return vendorOf(message)?.bootItem !== undefined
}

/** Longer than any firmware waits between two DISCOVERs of one session (E-8: 32 s; iPXE behind STP: 60 s). */
const SESSION_GAP = 100 * SECOND

const beginsAgain = (
  boot: Boot,
  message: DhcpMessage,
  asks: ClientClass,
  firmware: ClientKind,
  type: string,
  seen: FrameRef,
): boolean => {
  // DECLINE and RELEASE need not repeat the class; a known xid is the same session.
  if (type === 'decline' || type === 'release') return false
  if (type !== 'discover' && knowsXid(boot, message.xid)) return false
  // A boot that began with a reply has no class of its own yet.
  const known = boot.whole || boot.exchanges.some(exchange => exchange.requests.length > 0)
  if (known && boot.asks !== asks) return true
  if (known && firmware.loader !== boot.firmware.loader) return true
  if (type !== 'discover') return type === 'request' && isFreshRequest(boot, message)
  const exchange = boot.exchanges.find(candidate => candidate.xid === message.xid)
  if (exchange) return exchange.firstDiscover !== undefined && seen.at - exchange.lastDiscoverAt > SESSION_GAP
  // B-2, B-4: a BIOS ROM tries again with another xid as long as it has no lease.
  return goesOn(boot) || boot.exchanges.some(candidate => candidate.requests.length > 0)
}

/** A REQUEST without any DISCOVER of that xid, from a machine that had its lease: an operating system (RFC 2131 §3.2). */
const isFreshRequest = (boot: Boot, message: DhcpMessage): boolean =>
  serverIdentifier(message) === undefined &&
  message.ciaddr === ANY_IP4 &&
  boot.exchanges.some(exchange => exchange.requests.length > 0) &&
  !knowsXid(boot, message.xid)
