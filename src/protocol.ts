/**
 * Codecs and protocol logic: bytes of DHCP, PXE, BSDP, TFTP, Ethernet frames and captures as values and
 * back, and the state machines of the servers. For whoever writes a responder of their own, or tests bytes. Decoders
 * never throw: they give a value and what was wrong with it. State machines own no clock and no socket.
 *
 * @packageDocumentation
 */

// Addresses and times.

export {
  ANY_IP4,
  BROADCAST_MAC,
  type Cidr,
  type Endpoint,
  type Ip4,
  LIMITED_BROADCAST,
  type Mac,
  formatIp4,
  formatMac,
  parseCidr,
  parseIp4,
  parseMac,
} from './core/address.ts'
export type { Decoded, Issue } from './core/decoded.ts'
export { MILLISECOND, type Micros, SECOND } from './core/micros.ts'

// DHCP (RFC 2131, 2132).

export { decodeDhcp, encodeDhcp } from './wire/dhcp/codec.ts'
export {
  BOOTREPLY,
  BOOTREQUEST,
  BROADCAST_FLAG,
  DHCP_PORT,
  type DhcpMessage,
  type DhcpOption,
  MESSAGE_TYPE,
  type MessageType,
} from './wire/dhcp/message.ts'
export {
  OPTION,
  all as allOptions,
  bootFileName,
  bootReply,
  bootRequest,
  bytesOption,
  chaddrOf,
  classIdentifier,
  clientMac,
  concatenated as wholeOption,
  first as firstOption,
  ip4Option,
  messageType,
  messageTypeOption,
  requestedIpAddress,
  serverIdentifier,
  textOption,
  u16Option,
  u32Option,
  u8Option,
} from './wire/dhcp/options.ts'

// PXE (PXE 2.1, RFC 4578).

export {
  ARCHITECTURES,
  type ArchitectureName,
  architectureName,
  architectureNumber,
  architectureOption,
  clientArchitecture,
  clientMachineIdentifier,
  clientMachineIdentifierOption,
  isHttpClient,
  isPxeClient,
  pxeClassIdentifier,
} from './wire/pxe/client.ts'
export {
  type BootMenuEntry,
  type BootServerEntry,
  DISCOVERY_CONTROL,
  PXE_TAG,
  type PxeVendorOptions,
  decodePxeVendor,
  encodePxeVendor,
  pxeVendorOption,
} from './wire/pxe/vendor-options.ts'
export { type VendorReading, pxeVendor } from './wire/pxe/vendor-readings.ts'

// BSDP (Apple's Boot Service Discovery Protocol).

export { BSDP_CLASS, bsdpClassIdentifier, isBsdp } from './wire/bsdp/class-identifier.ts'
export { BSDP_MESSAGE, BSDP_TAG, type BootImage, type BsdpContent } from './wire/bsdp/content.ts'
export { bsdpContent, decodeBsdp } from './wire/bsdp/decode.ts'
export { bsdpOptions, encodeBsdp } from './wire/bsdp/encode.ts'

// TFTP (RFC 1350, 2347, 2348, 2349, 7440).

export { decodeTftp, encodeTftp } from './wire/tftp/codec.ts'
export { TFTP_ERROR, TFTP_PORT, type TftpPacket } from './wire/tftp/packet.ts'

// Frames and captures.

export type { ArpPacket, Frame, IcmpPacket, Ip4Packet, OtherPacket, UdpPacket } from './wire/frame.ts'
export { decodeFrame, encodeFrame } from './wire/frames.ts'
export { type FrameEndpoint, udpFrame } from './wire/udp-frame.ts'
export { type Described, describeFrame } from './wire/describe.ts'
export {
  type CaptureInterface,
  type CaptureRecord,
  type CapturedFrame,
  LINK_TYPE,
  encodePcap,
  encodePcapng,
  readCapture,
} from './wire/capture/index.ts'

// State machines: told the time and given datagrams, they say what to send and when to be woken.

export {
  type Action,
  type Datagram,
  type Destination,
  NOTHING,
  type OpenSocket,
  type StateMachine,
  type Unreachable,
} from './core/state-machine.ts'
export { DhcpServer } from './protocol/dhcp/server.ts'
export type { DhcpServerOptions, DhcpSubnet } from './protocol/dhcp/server-options.ts'
export { RelayAgent, type RelayInterface } from './protocol/dhcp/relay-agent.ts'
export { PxeService, type PxeServiceOptions } from './protocol/pxe/service.ts'
export type { Decision } from './protocol/pxe/decision.ts'
export { BsdpService, type BsdpServiceOptions } from './protocol/bsdp/service.ts'
export type { NetBootImage } from './protocol/bsdp/images.ts'
export { type TftpFile, type TftpFiles, type TftpRefusal, TftpService } from './protocol/tftp/service.ts'
export type { TftpServiceOptions } from './protocol/tftp/service-options.ts'
