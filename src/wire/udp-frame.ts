/**
 * A UDP datagram in its frame, for whoever sends single packets by hand. Does not fragment and does not route.
 */
import type { Endpoint, Mac } from '../core/address.ts'
import type { Frame } from './frame.ts'

export interface FrameEndpoint extends Endpoint {
  readonly mac: Mac
}

const TTL = 64

export const udpFrame = (source: FrameEndpoint, target: FrameEndpoint, payload: Uint8Array): Frame => ({
  source: source.mac,
  target: target.mac,
  packet: {
    kind: 'ip4',
    source: source.ip,
    target: target.ip,
    ttl: TTL,
    identification: 0,
    dontFragment: false,
    moreFragments: false,
    fragmentOffset: 0,
    body: { kind: 'udp', sourcePort: source.port, targetPort: target.port, payload },
  },
})
