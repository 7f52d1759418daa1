/**
 * Replies that are wrong in themselves: contradicting addresses, and what strict firmware drops.
 */
import { ANY_IP4, type Ip4 } from '../../core/address.ts'
import { type Boot, allOffers } from '../conversations/conversation.ts'
import type { Reply } from '../conversations/reply.ts'
import { type Draft, type FindingTest, NO_DRAFTS, type Scene, evidence, isOver, showReply } from '../scene.ts'
import { gotFile } from '../conversations/transfer.ts'
import { ascending, listed } from '../words.ts'

export const serverIdentityMismatch: FindingTest = (boot, scene) => {
  const drafts: Draft[] = []
  const replies = [
    ...allOffers(boot),
    ...boot.exchanges.flatMap(exchange => exchange.acks),
    ...boot.asks4011.flatMap(ask => ask.replies),
  ]
  for (const reply of replies) {
    if (drafts.some(draft => draft.servers.includes(reply.server))) continue
    const found = contradictionOf(boot, reply, scene)
    if (found)
      drafts.push({ ...mismatch(reply, found.others, found.text, scene), confidence: found.confidence })
  }
  const moved = boot.transfers.find(transfer => transfer.otherSource !== undefined)
  if (moved) {
    const other = moved.otherSource!
    drafts.push({
      rule: 'server-identity-mismatch',
      confidence: 'seen',
      servers: ascending([moved.server, other]),
      text: `TFTP was asked of ${scene.names.server(moved.server)}, but ${scene.names.server(other)} answered.`,
      because:
        'A server with several addresses must answer from the one it was asked by: EDK2 drops everything else.',
      remedy: 'Bind the TFTP service to the address that siaddr names, or name the address it answers from.',
      evidence: [evidence(moved.seen, `TFTP request to ${scene.names.server(moved.server)}`)],
    })
  }
  return drafts
}

interface Contradiction {
  readonly others: readonly Ip4[]
  readonly text: string
  readonly confidence: Draft['confidence']
}

const contradictionOf = (boot: Boot, reply: Reply, scene: Scene): Contradiction | undefined => {
  const { serverIdentifier, source, siaddr } = reply
  const name = scene.names.server
  if (reply.foreignClass) return undefined
  if (
    serverIdentifier !== undefined &&
    source !== undefined &&
    source !== ANY_IP4 &&
    source !== serverIdentifier
  )
    return {
      others: [source],
      text: `option 54 says ${name(serverIdentifier)}, but the packet came from ${name(source)}.`,
      confidence: 'seen',
    }
  // A next server of its own is an ordinary thing for a DHCP server; a PXE server is its own (S-6, S-9).
  if (!reply.pxe || serverIdentifier === undefined || siaddr === ANY_IP4 || siaddr === serverIdentifier)
    return undefined
  if (reply.namesRelay) return undefined
  if (isWorking(boot, siaddr, scene) || !couldBeSeen(boot, scene)) return undefined
  return {
    others: [siaddr],
    text: `option 54 says ${name(serverIdentifier)}, siaddr says ${name(siaddr)}, and nothing was seen to work at ${name(siaddr)}.`,
    confidence: boot.transfers.some(transfer => transfer.server === siaddr) ? 'seen' : 'possible',
  }
}

/** A TFTP server of its own is an ordinary thing; only where the machine would have been seen to go there, it is odd. */
const couldBeSeen = (boot: Boot, scene: Scene): boolean =>
  scene.showsUnicasts(boot.segment) &&
  (isOver(boot, scene, boot.lastAt) || boot.transfers.some(transfer => transfer.requests > 1))

const isWorking = (boot: Boot, server: Ip4, scene: Scene): boolean =>
  boot.transfers.some(transfer => transfer.server === server && gotFile(transfer)) ||
  boot.asks4011.some(ask => ask.target === server && ask.replies.length > 0) ||
  scene.hasRole(server, 'tftp') ||
  scene.hasRole(server, 'boot-server')

const mismatch = (reply: Reply, others: readonly Ip4[], text: string, scene: Scene): Draft => ({
  rule: 'server-identity-mismatch',
  confidence: 'seen',
  servers: ascending([reply.server, ...others]),
  text,
  because:
    'Firmware differs on which address it takes: EDK2 asks siaddr and else option 54, iPXE asks siaddr for files and option 54 on port 4011. Where they differ, machines go to different hosts.',
  remedy:
    'On a server with several addresses, bind the service to the one on the subnet of the machines; option 54 and siaddr must both name it.',
  evidence: [showReply(reply, scene)],
})

export const malformedOffer: FindingTest = (boot, scene) => {
  if (boot.asks !== 'pxe') return NO_DRAFTS
  const drafts: Draft[] = []
  for (const exchange of boot.exchanges)
    for (const offer of exchange.offers) {
      if (offer.foreignClass || drafts.some(draft => draft.servers[0] === offer.server)) continue
      const faults = [...offer.faults]
      if (offer.toClientAddress && exchange.wantsBroadcast)
        faults.push('it was sent to the address it offers, although the machine asked for a broadcast') // E-13
      if (faults.length > 0) drafts.push(malformedDraft(offer, faults, scene))
    }
  return drafts
}

const malformedDraft = (offer: Reply, faults: readonly string[], scene: Scene): Draft => ({
  rule: 'malformed-offer',
  confidence: 'seen',
  servers: [offer.server],
  text: `the offer of ${scene.names.server(offer.server)} is one that strict firmware drops or misreads: ${listed(faults)}.`,
  because:
    'Lenient firmware (iPXE, U-Boot) takes such an offer, strict firmware (EDK2, BIOS ROMs) does not, and says no more than that no valid offer came.',
  remedy: `Correct the options on ${scene.names.server(offer.server)}; a fault that its settings cannot mend is one of the product.`,
  evidence: [showReply(offer, scene)],
})
