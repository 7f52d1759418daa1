/**
 * A frame as a tree of fields, each with the bytes it stands in, for the eye: layer by layer, down to single options.
 * Tolerant: what cannot be read further is shown as bytes. Judging is left to the decoders, whose issues are listed.
 */
import { formatMac, ip4At, macAt } from '../../core/address.ts'
import { u16At } from '../../core/bytes.ts'
import type { Issue } from '../../core/decoded.ts'
import { formatIp } from '../../core/ip.ts'
import { decodeDhcp } from '../../wire/dhcp/codec.ts'
import { DHCP_PORT } from '../../wire/dhcp/message.ts'
import { FrameView } from '../../wire/frame-view.ts'
import { decodeFrame } from '../../wire/frames.ts'
import { ARP, ETHERNET, ICMP, IP_PROTOCOL, UDP, VLAN_TAG } from '../../wire/layout.ts'
import { TFTP_PORT } from '../../wire/tftp/packet.ts'
import { udpPayload } from '../../wire/udp-payload.ts'
import { dhcpFields } from './dhcp.ts'
import { type Field, type NameOf, addressText, field, hex16, preview } from './fields.ts'
import { icmpLayer, ipLayer, packetEnd } from './ip.ts'
import { tftpFields } from './tftp.ts'

export interface Dissected {
  readonly layers: readonly Field[]
  readonly issues: readonly Issue[]
}

export const dissect = (bytes: Uint8Array, nameOf: NameOf): Dissected => {
  const issues: Issue[] = [...decodeFrame(bytes).issues]
  if (bytes.length < ETHERNET.length) return { layers: [rest(bytes, 0)], issues }
  const view = new FrameView()
  view.read(bytes)
  const layers: Field[] = [ethernetLayer(view)]
  for (let index = 0; index < view.tags; index++) layers.push(tagLayer(view, index))
  if (view.isArp) layers.push(arpLayer(view, nameOf))
  else if (view.version !== 0) ipLayers(view, nameOf, layers, issues)
  else layers.push(rest(bytes, view.packetAt))
  return { layers, issues }
}

const rest = (bytes: Uint8Array, start: number): Field =>
  field('Bytes', `${bytes.length - start} bytes`, start, bytes.length - start)

const ethernetLayer = (view: FrameView): Field => {
  const [target, source] = [formatMac(view.targetMac), formatMac(view.sourceMac)]
  return {
    label: 'Ethernet',
    value: `${source} → ${target}`,
    start: 0,
    end: ETHERNET.length,
    children: [
      field('Target', target, ETHERNET.target, 6),
      field('Source', source, ETHERNET.source, 6),
      field('Type', hex16(u16At(view.bytes, ETHERNET.type)), ETHERNET.type, 2),
    ],
  }
}

/** IEEE 802.1Q §9.6. The tag's own type is shown with the header before it. */
const tagLayer = (view: FrameView, index: number): Field => {
  const start = ETHERNET.length + index * VLAN_TAG.length
  const control = view.tagAt(index)
  const vlan = control & 0xfff
  return {
    label: 'VLAN',
    value: vlan === 0 ? 'priority tag' : String(vlan),
    start,
    end: start + VLAN_TAG.length,
    children: [
      field('Priority', String(control >>> 13), start, 2),
      field('VLAN', String(vlan), start, 2),
      field('Type', hex16(u16At(view.bytes, start + 2)), start + 2, 2),
    ],
  }
}

const arpLayer = ({ bytes, packetAt: at }: FrameView, nameOf: NameOf): Field => {
  const request = u16At(bytes, at + ARP.operation) === 1
  const mac = (offset: number) => formatMac(macAt(bytes, at + offset))
  const [sender, target] = [ip4At(bytes, at + ARP.senderIp), ip4At(bytes, at + ARP.targetIp)]
  return {
    label: 'ARP',
    value: request ? `who has ${formatIp(target)}?` : `${formatIp(sender)} is here`,
    start: at,
    end: at + ARP.length,
    children: [
      field('Operation', request ? 'request (1)' : 'reply (2)', at + ARP.operation, 2),
      field('Sender MAC', mac(ARP.senderMac), at + ARP.senderMac, 6),
      field('Sender IP', addressText(sender, nameOf), at + ARP.senderIp, 4),
      field('Target MAC', mac(ARP.targetMac), at + ARP.targetMac, 6),
      field('Target IP', addressText(target, nameOf), at + ARP.targetIp, 4),
    ],
  }
}

const ipLayers = (view: FrameView, nameOf: NameOf, layers: Field[], issues: Issue[]): void => {
  const { bytes } = view
  layers.push(ipLayer(view, nameOf))
  const body = Math.min(view.bodyAt, bytes.length)
  const end = packetEnd(view)
  const isIcmp = view.protocol === IP_PROTOCOL.icmp && !view.isLaterFragment
  if (view.isUdp && end >= body + UDP.length) udpLayers(view, end, nameOf, layers, issues)
  else if (isIcmp && end >= body + ICMP.length) layers.push(icmpLayer(bytes, body, end))
  else if (end > body) layers.push(field('Bytes', `${end - body} bytes`, body, end - body))
}

const udpLayers = (view: FrameView, end: number, nameOf: NameOf, layers: Field[], issues: Issue[]): void => {
  const { bytes, bodyAt: at, sourcePort, targetPort, payloadAt } = view
  layers.push({
    label: 'UDP',
    value: `port ${sourcePort} → ${targetPort}`,
    start: at,
    end: payloadAt,
    children: [
      field('Source port', portText(sourcePort), at + UDP.sourcePort, 2),
      field('Target port', portText(targetPort), at + UDP.targetPort, 2),
      field('Length', String(u16At(bytes, at + UDP.datagramLength)), at + UDP.datagramLength, 2),
      field('Checksum', hex16(u16At(bytes, at + UDP.checksum)), at + UDP.checksum, 2),
    ],
  })
  const payload = bytes.subarray(payloadAt, end)
  const kind = udpPayload(sourcePort, targetPort, bytes, payloadAt, end)
  if (kind === 'dhcp') {
    const message = decodeDhcp(payload)
    issues.push(...message.issues.map(issue => ({ ...issue, offset: issue.offset + payloadAt })))
    if (message.ok) return void layers.push(dhcpFields(payload, message.value, payloadAt, nameOf))
  }
  layers.push(
    (kind === 'tftp' ? tftpFields(payload, payloadAt) : undefined) ??
      field('Payload', `${payload.length} bytes: ${preview(payload)}`, payloadAt, payload.length),
  )
}

const PORTS: Readonly<Record<number, string>> = {
  [DHCP_PORT.server]: 'DHCP server',
  [DHCP_PORT.client]: 'DHCP client',
  [TFTP_PORT]: 'TFTP',
  [DHCP_PORT.bootServer]: 'PXE boot server',
}

const portText = (port: number): string => (PORTS[port] ? `${port} (${PORTS[port]})` : String(port))
