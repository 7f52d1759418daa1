/**
 * The chapter about TFTP.
 */
import { inOrder } from '../order.ts'
import { OPTIONS } from './options.ts'
import { REFUSALS } from './refusals.ts'
import { TRANSFER } from './transfer.ts'

export const TFTP_CHAPTER = inOrder('T', 'TFTP', [TRANSFER, OPTIONS, REFUSALS])
