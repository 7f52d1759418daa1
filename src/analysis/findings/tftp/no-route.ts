/**
 * The case of `unreachable-tftp-server` that leaves no packet: a TFTP server on another network and a lease without
 * router, so that the request never leaves the machine (E-48). Read from the lease
 * alone; of a machine that asks all the same, the transfer is judged.
 */
import { ANY_IP4, type Ip4, maskedBy } from '../../../core/address.ts'
import { NO_REPORTS, type RuleTest, type Sentences } from '../../capture-rule.ts'
import { type Boot, allOffers, goesOn, isLease } from '../../conversations/conversation.ts'
import { fileOf } from '../../conversations/intent.ts'
import type { Reply } from '../../conversations/reply.ts'
import { showReply } from '../../evidence.ts'
import { ascending } from '../../words.ts'

export type NoRoute = { readonly how: 'noRoute'; readonly dhcpServer: string; readonly server: string }

export const noRouteReports: RuleTest<NoRoute> = (boot, context) => {
  if (boot.asks !== 'pxe' || goesOn(boot)) return NO_REPORTS
  const lease = chosenLease(boot)
  if (!lease || lease.mask === undefined || lease.router !== undefined) return NO_REPORTS
  const { mask, yiaddr } = lease
  const isOffLink = (ip: Ip4): boolean => ip !== ANY_IP4 && maskedBy(ip, mask) !== maskedBy(yiaddr, mask)
  const pxe = allOffers(boot).filter(offer => offer.pxe)
  // Where nobody else speaks, the file is that of the lease; what its ACK adds counts for other firmware than EDK2.
  const offers = pxe.length > 0 ? pxe : isConfirmed(boot, lease) ? [lease] : []
  const loading = offers.filter(
    offer =>
      (pxe.length > 0 ? fileOf(offer.intent) : offer.file) !== undefined &&
      (pxe.length === 0 || offer.intent.kind !== 'ask4011'),
  )
  if (loading.length === 0 || loading.length < offers.length) return NO_REPORTS
  if (!loading.every(offer => isOffLink(offer.tftpServer))) return NO_REPORTS
  const first = loading[0]!
  const { server: name } = context.names
  return [
    {
      confidence: 'inferred',
      servers: ascending([lease.server, first.tftpServer]),
      details: { how: 'noRoute', dhcpServer: name(lease.server), server: name(first.tftpServer) },
      evidence: [showReply(lease, context), showReply(first, context)],
    },
  ]
}

/** Confirmed as it was offered, without a router, and not declined. */
const isConfirmed = (boot: Boot, lease: Reply): boolean =>
  boot.exchanges.every(({ declines }) => declines.length === 0) &&
  boot.exchanges.some(({ acks }) =>
    acks.some(ack => ack.server === lease.server && isLease(ack) && ack.router === undefined),
  )

/** The offer that was taken; firmware reads mask and router from it, not from the ACK (E-28). */
const chosenLease = (boot: Boot): Reply | undefined => {
  const exchange = boot.exchanges.findLast(candidate => candidate.requests.length > 0)
  const server = exchange?.requests.at(-1)?.server
  return exchange?.offers.find(offer => isLease(offer) && offer.server === server)
}

export const noRouteSentences = ({ dhcpServer, server }: NoRoute): Sentences => ({
  text: `the lease from ${dhcpServer} names no router (option 3), and TFTP server ${server} is on another network: the machine cannot reach it.`,
  because:
    'Without a router in its lease a machine reaches only its own subnet. EDK2 then shows PXE-E53, although a boot file was named.',
  remedy: `Set the router (option 3) on ${dhcpServer}; if that server is not meant to lease addresses here, stop it.`,
})
