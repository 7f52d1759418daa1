/**
 * Frames of wireless captures: IEEE 802.11 data frames with LLC/SNAP, with or without a radiotap header. Does not
 * decrypt, and does not take aggregates (A-MSDU) apart.
 */
import { macAt } from '../core/address.ts'
import { u16At } from '../core/bytes.ts'
import { type Decoded, type Issue, decoded, undecodable } from '../core/decoded.ts'
import { readPacket } from './ethernet.ts'
import type { Frame } from './frame.ts'

const REFERENCE = 'IEEE 802.11-2020 §9.2'
const DATA = 2
const FLAG = { toDs: 0x01, fromDs: 0x02, protected: 0x40, order: 0x80 } as const
const QOS_SUBTYPE = 0x80
const NO_DATA_SUBTYPE = 0x40
const AGGREGATE = 0x80

/** `bytes` begin with the frame control field. Never throws. */
export const decodeWireless = (bytes: Uint8Array): Decoded<Frame> => {
  if (bytes.length < 24) return cut(bytes)
  // Some controllers send the two bytes of frame control swapped.
  const [control, flags] = isDataControl(bytes[0]!) ? [bytes[0]!, bytes[1]!] : [bytes[1]!, bytes[0]!]
  if (!isDataControl(control) || (control & NO_DATA_SUBTYPE) !== 0)
    return undecodable('wireless.noData', 0, 'no data frame', REFERENCE)
  if ((flags & FLAG.protected) !== 0) return undecodable('wireless.encrypted', 0, 'encrypted', REFERENCE)
  const isQos = (control & QOS_SUBTYPE) !== 0
  const hasFour = (flags & (FLAG.toDs | FLAG.fromDs)) === (FLAG.toDs | FLAG.fromDs)
  const qosAt = hasFour ? 30 : 24
  const llc = qosAt + (isQos ? 2 : 0) + (isQos && (flags & FLAG.order) !== 0 ? 4 : 0)
  if (bytes.length < llc + 8) return cut(bytes)
  if (isQos && (bytes[qosAt]! & AGGREGATE) !== 0)
    return undecodable('wireless.aggregate', qosAt, 'an A-MSDU', REFERENCE)
  // RFC 1042: SNAP with the organisation 0, then an EtherType.
  if (u16At(bytes, llc) !== 0xaaaa || bytes[llc + 2] !== 0x03)
    return undecodable('wireless.noSnap', llc, 'no SNAP header', 'RFC 1042')
  const issues: Issue[] = []
  const packet = readPacket(u16At(bytes, llc + 6), bytes, llc + 8, issues)
  return decoded({ ...addressesIn(bytes, flags), packet }, issues)
}

/** https://www.radiotap.org: version, padding, and the length of all that comes before the 802.11 frame. */
export const decodeRadiotap = (bytes: Uint8Array): Decoded<Frame> => {
  const length = bytes.length < 4 ? 0 : bytes[2]! | (bytes[3]! << 8)
  if (length < 8 || bytes.length < length) return cut(bytes)
  return decodeWireless(bytes.subarray(length))
}

const isDataControl = (control: number): boolean => (control & 3) === 0 && ((control >>> 2) & 3) === DATA

/** §9.3.2.1: which of the addresses are the ends of the way depends on the direction. */
const addressesIn = (bytes: Uint8Array, flags: number): Pick<Frame, 'target' | 'source'> => {
  const toDs = (flags & FLAG.toDs) !== 0
  const fromDs = (flags & FLAG.fromDs) !== 0
  return {
    target: macAt(bytes, toDs ? 16 : 4),
    source: macAt(bytes, toDs && fromDs ? 24 : fromDs ? 16 : 10),
  }
}

const cut = (bytes: Uint8Array): Decoded<Frame> =>
  undecodable('wireless.truncated', 0, `${bytes.length} bytes hold no 802.11 frame`, REFERENCE)
