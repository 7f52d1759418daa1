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
  meaning: 'an OFFER that strict firmware drops or cannot use',
  origins: {
    capture: {
      severity: 'error if option 43 is a text or hexadecimal digits, and no file came',
      holdsWhen:
        'an OFFER to a PXE client lacks END, option 54 or the subnet mask, has an option that is truncated or of the wrong length, several instances of option 43 with an END before the last, an option 43 that is text or hexadecimal digits, or contradictory discovery options; or it was sent by unicast although the client asked for broadcast',
      isNot: 'option 43 without an END of its own',
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
        faults.push(
          'it was sent by unicast to the offered address, although the machine set the broadcast flag',
        ) // E-13
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
  text: `strict firmware drops or misreads the OFFER from ${server}: ${listed(faults)}.`,
  because:
    textVendor === undefined
      ? 'Lenient firmware (iPXE, U-Boot) accepts such an OFFER. Strict firmware (EDK2, BIOS ROMs) does not, and reports only that it received no valid OFFER.'
      : 'Option 43 is a list of tag, length and value (RFC 2132 §8.4). The text reaches no client: with option 60 PXEClient and no readable option 43, firmware asks port 4011 instead.',
  remedy:
    textVendor === undefined
      ? `Correct the options on ${server}; if its settings cannot fix this, report it to the vendor of the server.`
      : `Enter option 43 on ${server} as bytes (type binary or hex, not string; ISC dhcpd: without quotation marks, 06:01:08; Kea: csv-format false).`,
})
