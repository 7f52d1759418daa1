/**
 * Which boot file an answer names and where it is to be fetched, as most clients read it. Does not judge that.
 */
import { ANY_IP4, type Ip4 } from '../../core/address.ts'
import { latin1Text } from '../../core/bytes.ts'
import type { DhcpMessage } from '../../wire/dhcp/message.ts'
import { OPTION, first, serverIdentifier } from '../../wire/dhcp/options.ts'
import type { Answer } from './ask.ts'

/** Option 67, else the field (E-17); undefined: none. */
export const bootFileOf = (message: DhcpMessage): string | undefined => {
  const option = first(message, OPTION.bootFileName)
  const name = option === undefined ? message.file : latin1Text(option).replace(/\0.*$/s, '')
  return name === '' ? undefined : name
}

/** siaddr, else option 54 (E-45). */
export const tftpServerOf = ({ message }: Answer): Ip4 | undefined =>
  message.siaddr === ANY_IP4 ? serverIdentifier(message) : message.siaddr
