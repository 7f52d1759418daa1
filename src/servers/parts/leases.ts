/**
 * What a server that leases addresses says with them, as it is written. Form only.
 */
import { ip4, lifetime, oneOrMore, span, wordsUpTo } from '../../document/parts.ts'

/** RFC 2131 §2: 128 bytes with the closing NUL. */
export const MAX_BOOT_FILE = 127

/** A kind of server that leases addresses has them in the field `pool`. */
export const pools = oneOrMore(span).describe(
  'Addresses to lease: first-last, or a list of such spans (one per subnet behind relays)',
)

export const leaseFields = {
  bootFile: wordsUpTo(MAX_BOOT_FILE).optional().describe('Boot file, in header field file'),
  nextServer: ip4.optional().describe('Server of the boot file, in header field siaddr'),
  leaseTime: lifetime.prefault('3600s').describe('Lease time (51): 3600s, 12h, 8d, infinite'),
}
