/**
 * `malformed-offer`: an offer that strict firmware drops or cannot use. What is wrong with a reply is read in
 * `conversations/reply.ts`.
 */
import { NO_REPORTS, type Report, type RuleTest, type Sentences } from '../../capture-rule.ts'
import { gotFile } from '../../conversations/transfer.ts'
import { showReply } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { listed } from '../../words.ts'

export const meta = {
  id: 'malformed-offer',
  severity: 'warning',
  meaning: 'an offer that strict firmware drops or cannot use',
  origins: {
    capture: {
      severity: 'error if option 43 is a text or hexadecimal digits, and no file came',
      holdsWhen:
        'an offer to a PXE client has no END, no option 54, no mask, an option of wrong length or cut short, several instances of option 43 of which an early one has END, an option 43 that is a text or hexadecimal digits, or contradicting discovery options; or it was sent by unicast although broadcast was asked',
      isNot: 'option 43 without END of its own',
      remedy: 'correct the options',
    },
  },
} as const satisfies FindingMeta

export type MalformedOffer = {
  readonly server: string
  readonly faults: readonly string[]
  /** How option 43 is written instead of as bytes. */
  readonly textVendor?: 'digits' | 'text'
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
          // What it would have said is lost for every client.
          ...(offer.textVendor && !boot.transfers.some(gotFile) && { severity: 'error' as const }),
          confidence: 'seen',
          servers: [offer.server],
          details: {
            server: context.names.server(offer.server),
            faults,
            ...(offer.textVendor && { textVendor: offer.textVendor.kind }),
          },
          evidence: [showReply(offer, context)],
        })
    }
  return reports
}

export const sentences = ({ server, faults, textVendor }: MalformedOffer): Sentences => ({
  text: `the offer of ${server} is one that strict firmware drops or misreads: ${listed(faults)}.`,
  because:
    textVendor === undefined
      ? 'Lenient firmware (iPXE, U-Boot) takes such an offer, strict firmware (EDK2, BIOS ROMs) does not, and says no more than that no valid offer came.'
      : 'Option 43 is a list of tag, length and value (RFC 2132 §8.4). What was meant by the text reaches no client: with option 60 PXEClient and no readable option 43, firmware asks port 4011 instead.',
  remedy:
    textVendor === undefined
      ? `Correct the options on ${server}; a fault that its settings cannot mend is one of the product.`
      : `Enter option 43 on ${server} as bytes (type binary or hex, not string; ISC dhcpd: without quotation marks, 06:01:08; Kea: csv-format false).`,
})
