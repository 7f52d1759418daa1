/**
 * What a switch does to frames beyond forwarding them: a port that does not forward yet (spanning tree, LACP), DHCP snooping,
 * and a way that loses what is large without a word. Decides about one frame; does not forward.
 */
import type { Micros } from '../../core/micros.ts'
import type { Frame } from '../../wire/frame.ts'
import { ip4Length } from '../../wire/frames.ts'

export interface SwitchRules {
  /** A port forwards so long after its link has come up. */
  readonly forwardingDelay: Micros
  /** Hosts whose ports may bring in answers of DHCP servers; undefined: all. */
  readonly trusted?: readonly string[] | undefined
  /** IP packets of more bytes are lost. */
  readonly dropAbove?: number | undefined
}

/** Why a frame did not get through. */
export type SwitchDrop = 'port-not-forwarding' | 'dhcp-snooping' | 'too-large'

const DHCP_SERVER = 67
const BOOTREPLY = 2

/** As it came in by a port; undefined: it goes on. */
export const refusedBy = (
  rules: SwitchRules,
  isTrusted: boolean,
  { packet }: Frame,
): SwitchDrop | undefined => {
  if (packet.kind !== 'ip4') return undefined
  const { dropAbove } = rules
  if (dropAbove !== undefined && ip4Length(packet) > dropAbove) return 'too-large'
  if (isTrusted || packet.body.kind !== 'udp') return undefined
  const { sourcePort, payload } = packet.body
  return sourcePort === DHCP_SERVER && payload[0] === BOOTREPLY ? 'dhcp-snooping' : undefined
}

/** Names of stations are `host/interface`, or a guest's own. */
export const mayAnswer = ({ trusted }: SwitchRules, station: string): boolean =>
  trusted === undefined || trusted.includes(station.split('/', 1)[0]!)
