/**
 * The DHCP client of an operating system: an address, and nothing about booting. Windows and WinPE alike (class
 * `MSFT 5.0`, so that no PXE server answers). Takes the first offer (RFC 2131 §4.4.1). Does not renew.
 */
import { ANY_IP4, type Ip4, LIMITED_BROADCAST } from '../../core/address.ts'
import { type Micros, SECOND } from '../../core/micros.ts'
import { type Received, leasedAddress, receivedReply, serverIdentity } from '../../firmware/offer.ts'
import type { Pc, PcSocket, Script } from '../../firmware/pc.ts'
import { encodeDhcp } from '../../wire/dhcp/codec.ts'
import { BROADCAST_FLAG, DHCP_PORT, type DhcpOption } from '../../wire/dhcp/message.ts'
import {
  OPTION,
  bootRequest,
  bytesOption,
  chaddrOf,
  clientMac,
  ip4Option,
  messageType,
  messageTypeOption,
  textOption,
} from '../../wire/dhcp/options.ts'

/** RFC 2131 §4.1: retransmission at 4, 8, 16 and 32 s. */
const WAITS: readonly Micros[] = [4, 8, 16, 32].map(seconds => seconds * SECOND)
/** Before it starts over. */
const PAUSE: Micros = 60 * SECOND

const CLASS = textOption(OPTION.classIdentifier, 'MSFT 5.0')
const LIST = bytesOption(OPTION.parameterRequestList, Uint8Array.of(1, 3, 6, 15))
const TO_ALL = { ip: LIMITED_BROADCAST, port: DHCP_PORT.server }

/** Ends when the machine has an address. */
export function* takeAddress(pc: Pc): Script<Ip4> {
  const socket = pc.openUdp({ port: DHCP_PORT.client, ownChaddrOnly: true })
  for (let attempt = 0; ; attempt++) {
    const wait = WAITS[attempt % WAITS.length]!
    if (attempt > 0 && attempt % WAITS.length === 0) yield pc.now() + PAUSE
    const offer = yield* exchange(pc, socket, 'offer', [messageTypeOption('discover')], wait)
    if (!offer || offer.message.yiaddr === ANY_IP4) continue
    const server = serverIdentity(offer.message, offer.source)
    const wanted = [
      messageTypeOption('request'),
      ip4Option(OPTION.requestedIpAddress, offer.message.yiaddr),
      ip4Option(OPTION.serverIdentifier, server),
    ]
    const ack = yield* exchange(pc, socket, 'ack', wanted, WAITS[0]!)
    if (!ack || ack.message.yiaddr === ANY_IP4) continue
    const address = leasedAddress(ack.message)
    pc.configure(address)
    socket.close()
    return address.ip
  }
}

function* exchange(
  pc: Pc,
  socket: PcSocket,
  answer: 'offer' | 'ack',
  options: readonly DhcpOption[],
  wait: Micros,
): Script<Received | undefined> {
  const xid = pc.random.u32()
  const request = bootRequest({
    xid,
    flags: BROADCAST_FLAG,
    chaddr: chaddrOf(pc.mac),
    options: [...options, CLASS, LIST],
  })
  socket.send(TO_ALL, encodeDhcp(request))
  const end = pc.now() + wait
  for (let incoming = yield end; incoming; incoming = yield end) {
    const reply = receivedReply(incoming, socket, xid)
    if (reply && clientMac(reply.message) === pc.mac && messageType(reply.message) === answer) return reply
  }
  return undefined
}
