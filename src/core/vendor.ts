/**
 * The vendor of a network card by its MAC, as it stands behind the MAC in texts. The list of vendors is the caller's
 * to bring: it is large, and few need it.
 */
import { parseMac, toMac, type Mac, isGroupMac } from './address.ts'

/** Of a MAC as `00:50:56:00:00:01`; undefined where nobody knows, or where there is none. */
export type VendorOf = (mac: string) => string | undefined

export const NO_VENDORS: VendorOf = () => undefined

/** `00:50:56:00:00:01 (VMware, Inc.)`. */
export const withVendor = (mac: string, vendorOf: VendorOf): string => {
  const vendor = vendorOf(mac)
  return vendor === undefined ? mac : `${mac} (${shortened(vendor)})`
}

/** By the registry's prefixes of six digits: `{ "005056": "VMware, Inc.\n3401 Hillview Avenue…" }`. */
export const vendorsIn =
  (registry: Readonly<Record<string, string>>): VendorOf =>
  text => {
    const mac = parseMac(text)
    if (mac === undefined || !isVendors(mac)) return undefined
    return registry[text.replaceAll(/[:-]/g, '').slice(0, 6).toUpperCase()]?.split('\n')[0]
  }

/** Those of groups, those that somebody made up (IEEE 802, the local bit), and those of documents (RFC 7042 §2.1.1). */
const isVendors = (mac: Mac): boolean =>
  !isGroupMac(mac) &&
  Math.floor(mac / 0x20000000000) % 2 === 0 &&
  (mac < FIRST_OF_DOCUMENTS || mac > LAST_OF_DOCUMENTS)

const FIRST_OF_DOCUMENTS = toMac(0x00005e005300)
const LAST_OF_DOCUMENTS = toMac(0x00005e0053ff)

const LONGEST = 28

const shortened = (vendor: string): string =>
  vendor.length > LONGEST ? `${vendor.slice(0, LONGEST - 1).trimEnd()}…` : vendor
