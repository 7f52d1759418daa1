/**
 * The door to everything between bytes and `Frame`: one import path for the rooms above. Holds no code of its own.
 */
export { ETHERNET_MTU, decodeFrame, encodeFrame } from './ethernet.ts'
export { Reassembler, fragment } from './fragments.ts'
export { ICMP_TYPE, UNREACHABLE_CODE } from './icmp.ts'
export { ip4Length } from './ip4.ts'
export { icmpUnreachable, readUnreachable } from './unreachable.ts'
export type { UnreachableOriginal } from './unreachable.ts'
