/**
 * The chapter about answers to DISCOVERs of PXE clients on port 67.
 */
import { inOrder } from '../order.ts'
import { ANSWERS } from './answers.ts'
import { FILES } from './files.ts'
import { OFFERS } from './offers.ts'

export const PROXY_CHAPTER = inOrder('P', 'PXE offers on port 67', [ANSWERS, OFFERS, FILES])
