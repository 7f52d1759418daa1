/**
 * The boot ROM of a Raspberry Pi, which says that it is a BIOS PC, and boots by words of its own (RPI-1, RPI-2).
 */
import { isPxeClient } from '../../wire/pxe/client.ts'
import { OPTION, first } from '../../wire/dhcp/options.ts'
import type { ClientKind } from './client-kind.ts'

/** RPI-5: all of them have the same. */
const XID = 0x26f30339
/** RPI-6: what it asks for first. */
const LIST = [43, 60, 67, 128] as const

export const RASPBERRY_PI: ClientKind = {
  name: 'Raspberry Pi',
  matches: message => {
    if (!isPxeClient(message)) return false
    const list = first(message, OPTION.parameterRequestList)
    return message.xid === XID || (list !== undefined && LIST.every((code, i) => list[i] === code))
  },
  bootsByMark: true, // RPI-2
  knownByName: true,
  effects: {
    'multiple-dhcp-servers': 'a Raspberry Pi takes the last address that was offered', // RPI-1
    'missing-boot-file': 'a Raspberry Pi needs bootcode.bin', // RPI-1
  },
}
