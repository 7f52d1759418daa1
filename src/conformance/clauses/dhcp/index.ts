/**
 * The chapter about DHCP servers whose clients boot from the network.
 */
import { inOrder } from '../order.ts'
import { BOOT_WORDS } from './boot-words.ts'
import { LEASES } from './leases.ts'

export const DHCP_CHAPTER = inOrder('D', 'DHCP server', [LEASES, BOOT_WORDS])
