/**
 * The transfers of a boot whose failure is a matter of their own: it was not made good later, and no more exact rule
 * says why it failed. Shared by the rules about failed transfers.
 */
import type { Boot } from '../../conversations/conversation.ts'
import type { Transfer } from '../../conversations/transfer.ts'
import { isUrlByTftp } from '../boot-file/boot-file-is-url.ts'
import { isMisread } from '../boot-file/unterminated-boot-file.ts'
import { wasMadeGood } from './transfers.ts'

export const judgedTransfers = (boot: Boot): Transfer[] =>
  boot.transfers.filter(transfer => !wasMadeGood(boot, transfer) && !isExplained(boot, transfer))

const isExplained = (boot: Boot, transfer: Transfer): boolean =>
  isUrlByTftp(boot, transfer) || isMisread(boot, transfer)
