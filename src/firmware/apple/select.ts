/**
 * BSDP of the firmware: LIST to everybody, choose, SELECT one. Does not
 * load anything.
 */
import type { Ip4 } from '../../core/address.ts'
import { named, phrase } from '../../core/wording.ts'
import { type Received, receivedReply } from '../offer.ts'
import type { Script } from '../pc.ts'
import {
  type BootSource,
  type ListAnswer,
  bsdpOf,
  isFailure,
  isForThisMac,
  isSelection,
  readList,
  sourceOf,
} from './answers.ts'
import { type Choice, chooseAutomatically, describeChoice } from './choose.ts'
import { type Mac, TO_ALL_SERVERS, newXid, secsOf, waitUntil } from './mac.ts'
import { listMessage, selectMessage } from './messages.ts'

/** Undefined: nobody answered a LIST, or nobody kept what the list promised. */
export function* selectSource(mac: Mac, address: Ip4): Script<BootSource | undefined> {
  const { pc, profile } = mac
  const avoid = new Set<Ip4>()
  for (let round = 0; round < profile.rounds; round++) {
    const choice = chooseAutomatically(yield* askForLists(mac, address), avoid)
    if (!choice) {
      pc.because('A-21', 'no boot server answers the LIST')
      return undefined
    }
    pc.because('A-24', describeChoice(choice))
    const answer = yield* askToSelect(mac, address, choice)
    if (answer === 'failed') {
      pc.because('A-22', phrase`${named(choice.server)} says FAILED; the Mac waits and asks again`)
      avoid.add(choice.server)
      yield* pause(mac, profile.failedPause)
    } else if (answer) return answer
    else pc.because('A-22', phrase`${named(choice.server)} does not answer the SELECT`)
  }
  return undefined
}

function* askForLists(mac: Mac, address: Ip4): Script<ListAnswer[]> {
  const { pc, profile, dhcp } = mac
  for (const wait of profile.listWaits) {
    const xid = newXid(mac) // a new one each time
    dhcp.send(TO_ALL_SERVERS, listMessage(mac, { xid, secs: secsOf(mac), address }))
    const lists: ListAnswer[] = []
    let end = waitUntil(mac, wait)
    for (let incoming = yield end; incoming; incoming = yield end) {
      const reply = receivedReply(incoming, dhcp, xid)
      const list =
        reply && isForThisMac(mac, reply.message, address, false) ? readList(reply, false) : undefined
      if (!list) continue
      if (lists.length === 0) end = pc.now() + profile.gather
      lists.push(list)
    }
    if (lists.length > 0) return lists
  }
  return []
}

function* askToSelect(mac: Mac, address: Ip4, choice: Choice): Script<BootSource | 'failed' | undefined> {
  const { profile, dhcp } = mac
  for (const wait of profile.selectWaits) {
    const xid = newXid(mac)
    dhcp.send(TO_ALL_SERVERS, selectMessage(mac, { xid, secs: secsOf(mac), address }, choice))
    const end = waitUntil(mac, wait)
    for (let incoming = yield end; incoming; incoming = yield end) {
      const reply = receivedReply(incoming, dhcp, xid)
      if (!reply || !isForThisMac(mac, reply.message, address, false)) continue
      const answer = readSelection(mac, reply, choice)
      if (answer) return answer
    }
  }
  return undefined
}

const readSelection = (
  { pc, profile }: Mac,
  reply: Received,
  choice: Choice,
): BootSource | 'failed' | undefined => {
  const content = bsdpOf(reply.message, false)
  if (!content) return undefined
  const source = sourceOf(reply)
  if (source.server !== choice.server) {
    const text = phrase`${named(source.server)} answers a SELECT that named ${named(choice.server)}`
    pc.because(
      'A-29',
      profile.checksSender ? phrase`${text}; the Mac ignores it` : phrase`${text}; the Mac follows it`,
    )
    if (profile.checksSender) return undefined
  }
  if (isFailure(content)) return 'failed'
  return isSelection(content) ? source : undefined
}

function* pause({ pc }: Mac, wait: number): Script {
  const end = pc.now() + wait
  while (pc.now() < end) yield end
}
