/**
 * What a probe and its server said to each other, as it is cited by verdicts and written to captures. One list for
 * each clause, in order of time; its positions, from 1, are the frame numbers of the capture.
 */
import {
  type Endpoint,
  type Ip4,
  type Mac,
  BROADCAST_MAC,
  LIMITED_BROADCAST,
  isMulticast,
  multicastMac,
  toMac,
} from '../../core/address.ts'
import type { Micros } from '../../core/micros.ts'
import { LINK_TYPE, encodePcapng } from '../../wire/capture/index.ts'
import { encodeFrame } from '../../wire/frames.ts'
import { udpFrame } from '../../wire/udp-frame.ts'

export interface Said {
  readonly at: Micros
  readonly by: 'probe' | 'server'
  readonly from: Endpoint
  readonly to: Endpoint
  readonly payload: Uint8Array
}

/** Packets of one clause that are kept; a transfer of a large file has more. */
export const MAX_SAID = 4096

/** Nobody here knows a MAC of a server that is asked through sockets of the system: it is made from its address. */
const macOf = (ip: Ip4): Mac => {
  if (ip === LIMITED_BROADCAST) return BROADCAST_MAC
  return isMulticast(ip) ? multicastMac(ip) : toMac(SERVER_MACS + Number(ip))
}

/** `02:6e` and the address. */
const SERVER_MACS = 0x026e00000000

/** The packets as frames, with a MAC for each address made from it. */
export const captureOf = (segment: string, said: readonly Said[]): Uint8Array =>
  encodePcapng(
    [{ name: segment, linkType: LINK_TYPE.ethernet }],
    said.map(({ at, from, to, payload }) => ({
      at,
      iface: 0,
      bytes: encodeFrame(udpFrame({ ...from, mac: macOf(from.ip) }, { ...to, mac: macOf(to.ip) }, payload)),
    })),
  )
