/**
 * TFTP packets as values (RFC 1350 §5, RFC 2347). Types only.
 */

/** Option names as they came; RFC 2347 compares them without case. Order and duplicates are kept. */
export type TftpOptions = readonly (readonly [name: string, value: string])[]

export type TftpPacket =
  | {
      readonly kind: 'rrq' | 'wrq'
      readonly file: string
      readonly mode: string
      readonly options: TftpOptions
    }
  | { readonly kind: 'data'; readonly block: number; readonly bytes: Uint8Array }
  | { readonly kind: 'ack'; readonly block: number }
  | { readonly kind: 'error'; readonly code: number; readonly message: string }
  | { readonly kind: 'oack'; readonly options: TftpOptions }

/** RFC 1350 appendix, RFC 2347 §4. */
export const TFTP_ERROR = {
  undefined: 0,
  fileNotFound: 1,
  accessViolation: 2,
  diskFull: 3,
  illegalOperation: 4,
  unknownTid: 5,
  fileExists: 6,
  noSuchUser: 7,
  optionRefused: 8,
} as const

export const TFTP_PORT = 69
