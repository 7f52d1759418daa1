/**
 * Base64 (RFC 4648 §4), the same in Node and in a browser, by @scure/base. Does not do the URL alphabet.
 */
import { base64 } from '@scure/base'

export const toBase64 = (bytes: Uint8Array): string => base64.encode(bytes)

/** Undefined if it is no base64. */
export const fromBase64 = (text: string): Uint8Array | undefined => {
  try {
    return base64.decode(text)
  } catch {
    return undefined
  }
}
