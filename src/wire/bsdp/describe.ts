/**
 * One line of plain text per BSDP message. The password of a shadow volume is not shown. Does not judge.
 */
import { type Ip4, formatIp4, ANY_IP4 } from '../../core/address.ts'
import { printable } from '../../core/bytes.ts'
import type { DhcpMessage } from '../dhcp/message.ts'
import { bootFileName, messageType } from '../dhcp/options.ts'
import { bsdpContent } from './decode.ts'
import { macIdentity } from './class-identifier.ts'
import { formatImageId } from './image-id.ts'

const KINDS: Readonly<Record<number, string>> = { 1: 'LIST', 2: 'SELECT', 3: 'FAILED' }

/** `BSDP ACK[LIST] priority 32767 default 0x01001000: Lab NetBoot (0x01001000)` */
export const describeBsdp = (message: DhcpMessage, nameOf: (ip: Ip4) => string): string => {
  const read = bsdpContent(message)
  if (!read.ok) return 'BSDP'
  const { messageType: kind, ...said } = read.value
  const type = messageType(message)?.toUpperCase() ?? 'BOOTP'
  const words = [`BSDP ${type}${kind === undefined ? '' : `[${KINDS[kind] ?? kind}]`}`]
  const mac = message.op === 1 ? macIdentity(message) : undefined
  if (mac) words.push(`of ${printable(mac.systemId)}`)
  if (message.yiaddr !== ANY_IP4) words.push(formatIp4(message.yiaddr))
  if (said.serverIdentifier !== undefined) words.push(`for ${nameOf(said.serverIdentifier)}`)
  if (said.replyPort !== undefined) words.push(`reply port ${said.replyPort}`)
  if (said.priority !== undefined) words.push(`priority ${said.priority}`)
  if (said.defaultImage !== undefined) words.push(`default ${formatImageId(said.defaultImage)}`)
  if (said.selectedImage !== undefined) words.push(`selected ${formatImageId(said.selectedImage)}`)
  const file = message.file === '' ? bootFileName(message) : message.file
  if (message.op === 2 && file) words.push(`file ${printable(file)}`)
  if (file && message.siaddr !== ANY_IP4) words.push(`at ${nameOf(message.siaddr)}`)
  const images = said.images?.map(({ id, name }) => `${printable(name)} (${formatImageId(id)})`)
  return `${words.join(' ')}${images ? `: ${images.join(', ')}` : ''}`
}
