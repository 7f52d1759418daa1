/**
 * A TFTP server on another network and a lease without router: the request never leaves the machine, and no packet
 * shows it (E-48). Read from the lease alone; a machine that asks all the same is judged
 * in `transfers.ts`.
 */
import { ANY_IP4, type Ip4 } from '../../core/address.ts'
import { type Boot, allOffers, goesOn, isLease } from '../conversations/conversation.ts'
import { fileOf } from '../conversations/intent.ts'
import type { Reply } from '../conversations/reply.ts'
import { type FindingTest, NO_DRAFTS, showReply } from '../scene.ts'
import { ascending } from '../words.ts'

export const unroutableTftpServer: FindingTest = (boot, scene) => {
  if (boot.asks !== 'pxe' || goesOn(boot)) return NO_DRAFTS
  const lease = chosenLease(boot)
  if (!lease || lease.mask === undefined || lease.router !== undefined) return NO_DRAFTS
  const { mask, yiaddr } = lease
  const isOffLink = (ip: Ip4): boolean => ip !== ANY_IP4 && ((ip ^ yiaddr) & mask) !== 0
  const offers = allOffers(boot).filter(offer => offer.pxe)
  const loading = offers.filter(
    offer => fileOf(offer.intent) !== undefined && offer.intent.kind !== 'ask4011',
  )
  if (loading.length === 0 || loading.length < offers.length) return NO_DRAFTS
  if (!loading.every(offer => isOffLink(offer.tftpServer))) return NO_DRAFTS
  const first = loading[0]!
  const { server: name } = scene.names
  return [
    {
      rule: 'unreachable-tftp-server',
      confidence: 'inferred',
      servers: ascending([lease.server, first.tftpServer]),
      text: `the lease of ${name(lease.server)} names no router (option 3), and TFTP server ${name(first.tftpServer)} is on another network: the machine cannot send to it.`,
      because:
        'Without a router in its lease a machine reaches only its own subnet. EDK2 then says PXE-E53, although a boot file was named.',
      remedy: `Set the router (option 3) on ${name(lease.server)}; if that server is not meant to lease addresses here, stop it.`,
      evidence: [showReply(lease, scene), showReply(first, scene)],
    },
  ]
}

/** The offer that was taken; firmware reads mask and router from it, not from the ACK (E-28). */
const chosenLease = (boot: Boot): Reply | undefined => {
  const exchange = boot.exchanges.findLast(candidate => candidate.requests.length > 0)
  const server = exchange?.requests.at(-1)?.server
  return exchange?.offers.find(offer => isLease(offer) && offer.server === server)
}
