/**
 * A captured record -> a frame and the segment it belongs to. A VLAN is a broadcast domain of its own: its number is
 * appended to the segment. Does not know link layers: `wire/link.ts` does.
 */
import { LIMITED_BROADCAST, isGroupMac, isMulticast, toMac } from '../../core/address.ts'
import { u16At } from '../../core/bytes.ts'
import type { Issue } from '../../core/decoded.ts'
import { LINK_TYPE } from '../../wire/capture/record.ts'
import type { Frame } from '../../wire/frame.ts'
import { FrameView } from '../../wire/frame-view.ts'
import { ETHERNET as LAYOUT, isTagType } from '../../wire/layout.ts'
import { decodeLink } from '../../wire/link.ts'

/** No MAC is known: such a source is never used to tell machines apart. */
export const NO_MAC = toMac(0)
export const ETHERNET = LINK_TYPE.ethernet

export interface LinkFrame {
  readonly frame: Frame
  readonly segment: string
  readonly issues: readonly Issue[]
}

/** Undefined if there is no frame to read, or the link layer is not known. */
export const readLink = (bytes: Uint8Array, linkType: number, segment: string): LinkFrame | undefined => {
  const result = decodeLink(linkType, bytes)
  if (!result.ok) return undefined
  const place = linkType === ETHERNET ? withVlan(bytes, segment) : segment
  return { frame: result.value, segment: place, issues: result.issues }
}

export const withVlan = (bytes: Uint8Array, segment: string): string => {
  if (!isTagType(u16At(bytes, LAYOUT.type))) return segment
  const view = new FrameView()
  view.read(bytes)
  let vlans = ''
  for (let index = 0; index < view.tags; index++) {
    const vlan = view.tagAt(index) & 0xfff
    // 0 is a priority tag: the frame belongs to no VLAN (IEEE 802.1Q §6.9).
    if (vlan !== 0) vlans += `.${vlan}`
  }
  return segment + vlans
}

/** A frame for one machine; where the link layer says nothing of the receiver, the packet does. */
export const isForOne = ({ target, packet }: Frame): boolean => {
  if (target !== NO_MAC) return !isGroupMac(target)
  return packet.kind === 'ip4' ? packet.target !== LIMITED_BROADCAST && !isMulticast(packet.target) : true
}
