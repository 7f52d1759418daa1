/**
 * `no-pxe-responder`: a machine asked as PXE client and got nothing but an address, and no boot information even from
 * who answers as a PXE server.
 */
import { SECOND } from '../../../core/micros.ts'
import { ANY_IP4 } from '../../../core/address.ts'
import { NO_REPORTS, type RuleTest, type Sentences } from '../../capture-rule.ts'
import {
  type Boot,
  allOffers,
  allReplies,
  allRequests,
  isLease,
  isPxeOffer,
} from '../../conversations/conversation.ts'
import type { Reply } from '../../conversations/reply.ts'
import { isOver, showDiscover, showReply } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { CHAIN_WINDOW } from '../../limits.ts'
import { ascending, listed } from '../../words.ts'
import { denialOf } from './client-denied.ts'
import { discoversOf } from './discovers.ts'

export const meta = {
  id: 'no-pxe-responder',
  severity: 'error',
  meaning: 'a PXE client got an address, but no boot information',
  origins: {
    capture: {
      severity: 'warning for a chain-loaded iPXE, which may have an embedded script',
      holdsWhen:
        'a PXE client got leases only, none with a boot file, and then continued or repeated its DISCOVER without success; or PXE servers answer it, in OFFERs or on port 4011, with neither boot file nor menu, and it fetches nothing; or it asked for HTTP boot and no OFFER says `HTTPClient`; or it is a Raspberry Pi and no OFFER has what a Pi boots by',
      isNot:
        'a DHCP server that names a boot file; U-Boot and other clients that do not send `PXEClient`; an OFFER that came late; a capture that ends right after the lease',
      confidence: '`inferred`; `possible` for a chain-loaded iPXE',
      remedy:
        'start the NBS, enable its policy, add it to the helper list, or allow unknown computers to boot',
    },
  },
  consequences: [
    { of: 'relay-answered-by-broadcast', share: ['clients'] },
    { of: 'late-link', share: ['clients'] },
  ],
} as const satisfies FindingMeta

export type NoPxeResponder = {
  readonly leasing: readonly string[]
  readonly discovers: number
  /** An iPXE that another loader started. */
  readonly chainLoaded: boolean
  /** What was missing, where it is not a boot file or a PXE server: `HTTPClient`, or the words of a Raspberry Pi. */
  readonly wants?: 'httpClient' | 'raspberryPi'
  /** PXE servers whose every answer has neither file nor menu. */
  readonly empty?: readonly string[]
  /** By which the leases came. */
  readonly relays?: readonly string[]
  /** Only a probe knows: other kinds of machine were offered a boot file. */
  readonly servedElsewhere?: boolean
}

export const test: RuleTest<NoPxeResponder> = (boot, context) => {
  const wants = wantedBy(boot)
  if ((boot.asks !== 'pxe' && wants !== 'httpClient') || !boot.whole || boot.transfers.length > 0)
    return NO_REPORTS
  const offers = allOffers(boot)
  const empty = wants === undefined ? emptyAnswers(boot) : []
  if (boot.asks4011.length > 0 && !empty.some(({ kind }) => kind !== 'offer')) return NO_REPORTS
  const leases = offers.filter(offer => isLease(offer) && !offer.foreignClass)
  if (leases.length === 0 || (empty.length === 0 && isServed(offers, wants))) return NO_REPORTS
  // It did not come to that.
  if (denialOf(boot)) return NO_REPORTS
  const discovers = discoversOf(boot)
  const leasedAt = boot.asks4011.at(-1)?.lastAt ?? leases[0]!.seen.at
  // The first DISCOVERs may have been heard by nobody.
  const asksOn = discovers >= 3 && boot.lastAt - leasedAt >= SECOND
  // A machine that boots over HTTP asks again before it goes on to PXE.
  const since = wants === 'httpClient' ? boot.lastAt : leasedAt
  const leftOver = empty.length > 0 ? isOver(boot, context, since) : allRequests(boot).length > 0
  if (!leftOver && !asksOn && !isOver(boot, context, since)) return NO_REPORTS
  // HTTP boot from an address of its own settings needs no more than a lease (E-68); PXE may be its next attempt.
  if (wants === 'httpClient' && (allRequests(boot).length > 0 || boot.followedBy === 'pxe')) return NO_REPORTS
  const chainLoaded = boot.firmware.loader !== undefined && wasChainLoaded(boot)
  const leasing = ascending(leases.map(lease => lease.server))
  const mute = ascending(empty.map(reply => reply.server))
  const relays = ascending(leases.map(lease => lease.giaddr).filter(giaddr => giaddr !== ANY_IP4))
  return [
    {
      // A chain-loaded iPXE may carry its script with it and want nothing but an address.
      ...(chainLoaded ? { severity: 'warning' as const } : {}),
      confidence: chainLoaded ? 'possible' : 'inferred',
      servers: ascending([...leasing, ...mute]),
      details: {
        leasing: leasing.map(context.names.server),
        discovers,
        chainLoaded,
        ...(wants && { wants }),
        ...(mute.length > 0 && { empty: mute.map(context.names.server) }),
        ...(relays.length > 0 && { relays: relays.map(context.names.server) }),
      },
      evidence: [
        ...showDiscover(boot, context),
        ...leases.slice(0, 3).map(lease => showReply(lease, context)),
        ...empty.slice(0, 2).map(reply => showReply(reply, context)),
      ],
    },
  ]
}

const wantedBy = ({ asks, firmware }: Boot): NoPxeResponder['wants'] => {
  if (asks === 'http') return 'httpClient'
  return firmware.bootsByMark ? 'raspberryPi' : undefined
}

const isServed = (offers: readonly Reply[], wants: NoPxeResponder['wants']): boolean =>
  offers.some(offer => {
    if (wants === 'httpClient') return offer.foreignClass
    // A DHCP server that names a boot file serves PXE clients the plain way.
    return wants === 'raspberryPi' ? offer.marked : offer.pxe || offer.file !== undefined
  })

/**
 * Of PXE servers, where the last word of each is that there is nothing; none where anybody says more. An OFFER that
 * contradicts itself is `malformed-offer`.
 */
const emptyAnswers = (boot: Boot): readonly Reply[] => {
  const last = boot.asks4011.flatMap(ask => ask.replies)
  const offers = allOffers(boot).filter(isPxeOffer)
  const words = last.length > 0 || offers.some(({ faults }) => faults.length > 0) ? last : offers
  const isAnswered = boot.asks4011.every(ask => ask.replies.length > 0)
  const named = allReplies(boot).some(({ file }) => file !== undefined)
  return isAnswered && !named && words.every(({ intent }) => intent.kind === 'nothing') ? words : []
}

const wasChainLoaded = (boot: Boot): boolean =>
  boot.previous !== undefined && boot.openedAt - boot.previous.at <= CHAIN_WINDOW

export const sentences = (details: NoPxeResponder): Sentences => {
  const { leasing, wants, empty = [], relays = [] } = details
  if (wants === 'httpClient') return httpSentences(leasing)
  if (wants === 'raspberryPi') return raspberryPiSentences(leasing)
  if (empty.length > 0) return emptySentences(leasing, empty)
  const by = relays.length > 0 ? ` through relay ${listed(relays)}` : ''
  return {
    text: `${listed(leasing)} offered an address${by}, but no PXE server answered and no boot file was named.`,
    because:
      'No Network Boot Service received the DISCOVER, or it ignores this kind of machine: there is none on the subnet, its service is stopped, it is not in the helper list, or the switch drops its answers (DHCP snooping).' +
      (relays.length > 0
        ? ` Or its answer does not come back: a server that answers a relayed request by broadcast on its own subnet, instead of to relay ${listed(relays)} (RFC 2131 §4.1), is never heard here.`
        : ''),
    remedy:
      'Check that the Network Boot Service of this subnet is running and its policy is enabled; behind a router, add its address to the helper list next to the DHCP server; allow unknown computers to boot if this one is unknown.' +
      (relays.length > 0
        ? ` Look at every server in the helper list of ${listed(relays)}, by a capture on the server’s own subnet: whether the relayed DISCOVER arrives, and where the answer goes.`
        : ''),
  }
}

const emptySentences = (leasing: readonly string[], empty: readonly string[]): Sentences => ({
  text: `${listed(leasing)} offered an address, and the PXE server ${listed(empty)} answered with neither a boot file nor a menu.`,
  because:
    'A PXE server that has nothing for this kind of machine (option 93) should be silent; one that answers keeps the machine from waiting for another. The usual cause is a service that is set up for other architectures only.',
  remedy: `Give ${listed(empty)} a boot file for machines of this architecture (dnsmasq: pxe-service or dhcp-boot with their tag), or let another server answer them.`,
})

const httpSentences = (leasing: readonly string[]): Sentences => ({
  text: `${listed(leasing)} offered an address, but no offer says HTTPClient (option 60), which the machine asked for.`,
  because:
    'A machine that boots over HTTP takes boot information only from an offer whose option 60 begins with HTTPClient, and whose boot file is a URL; an offer for PXE clients is none for it.',
  remedy: `Let a server answer HTTPClient machines with option 60 HTTPClient and a URL (dnsmasq: dhcp-option=tag:http,60,HTTPClient and dhcp-boot with the URL), or put PXE before HTTP in the boot order.`,
})

const raspberryPiSentences = (leasing: readonly string[]): Sentences => ({
  text: `${listed(leasing)} offered an address, but nobody said "Raspberry Pi Boot" (option 43) or named a TFTP server (option 66).`,
  because:
    'A Raspberry Pi asks as if it were a BIOS PC, but boots by words of its own: from the server whose option 43 has a menu with "Raspberry Pi Boot" and three blanks, or from the address in option 66. Neither siaddr nor a boot file name counts.',
  remedy:
    'Offer it one of the two: dnsmasq: pxe-service=0,"Raspberry Pi Boot   "; other servers: option 66 with the address of the TFTP server, which needs bootcode.bin.',
})
