/**
 * Frames as mirror sessions, overlays and other link layers carry them, written by hand from the specifications: what the
 * decoders of `src/wire/carrier.ts` and `wireless.ts` are held against (and, in the lab, Wireshark's). Judges nothing.
 */
import { parseIp4, toMac } from '../../src/core/address.ts'
import { concat } from '../../src/core/bytes.ts'
import { LINK_TYPE } from '../../src/wire/capture/record.ts'
import { encodeFrame } from '../../src/wire/frames.ts'
import type { Ip4Packet } from '../../src/wire/frame.ts'

export interface Carrier {
  readonly linkType: number
  /** Appended to the segment; empty where the frame is on the segment itself. */
  readonly name: string
  readonly wrap: (frame: Uint8Array) => Uint8Array
}

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))

const packet = (body: Ip4Packet['body']): Uint8Array =>
  encodeFrame({
    target: toMac(0x020000000001),
    source: toMac(0x020000000002),
    packet: {
      kind: 'ip4',
      source: parseIp4('192.0.2.1')!,
      target: parseIp4('192.0.2.2')!,
      ttl: 64,
      identification: 1,
      dontFragment: false,
      moreFragments: false,
      fragmentOffset: 0,
      body,
    },
  })
const udp =
  (targetPort: number, header: string) =>
  (frame: Uint8Array): Uint8Array =>
    packet({ kind: 'udp', sourcePort: 40_000, targetPort, payload: concat([hex(header), frame]) })
const gre =
  (header: string) =>
  (frame: Uint8Array): Uint8Array =>
    packet({ kind: 'raw', protocol: 47, bytes: concat([hex(header), frame]) })
const below =
  (etherType: string, header: string) =>
  (frame: Uint8Array): Uint8Array =>
    concat([hex(`020000000001 020000000002 ${etherType} ${header}`), frame])
/** The packet alone: what is behind the Ethernet header. */
const ofIp = (wrap: (bytes: Uint8Array) => Uint8Array) => (frame: Uint8Array) => wrap(frame.subarray(14))
const before = (header: string) => (bytes: Uint8Array) => concat([hex(header), bytes])
/** From the access point to a station, QoS or not. */
const wireless =
  (qos: boolean, flags = '02') =>
  (frame: Uint8Array): Uint8Array =>
    concat([
      hex(`${qos ? '88' : '08'} ${flags} 0000`),
      frame.subarray(0, 6),
      hex('0a0000000001'),
      frame.subarray(6, 12),
      hex(`0000 ${qos ? '0000' : ''} aaaa03 000000`),
      frame.subarray(12),
    ])

const ethernet = (name: string, wrap: Carrier['wrap']): Carrier => ({
  linkType: LINK_TYPE.ethernet,
  name: ` ${name}`,
  wrap,
})

/** Carriers that hold whole Ethernet frames. */
export const ETHERNET_CARRIERS: Readonly<Record<string, Carrier>> = {
  vxlan: ethernet('vxlan 5001', udp(4789, '08000000 001389 00')),
  'vxlan on the port of Linux': ethernet('vxlan 7', udp(8472, '08000000 000007 00')),
  'vxlan-gpe': ethernet('vxlan 9', udp(4790, '0c000003 000009 00')),
  geneve: ethernet('geneve 12', udp(6081, '0000 6558 00000c 00')),
  'geneve with options': ethernet('geneve 12', udp(6081, '0200 6558 00000c 00 0102 8001 deadbeef')),
  gre: ethernet('gre', gre('0000 6558')),
  nvgre: ethernet('nvgre 4097', gre('2000 6558 001001 00')),
  'erspan I': ethernet('erspan', gre('0000 88be')),
  'erspan II': ethernet('erspan 7', gre('1000 88be 00000001 1001 0007 00000000')),
  'erspan III': ethernet('erspan 7', gre('1000 22eb 00000001 2001 0007 12345678 0000 0000')),
  'erspan III with a subheader': ethernet('erspan 7', gre('1000 22eb 00000001 2001 0007 12345678 0000 0001 0000000000000000')), // prettier-ignore
  tzsp: ethernet('tzsp', udp(37_008, '0100 0001 00 0a 01 c8 01')),
  'capwap 802.3': ethernet('capwap', udp(5247, '00 10 0000 00000000')),
  'mpls pseudowire': ethernet('mpls 16', below('8847', '00010140 00000000')),
  'two labels': ethernet('mpls 17', below('8847', '00010040 00011140 00000000')),
  'vxlan in vxlan': ethernet('vxlan 1 vxlan 2', frame =>
    udp(4789, '08000000 000001 00')(udp(4789, '08000000 000002 00')(frame)),
  ),
}

/** Carriers in which the Ethernet addresses are lost: of IPv4 packets. */
export const IP_CARRIERS: Readonly<Record<string, Carrier>> = {
  'gre of IP': ethernet('gre', ofIp(gre('0000 0800'))),
  'erspan III of IP': ethernet('erspan 7', ofIp(gre('1000 22eb 00000001 2001 0007 12345678 0000 0800'))),
  mpls: ethernet('mpls 16', ofIp(below('8847', '00010140'))),
  pppoe: ethernet(
    'pppoe 3',
    ofIp(bytes => below('8864', `1100 0003 ${(bytes.length + 2).toString(16).padStart(4, '0')} 0021`)(bytes)),
  ),
  'BSD null, little-endian': { linkType: LINK_TYPE.bsdNull, name: '', wrap: ofIp(before('02000000')) },
  'BSD null, big-endian': { linkType: LINK_TYPE.bsdNull, name: '', wrap: ofIp(before('00000002')) },
  'OpenBSD loop': { linkType: LINK_TYPE.bsdLoop, name: '', wrap: ofIp(before('00000002')) },
  ppp: { linkType: LINK_TYPE.ppp, name: '', wrap: ofIp(before('ff03 0021')) },
}

/** Wireless: the addresses are there, in another order. */
export const WIRELESS: Readonly<Record<string, Carrier>> = {
  '802.11': { linkType: LINK_TYPE.ieee80211, name: '', wrap: wireless(false) },
  '802.11 QoS': { linkType: LINK_TYPE.ieee80211, name: '', wrap: wireless(true) },
  radiotap: {
    linkType: LINK_TYPE.radiotap,
    name: '',
    wrap: frame => concat([hex('0000 0800 00000000'), wireless(true)(frame)]),
  },
  'capwap 802.11': ethernet('capwap', frame => udp(5247, '00 10 0300 00000000')(wireless(false)(frame))),
  'tzsp 802.11': ethernet('tzsp', frame => udp(37_008, '0100 0012 01')(wireless(true)(frame))),
}

export const CARRIERS = { ...ETHERNET_CARRIERS, ...IP_CARRIERS, ...WIRELESS }
