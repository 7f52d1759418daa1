/**
 * U-Boot on the lwIP stack (U-8, U-9): any offer with a server identifier is taken, even one without an address, and
 * the boot file is the field `file` of the ACK and nothing else. Its DHCP has ten seconds in all. Nothing of it has
 * been measured.
 */
import { ANY_IP4, type Ip4, LIMITED_BROADCAST, formatIp4, macAt } from '../../core/address.ts'
import { printable } from '../../core/bytes.ts'
import { MILLISECOND, type Micros, SECOND } from '../../core/micros.ts'
import { phrase } from '../../core/wording.ts'
import { encodeDhcp } from '../../wire/dhcp/codec.ts'
import { DHCP_PORT, type DhcpOption, type MessageType } from '../../wire/dhcp/message.ts'
import {
  OPTION,
  bootRequest,
  bytesOption,
  chaddrOf,
  ip4Option,
  messageType,
  messageTypeOption,
  serverIdentifier,
  u16Option,
} from '../../wire/dhcp/options.ts'
import { TFTP_PORT } from '../../wire/tftp/packet.ts'
import { type Received, describeServer, leasedAddress, receivedReply } from '../offer.ts'
import type { PcSocket, Script } from '../pc.ts'
import { tftpGet } from '../tftp-get.ts'
import type { Board } from './board.ts'
import type { LoadResult } from './load.ts'

/** U-8. */
const DHCP_TIME: Micros = 10 * SECOND
const FIRST_WAIT: Micros = 2 * SECOND
/** REQUESTs for one offer before lwIP starts over. */
const MAX_REQUESTS = 5
/** Times a NAK may start it over: without this limit a server that answers in no time would keep it busy for ever. */
const MAX_RESTARTS = 1000
/** U-9: the command gives up when the first block has not come by then. */
const TFTP_WAIT: Micros = 10 * SECOND
/** lwIP fills its options up to 68 bytes. */
const SHORTEST_MESSAGE = 308

export function* lwipDhcp(board: Board): Script<'bound' | 'gaveUp'> {
  const { pc } = board
  const socket = pc.openUdp({ port: DHCP_PORT.client, ownChaddrOnly: true })
  const session: Session = { board, socket, xid: pc.random.u32(), end: pc.now() + DHCP_TIME }
  const started = pc.now()
  let ack: Received | undefined
  for (let start = 0; !ack && start <= MAX_RESTARTS && pc.now() < session.end; start++) {
    const offer = yield* select(session)
    if (offer) ack = yield* request(session, offer)
  }
  socket.close()
  if (!ack) return 'gaveUp'
  bind(board, ack)
  const millis = Math.round((pc.now() - started) / MILLISECOND)
  pc.print(`DHCP client bound to address ${formatIp4(ack.message.yiaddr)} (${millis} ms)`)
  return 'bound'
}

interface Session {
  readonly board: Board
  readonly socket: PcSocket
  readonly xid: number
  readonly end: Micros
}

interface Choice {
  readonly server: Ip4
  readonly address: Ip4
}

/** U-8: DISCOVER at 0, 2, 6 s … until an offer names a server. */
function* select(session: Session): Script<Choice | undefined> {
  const { pc } = session.board
  for (let wait = FIRST_WAIT; pc.now() < session.end; wait *= 2) {
    send(session, 'discover', [])
    const until = Math.min(pc.now() + wait, session.end)
    for (;;) {
      const reply = yield* next(session, until)
      if (!reply) break
      const server = serverIdentifier(reply.message)
      if (messageType(reply.message) !== 'offer' || server === undefined) continue
      const address = reply.message.yiaddr
      const name = describeServer(reply.message, reply.source)
      pc.because(
        'U-8',
        address === ANY_IP4
          ? phrase`The offer of ${name} is the first with a server identifier and is taken, although it offers no address, so the boot will fail.`
          : phrase`The offer of ${name} is the first with a server identifier and is taken.`,
      )
      return { server, address }
    }
  }
  return undefined
}

function* request(session: Session, choice: Choice): Script<Received | undefined> {
  const { pc } = session.board
  let wait = FIRST_WAIT
  for (let sent = 0; sent < MAX_REQUESTS && pc.now() < session.end; sent++, wait *= 2) {
    send(session, 'request', [
      ip4Option(OPTION.requestedIpAddress, choice.address),
      ip4Option(OPTION.serverIdentifier, choice.server),
    ])
    const until = Math.min(pc.now() + wait, session.end)
    for (;;) {
      const reply = yield* next(session, until)
      if (!reply) break
      const type = messageType(reply.message)
      if (type === 'nak') {
        pc.because(
          'U-8',
          phrase`${describeServer(reply.message, reply.source)} refuses the address: DHCP starts again.`,
        )
        return undefined
      }
      if (type === 'ack' && reply.message.yiaddr !== ANY_IP4) return reply
    }
  }
  return undefined
}

function* next({ board, socket, xid }: Session, until: Micros): Script<Received | undefined> {
  const { pc } = board
  while (pc.now() < until) {
    const incoming = yield until
    const reply = incoming && receivedReply(incoming, socket, xid)
    if (reply && macAt(reply.message.chaddr, 0) === pc.mac) return reply
  }
  return undefined
}

/** U-8: no 60, 93, 94, 97. lwIP leaves `secs` and `flags` at zero. */
const send = ({ board, socket, xid }: Session, type: MessageType, extra: readonly DhcpOption[]): void => {
  const message = bootRequest({
    xid,
    chaddr: chaddrOf(board.pc.mac),
    options: [
      messageTypeOption(type),
      u16Option(OPTION.maximumMessageSize, 1500),
      ...extra,
      bytesOption(OPTION.parameterRequestList, Uint8Array.of(1, 3, 28, 6)),
    ],
  })
  socket.send(
    { ip: LIMITED_BROADCAST, port: DHCP_PORT.server },
    encodeDhcp(message, { padTo: SHORTEST_MESSAGE }),
  )
}

/** U-9. */
const bind = (board: Board, { message, source }: Received): void => {
  const { pc, record, network } = board
  const server = serverIdentifier(message) ?? source
  network.address = message.yiaddr
  network.server = message.siaddr === ANY_IP4 ? server : message.siaddr
  network.bootFile = message.file
  record.lease = { server, address: message.yiaddr }
  record.pxeServer = server
  pc.configure(leasedAddress(message))
}

/** U-9. */
export function* lwipLoad(board: Board): Script<LoadResult> {
  const { pc, network, record } = board
  if (network.bootFile === '') {
    pc.print('error: no file name')
    pc.because('U-9', 'The header field file of the ACK is empty, and option 67 is not read.')
    return { kind: 'failed', code: 'error: no file name' }
  }
  record.file = network.bootFile
  record.transfer = { kind: 'tftp', server: network.server }
  pc.print('Using eth0 device')
  pc.print(`TFTP from server ${formatIp4(network.server)}; our IP address is ${formatIp4(network.address)}`)
  pc.print(`Filename '${printable(network.bootFile)}'.`)
  pc.print('Loading: ')
  const outcome = yield* tftpGet(pc, {
    server: { ip: network.server, port: TFTP_PORT },
    file: network.bootFile,
    options: [['blksize', '1468']],
    waits: [TFTP_WAIT],
    sourceCheck: 'none',
    strangers: 'ignore',
    onNoRoute: 'ignore',
  })
  if (outcome.type === 'done') {
    pc.print('done')
    pc.print(`Bytes transferred = ${outcome.bytes.length} (${outcome.bytes.length.toString(16)} hex)`)
    return { kind: 'loaded', content: outcome.bytes }
  }
  if (outcome.cause === 'error-packet') {
    const text = `TFTP error: ${outcome.code} (${printable(outcome.message)})`
    pc.print(text)
    return { kind: 'failed', code: text }
  }
  pc.append('Timeout!')
  return { kind: 'failed', code: 'Timeout!' }
}
