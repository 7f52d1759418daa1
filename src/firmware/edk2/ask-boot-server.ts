/**
 * One exchange with a boot server, as BINL and boot server discovery share it (PxeBcDhcp4Discover, E-32, E-33, E-40,
 * E-41): four tries, each window waited for in full. Does not judge what the reply says.
 */
import { type Ip4, isMulticast } from '../../core/address.ts'
import type { Destination } from '../../core/state-machine.ts'
import { type Phrase, named, phrase } from '../../core/wording.ts'
import { DHCP_PORT } from '../../wire/dhcp/message.ts'
import { receivedReply } from '../offer.ts'
import type { PcSocket, Script } from '../pc.ts'
import { type Edk2Boot, type Lease, TO_ALL_SERVERS } from './boot.ts'
import { type BootServerRequest, bootServerMessage } from './messages.ts'
import { MAX_PACKET_SIZE } from './offers.ts'
import { type StoredPacket, storePacket } from './stored-packet.ts'

export interface BootServerQuestion {
  /** Undefined: broadcast to port 67. */
  readonly to: Ip4 | undefined
  /** Boot server type looked for; undefined for BINL. */
  readonly type: number | undefined
  /** E-41: siaddr must be one of these; undefined: anybody may answer. */
  readonly listed: readonly Ip4[] | undefined
}

/** Replies kept in one window; a flood in these few seconds helps nobody. */
const MAX_BOOT_SERVER_REPLIES = 16

export function* askBootServer(
  boot: Edk2Boot,
  lease: Lease,
  question: BootServerQuestion,
): Script<StoredPacket | 'silent' | 'notListed'> {
  const { pc } = boot
  const broadcast = question.to === undefined
  const request: BootServerRequest = {
    xid: pc.random.u32(), // E-32
    address: lease.address,
    broadcast,
    type: question.type,
  }
  const socket = broadcast ? boot.dhcp : pc.openUdp({ port: DHCP_PORT.bootServer, ownChaddrOnly: true })
  const to: Destination = broadcast ? TO_ALL_SERVERS : { ip: question.to, port: DHCP_PORT.bootServer }
  for (const [attempt, ticks] of boot.profile.bootServerWindows.entries()) {
    const status = socket.send(to, bootServerMessage(boot.client, request, attempt))
    // E-109: without a way there nobody waits for an answer.
    if (status === 'noRoute' && lease.badRouter?.fault !== 'offSubnet') break
    const replies = yield* listen(boot, socket, request.xid, ticks)
    if (replies.length === 0) continue // E-33: an ICMP error costs as much time as silence
    if (!broadcast) socket.close()
    return firstListed(boot, replies, question) ?? 'notListed'
  }
  if (!broadcast) socket.close()
  return 'silent'
}

/** E-33, E-41: the window is waited for in full, though the reply may be there at once. */
function* listen(boot: Edk2Boot, socket: PcSocket, xid: number, ticks: number): Script<StoredPacket[]> {
  const end = boot.tick.after(boot.pc.now(), ticks)
  const replies: StoredPacket[] = []
  for (;;) {
    const incoming = yield end
    if (incoming === undefined) return replies
    const reply = receivedReply(incoming, socket, xid) // E-34: any source, any message type
    if (reply && reply.bytes.length <= MAX_PACKET_SIZE && replies.length < MAX_BOOT_SERVER_REPLIES)
      replies.push(storePacket(reply.bytes, reply.message, reply.source))
  }
}

/** E-41: only siaddr counts, neither option 54 nor where the packet came from. */
const firstListed = (
  { pc }: Edk2Boot,
  replies: readonly StoredPacket[],
  { listed }: BootServerQuestion,
): StoredPacket | undefined => {
  if (listed === undefined) return replies[0]
  for (const reply of replies) {
    if (listed.includes(reply.message.siaddr)) return reply
    const siaddr = named(reply.message.siaddr)
    pc.because(
      'E-41',
      phrase`The reply of ${named(reply.identity)} is rejected: its siaddr (${siaddr}) is not on the list of 43.8.`,
    )
  }
  return undefined
}

export const describeTarget = (to: Ip4 | undefined): Phrase =>
  to === undefined ? 'everybody' : isMulticast(to) ? phrase`group ${named(to)}` : phrase`${named(to)}`
