/**
 * The chapter about port 4011.
 */
import { inOrder } from '../order.ts'
import { ACKS } from './acks.ts'
import { REQUESTS } from './requests.ts'

export const BOOT_SERVER_CHAPTER = inOrder('B', 'Boot server on port 4011', [ACKS, REQUESTS])
