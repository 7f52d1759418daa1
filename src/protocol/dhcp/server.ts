/**
 * A DHCP server (RFC 2131 §4.3) as a machine: leases addresses and says what it is configured to say, including a
 * boot file. It knows nothing of PXE beyond that: no proxyDHCP, no port 4011, no BOOTP, no address probing.
 */
import { LIMITED_BROADCAST, contains, type Ip4, ANY_IP4 } from '../../core/address.ts'
import { NOTHING, type Datagram } from '../../core/state-machine.ts'
import { type Micros, SECOND } from '../../core/micros.ts'
import { type Phrase, named, phrase } from '../../core/wording.ts'
import { decodeDhcp, encodeDhcp } from '../../wire/dhcp/codec.ts'
import { BOOTREQUEST, BROADCAST_FLAG } from '../../wire/dhcp/message.ts'
import type { DhcpMessage, DhcpOption } from '../../wire/dhcp/message.ts'
import * as options from '../../wire/dhcp/options.ts'
import { OPTION, bootReply } from '../../wire/dhcp/options.ts'
import { type DhcpActions, LeaseServer, ignored, tell } from './lease-server.ts'
import { type ClientKey, clientKey } from './leases.ts'
import { type ReplyWords, type Reservation, type Said, layered, overloaded } from './reply-words.ts'
import { replyDestination } from './reply-address.ts'
import { isAstray } from './request.ts'
import { servedSubnet, subnetOf } from './server-options.ts'
import type { DhcpServerOptions, ServedSubnet } from './server-options.ts'

/** One request on its way through the server. */
interface Request {
  readonly now: Micros
  readonly message: DhcpMessage
  readonly received: Datagram
  readonly client: ClientKey
  readonly subnet: ServedSubnet
  /** Own address on the interface the request came by. */
  readonly self: Ip4
}

interface Reply {
  readonly type: 'offer' | 'ack' | 'nak'
  readonly address: Ip4
  readonly because: Phrase
}

const NO_ADDRESS = ANY_IP4

export class DhcpServer extends LeaseServer {
  readonly #subnets: readonly ServedSubnet[]
  readonly #own: ReadonlySet<Ip4>

  constructor(serverOptions: DhcpServerOptions) {
    super(serverOptions)
    this.#subnets = serverOptions.subnets.map(subnet => servedSubnet(serverOptions, subnet))
    this.#own = new Set(serverOptions.addresses.values())
  }

  /** For views and tests; in the order of the configuration. */
  get subnets(): readonly ServedSubnet[] {
    return this.#subnets
  }

  receive(now: Micros, _via: 'dhcp', received: Datagram): DhcpActions {
    const result = decodeDhcp(received.payload)
    if (!result.ok) return ignored(undefined, result.issues[0].message)
    const message = result.value
    if (message.op !== BOOTREQUEST) return NOTHING
    if (isAstray(message))
      return ignored(message, `${message.hops} hops, hardware address of ${message.hlen} bytes`)
    const type = options.messageType(message)
    if (type === undefined) return ignored(message, 'no DHCP message type: BOOTP is not served')
    const self = this.options.addresses.get(received.iface)
    if (self === undefined) return ignored(message, `no address on ${received.iface}`)
    const subnet = this.#subnetFor(message, received, self)
    if (!subnet) return ignored(message, 'no pool for its subnet')
    if (subnet.classes.find(one => one.silent !== undefined && one.matches(message))?.silent)
      return ignored(message, 'its class is not answered')
    const request: Request = { now, message, received, client: clientKey(message), subnet, self }
    switch (type) {
      case 'discover':
        return this.#discover(request)
      case 'request':
        return this.#request(request)
      case 'decline':
        return this.#decline(request)
      case 'release':
        return this.#release(request)
      case 'inform':
        return this.#inform(request)
      case 'offer':
      case 'ack':
      case 'nak':
        return ignored(message, `a ${type} is no request`)
    }
  }

  /** RFC 2131 §4.3.1: giaddr, else the interface; a renewing client may be behind a router and names itself. */
  #subnetFor(message: DhcpMessage, received: Datagram, self: Ip4): ServedSubnet | undefined {
    if (message.giaddr !== ANY_IP4) return subnetOf(this.#subnets, message.giaddr)
    const unicast = received.target.ip !== LIMITED_BROADCAST
    const own = unicast && message.ciaddr !== ANY_IP4 ? subnetOf(this.#subnets, message.ciaddr) : undefined
    return own ?? subnetOf(this.#subnets, self)
  }

  #discover(request: Request): DhcpActions {
    const { now, message, client, subnet } = request
    const address = subnet.pool.offer(
      now,
      client,
      options.requestedIpAddress(message),
      reservationOf(request)?.address,
    )
    if (address === undefined) return tell('exhausted', message, undefined, 'no free address in the pool')
    return this.#reply(request, { type: 'offer', address, because: 'asked by DISCOVER' })
  }

  /** RFC 2131 §4.3.2 tells the four kinds of REQUEST apart by 54, 50 and ciaddr. */
  #request(request: Request): DhcpActions {
    const { message, client, subnet } = request
    const to = options.serverIdentifier(message)
    if (to !== undefined && !this.#own.has(to)) {
      const lease = subnet.pool.of(client)
      if (lease?.state === 'offered') subnet.pool.release(client)
      return ignored(message, phrase`names another server, ${named(to)}`)
    }
    if (this.options.answers === 'offer-only') return ignored(message, 'set up to offer only')
    if (this.options.answers === 'nak' || this.options.refuses?.(options.clientMac(message)))
      return this.#reply(request, { type: 'nak', address: NO_ADDRESS, because: 'set up to refuse' })
    const requested = options.requestedIpAddress(message)
    if (to !== undefined) {
      if (requested === undefined)
        return ignored(message, 'selects this server, but no address (RFC 2131 §4.3.2)')
      return this.#grant(request, requested, 'selected this server')
    }
    if (message.ciaddr !== ANY_IP4) return this.#confirm(request, message.ciaddr, 'renews')
    if (requested !== undefined) return this.#confirm(request, requested, 'rebooted with it')
    return ignored(message, 'a REQUEST with neither address nor server')
  }

  /** INIT-REBOOT, RENEWING, REBINDING: only who is on record gets an answer, unless it is in the wrong subnet. */
  #confirm(request: Request, address: Ip4, because: string): DhcpActions {
    const { message, client, subnet } = request
    const lease = subnet.pool.of(client)
    // RFC 2131 §4.3.2: a server without a record MUST remain silent …
    if (!lease && contains(subnet.cidr, address)) return ignored(message, 'no record of this client')
    if (lease && lease.address !== address)
      return this.#reply(request, {
        type: 'nak',
        address: NO_ADDRESS,
        because: phrase`has ${named(lease.address)}`,
      })
    // … but a client that came from another network is told so at once.
    return this.#grant(request, address, because)
  }

  #grant(request: Request, address: Ip4, because: string): DhcpActions {
    const { now, client, subnet } = request
    if (!contains(subnet.cidr, address))
      return this.#reply(request, {
        type: 'nak',
        address: NO_ADDRESS,
        because: phrase`${named(address)}: wrong subnet`,
      })
    const until =
      now + (subnet.words.leaseSeconds === undefined ? this.leaseTime : subnet.words.leaseSeconds * SECOND)
    if (!subnet.pool.bind(now, client, address, until, reservationOf(request)?.address))
      return this.#reply(request, {
        type: 'nak',
        address: NO_ADDRESS,
        because: phrase`${named(address)} is not free`,
      })
    return this.#reply(request, { type: 'ack', address, because })
  }

  #decline({ now, message, client, subnet }: Request): DhcpActions {
    const address = options.requestedIpAddress(message)
    const named = options.serverIdentifier(message)
    if (address === undefined || (named !== undefined && !this.#own.has(named)))
      return ignored(message, 'declines what another server gave')
    if (!subnet.pool.decline(now, client, address))
      return ignored(message, 'declines an address it does not hold')
    return tell('declined', message, address, 'the client found it in use')
  }

  #release({ message, client, subnet }: Request): DhcpActions {
    const named = options.serverIdentifier(message)
    const lease = subnet.pool.of(client)
    if (lease?.address !== message.ciaddr || (named !== undefined && !this.#own.has(named)))
      return ignored(message, 'releases an address it does not hold')
    subnet.pool.release(client)
    return tell('released', message, lease.address, 'given back')
  }

  /** RFC 2131 §4.3.5: configuration without a lease, to ciaddr. */
  #inform(request: Request): DhcpActions {
    const { message, subnet } = request
    if (message.ciaddr === ANY_IP4) return ignored(message, 'an INFORM without ciaddr')
    // "SHOULD check the network address … for consistency": the answer goes there, whoever asked.
    if (message.giaddr === ANY_IP4 && !contains(subnet.cidr, message.ciaddr))
      return ignored(message, 'an INFORM from an address of another network')
    const reply = this.#message(request, 'ack', NO_ADDRESS, subnet.otherOptions)
    return this.#send(request, reply, false, tell('informed', message, message.ciaddr, 'asked by INFORM'))
  }

  #reply(request: Request, { type, address, because }: Reply): DhcpActions {
    const { message, subnet } = request
    const isNak = type === 'nak'
    const configured = isNak ? [] : [...subnet.leaseOptions, ...subnet.otherOptions]
    const reply = this.#message(request, type, address, configured)
    const kind = type === 'offer' ? 'offered' : isNak ? 'refused' : 'acknowledged'
    return this.#send(request, reply, isNak, tell(kind, message, isNak ? undefined : address, because))
  }

  #send(request: Request, reply: DhcpMessage, isNak: boolean, told: DhcpActions): DhcpActions {
    const to = replyDestination(request.message, reply, request.received, isNak)
    const send = this.delayed.send(request.now, {
      type: 'send',
      via: 'dhcp',
      to,
      payload: encodeDhcp(reply),
    })
    return send ? [...told, send] : told
  }

  /** What is configured, the nearest to the client counting most: server, subnet, classes, reservation, ACK. */
  #said(request: Request, type: 'offer' | 'ack', configured: readonly DhcpOption[]): Said {
    const { message, subnet } = request
    const { ack, overload } = this.options
    const { words, classes } = subnet
    const base: Said = {
      options: configured,
      bootFile: words.bootFile ?? this.options.bootFile ?? '',
      nextServer: words.nextServer ?? this.options.nextServer,
    }
    const reservation = reservationOf(request)
    const layers: ReplyWords[] = classes.filter(one => one.matches(message)).reverse()
    if (reservation) layers.push(reservation)
    if (type === 'ack' && ack) layers.push(ack)
    const whole = layers.length === 0 ? base : layered(base, layers)
    const omit = type === 'ack' ? ack?.omit : undefined
    const kept = omit
      ? { ...whole, options: whole.options.filter(({ code }) => !omit.includes(code)) }
      : whole
    const spoken = this.options.finish ? this.options.finish(kept, request.self) : kept
    return overload ? overloaded(spoken, overload) : spoken
  }

  /** RFC 2131 §4.3.1 table 3. */
  #message(
    request: Request,
    type: 'offer' | 'ack' | 'nak',
    yiaddr: Ip4,
    configured: readonly DhcpOption[],
  ): DhcpMessage {
    const { message, self } = request
    const isNak = type === 'nak'
    const said = isNak ? NOTHING_SAID : this.#said(request, type, configured)
    const identifier = type === 'ack' ? (this.options.ack?.serverIdentifier ?? self) : self
    const list: DhcpOption[] = [
      options.messageTypeOption(type),
      options.ip4Option(OPTION.serverIdentifier, identifier),
    ]
    for (const option of said.options) list.push(option)
    echo(list, message, OPTION.clientIdentifier) // RFC 6842
    // PXE 2.1 §2.2.4: who answers as a PXE server returns the machine identifier.
    if (said.options.some(option => option.code === OPTION.classIdentifier))
      echo(list, message, OPTION.clientMachineIdentifier)
    echo(list, message, OPTION.relayAgentInformation) // RFC 3046 §2.2: last
    return bootReply(message, {
      // RFC 2131 §4.3.2: a relayed NAK must be broadcast by the relay.
      flags: isNak && message.giaddr !== ANY_IP4 ? message.flags | BROADCAST_FLAG : message.flags,
      ciaddr: type === 'ack' ? message.ciaddr : NO_ADDRESS,
      yiaddr,
      siaddr: said.nextServer ?? NO_ADDRESS,
      file: said.bootFile,
      options: list,
    })
  }
}

const NOTHING_SAID: Said = { options: [], bootFile: '', nextServer: undefined }

const reservationOf = ({ message, subnet }: Request): Reservation | undefined =>
  subnet.reservations.size === 0 ? undefined : subnet.reservations.get(options.clientMac(message))

const echo = (list: DhcpOption[], message: DhcpMessage, code: number): void => {
  for (const option of message.options) if (option.code === code) list.push(option)
}
