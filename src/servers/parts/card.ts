/**
 * The MAC address of a server's own card, where nobody says it.
 */
import { ANY_IP4, type Ip4, type Mac, ip4Number, toMac } from '../../core/address.ts'
import { latin1Bytes } from '../../core/bytes.ts'

/** Locally administered; ends as the IP address does, or as the name would have it. */
export const cardFor = (address: Ip4, name: string): Mac =>
  address === ANY_IP4
    ? toMac(0x026e_6271_0000 + (hashOf(name) & 0xffff))
    : toMac(0x026e_6270_0000 + (ip4Number(address) & 0xffff))

/** FNV-1a. */
const hashOf = (text: string): number =>
  latin1Bytes(text).reduce((hash, byte) => Math.imul(hash ^ byte, 0x0100_0193) >>> 0, 0x811c_9dc5)
