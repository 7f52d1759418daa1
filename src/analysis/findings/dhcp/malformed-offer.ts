/**
 * `malformed-offer`: an offer that strict firmware drops or cannot use. What is wrong with a reply is read in
 * `conversations/reply.ts`.
 */
import { NO_REPORTS, type Report, type RuleTest, type Sentences } from '../../capture-rule.ts'
import { showReply } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { listed } from '../../words.ts'

export const meta = {
  id: 'malformed-offer',
  severity: 'warning',
  meaning: 'an offer that strict firmware drops or cannot use',
  origins: {
    capture: {
      holdsWhen:
        'an offer to a PXE client has no END, no option 54, no mask, an option of wrong length or cut short, several instances of option 43 of which an early one has END, or contradicting discovery options; or it was sent by unicast although broadcast was asked',
      isNot: 'option 43 without END of its own',
      remedy: 'correct the options',
    },
  },
} as const satisfies FindingMeta

export type MalformedOffer = {
  readonly server: string
  readonly faults: readonly string[]
}

export const test: RuleTest<MalformedOffer> = (boot, context) => {
  if (boot.asks !== 'pxe') return NO_REPORTS
  const reports: Report<MalformedOffer>[] = []
  for (const exchange of boot.exchanges)
    for (const offer of exchange.offers) {
      if (offer.foreignClass || reports.some(report => report.servers[0] === offer.server)) continue
      const faults = [...offer.faults]
      if (offer.toClientAddress && exchange.wantsBroadcast)
        faults.push('it was sent to the address it offers, although the machine asked for a broadcast') // E-13
      if (faults.length > 0)
        reports.push({
          confidence: 'seen',
          servers: [offer.server],
          details: { server: context.names.server(offer.server), faults },
          evidence: [showReply(offer, context)],
        })
    }
  return reports
}

export const sentences = ({ server, faults }: MalformedOffer): Sentences => ({
  text: `the offer of ${server} is one that strict firmware drops or misreads: ${listed(faults)}.`,
  because:
    'Lenient firmware (iPXE, U-Boot) takes such an offer, strict firmware (EDK2, BIOS ROMs) does not, and says no more than that no valid offer came.',
  remedy: `Correct the options on ${server}; a fault that its settings cannot mend is one of the product.`,
})
