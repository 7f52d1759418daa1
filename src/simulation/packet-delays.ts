/**
 * Delays single packets of a run and leaves everything else as it was: what happens before is the same, and so is every
 * random draw. Does not choose the packets; `counterfactuals.ts` does.
 */
import { equalBytes } from '../core/bytes.ts'
import type { Micros } from '../core/micros.ts'
import type { Frame, UdpPacket } from '../wire/frame.ts'
import type { BuiltNetwork } from './build-network.ts'

/** A UDP packet as it was seen in a run: told apart by its sender, its payload, and how many of the kind came before. */
export interface SeenPacket {
  readonly segment: string
  readonly at: Micros
  readonly frame: Frame
  /** Among equal ones on this segment, from 0: servers repeat themselves to the byte. */
  readonly nth: number
}

export interface PacketDelay {
  readonly packet: SeenPacket
  /** Later by this much; negative: earlier. */
  readonly by: Micros
}

export const delayPackets = (shifts: readonly PacketDelay[], built: BuiltNetwork): void => {
  for (const [name, segment] of built.segments) {
    const own = shifts.filter(({ packet }) => packet.segment === name)
    if (own.length === 0) continue
    const awaited = own.map(shift => ({ ...shift, toCome: shift.packet.nth }))
    segment.perturb = frame => {
      let by: Micros | undefined
      for (const shift of awaited)
        if (shift.toCome >= 0 && isSamePacket(frame, shift.packet.frame) && shift.toCome-- === 0)
          by = shift.by
      return by
    }
    for (const { packet, by } of own)
      if (by < 0) built.network.clock.setTimer(packet.at + by, () => segment.insert(packet.frame))
  }
}

/** IP's identification counts all packets of a host, so it may differ after an earlier shift. */
export const isSamePacket = (a: Frame, b: Frame): boolean => {
  if (a.source !== b.source || a.target !== b.target) return false
  const [one, other] = [udpOf(a), udpOf(b)]
  return (
    one !== undefined &&
    other !== undefined &&
    one.targetPort === other.targetPort &&
    one.sourcePort === other.sourcePort &&
    equalBytes(one.payload, other.payload)
  )
}

export const udpOf = ({ packet }: Frame): UdpPacket | undefined =>
  packet.kind === 'ip4' && packet.body.kind === 'udp' ? packet.body : undefined
