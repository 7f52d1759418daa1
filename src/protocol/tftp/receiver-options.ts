/**
 * What a TFTP read client can be told: every way in which firmware differs is a plain parameter here, so that a
 * profile is a table. And how a read ends. No behaviour.
 */
import type { Endpoint } from '../../core/address.ts'
import type { Unreachable } from '../../core/state-machine.ts'
import type { Micros } from '../../core/micros.ts'
import type { TftpOptions } from '../../wire/tftp/packet.ts'

/** Received content is never larger than this, whatever the sender says. */
export const MAX_CONTENT_SIZE = 1024 * 1024 * 1024
/** A size told in advance is believed (and room made for it) up to this. */
export const MAX_PREALLOCATED = 64 * 1024 * 1024

/** An ERROR the client sends, in its own words. */
export interface ClientError {
  readonly code: number
  readonly message: string
}

export interface ReceiverOptions {
  readonly server: Endpoint
  readonly file: string
  readonly mode?: 'octet' | 'netascii'
  /** Asked for in this order: `[['blksize', '1468'], ['windowsize', '4']]`. */
  readonly options?: TftpOptions
  /**
   * How long to wait after each sending before the next; after the last wait the read fails. Starts again with every
   * block. EDK2: six times 4 s. iPXE: .25, .5, 1, 2, 4, 8 s. As a function of the sending (1, 2 …): undefined = fail.
   */
  readonly waits: readonly Micros[] | ((sending: number) => Micros | undefined)
  /** `address`: packets from another address than the server's meet a closed port (E-47). `none`: I-21, U-6. */
  readonly sourceCheck?: 'address' | 'none'
  /** Where ACKs go: to whoever answered (I-21), or to the address asked at the port that answered (U-6). */
  readonly repliesTo?: 'source' | 'asked-address'
  /** What a packet from another TID meets: ERROR 5 (RFC 1350 §4), or nothing (E-47). */
  readonly strangers?: 'error' | 'ignore'
  /** Ends with this ERROR as soon as the OACK is there: a query for the size (E-46, B-21). */
  readonly stopAtOack?: ClientError
  /** Refuses a server without option support with this ERROR (E-48). */
  readonly needsOack?: ClientError
  /** An OACK with a larger block or window size than asked for: taken (I-21), or refused with this ERROR (E-48, U-6). */
  readonly raisedOption?: 'accept' | ClientError
  /** An OACK with an option that was not asked for. */
  readonly unaskedOption?: 'accept' | ClientError
  /** The most DATA one packet may hold (a BIOS ROM's buffer: E3F). */
  readonly maxDataSize?: number
  /** The most the whole file may hold. */
  readonly maxSize?: number
  /** What a former query said: room is made for it. */
  readonly expectedSize?: number
  /** ICMP unreachable: `ignore` (I-21, B-22), or `fail` (E-48). A silent ARP never counts. */
  readonly onUnreachable?: 'fail' | 'ignore'
  /** 0 = a fresh one. */
  readonly localPort?: number
  /** What follows block 65535. */
  readonly rollover?: 0 | 1
}

export type ReceiverEvent =
  | {
      readonly type: 'done'
      /** Empty for a size query. */
      readonly bytes: Uint8Array
      /** What the server said it would be (`tsize`). */
      readonly size: number | undefined
      readonly blocks: number
      /** Undefined if the server does not know options. */
      readonly oack: TftpOptions | undefined
      /** Who sent it. */
      readonly from: Endpoint
    }
  | ({ readonly type: 'failed'; /** Received until then. */ readonly received: number } & ReceiverFault)

export type ReceiverFault =
  | { readonly cause: 'error-packet'; readonly code: number; readonly message: string }
  | { readonly cause: 'timeout'; /** Had the server ever answered? E32 or E35. */ readonly answered: boolean }
  | { readonly cause: 'unreachable'; readonly what: Unreachable['cause'] }
  | { readonly cause: 'bad-oack'; readonly why: string }
  | { readonly cause: 'no-oack' }
  | { readonly cause: 'too-large'; readonly what: 'packet' | 'file' }
  | { readonly cause: 'no-route' }

export type ReceiverOutcome = ReceiverEvent
