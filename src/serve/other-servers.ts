/**
 * Looks for other PXE servers before this one starts: asks as a BIOS PC and as a UEFI PC with invented MACs, listens
 * for a while, and never requests anything. Tells plain DHCP servers from PXE servers. Cannot see servers that know
 * this machine's inventions for what they are (allow lists), nor the MAC of one that answers.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { type Ip4, formatIp4, toMac, ANY_IP4 } from '../core/address.ts'
import { openClientPort } from '../network/kernel/client-port.ts'
import { type AddressedInterface, isLoopback } from '../network/kernel/interfaces.ts'
import type { Random } from '../core/random.ts'
import { decodeDhcp, encodeDhcp } from '../wire/dhcp/codec.ts'
import { BROADCAST_FLAG, type DhcpMessage } from '../wire/dhcp/message.ts'
import * as dhcp from '../wire/dhcp/options.ts'
import { OPTION } from '../wire/dhcp/options.ts'
import * as pxe from '../wire/pxe/client.ts'
import { decodePxeVendor } from '../wire/pxe/vendor-options.ts'

/** How long answers may take on a network: dnsmasq pings an address for 3 s before it offers it. */
export const LISTEN_MILLIS = 4_000
const LISTEN_MILLIS_LOOPBACK = 300
/** Asked again after this, because a broadcast may be lost. */
const REPEAT_MILLIS = 700
/** Servers told of; a network with more has other troubles. */
export const MAX_RIVALS = 64

export interface Responder {
  readonly address: Ip4
  readonly isPxe: boolean
  readonly namesFile: boolean
  /** What it offered, in words. */
  readonly offer: string
}

export interface Look {
  readonly iface: AddressedInterface
  readonly portOffset: number
  readonly random: Random
}

/** Rejects with NetworkError where it may not listen. */
export const lookForResponders = async ({
  iface,
  portOffset,
  random,
}: Look): Promise<readonly Responder[]> => {
  const questions = [0, 7].map(architecture => discover(architecture, random))
  const found = new Map<Ip4, Responder>()
  const port = await openClientPort(iface, portOffset, (bytes, source) => {
    const responder = responderOf(bytes, source.ip, questions)
    if (!responder) return
    const known = found.get(responder.address)
    if ((known && (known.isPxe || !responder.isPxe)) || found.size >= MAX_RIVALS) return
    found.set(responder.address, responder)
  })
  const ask = (): void => questions.forEach(question => port.broadcast(encodeDhcp(question)))
  ask()
  const again = setTimeout(ask, REPEAT_MILLIS)
  await pause(isLoopback(iface) ? LISTEN_MILLIS_LOOPBACK : LISTEN_MILLIS)
  clearTimeout(again)
  port.close()
  return [...found.values()]
}

/** Locally administered, so that it is nobody's. */
const discover = (architecture: number, random: Random): DhcpMessage => {
  const mac = toMac(0x020000000000 + random.below(2 ** 20) * 2 ** 20 + random.below(2 ** 20))
  const uuid = Uint8Array.from({ length: 16 }, () => random.below(256))
  return dhcp.bootRequest({
    xid: random.u32(),
    flags: BROADCAST_FLAG,
    chaddr: dhcp.chaddrOf(mac),
    options: [
      dhcp.messageTypeOption('discover'),
      dhcp.u16Option(OPTION.maximumMessageSize, 1472),
      dhcp.bytesOption(OPTION.parameterRequestList, Uint8Array.of(1, 3, 6, 12, 15, 43, 54, 60, 66, 67, 97)),
      pxe.clientMachineIdentifierOption(uuid),
      pxe.clientNetworkInterfaceOption(3, 0),
      pxe.architectureOption(architecture),
      dhcp.textOption(OPTION.classIdentifier, pxe.pxeClassIdentifier(architecture, 3, 0)),
    ],
  })
}

const responderOf = (
  bytes: Uint8Array,
  source: Ip4,
  questions: readonly DhcpMessage[],
): Responder | undefined => {
  const read = decodeDhcp(bytes)
  if (!read.ok || read.value.op !== 2) return undefined
  const reply = read.value
  const isOurs = questions.some(
    ({ xid, chaddr }) => xid === reply.xid && dhcp.clientMac({ ...reply, chaddr }) === dhcp.clientMac(reply),
  )
  const address = dhcp.serverIdentifier(reply) ?? source
  if (!isOurs) return undefined
  return {
    address,
    isPxe: pxe.isPxeClient(reply),
    namesFile: fileOf(reply) !== '',
    offer: offerOf(reply),
  }
}

const fileOf = (reply: DhcpMessage): string => dhcp.bootFileName(reply) ?? reply.file

const offerOf = (reply: DhcpMessage): string => {
  const said: string[] = []
  if (reply.yiaddr !== ANY_IP4) said.push(`address ${formatIp4(reply.yiaddr)}`)
  const file = fileOf(reply)
  if (file !== '') said.push(`file ${file}`)
  if (reply.siaddr !== ANY_IP4) said.push(`next server ${formatIp4(reply.siaddr)}`)
  const vendor = dhcp.concatenated(reply, OPTION.vendorSpecific)
  const menu = vendor ? decodePxeVendor(vendor) : undefined
  const first = menu?.ok ? menu.value.bootMenu?.[0] : undefined
  if (first) said.push(`menu "${first.text}"`)
  return said.length === 0 ? 'nothing more than its presence' : said.join(', ')
}
