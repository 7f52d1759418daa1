/**
 * Who makes room when a TFTP service has no place for a further transfer: whoever never answered, then whoever is silent
 * for the longest time, then whoever is so slow that it only keeps a place. Decides; ends nothing.
 */
import { type Ip4 } from '../../core/address.ts'
import { type Micros, SECOND } from '../../core/micros.ts'
import { TFTP_ERROR } from '../../wire/tftp/packet.ts'
import type { TftpRefusal } from './files.ts'
import type { Transfer, Transfers } from './transfers.ts'

/** A client that answered is not taken for gone before it is silent for so long. */
export const IDLE_AFTER: Micros = SECOND
/** A transfer is not judged by its rate before this age … */
export const SLOW_AFTER: Micros = 10 * SECOND
/** … and is slow below so many bytes a second. */
export const SLOW_RATE = 4_096
/** Of a full table, this part is for those who have just asked: a flood cannot drive each other's away at once. */
const NEWCOMERS = 1 / 64

export interface RoomLimits {
  readonly maxTransfers: number
  readonly maxTransfersPerClient: number
  readonly maxUnanswered: number
}

/** Who is to end for a transfer of this client; undefined: nobody need. */
export const makesRoom = (
  now: Micros,
  transfers: Transfers,
  client: Ip4,
  { maxTransfers, maxTransfersPerClient, maxUnanswered }: RoomLimits,
): Transfer | TftpRefusal | undefined => {
  if (transfers.countFor(client) >= maxTransfersPerClient)
    return (
      transfers.oldestUnanswered(client) ??
      idlest(
        now,
        transfers.all().filter(transfer => transfer.client.ip === client),
      ) ?? { code: TFTP_ERROR.undefined, message: 'too many transfers for this client' }
    )
  const isFull = transfers.size >= maxTransfers
  const places = isFull ? Math.ceil(maxTransfers * NEWCOMERS) : maxUnanswered
  const oldest = transfers.unanswered >= places ? transfers.oldestUnanswered() : undefined
  if (oldest || !isFull) return oldest
  return (
    idlest(now, transfers.all()) ??
    transfers.oldestUnanswered() ?? {
      code: TFTP_ERROR.undefined,
      message: 'too many transfers on this server',
    }
  )
}

/** Of those that answered once: the longest silence, or else the lowest rate, if it is long or low enough. */
const idlest = (now: Micros, transfers: readonly Transfer[]): Transfer | undefined => {
  let silent: Transfer | undefined
  let slow: Transfer | undefined
  for (const transfer of transfers) {
    if (!transfer.sender.answered) continue
    if (!silent || transfer.sender.progressAt < silent.sender.progressAt) silent = transfer
    if (now - transfer.startedAt >= SLOW_AFTER && (!slow || rateOf(now, transfer) < rateOf(now, slow)))
      slow = transfer
  }
  if (silent && now - silent.sender.progressAt >= IDLE_AFTER) return silent
  return slow && rateOf(now, slow) < SLOW_RATE ? slow : undefined
}

/** Bytes a second since it began. */
const rateOf = (now: Micros, { sender, startedAt }: Transfer): number =>
  (sender.acknowledgedBytes * SECOND) / Math.max(1, now - startedAt)
