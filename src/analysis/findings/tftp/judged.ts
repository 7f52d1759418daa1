/**
 * The transfers of a boot whose failure is a matter of their own: it is a boot at all, the failure was not made good
 * later, and no more exact rule says why it came. Shared by the rules about failed transfers.
 */
import { isBootTraffic } from '../../conversations/boot-traffic.ts'
import type { Boot } from '../../conversations/conversation.ts'
import type { Transfer } from '../../conversations/transfer.ts'
import { isUrlByTftp } from '../boot-file/boot-file-is-url.ts'
import { isMisread } from '../boot-file/unterminated-boot-file.ts'
import { isMtuHole } from './mtu-hole.ts'
import { isBrokenOff } from './transfer-broke-off.ts'
import { wasMadeGood } from './transfers.ts'

/** For the rules that others leave the rest to. */
export const judgedTransfers = (boot: Boot): Transfer[] =>
  isBootTraffic(boot)
    ? boot.transfers.filter(transfer => !wasMadeGood(boot, transfer) && !isExplained(boot, transfer))
    : []

const isExplained = (boot: Boot, transfer: Transfer): boolean =>
  EXPLANATIONS.some(explains => explains(boot, transfer))

const EXPLANATIONS = [isUrlByTftp, isMisread, isMtuHole, isBrokenOff]
