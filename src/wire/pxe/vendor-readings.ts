/**
 * Several option 43 instances in one message, as clients read them. Old NBS engines send three, each closed by its
 * own END (NBS-6), and what a client then sees depends on how it reads. Does not choose a reading.
 */
import { concat } from '../../core/bytes.ts'
import type { Decoded } from '../../core/decoded.ts'
import type { DhcpMessage } from '../dhcp/message.ts'
import { END, OPTION, PAD } from '../dhcp/option-codes.ts'
import { all, concatenated, first } from '../dhcp/options.ts'
import { type PxeVendorOptions, decodePxeVendor } from './vendor-options.ts'

/**
 * `first`: only the first instance (EDK2, E-17). `last`: a later one replaces it. `concatenated`: joined, then read
 * up to the first END (RFC 3396, RFC 2132 §8.4): what stands in later END-closed instances is missed.
 * `perInstance`: each is read up to its own END and the results are joined: sees everything.
 */
export type VendorReading = 'first' | 'last' | 'concatenated' | 'perInstance'

/** Undefined if the message has no option 43. */
export const pxeVendor = (
  message: DhcpMessage,
  reading: VendorReading = 'concatenated',
): Decoded<PxeVendorOptions> | undefined => {
  const value = vendorBytes(message, reading)
  return value && decodePxeVendor(value)
}

/** Each instance by itself. */
export const pxeVendorInstances = (message: DhcpMessage): Decoded<PxeVendorOptions>[] =>
  all(message, OPTION.vendorSpecific).map(decodePxeVendor)

const vendorBytes = (message: DhcpMessage, reading: VendorReading): Uint8Array | undefined => {
  switch (reading) {
    case 'first':
      return first(message, OPTION.vendorSpecific)
    case 'last':
      return all(message, OPTION.vendorSpecific).at(-1)
    case 'concatenated':
      return concatenated(message, OPTION.vendorSpecific)
    case 'perInstance': {
      const values = all(message, OPTION.vendorSpecific)
      return values.length === 0
        ? undefined
        : concat(values.map((value, i) => (i < values.length - 1 ? body(value) : value)))
    }
  }
}

/** Up to END, so that the next instance may follow. */
const body = (value: Uint8Array): Uint8Array => {
  let at = 0
  while (at < value.length && value[at] !== END) at += value[at] === PAD ? 1 : 2 + (value[at + 1] ?? 0)
  return value.subarray(0, Math.min(at, value.length))
}
