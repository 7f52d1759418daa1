/**
 * What a request asks for, in the mode it asks for; or why it is not served. Does not count transfers.
 */
import type { Ip4 } from '../../core/address.ts'
import { TFTP_ERROR, type TftpPacket } from '../../wire/tftp/packet.ts'
import { type TftpFile, type TftpFiles, type TftpRefusal, isRefusal } from './files.ts'
import { netasciiFile } from './netascii.ts'

export type Request = TftpPacket & { readonly kind: 'rrq' | 'wrq' }

export const requestedFile = (
  { files, netascii }: { readonly files: TftpFiles; readonly netascii: 'serve' | 'refuse' },
  client: Ip4,
  request: Request,
): TftpFile | TftpRefusal => {
  if (request.kind === 'wrq') return { code: TFTP_ERROR.accessViolation, message: 'this server is read-only' }
  const mode = request.mode.toLowerCase()
  if (mode !== 'octet' && (mode !== 'netascii' || netascii === 'refuse'))
    return { code: TFTP_ERROR.illegalOperation, message: 'mode not served' }
  const opened = files.open(request.file, client)
  if (isRefusal(opened) || mode === 'octet') return opened
  return netasciiFile(opened) ?? { code: TFTP_ERROR.undefined, message: 'too large for netascii' }
}
