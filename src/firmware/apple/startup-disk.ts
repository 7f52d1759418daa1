/**
 * Apple's user-space client: a running system lists and selects, which makes the binding, so that the
 * firmware finds a BSDP OFFER after the restart. Does not boot.
 */
import { type Ip4, formatIp4 } from '../../core/address.ts'
import { type Micros, SECOND } from '../../core/micros.ts'
import { receivedReply, serverIdentity } from '../offer.ts'
import type { PcSocket, Script } from '../pc.ts'
import { type ListAnswer, bsdpOf, isFailure, isForThisMac, isSelection, readList } from './answers.ts'
import { type Choice, chooseAutomatically, describeChoice, menuOf } from './choose.ts'
import { type Mac, TO_ALL_SERVERS, newXid } from './mac.ts'
import { listMessage, selectMessage } from './messages.ts'
import { formatImageId } from '../../wire/bsdp/image-id.ts'
import { printable } from '../../core/bytes.ts'

/** Each and up to a second more, random. */
const LIST_WAITS: readonly Micros[] = [2, 4, 8, 16, 16, 16, 16].map(wait => wait * SECOND)
const SELECT_WAITS: readonly Micros[] = [2 * SECOND, 4 * SECOND]
/** `bsdpc`: after the first answer. */
const GATHER: Micros = 4 * SECOND

interface Client {
  readonly mac: Mac
  readonly socket: PcSocket
  readonly address: Ip4
  readonly replyPort: number
}

/** True if the selection was acknowledged. */
export function* selectInSystem(mac: Mac, address: Ip4, ports: readonly [number, number]): Script<boolean> {
  const { pc } = mac
  const replyPort = pc.random.between(ports[0], ports[1])
  const socket = pc.openUdp({ port: replyPort, ownChaddrOnly: true })
  const client: Client = { mac, socket, address, replyPort }
  const lists = yield* askForLists(client)
  for (const [index, line] of menuOf(lists).entries())
    pc.print(
      `${index + 1}. ${printable(line.name)} (${formatImageId(line.image)}) on ${line.servers.map(formatIp4).join(', ')}`,
    )
  const choice = chooseAutomatically(lists)
  if (choice) pc.because('A-25', describeChoice(choice))
  const done = choice !== undefined && (yield* askToSelect(client, choice))
  socket.close()
  return done
}

/** One xid for all transmissions; they go on while answers are gathered, so that late servers are found. */
function* askForLists({ mac, socket, address, replyPort }: Client): Script<ListAnswer[]> {
  const { pc } = mac
  const xid = newXid(mac)
  const lists: ListAnswer[] = []
  let gatherEnd = Infinity
  for (const wait of LIST_WAITS) {
    socket.send(TO_ALL_SERVERS, listMessage(mac, { xid, secs: 0, address }, { library: true, replyPort }))
    const next = pc.now() + wait + pc.random.below(SECOND + 1)
    for (;;) {
      const incoming = yield Math.min(next, gatherEnd)
      if (!incoming) break
      const reply = receivedReply(incoming, socket, xid)
      const list =
        reply && isForThisMac(mac, reply.message, address, true) ? readList(reply, true) : undefined
      // Retransmissions are answered again.
      if (!list || lists.some(({ server }) => server === list.server)) continue
      if (lists.length === 0) gatherEnd = pc.now() + GATHER
      lists.push(list)
    }
    if (pc.now() >= gatherEnd) return lists
  }
  return lists
}

function* askToSelect({ mac, socket, address, replyPort }: Client, choice: Choice): Script<boolean> {
  const { pc } = mac
  const xid = newXid(mac)
  const extras = { library: true, replyPort }
  for (const wait of SELECT_WAITS) {
    socket.send(TO_ALL_SERVERS, selectMessage(mac, { xid, secs: 0, address }, choice, extras))
    const end = pc.now() + wait
    for (let incoming = yield end; incoming; incoming = yield end) {
      const reply = receivedReply(incoming, socket, xid)
      if (!reply || !isForThisMac(mac, reply.message, address, true)) continue
      const content = bsdpOf(reply.message, true)
      if (!content || serverIdentity(reply.message, reply.source) !== choice.server) continue
      if (isFailure(content)) return false
      if (isSelection(content)) return true
    }
  }
  return false
}
