/**
 * One DHCP reply as the analyser keeps it: who sent it (D-1), what it offers, what it would make the machine do, and
 * why strict firmware would not take it. Does not judge replies against each other.
 */
import { ANY_IP4, type Ip4, type Mac, isGroupMac, ip4Number, maskedBy } from '../../core/address.ts'
import type { Issue } from '../../core/decoded.ts'
import type { Micros } from '../../core/micros.ts'
import type { DhcpMessage } from '../../wire/dhcp/message.ts'
import { DHCP_PORT } from '../../wire/dhcp/message.ts'
import {
  OPTION,
  all,
  bootFileName,
  errorMessage,
  classIdentifier,
  leaseTimeSeconds,
  messageType,
  optionName,
  serverIdentifier,
  subnetMask,
  routers,
} from '../../wire/dhcp/options.ts'
import { isHttpClient, isPxeClient } from '../../wire/pxe/client.ts'
import { DISCOVERY_CONTROL, decodePxeVendor, type PxeVendorOptions } from '../../wire/pxe/vendor-options.ts'
import type { FrameRef } from '../reading/record.ts'
import type { IpArrival } from '../reading/frames.ts'
import {
  type Intent,
  bootsAtOnce,
  describeIntent,
  hasPxeTags,
  intentOf,
  tftpServerOf,
  vendorOf,
} from './intent.ts'
import { NO_MAC } from '../reading/link-layer.ts'
import { type TextVendor, describeTextVendor, isMarked, textVendorOf } from './text-vendor.ts'
import { type UnclosedName, unclosedName } from './unclosed-name.ts'
import { quoted } from '../words.ts'
import type { UdpPacket } from '../../wire/frame.ts'

export interface Reply {
  /** Where the client saw it, if the capture shows that; else where it was seen first. */
  seen: FrameRef
  readonly kind: 'offer' | 'ack' | 'nak'
  /** D-1: option 54, else siaddr, else the source address. */
  readonly server: Ip4
  readonly serverIdentifier: Ip4 | undefined
  /** Option 54 is that of the relay (RFC 5107). */
  readonly namesRelay: boolean
  readonly siaddr: Ip4
  readonly giaddr: Ip4
  readonly yiaddr: Ip4
  /** The sender's own address; undefined where only a relay's copy was seen. */
  source: Ip4 | undefined
  /** Undefined through a relay: it would be the relay's. */
  sourceMac: Mac | undefined
  /** Option 60 starts with PXEClient. */
  readonly pxe: boolean
  /** Option 60 starts with HTTPClient or AAPLBSDPC: an answer to another question. */
  readonly foreignClass: boolean
  /** 43.6 … 43.10 are there: it needs no port 4011. */
  readonly pxeTags: boolean
  /** EDK2's choice (E-17): option 67, else `file`. */
  readonly file: string | undefined
  /** Option 67 does not end in NUL. */
  readonly unclosed: UnclosedName | undefined
  /** Option 43 is a text, or hexadecimal digits, where a list of tags belongs. */
  readonly textVendor: TextVendor | undefined
  /** It says what a Raspberry Pi boots by (RPI-2). */
  readonly marked: boolean
  /** Both names, where they differ. */
  readonly twoFiles: readonly [option67: string, header: string] | undefined
  readonly tftpServer: Ip4
  readonly intent: Intent
  /** Why strict firmware drops it or cannot use it. */
  readonly faults: readonly string[]
  /** Sent to yiaddr, which a client that asked for a broadcast does not hear (E-13). */
  readonly toClientAddress: boolean
  readonly router: Ip4 | undefined
  readonly mask: Ip4 | undefined
  /** What partners of one pool agree on. */
  readonly pool: number
  readonly leaseSeconds: number
  /** Option 56, with which a NAK can say why. */
  readonly message: string | undefined
  /** When it came, where `seen` is; the first `MAX_DISCOVERS`. */
  readonly ats: Micros[]
  /** How often it was seen, relayed and repeated copies included. */
  copies: number
  /** The message itself, where the analyser was asked to keep it. */
  payload: Uint8Array | undefined
  readonly key: string
}

/** Undefined if it is no OFFER, ACK or NAK; a BOOTP reply (no option 53) counts as an offer. */
export const readReply = (
  arrival: IpArrival<UdpPacket>,
  message: DhcpMessage,
  issues: readonly Issue[],
): Reply | undefined => {
  const type = messageType(message) ?? 'offer'
  if (type !== 'offer' && type !== 'ack' && type !== 'nak') return undefined
  const option67 = bootFileName(message)?.slice(0, MAX_FILE_NAME)
  const header = message.file === '' ? undefined : message.file
  const file = option67 ?? header
  const { giaddr, siaddr, yiaddr } = message
  const relayed = giaddr !== ANY_IP4
  const isPort4011 = usesPort4011(arrival.body)
  const source = !relayed || arrival.target === giaddr ? arrival.source : undefined
  const identifier = serverIdentifier(message)
  // RFC 5107: option 54 is the relay's, put there by itself. Of PXE servers behind it, siaddr still tells them apart.
  const isRelays = relayed && identifier === giaddr
  const named = isRelays && yiaddr === ANY_IP4 && siaddr !== ANY_IP4 ? siaddr : identifier
  const server = named || siaddr || arrival.source
  const pxe = isPxeClient(message)
  const vendor = pxe ? vendorOf(message) : undefined
  const intent: Intent = pxe ? intentOf(message, file, type === 'ack' && isPort4011) : PLAIN
  return {
    seen: arrival.seen,
    kind: type,
    server,
    serverIdentifier: identifier,
    namesRelay: isRelays,
    siaddr,
    giaddr,
    yiaddr,
    source,
    // D-2.
    sourceMac: !relayed && !isPort4011 && isUsableMac(arrival.sourceMac) ? arrival.sourceMac : undefined,
    pxe,
    foreignClass: isHttpClient(message) || (classIdentifier(message)?.startsWith('AAPLBSDPC') ?? false),
    pxeTags: hasPxeTags(vendor),
    file,
    unclosed: option67 === undefined ? undefined : unclosedName(message, arrival.body.payload),
    textVendor: pxe ? textVendorOf(message) : undefined,
    marked: isMarked(message),
    twoFiles:
      option67 !== undefined && header !== undefined && option67 !== header ? [option67, header] : undefined,
    tftpServer: tftpServerOf(vendor, siaddr, identifier),
    intent,
    faults: type === 'offer' ? faultsOf(message, issues, arrival.body.payload, vendor, intent) : NO_FAULTS,
    toClientAddress: !relayed && yiaddr !== ANY_IP4 && arrival.target === yiaddr,
    router: routers(message)[0],
    mask: subnetMask(message),
    pool: yiaddr === ANY_IP4 ? 0 : poolOf(message, server),
    leaseSeconds: leaseTimeSeconds(message) ?? 0,
    message: errorMessage(message),
    ats: [arrival.seen.at],
    copies: 1,
    payload: undefined,
    key: `${type} ${ip4Number(server)} ${ip4Number(yiaddr)} ${ip4Number(siaddr)} ${file ?? ''} ${message.options.length} ${hashOf43(message)}`,
  }
}

/** `lease`, `lease, boot file "x"`, `boot "WinPE" from "x"`. */
export const offerText = (reply: Reply): string => {
  const parts = reply.yiaddr !== ANY_IP4 && reply.kind !== 'nak' ? ['lease'] : []
  if (reply.pxe) parts.push(describeIntent(reply.intent))
  else if (reply.file !== undefined) parts.push(`boot file ${quoted(reply.file)}`)
  return parts.length > 0 ? parts.join(', ') : 'nothing'
}

/** A name that a TFTP request can hold (RFC 2347). */
const MAX_FILE_NAME = 512
const PLAIN: Intent = { kind: 'nothing' }
const NO_FAULTS: readonly string[] = []

export const usesPort4011 = (udp: UdpPacket): boolean =>
  udp.sourcePort === DHCP_PORT.bootServer || udp.targetPort === DHCP_PORT.bootServer

const isUsableMac = (mac: Mac): boolean => mac !== NO_MAC && !isGroupMac(mac)

/** FNV-1a, from its offset basis on. */
const FNV_BASIS = 0x811c9dc5
const mixed = (hash: number, value: number): number => Math.imul(hash ^ value, 0x01000193)

/** Over all instances: two replies of one server differ by what 43 says, if by anything. */
const hashOf43 = (message: DhcpMessage): number =>
  all(message, OPTION.vendorSpecific).reduce((hash, value) => value.reduce(mixed, hash), FNV_BASIS) >>> 0

/** Options by which partners of one pool must agree; each server's own address counts as "myself". */
const POOL_OPTIONS: readonly number[] = [
  OPTION.subnetMask,
  OPTION.router,
  OPTION.domainNameServer,
  OPTION.domainName,
  OPTION.ntpServers,
  OPTION.vendorSpecific,
  OPTION.classIdentifier,
  OPTION.tftpServerName,
  OPTION.bootFileName,
  OPTION.domainSearch,
  OPTION.classlessStaticRoute,
]

/** A hash of all that must agree, the network of the address included. */
const poolOf = (message: DhcpMessage, server: Ip4): number => {
  const { siaddr, yiaddr, file } = message
  let hash = siaddr === server ? FNV_BASIS : FNV_BASIS ^ ip4Number(siaddr)
  hash = mixed(hash, ip4Number(maskedBy(yiaddr, subnetMask(message) ?? ANY_IP4)))
  for (let i = 0; i < file.length; i++) hash = mixed(hash, file.charCodeAt(i))
  for (const code of POOL_OPTIONS)
    for (const value of all(message, code)) hash = value.reduce(mixed, mixed(mixed(hash, code), value.length))
  return hash >>> 0
}

/** E-11 knows the options of RFC 2132 up to here. */
const LAST_CHECKED_OPTION = 76

const faultsOf = (
  message: DhcpMessage,
  issues: readonly Issue[],
  payload: Uint8Array,
  vendor: PxeVendorOptions | undefined,
  intent: Intent,
): readonly string[] => {
  const faults: string[] = []
  for (const issue of issues) {
    const code = payload[issue.offset]!
    if (issue.code === 'dhcp.option.length' && code <= LAST_CHECKED_OPTION)
      faults.push(`option ${code} (${optionName(code)}) has the wrong length`)
    if (issue.code === 'dhcp.option.truncated')
      faults.push('its last option extends past the end of the message')
  }
  if (!message.ended && faults.length === 0) faults.push('its options do not end with END (255)') // E-11
  // E-12: with option 53, 54 is needed.
  if (messageType(message) !== undefined && serverIdentifier(message) === undefined)
    faults.push('it has no server identifier (option 54)')
  const isLease = message.yiaddr !== ANY_IP4
  if (isLease && messageType(message) !== undefined && subnetMask(message) === undefined)
    faults.push('it has no subnet mask (option 1)') // E-28
  if (vendor) addVendorFaults(faults, message, vendor, intent)
  return faults.length === 0 ? NO_FAULTS : [...new Set(faults)]
}

const addVendorFaults = (
  faults: string[],
  message: DhcpMessage,
  vendor: PxeVendorOptions,
  intent: Intent,
): void => {
  const instances = all(message, OPTION.vendorSpecific).map(decodePxeVendor)
  if (instances.slice(0, -1).some(instance => instance.ok && instance.value.ended))
    faults.push(
      'option 43 comes in several instances, and one before the last contains END: clients miss the rest',
    )
  const text = textVendorOf(message)
  if (text !== undefined) faults.push(`option 43 is ${describeTextVendor(text)}, not a list of tags as bytes`)
  else if (instances.some(instance => instance.issues.some(issue => issue.code.startsWith('pxe.tag.'))))
    faults.push('option 43 has a sub-option of the wrong length')
  if (!hasPxeTags(vendor)) return
  const control = vendor.discoveryControl ?? 0
  const { noBroadcast, noMulticast, listedServersOnly } = DISCOVERY_CONTROL
  if (bootsAtOnce(vendor) && intent.kind !== 'nothing') return
  // E-39, B-6: neither complete nor a menu.
  if ((vendor.bootMenu?.length ?? 0) === 0)
    faults.push('option 43 has neither a menu nor bit 3 of 43.6 with a boot file')
  else if ((control & noMulticast) === 0 && vendor.multicastAddress === undefined)
    faults.push('43.6 allows multicast discovery, but there is no multicast address (43.7)') // B-6: E76
  else if (
    vendor.bootServers === undefined &&
    vendor.bootMenu?.[0]?.type !== 0 &&
    ((control & listedServersOnly) !== 0 ||
      (control & (noBroadcast | noMulticast)) === (noBroadcast | noMulticast))
  )
    faults.push('43.6 requires a list of boot servers, but there is none (43.8)') // B-6: E77
}
