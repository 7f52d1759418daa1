/**
 * What a TFTP service can be told, and every limit on what a client can make it hold. No behaviour.
 */
import type { Ip4 } from '../../core/address.ts'
import type { Action } from '../../core/state-machine.ts'
import { SECOND } from '../../core/micros.ts'
import type { Micros } from '../../core/micros.ts'
import { TFTP_PORT } from '../../wire/tftp/packet.ts'
import type { TftpEvent } from './events.ts'
import type { TftpFiles } from './files.ts'
import { MAX_BLOCK_SIZE } from './negotiation.ts'
import type { SenderTiming } from './sender-timing.ts'
import { DEFAULT_SENDER_TIMING } from './sender-timing.ts'

/** Transfers open at once; for a further one another makes room (`make-room.ts`), or it gets a clear ERROR. */
export const MAX_TRANSFERS = 4_096
/** Of them, the part that those without a first ACK may have: a flood of requests does not fill the table. */
const UNANSWERED = 3 / 4
/** The same for one client address. A firmware needs one; a lab behind one address needs many. */
export const MAX_TRANSFERS_PER_CLIENT = 256
/** Window times block size of one transfer: no more than it costs to guess the port to which it is acknowledged. */
const MAX_WINDOW_BYTES = 2 * 1024 * 1024
/** The sum of that over all transfers that were acknowledged; when it is used up, windows are of one block. */
const MAX_BYTES_IN_FLIGHT = 256 * 1024 * 1024
/** What a client may have as window by default; more gains nothing on a LAN. */
export const DEFAULT_MAX_WINDOW_SIZE = 64
/** ERROR 5 sent to strangers per transfer; the rest are ignored, or we could be used to flood somebody. */
export const MAX_STRANGERS_ANSWERED = 8
/** One socket per own address for ERRORs to requests; beyond that they leave from port 69. */
export const MAX_REFUSAL_SOCKETS = 16
/** Bytes of a request that are kept, to know it again. RFC 2347 allows 512. */
export const MAX_KEPT_REQUEST = 1024
/** The same request from the same port, this long after its transfer went silent, is a machine that began anew. */
export const RESTART_AFTER: Micros = 3 * SECOND

/** A client that closes its port this soon after its last ACK has what it wanted; later it may have given up. */
export const UNCONFIRMED_WITHIN: Micros = 3 * SECOND

export interface TftpServiceOptions {
  readonly files: TftpFiles
  readonly port?: number
  /** Serve only what was sent to this own address. */
  readonly address?: Ip4
  /** Tells own addresses from directed broadcasts; without it only 255.255.255.255 and groups are known as such. */
  readonly isOwnAddress?: (ip: Ip4) => boolean
  /**
   * Requests to a broadcast address. Ignored by default: stray broadcast TFTP of other network gear is what made
   * the vendor's service stop listening (KB275767), and two servers that both answer confuse the client.
   */
  readonly broadcast?: 'ignore' | 'answer'
  readonly netascii?: 'serve' | 'refuse'
  readonly maxBlockSize?: number
  readonly maxWindowSize?: number
  readonly maxWindowBytes?: number
  readonly maxBytesInFlight?: number
  /** Options never acknowledged, in lower case. */
  readonly refuseOptions?: readonly string[]
  readonly maxTransfers?: number
  readonly maxTransfersPerClient?: number
  /** Of `maxTransfers`, those without a first ACK. Default: three quarters. */
  readonly maxUnanswered?: number
  /**
   * For files that take their time (`TftpFile.load`): runs what becomes of it, with the time, and performs the actions.
   * Without it such files are read at once.
   */
  readonly later?: (act: (now: Micros) => readonly Action<string, TftpEvent>[]) => void
  readonly timing?: Partial<SenderTiming>
}

export const serviceSettings = (options: TftpServiceOptions) => ({
  port: TFTP_PORT,
  broadcast: 'ignore',
  netascii: 'serve' as 'serve' | 'refuse',
  maxBlockSize: MAX_BLOCK_SIZE,
  maxWindowSize: DEFAULT_MAX_WINDOW_SIZE,
  maxWindowBytes: MAX_WINDOW_BYTES,
  maxBytesInFlight: MAX_BYTES_IN_FLIGHT,
  refuseOptions: [] as readonly string[],
  maxTransfers: MAX_TRANSFERS,
  maxTransfersPerClient: MAX_TRANSFERS_PER_CLIENT,
  maxUnanswered: Math.ceil((options.maxTransfers ?? MAX_TRANSFERS) * UNANSWERED),
  ...options,
  timing: { ...DEFAULT_SENDER_TIMING, ...options.timing },
})
