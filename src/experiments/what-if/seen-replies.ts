/**
 * What a machine was offered in a run, read from the frames of its subnet: every DHCP reply to it, by whom and when,
 * and when the machine looked for servers and made its choice. Does not judge who wins.
 */
import { ANY_IP4, type Ip4, type Mac, macAt } from '../../core/address.ts'
import type { Micros } from '../../core/micros.ts'
import type { TraceEvent } from '../../core/trace.ts'
import { serverIdentity } from '../../firmware/offer.ts'
import { decodeDhcp } from '../../wire/dhcp/codec.ts'
import { type DhcpMessage, BOOTREPLY, BOOTREQUEST } from '../../wire/dhcp/message.ts'
import { bootFileName, messageType } from '../../wire/dhcp/options.ts'
import type { Frame } from '../../wire/frame.ts'
import { FrameView } from '../../wire/frame-view.ts'
import { decodeFrame } from '../../wire/frames.ts'
import { DHCP } from '../../wire/layout.ts'
import { isPxeClient } from '../../wire/pxe/client.ts'
import { type SeenPacket, isSamePacket, udpOf } from '../../simulation/packet-delays.ts'

export interface SeenReply {
  readonly packet: SeenPacket
  readonly server: Ip4
  readonly kind: 'offer' | 'ack'
  readonly xid: number
  /** It gives an address. */
  readonly leases: boolean
  /** It says what to boot, or where to ask for it. */
  readonly boots: boolean
}

export interface SeenBoot {
  /** In order of arrival. */
  readonly replies: readonly SeenReply[]
  /** When the machine asked for servers, in order of time. */
  readonly discovers: readonly Micros[]
  /** When it first asked for an address it was offered: from then on no offer counts. */
  readonly chosen: Micros | undefined
}

/** More than this many replies to one machine are not looked at: it was flooded, and no single packet decided. */
const MAX_REPLIES_SEEN = 256

export const bootAsSeen = (
  { name, mac }: { readonly name: string; readonly mac: Mac },
  segment: string,
  trace: readonly TraceEvent[],
): SeenBoot => {
  const view = new FrameView()
  const replies: SeenReply[] = []
  const frames: Frame[] = []
  const discovers: Micros[] = []
  let chosen: Micros | undefined
  for (const [index, event] of trace.entries()) {
    if (event.kind !== 'frame' || event.segment !== segment) continue
    const { bytes, at } = event
    view.read(bytes)
    if (!view.isUdp || macAt(bytes, view.payloadAt + DHCP.chaddr) !== mac) continue
    const op = bytes[view.payloadAt + DHCP.op]
    if (op !== BOOTREPLY && op !== BOOTREQUEST) continue
    const seen = readFrame(bytes)
    if (!seen) continue
    const { message, frame, source } = seen
    const type = messageType(message) ?? 'offer'
    if (op === BOOTREQUEST && frame.source === mac) {
      if (type === 'discover') discovers.push(at)
      if (type === 'request') chosen ??= at
    }
    if (op !== BOOTREPLY || frames.length >= MAX_REPLIES_SEEN) continue
    const nth = frames.filter(earlier => isSamePacket(earlier, frame)).length
    frames.push(frame)
    if ((type !== 'offer' && type !== 'ack') || wasLost(trace, index, name)) continue
    replies.push({
      packet: { segment, at, frame, nth },
      server: serverIdentity(message, source),
      kind: type,
      xid: message.xid,
      leases: message.yiaddr !== ANY_IP4,
      boots: isPxeClient(message) || nameOfFile(message) !== '',
    })
  }
  return { replies, discovers, chosen }
}

const nameOfFile = (message: DhcpMessage): string => bootFileName(message) ?? message.file

const readFrame = (bytes: Uint8Array) => {
  const decoded = decodeFrame(bytes)
  const udp = decoded.ok ? udpOf(decoded.value) : undefined
  if (!decoded.ok || !udp || decoded.value.packet.kind !== 'ip4') return undefined
  const message = decodeDhcp(udp.payload)
  if (!message.ok) return undefined
  return { frame: decoded.value, message: message.value, source: decoded.value.packet.source }
}

/** Losses of a frame follow it in the trace, at the same moment. */
const wasLost = (trace: readonly TraceEvent[], index: number, name: string): boolean => {
  for (let next = index + 1; next < trace.length && trace[next]!.at === trace[index]!.at; next++) {
    const event = trace[next]!
    if (event.kind === 'frame') return false
    if (event.kind === 'drop' && event.receiver.startsWith(`${name}/`)) return true
  }
  return false
}
