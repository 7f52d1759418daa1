/**
 * One line of plain text per frame, for the explanation of a boot and the viewer. Names hosts where it can. Does not judge: the
 * analyser does that.
 */
import { type Ip4, type Mac, LIMITED_BROADCAST, formatIp4, ANY_IP4, ip4Number } from '../core/address.ts'
import { printable } from '../core/bytes.ts'
import { describeAgent } from './agent/describe.ts'
import { decodeAgent, isPartOfMany } from './agent/message.ts'
import { isBsdp } from './bsdp/class-identifier.ts'
import { describeBsdp } from './bsdp/describe.ts'
import type { ArpPacket, Frame, IcmpPacket, UdpPacket } from './frame.ts'
import { ICMP_TYPE, readUnreachable } from './frames.ts'
import { decodeDhcp } from './dhcp/codec.ts'
import { type DhcpMessage, DHCP_PORT } from './dhcp/message.ts'
import { bootFileName, clientMac, messageType, requestedIpAddress, serverIdentifier } from './dhcp/options.ts'
import { clientArchitecture, architectureName, isPxeClient } from './pxe/client.ts'
import { pxeVendor } from './pxe/vendor-readings.ts'
import type { PxeVendorOptions } from './pxe/vendor-options.ts'
import { decodeTftp } from './tftp/codec.ts'
import type { TftpPacket } from './tftp/packet.ts'
import { type UdpPayload, udpPayload } from './udp-payload.ts'

export type NameOf = (ip: Ip4) => string

export interface Described {
  readonly from: string
  readonly to: string
  readonly text: string
  /** The machine that a message of DHCP or of agents is about, whoever sent it. */
  readonly about?: Mac
  /** A DATA or ACK in the middle of a transfer: long runs of these are worth one line. */
  readonly bulk?: { readonly bytes: number; readonly what: string }
  /** Names a packet of agents, which is one message for whoever reads, also where a router passes it on. */
  readonly packet?: string
}

export const describeFrame = (frame: Frame, nameOf: NameOf): Described => {
  const { packet } = frame
  if (packet.kind === 'arp') return describeArp(packet, nameOf)
  if (packet.kind === 'other')
    return { from: '?', to: '?', text: `ether type 0x${packet.etherType.toString(16)}` }
  const from = packet.source === ANY_IP4 ? 'no address' : nameOf(packet.source)
  const to = packet.target === LIMITED_BROADCAST ? 'everyone' : nameOf(packet.target)
  const { body } = packet
  if (body.kind === 'udp') {
    const described = describeUdp(body, nameOf)
    if (described.about === undefined || spoken(body) !== 'agent') return { from, to, ...described }
    return {
      from,
      to,
      ...described,
      packet: `${ip4Number(packet.source)} ${ip4Number(packet.target)} ${packet.identification}`,
    }
  }
  if (body.kind === 'icmp') return { from, to, text: describeIcmp(body, nameOf) }
  return {
    from,
    to,
    text: packet.fragmentOffset > 0 || packet.moreFragments ? 'fragment' : `IP protocol ${body.protocol}`,
  }
}

const describeArp = (arp: ArpPacket, nameOf: NameOf): Described =>
  arp.operation === 'request'
    ? { from: nameOf(arp.senderIp), to: 'everyone', text: `ARP: who has ${formatIp4(arp.targetIp)}?` }
    : {
        from: nameOf(arp.senderIp),
        to: nameOf(arp.targetIp),
        text: `ARP: ${formatIp4(arp.senderIp)} is here`,
      }

const describeIcmp = (icmp: IcmpPacket, nameOf: NameOf): string => {
  const lost = readUnreachable(icmp)
  if (lost) return `ICMP: ${lost.cause} unreachable (port ${lost.target.port} of ${nameOf(lost.target.ip)})`
  if (icmp.type === ICMP_TYPE.echoRequest) return 'ICMP: echo request'
  return icmp.type === ICMP_TYPE.echoReply ? 'ICMP: echo reply' : `ICMP type ${icmp.type}, code ${icmp.code}`
}

const spoken = ({ sourcePort, targetPort, payload }: UdpPacket): UdpPayload =>
  udpPayload(sourcePort, targetPort, payload, 0, payload.length)

const TFTP_PACKETS = 'TFTP packets'

const describeUdp = (udp: UdpPacket, nameOf: NameOf): Omit<Described, 'from' | 'to'> => {
  const kind = spoken(udp)
  if (kind === 'dhcp') {
    const message = decodeDhcp(udp.payload)
    if (message.ok) return { text: describeDhcp(message.value, udp, nameOf), about: clientMac(message.value) }
  }
  const agent = kind === 'agent' ? decodeAgent(udp.payload) : undefined
  if (agent)
    return {
      text: describeAgent(agent, nameOf),
      about: agent.mac,
      ...(isPartOfMany(agent) && { bulk: { bytes: 0, what: `messages about ${agent.fields['package']}` } }),
    }
  const tftp = decodeTftp(udp.payload)
  if (!tftp.ok) return { text: `UDP port ${udp.targetPort}, ${udp.payload.length} bytes` }
  const text = describeTftp(tftp.value)
  if (tftp.value.kind === 'data')
    return { text, bulk: { bytes: tftp.value.bytes.length, what: TFTP_PACKETS } }
  return tftp.value.kind === 'ack' ? { text, bulk: { bytes: 0, what: TFTP_PACKETS } } : { text }
}

const describeDhcp = (message: DhcpMessage, udp: UdpPacket, nameOf: NameOf): string => {
  if (isBsdp(message) && messageType(message) !== 'request') return describeBsdp(message, nameOf)
  const type = messageType(message)?.toUpperCase() ?? 'BOOTP'
  const proxy = message.op === 2 && message.yiaddr === ANY_IP4 && isPxeClient(message)
  const words = [`${proxy ? 'PXE' : 'DHCP'} ${type}`]
  if (udp.targetPort === DHCP_PORT.bootServer || udp.sourcePort === DHCP_PORT.bootServer)
    words.push('(port 4011)')
  const server = serverIdentifier(message)
  if (message.op === 1) {
    const arch = clientArchitecture(message)
    if (isPxeClient(message))
      words.push(`as PXEClient ${arch === undefined ? '' : (architectureName(arch) ?? arch)}`.trimEnd())
    const wanted = requestedIpAddress(message)
    if (wanted !== undefined) words.push(`for ${formatIp4(wanted)}`)
    if (server !== undefined) words.push(`of ${nameOf(server)}`)
    return words.join(' ')
  }
  if (message.yiaddr !== ANY_IP4) words.push(formatIp4(message.yiaddr))
  if (isPxeClient(message) && !proxy) words.push('with option 60 PXEClient')
  const file = bootFileName(message) ?? message.file
  if (file) words.push(`file ${printable(file)}`)
  if (message.siaddr !== ANY_IP4) words.push(`at ${nameOf(message.siaddr)}`)
  const vendor = pxeVendor(message, 'first')
  if (vendor?.ok) words.push(...describeVendor(vendor.value))
  return words.join(' ')
}

const describeVendor = (vendor: PxeVendorOptions): string[] => {
  const words: string[] = []
  if (vendor.discoveryControl !== undefined) words.push(`43.6=${vendor.discoveryControl}`)
  if (vendor.bootMenu?.length)
    words.push(`menu [${vendor.bootMenu.map(entry => `${entry.type}: ${printable(entry.text)}`).join(', ')}]`)
  if (vendor.bootItem) words.push(`item type ${vendor.bootItem.type}`)
  return words
}

const describeTftp = (packet: TftpPacket): string => {
  switch (packet.kind) {
    case 'rrq':
    case 'wrq':
      return `TFTP ${packet.kind === 'rrq' ? 'read' : 'write'} ${printable(packet.file)} ${describeOptions(packet.options)}`.trimEnd()
    case 'oack':
      return `TFTP OACK ${describeOptions(packet.options)}`
    case 'data':
      return `TFTP DATA ${packet.block} (${packet.bytes.length} bytes)`
    case 'ack':
      return `TFTP ACK ${packet.block}`
    case 'error':
      return `TFTP ERROR ${packet.code} ${printable(packet.message)}`
  }
}

const describeOptions = (options: readonly (readonly [string, string])[]): string =>
  options.map(([name, value]) => `${printable(name)}=${printable(value)}`).join(' ')
