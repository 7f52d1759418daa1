/**
 * DHCP of U-Boot's own stack (U-1 … U-5): the first packet with an address wins, whatever its type; any server's ACK
 * will do; a NAK is not heard. Does not load the file.
 */
import { ANY_IP4, LIMITED_BROADCAST, formatIp4, ip4At, macAt } from '../../core/address.ts'
import { MILLISECOND, type Micros, SECOND } from '../../core/micros.ts'
import { named, phrase } from '../../core/wording.ts'
import { encodeDhcp } from '../../wire/dhcp/codec.ts'
import { DHCP_PORT, type DhcpMessage, type DhcpOption, type MessageType } from '../../wire/dhcp/message.ts'
import {
  OPTION,
  bootRequest,
  bytesOption,
  chaddrOf,
  ip4Option,
  messageType,
  messageTypeOption,
  textOption,
  u16Option,
} from '../../wire/dhcp/options.ts'
import { clientNetworkInterfaceOption } from '../../wire/pxe/client.ts'
import { type Received, describeServer, nameIn, receivedReply, serverIdentity } from '../offer.ts'
import type { Incoming, Pc, PcSocket, Script } from '../pc.ts'
import type { Board } from './board.ts'

/** U-4. */
const ACK_WAIT: Micros = 5 * SECOND
/** U-3: what a build that listens to proxies waits before the REQUEST. */
const PROXY_WAIT: Micros = 100 * MILLISECOND
/** Transaction ids remembered: an answer to an older DISCOVER is no longer known. */
const MAX_XIDS = 4
/** U-Boot's minimum: 64 bytes of options, cookie included, after the 236 of the header. */
const SHORTEST_MESSAGE = 300

export function* legacyDhcp(board: Board): Script<'bound' | 'gaveUp'> {
  const exchange = new Exchange(board)
  const { discover } = board.profile
  const started = board.pc.now()
  let wait = discover.first
  for (;;) {
    exchange.discover()
    const offer = yield* exchange.receive(board.pc.now() + varied(board, wait), reply => reply)
    if (offer) {
      yield* exchange.select(offer)
      const ack = yield* exchange.receive(board.pc.now() + ACK_WAIT, reply => acceptedAck(board, reply))
      if (ack) {
        exchange.bind(ack, started)
        return 'bound'
      }
      board.pc.because('U-4', 'No ACK arrived within 5 s, so U-Boot starts again with a DISCOVER.')
    }
    if (board.pc.now() - started >= discover.end) {
      exchange.close()
      return 'gaveUp'
    }
    wait = Math.min(wait * 2, discover.cap) // U-2
  }
}

/** U-2. */
const varied = ({ profile, pc }: Board, wait: Micros): Micros => {
  const spread = Math.round(wait * profile.discover.jitter)
  return spread === 0 ? wait : pc.random.between(wait - spread, wait + spread)
}

/** U-4: the server is not compared; a NAK (or anything else) is passed over in silence. */
const acceptedAck = ({ pc, network }: Board, reply: Received): Received | undefined => {
  const type = messageType(reply.message)
  if (type === 'nak') tellRefusal(pc, reply)
  if (type !== 'ack') return undefined
  if (serverIdentity(reply.message, reply.source) !== network.dhcpServer)
    pc.because(
      'U-4',
      phrase`The ACK is from ${describeServer(reply.message, reply.source)}, although the REQUEST was to ${named(network.dhcpServer)}: U-Boot accepts any ACK.`,
    )
  return reply
}

const tellRefusal = (pc: Pc, { message, source }: Received): void =>
  pc.because('U-4', phrase`${describeServer(message, source)} refuses the address; U-Boot ignores a NAK.`)

class Exchange {
  readonly #board: Board
  readonly #socket: PcSocket
  readonly #started: Micros
  readonly #xids: number[] = []
  #broadcasts = 0

  constructor(board: Board) {
    this.#board = board
    this.#started = board.pc.now()
    this.#socket = board.pc.openUdp({ port: DHCP_PORT.client, ownChaddrOnly: true })
  }

  close(): void {
    this.#socket.close()
  }

  discover(): void {
    const { pc, profile } = this.#board
    pc.print(`BOOTP broadcast ${++this.#broadcasts}`)
    const known = this.#xids.at(-1)
    this.#send('discover', known === undefined || profile.newXidPerDiscover ? this.#newXid() : known, [])
  }

  /** U-4. */
  *select(offer: Received): Script {
    const { pc, profile, network } = this.#board
    pc.because(
      'U-3',
      phrase`The offer of ${describeServer(offer.message, offer.source)} is the first packet with an address: U-Boot takes it and ignores all others.`,
    )
    takeOptions(this.#board, offer.message)
    if (profile.serverFromProxy) yield* this.#hearProxies(pc.now() + PROXY_WAIT)
    const extra: DhcpOption[] = []
    if (network.dhcpServer !== ANY_IP4) extra.push(ip4Option(OPTION.serverIdentifier, network.dhcpServer))
    extra.push(ip4Option(OPTION.requestedIpAddress, offer.message.yiaddr))
    this.#send('request', offer.message.xid, extra)
  }

  bind(ack: Received, started: Micros): void {
    const { pc, network, record, profile } = this.#board
    const { message, source } = ack
    takeOptions(this.#board, message)
    if (!profile.serverFromProxy) takeHeader(this.#board, message)
    network.address = message.yiaddr
    const server = serverIdentity(message, source)
    record.lease = { server, address: message.yiaddr }
    if (network.server !== ANY_IP4) record.pxeServer ??= server
    const millis = Math.round((pc.now() - started) / MILLISECOND)
    pc.print(`DHCP client bound to address ${formatIp4(message.yiaddr)} (${millis} ms)`)
    this.close()
  }

  /** The first packet that `accept` takes; proxies' packets are dealt with on the way (U-3). */
  *receive(until: Micros, accept: (reply: Received) => Received | undefined): Script<Received | undefined> {
    const { pc } = this.#board
    for (;;) {
      const incoming: Incoming | undefined = yield until
      if (!incoming) {
        if (pc.now() >= until) return undefined
        continue
      }
      const reply = this.#replyOf(incoming)
      if (!reply) continue
      if (reply.message.yiaddr === ANY_IP4) this.#ignoreOrTakeProxy(reply)
      else {
        const accepted = accept(reply)
        if (accepted) return accepted
      }
    }
  }

  *#hearProxies(until: Micros): Script {
    yield* this.receive(until, () => undefined)
  }

  #ignoreOrTakeProxy(reply: Received): void {
    const { pc, profile, record } = this.#board
    const server = describeServer(reply.message, reply.source)
    // A NAK has no address either.
    if (messageType(reply.message) === 'nak') return tellRefusal(pc, reply)
    if (!profile.serverFromProxy) {
      pc.because(
        'U-3',
        phrase`The answer of ${server} has no address for the client (a proxy), so U-Boot ignores it.`,
      )
      return
    }
    takeHeader(this.#board, reply.message)
    record.pxeServer = serverIdentity(reply.message, reply.source)
    pc.because('U-3', phrase`This build takes server and file from the proxy ${server}.`)
  }

  /** U-3: only these are compared; the type of the message is not. */
  #replyOf(incoming: Incoming): Received | undefined {
    const reply = receivedReply(incoming, this.#socket, undefined)
    if (!reply || reply.sourcePort !== DHCP_PORT.server) return undefined
    const { htype, hlen, xid, chaddr } = reply.message
    if (htype !== 1 || hlen !== 6 || !this.#xids.includes(xid)) return undefined
    return macAt(chaddr, 0) === this.#board.pc.mac ? reply : undefined
  }

  /** U-2: the last four bytes of the MAC, plus the milliseconds since power-on. */
  #newXid(): number {
    const { pc } = this.#board
    const xid = ((pc.mac % 2 ** 32) + Math.floor(pc.now() / MILLISECOND)) >>> 0
    this.#xids.push(xid)
    if (this.#xids.length > MAX_XIDS) this.#xids.shift()
    return xid
  }

  #send(type: MessageType, xid: number, extra: readonly DhcpOption[]): void {
    const { pc, network } = this.#board
    const message = bootRequest({
      xid,
      secs: Math.floor((pc.now() - this.#started) / SECOND), // U-1
      chaddr: chaddrOf(pc.mac),
      file: network.bootFile,
      options: requestOptions(this.#board, type, extra),
    })
    this.#socket.send(
      { ip: LIMITED_BROADCAST, port: DHCP_PORT.server },
      encodeDhcp(message, { padTo: SHORTEST_MESSAGE }),
    )
  }
}

/** U-1: 53, 57, [54, 50], [93], 94, 60, 55. */
const requestOptions = (
  { identity, profile }: Board,
  type: MessageType,
  extra: readonly DhcpOption[],
): DhcpOption[] => [
  messageTypeOption(type),
  u16Option(OPTION.maximumMessageSize, 576),
  ...extra,
  ...(identity.architecture === undefined
    ? []
    : [u16Option(OPTION.clientSystemArchitecture, identity.architecture)]),
  clientNetworkInterfaceOption(0, 0),
  textOption(OPTION.classIdentifier, identity.classIdentifier),
  bytesOption(OPTION.parameterRequestList, Uint8Array.from(profile.parameterRequestList)),
]

/** Options U-Boot knows and has no use for here; any other is named on the screen (U-5). */
const SILENT = new Set<number>([2, 6, 12, 13, 15, 17, 28, 51, 52, 53, 58, 59, 66])
/** Complaints printed for one packet. */
const MAX_UNHANDLED_SHOWN = 32

const takeOptions = ({ pc, network, profile }: Board, message: DhcpMessage): void => {
  let unhandled = 0
  for (const { code, value } of message.options) {
    const ip = value.length >= 4 ? ip4At(value, 0) : undefined
    if (code === OPTION.subnetMask) network.mask = ip ?? network.mask
    else if (code === OPTION.router) network.router = ip ?? network.router
    else if (code === OPTION.serverIdentifier) network.dhcpServer = ip ?? network.dhcpServer
    else if (code === OPTION.bootFileName)
      network.bootFile = nameIn(value) // U-5
    else if (code === CONFIG_FILE && profile.parameterRequestList.includes(code))
      network.configFile = nameIn(value)
    else if (!SILENT.has(code) && unhandled++ < MAX_UNHANDLED_SHOWN)
      pc.print(`*** Unhandled DHCP Option in OFFER/ACK: ${code}`)
  }
}

/** RFC 5071: the path of a PXELINUX configuration file. */
const CONFIG_FILE = 209

/** U-5: siaddr if there is one, and a non-empty `file` overrides option 67. */
const takeHeader = ({ pc, network }: Board, message: DhcpMessage): void => {
  if (message.siaddr !== ANY_IP4) network.server = message.siaddr
  if (message.file === '') return
  if (network.bootFile !== '' && network.bootFile !== message.file)
    pc.because('U-5', 'The packet names two files; the header field file overrides option 67.')
  network.bootFile = message.file
}
