/**
 * EDK2 looks for servers: DISCOVER, a whole window of listening, selection, and again (E-1 … E-15). Does not ask for
 * the address it has chosen.
 */
import { ANY_IP4 } from '../../core/address.ts'
import { type Phrase, inWords, named, phrase, phraseList } from '../../core/wording.ts'
import { type Received, describeServer, receivedReply } from '../offer.ts'
import type { Script } from '../pc.ts'
import { type AskedOffer, type LastOffer, askedOffer } from './asked-offer.ts'
import { type Edk2Boot, type Edk2Error, TO_ALL_SERVERS } from './boot.ts'
import { discoverMessage } from './messages.ts'
import { MAX_PACKET_SIZE, OfferCache } from './offers.ts'
import { type DhcpParameters, arrivingParameters } from './option-check.ts'
import { type Selection, selectOffer } from './select.ts'
import type { OfferClass } from '../pxe21/offers.ts'
import { type StoredPacket, storePacket } from './stored-packet.ts'

export interface Discovered {
  readonly selection: Selection
  /** Whom the lease is asked of: mostly that of the selection. */
  readonly asked: AskedOffer
  /** `secs` of the last DISCOVER; the REQUEST repeats it (E-26). */
  readonly secs: number
}

export function* discover(boot: Edk2Boot): Script<Discovered | Edk2Error> {
  const { pc, profile } = boot
  const offers = new OfferCache(profile)
  const told = new Set<string>()
  let secs = 0
  for (const [attempt, ticks] of profile.discoverWindows.entries()) {
    boot.dhcp.send(TO_ALL_SERVERS, discoverMessage(boot.client, boot.xid, secs))
    // E-49: only the first DISCOVER reaches the callback that prints.
    if (attempt === 0) pc.append('.')
    const last = yield* listen(boot, offers, told, ticks)
    // E-14: only a window in which something came is followed by a selection.
    const selection = last && selectOffer(offers, profile)
    if (selection) {
      explain(boot, selection, offers)
      return { selection, asked: askedOffer(boot, selection.lease, last), secs }
    }
    // E-7: seconds by the tick, so that the DISCOVERs carry 0, 4, 12, 28.
    secs += ticks
  }
  if (offers.count === 0) {
    pc.because('E-18', 'No DHCP or PXE server answered four DISCOVERs in 60 s: PXE-E18.')
    return 'PXE-E18'
  }
  const never = profile.mergesProxyOffers ? '' : ' This firmware never combines offers from two servers.'
  pc.because(
    'E-22',
    `${counted(offers.count)} arrived in 60 s, but no selection rule matches: PXE-E16.${never}`,
  )
  return 'PXE-E16'
}

/** E-14: the whole window, even if a perfect offer comes after a millisecond. Gives the last offer that came. */
function* listen(
  boot: Edk2Boot,
  offers: OfferCache,
  told: Set<string>,
  ticks: number,
): Script<LastOffer | undefined> {
  const { pc } = boot
  const end = boot.tick.after(pc.now(), ticks)
  let last: LastOffer | undefined
  for (;;) {
    const incoming = yield end
    if (incoming === undefined) return last
    const reply = receivedReply(incoming, boot.dhcp, boot.xid) // E-10
    const parameters = reply && offerParameters(boot, reply)
    if (!parameters) continue
    const { message, source, bytes } = reply
    last = { message, source, parameters }
    if (bytes.length > MAX_PACKET_SIZE) {
      pc.because('E-10', phrase`${from(reply)} is ignored because of its size, ${bytes.length} bytes.`)
      continue
    }
    const packet = storePacket(bytes, message, source)
    if (packet.endless) yield* standStill(boot, reply)
    if (!offers.add(packet) && !isRepeated(packet, offers)) tellNotKept(boot, reply, packet.class, told)
  }
}

/** E-105. */
function* standStill({ pc }: Edk2Boot, reply: Received): Script {
  pc.because(
    'E-105',
    phrase`A length in option 43 of ${from(reply)} points back into the option: EDK2 parses it in an endless loop.`,
  )
  for (;;) yield Infinity
}

/** It was kept the first time, and that it is not again makes no difference. */
const isRepeated = (packet: StoredPacket, offers: OfferCache): boolean =>
  packet.class === 'proxyPxe10' && offers.of('proxyPxe10')[0]?.identity === packet.identity

/** Refused offers that the explanation names; retransmissions are told once, and of a flood the first ones. */
export const MAX_REFUSALS_TOLD = 16

const tellNotKept = (
  { pc, profile }: Edk2Boot,
  reply: Received,
  kind: OfferClass,
  told: Set<string>,
): void => {
  const why = kind === 'proxyPxe10' && profile.keepsProxyPxe10 === 'none' ? DROPS_PROXIES : NOT_KEPT[kind]
  const text =
    why === undefined
      ? phrase`${from(reply)} is dropped, as is every later one: EDK2 already holds ${profile.maxOffers} offers.`
      : phrase`${from(reply)} is not kept: ${why}.`
  const key = why === undefined ? 'full' : inWords(text)
  if (told.has(key) || told.size >= MAX_REFUSALS_TOLD) return
  told.add(key)
  pc.because(why === undefined ? 'E-14' : kind === 'stray' ? 'E-21' : 'E-19', text)
}

/** E-11, E-12: what the DHCP driver passes on to the PXE driver. */
const offerParameters = (boot: Edk2Boot, reply: Received): DhcpParameters | undefined => {
  const { pc } = boot
  const parameters = arrivingParameters(reply.bytes, boot.profile)
  if (!parameters) {
    const why = reply.message.ended
      ? 'an option has a forbidden length or value'
      : 'its options lack END (255)'
    pc.because('E-11', phrase`${from(reply)} is dropped: ${why}.`)
    return undefined
  }
  const { type, serverId } = parameters
  if (type === BOOTP) return parameters
  if (type !== OFFER) return undefined
  if (serverId !== ANY_IP4) return parameters
  pc.because('E-12', phrase`${from(reply)} is ignored: it has no server identifier (54).`)
  return undefined
}

const BOOTP = 0
const OFFER = 2

/** Why an offer of this class is not kept, where it is not for want of room. */
const NOT_KEPT: Partial<Record<OfferClass, string>> = {
  proxyPxe10: 'of proxy offers with PXE options only the first is',
  bootp: 'only the first BOOTP reply with a boot file is',
  wfm: 'multicast TFTP (WfM 1.1a) is not supported',
  stray: 'it offers no address and does not have option 60 PXEClient',
}

/** E-58. */
const DROPS_PROXIES =
  'firmware of this age drops every proxy offer with PXE options (its check for the first one is inverted)'

const from = (reply: Received): Phrase => phrase`The offer of ${describeServer(reply.message, reply.source)}`
const counted = (count: number): string => (count === 1 ? '1 offer' : `${count} offers`)

const explain = ({ pc }: Edk2Boot, selection: Selection, offers: OfferCache): void => {
  const { lease, proxies } = selection
  const held = `${counted(offers.count)} ${offers.count === 1 ? 'is' : 'are'} held at the end of the window`
  const servers = proxies.map(({ identity }) => identity)
  const address = phrase`Address from ${named(lease.identity)}`
  const boots = {
    ack: `boot information from the same server`,
    bootp: `boot information from the same reply`,
    proxyOffer: phrase`boot information from ${phraseList(servers, ',')}`,
    port4011: phrase`boot information from port 4011 of ${phraseList(servers)}`,
  }[selection.from]
  pc.because('E-22', phrase`${held}. Rule ${selection.rule}: ${selection.because}. ${address}, ${boots}.`)
  if (selection.rule === 7 && selection.from === 'proxyOffer')
    pc.because(
      'E-21',
      phrase`An unusable offer without an address was received, so the boot file is taken from the first plain DHCP offer, that of ${phraseList(servers, ',')}.`,
    )
}
