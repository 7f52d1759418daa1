/**
 * Where things stand in a frame, down to a DHCP message: one table for everybody who reads or writes one. Offsets are bytes
 * from the start of the header that has them. Numbers and nothing else: `frame-view.ts` reads, the decoders judge.
 */

/** IEEE 802.3, without the frame check sequence. */
export const ETHERNET = { target: 0, source: 6, type: 12, length: 14 } as const

/** IEEE 802.1Q, counted from the tag's own type; what it tags follows with a type of its own. */
export const VLAN_TAG = { control: 2, type: 4, length: 4 } as const

export const ETHER_TYPE = { ip4: 0x0800, arp: 0x0806, ip6: 0x86dd } as const

/** 802.1Q, 802.1ad (QinQ) and the tag types that preceded it. */
export const isTagType = (type: number): boolean =>
  type === 0x8100 || type === 0x88a8 || type === 0x9100 || type === 0x9200

/** RFC 826, for Ethernet and IPv4. */
export const ARP = {
  hardware: 0,
  protocol: 2,
  hardwareLength: 4,
  protocolLength: 5,
  operation: 6,
  senderMac: 8,
  senderIp: 14,
  targetMac: 18,
  targetIp: 24,
  length: 28,
} as const

/** RFC 791 §3.1; `length` is that of a header without options. */
export const IP4 = {
  versionAndLength: 0,
  typeOfService: 1,
  totalLength: 2,
  identification: 4,
  fragment: 6,
  ttl: 8,
  protocol: 9,
  checksum: 10,
  source: 12,
  target: 16,
  length: 20,
} as const

/** The word at `IP4.fragment`; `offset` counts eights of bytes. */
export const IP4_FRAGMENT = { dontFragment: 0x4000, moreFragments: 0x2000, offset: 0x1fff } as const

/** RFC 8200 §3. */
export const IP6 = {
  version: 0,
  payloadLength: 4,
  nextHeader: 6,
  hopLimit: 7,
  source: 8,
  target: 24,
  length: 40,
} as const

/** RFC 8200 §4.5, the fragment header, with the parts of its word at `fragment`. */
export const IP6_FRAGMENT = {
  nextHeader: 0,
  fragment: 2,
  identification: 4,
  length: 8,
  offset: 0xfff8,
  moreFragments: 1,
} as const

/** Numbers of the IANA registry, for IPv4's protocol and IPv6's next header. */
export const IP_PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmp6: 58 } as const

/** RFC 768. */
export const UDP = { sourcePort: 0, targetPort: 2, datagramLength: 4, checksum: 6, length: 8 } as const

/** RFC 9293 §3.1; `length` is that of a header without options, which `headerLength` counts in words, in its high half. */
export const TCP = {
  sourcePort: 0,
  targetPort: 2,
  sequence: 4,
  acknowledgment: 8,
  headerLength: 12,
  flags: 13,
  window: 14,
  checksum: 16,
  length: 20,
} as const

/** RFC 792, and RFC 4443 for IPv6. */
export const ICMP = { type: 0, code: 1, checksum: 2, rest: 4, length: 8 } as const

/** RFC 2131 §2; `options` begins behind the magic cookie. */
export const DHCP = {
  op: 0,
  hardwareType: 1,
  hardwareLength: 2,
  hops: 3,
  xid: 4,
  secs: 8,
  flags: 10,
  ciaddr: 12,
  yiaddr: 16,
  siaddr: 20,
  giaddr: 24,
  chaddr: 28,
  sname: 44,
  file: 108,
  cookie: 236,
  options: 240,
} as const
