/**
 * Reads a Mac's request and refuses what Apple's server is silent to (A-7, in the order of its code). Does not look at images or
 * records.
 */
import type { Ip4, Mac } from '../../core/address.ts'
import { ANY_IP4 } from '../../core/address.ts'
import type { Datagram } from '../../core/state-machine.ts'
import { type MacPattern, matchesAnyMac } from '../../core/mac-pattern.ts'
import { isBsdp, macIdentity } from '../../wire/bsdp/class-identifier.ts'
import { BSDP_MESSAGE, BSDP_VERSION, type BsdpContent } from '../../wire/bsdp/content.ts'
import { bsdpContent } from '../../wire/bsdp/decode.ts'
import type { DhcpMessage } from '../../wire/dhcp/message.ts'
import { clientMac, messageType } from '../../wire/dhcp/options.ts'
import { requestIn } from '../dhcp/request.ts'
import type { BsdpIgnoredReason } from './events.ts'
import type { NetBootClient } from './images.ts'
import type { BsdpBehavior } from './behavior.ts'

export interface BsdpRequest {
  readonly message: DhcpMessage
  readonly wants: 'offer' | 'list' | 'select' | 'notice'
  readonly content: BsdpContent
  readonly client: NetBootClient
  readonly mac: Mac
  readonly iface: string
  readonly source: Datagram['source']
  /** Our address on that interface. */
  readonly self: Ip4
}

export interface BsdpRefusal {
  readonly refused: BsdpIgnoredReason
  readonly mac: Mac | undefined
}

/** What the server is, as far as refusing goes. */
export interface Intake {
  readonly hostName: string
  readonly behavior: BsdpBehavior
  readonly netBoot1: boolean
  readonly allow: readonly MacPattern[] | undefined
  readonly deny: readonly MacPattern[]
  readonly isOwnAddress: (ip: Ip4) => boolean
}

const VERSIONS: readonly number[] = [0, BSDP_VERSION.v1_0, BSDP_VERSION.v1_1]

export const readBsdpRequest = (
  datagram: Datagram,
  self: Ip4 | undefined,
  intake: Intake,
): BsdpRequest | BsdpRefusal => {
  const message = requestIn(datagram.payload)
  if ('refused' in message) return message
  const mac = clientMac(message)
  const refused = (reason: BsdpIgnoredReason): BsdpRefusal => ({ refused: reason, mac })
  if (message.htype !== 1 || message.hlen !== 6) return refused('no-request')
  const isMac = isBsdp(message)
  if (!isMac && intake.behavior.checksClass) return refused('not-bsdp')
  const identity = macIdentity(message)
  if (!identity && intake.behavior.checksClass) return refused('bad-class')
  if (self === undefined) return refused('no-address')
  const unwanted = unwantedBy(intake, message, mac)
  if (unwanted) return refused(unwanted)
  const read = bsdpContent(message)
  const content = read.ok ? read.value : undefined
  if (!content?.intact || content.tags.length === 0) return refused('bad-vendor')
  if (content.version === undefined || !VERSIONS.includes(content.version)) return refused('bad-version')
  if (content.netBoot1 && !intake.netBoot1) return refused('netboot-1')
  const wants = wantedOf(message, content, intake.behavior)
  if (typeof wants !== 'string') return refused(wants.refused)
  const { architecture, systemId } = identity ?? { architecture: '', systemId: '' }
  return {
    message,
    wants,
    content,
    client: { mac, architecture, systemId: content.netBoot1 ? '/NetBoot1' : systemId },
    mac,
    iface: datagram.iface,
    source: datagram.source,
    self,
  }
}

const unwantedBy = (intake: Intake, message: DhcpMessage, mac: Mac): BsdpIgnoredReason | undefined => {
  const { allow, deny, hostName, isOwnAddress } = intake
  if (matchesAnyMac(deny, mac)) return 'denied'
  if (allow && !matchesAnyMac(allow, mac)) return 'not-allowed'
  if (message.siaddr !== ANY_IP4 && !isOwnAddress(message.siaddr)) return 'for-other-server'
  return message.sname !== '' && message.sname !== hostName ? 'for-other-server' : undefined
}

const wantedOf = (
  message: DhcpMessage,
  content: BsdpContent,
  behavior: BsdpBehavior,
): BsdpRequest['wants'] | { readonly refused: BsdpIgnoredReason } => {
  const type = messageType(message)
  if (type === 'discover') return 'offer'
  if (type === 'request') return 'notice'
  if (type !== 'inform') return { refused: 'other-message' }
  if ((content.replyPort ?? 0) >= behavior.replyPortLimit) return { refused: 'reply-port' }
  if (message.ciaddr === ANY_IP4) return { refused: 'no-client-address' }
  if (content.messageType === BSDP_MESSAGE.list) return 'list'
  return content.messageType === BSDP_MESSAGE.select ? 'select' : { refused: 'no-message-type' }
}
