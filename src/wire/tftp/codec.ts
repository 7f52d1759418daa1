/**
 * TFTP packets to and from bytes (RFC 1350 §5, RFC 2347). Decoding tolerates and reports; names of files and options
 * are taken byte for byte as Latin-1, because the RFCs know no encoding. Does not judge what a request asks for:
 * `protocol/tftp/negotiation.ts` and `request-path.ts` do.
 */
import { latin1Text, u16At, writeU16 } from '../../core/bytes.ts'
import type { Decoded, Issue } from '../../core/decoded.ts'
import { decoded, undecodable } from '../../core/decoded.ts'
import type { TftpOptions, TftpPacket } from './packet.ts'

export const OPCODE = { rrq: 1, wrq: 2, data: 3, ack: 4, error: 5, oack: 6 } as const

/** RFC 2347: a request is at most this long. Longer ones are read, with an issue. */
export const MAX_REQUEST_SIZE = 512
/** A longer file name makes a request undecodable: cut short it would name another file. */
export const MAX_FILE_NAME_LENGTH = 512
/** `octet`, `netascii`, `mail`: what is longer is cut, with an issue. */
const MAX_MODE_LENGTH = 32
/** An option whose name or value is longer is left out, with an issue. */
const MAX_OPTION_NAME_LENGTH = 64
/** Characters of an option value; an option with a longer one is left out, with an issue. */
const MAX_OPTION_VALUE_LENGTH = 255
/** Options after this many are left out, with an issue. */
export const MAX_OPTIONS = 32
/** The text of an ERROR is cut at this length, on the way in and out. */
export const MAX_ERROR_TEXT_LENGTH = 255

const NO_ISSUES: readonly Issue[] = []

export const decodeTftp = (bytes: Uint8Array): Decoded<TftpPacket> => {
  if (bytes.length < 2) return undecodable('tftp.truncated', 0, 'no operation code', 'RFC 1350 §5')
  switch (u16At(bytes, 0)) {
    case OPCODE.rrq:
      return decodeRequest('rrq', bytes)
    case OPCODE.wrq:
      return decodeRequest('wrq', bytes)
    case OPCODE.data:
      if (bytes.length < 4)
        return undecodable('tftp.truncated', 2, 'DATA without block number', 'RFC 1350 §5')
      return decoded({ kind: 'data', block: u16At(bytes, 2), bytes: bytes.subarray(4) }, NO_ISSUES)
    case OPCODE.ack:
      if (bytes.length < 4) return undecodable('tftp.truncated', 2, 'ACK without block number', 'RFC 1350 §5')
      return decoded({ kind: 'ack', block: u16At(bytes, 2) }, trailingIssues(bytes, 4))
    case OPCODE.error:
      return decodeError(bytes)
    case OPCODE.oack: {
      const issues: Issue[] = []
      const options = decodeOptions(bytes, 2, issues)
      return decoded({ kind: 'oack', options }, issues)
    }
    default:
      return undecodable('tftp.opcode', 0, `operation code ${u16At(bytes, 0)}`, 'RFC 1350 §5')
  }
}

const violation = (code: string, offset: number, message: string, reference: string): Issue => ({
  code,
  severity: 'violation',
  offset,
  message,
  reference,
})

const trailingIssues = (bytes: Uint8Array, end: number): readonly Issue[] =>
  bytes.length <= end
    ? NO_ISSUES
    : [
        {
          code: 'tftp.trailing',
          severity: 'oddity',
          offset: end,
          message: `${bytes.length - end} bytes after the end`,
          reference: 'RFC 1350 §5',
        },
      ]

/** Where the string that starts at `offset` ends: at its NUL, or at the end of the packet. */
const endOfString = (bytes: Uint8Array, offset: number): number => {
  const end = bytes.indexOf(0, offset)
  return end < 0 ? bytes.length : end
}

const decodeRequest = (kind: 'rrq' | 'wrq', bytes: Uint8Array): Decoded<TftpPacket> => {
  const fileEnd = endOfString(bytes, 2)
  if (fileEnd === bytes.length)
    return undecodable('tftp.file.unterminated', 2, 'file name without end, no mode', 'RFC 1350 §5')
  if (fileEnd - 2 > MAX_FILE_NAME_LENGTH)
    return undecodable('tftp.file.long', 2, `file name of ${fileEnd - 2} bytes`, 'RFC 2347')
  const issues: Issue[] = []
  if (bytes.length > MAX_REQUEST_SIZE)
    issues.push(
      violation('tftp.request.long', MAX_REQUEST_SIZE, `request of ${bytes.length} bytes`, 'RFC 2347'),
    )
  if (fileEnd === 2) issues.push(violation('tftp.file.empty', 2, 'empty file name', 'RFC 1350 §5'))

  const modeStart = fileEnd + 1
  const modeEnd = endOfString(bytes, modeStart)
  if (modeEnd === bytes.length)
    issues.push(violation('tftp.mode.unterminated', modeStart, 'mode without end', 'RFC 1350 §5'))
  if (modeEnd - modeStart > MAX_MODE_LENGTH)
    issues.push(violation('tftp.mode.long', modeStart, `mode of ${modeEnd - modeStart} bytes`, 'RFC 1350 §5'))
  const mode = latin1Text(bytes, modeStart, Math.min(modeEnd, modeStart + MAX_MODE_LENGTH))

  const options = decodeOptions(bytes, modeEnd + 1, issues)
  return decoded({ kind, file: latin1Text(bytes, 2, fileEnd), mode, options }, issues)
}

const decodeOptions = (bytes: Uint8Array, start: number, issues: Issue[]): TftpOptions => {
  const options: (readonly [string, string])[] = []
  for (let offset = start; offset < bytes.length;) {
    const nameEnd = endOfString(bytes, offset)
    const valueStart = nameEnd + 1
    if (valueStart >= bytes.length) {
      issues.push(violation('tftp.option.incomplete', offset, 'option name without value', 'RFC 2347'))
      break
    }
    const valueEnd = endOfString(bytes, valueStart)
    if (valueEnd === bytes.length)
      issues.push(violation('tftp.option.unterminated', valueStart, 'option value without end', 'RFC 2347'))
    if (options.length >= MAX_OPTIONS) {
      issues.push(violation('tftp.options.many', offset, `more than ${MAX_OPTIONS} options`, 'RFC 2347'))
      break
    }
    if (nameEnd === offset)
      issues.push(violation('tftp.option.nameless', offset, 'option without name', 'RFC 2347'))
    else if (nameEnd - offset > MAX_OPTION_NAME_LENGTH || valueEnd - valueStart > MAX_OPTION_VALUE_LENGTH)
      issues.push(violation('tftp.option.long', offset, 'option name or value too long', 'RFC 2347'))
    else options.push([latin1Text(bytes, offset, nameEnd), latin1Text(bytes, valueStart, valueEnd)])
    offset = valueEnd + 1
  }
  return options
}

const decodeError = (bytes: Uint8Array): Decoded<TftpPacket> => {
  if (bytes.length < 4) return undecodable('tftp.truncated', 2, 'ERROR without code', 'RFC 1350 §5')
  const end = endOfString(bytes, 4)
  const issues: Issue[] = []
  if (end === bytes.length)
    issues.push(violation('tftp.error.unterminated', 4, 'error text without end', 'RFC 1350 §5'))
  if (end - 4 > MAX_ERROR_TEXT_LENGTH)
    issues.push(violation('tftp.error.long', 4, `error text of ${end - 4} bytes`, 'RFC 1350 §5'))
  // What follows the text is never shown: it may be what another packet left in the sender's buffer (CVE-2008-2161).
  issues.push(...trailingIssues(bytes, end + 1))
  const message = latin1Text(bytes, 4, Math.min(end, 4 + MAX_ERROR_TEXT_LENGTH))
  return decoded({ kind: 'error', code: u16At(bytes, 2), message }, issues)
}

export const encodeTftp = (packet: TftpPacket): Uint8Array => {
  switch (packet.kind) {
    case 'rrq':
    case 'wrq':
      return encodeStrings(2, OPCODE[packet.kind], 0, [packet.file, packet.mode, ...packet.options.flat()])
    case 'data':
      return encodeData(packet.block, packet.bytes)
    case 'ack':
      return encodeAck(packet.block)
    case 'error':
      return encodeStrings(4, OPCODE.error, packet.code, [packet.message.slice(0, MAX_ERROR_TEXT_LENGTH)])
    case 'oack':
      return encodeStrings(2, OPCODE.oack, 0, packet.options.flat())
  }
}

/** `block` may be any count; only its low 16 bits are sent. */
export const encodeData = (block: number, bytes: Uint8Array): Uint8Array => {
  const packet = new Uint8Array(4 + bytes.length)
  packet[1] = OPCODE.data
  writeU16(packet, 2, block)
  packet.set(bytes, 4)
  return packet
}

export const encodeAck = (block: number): Uint8Array => {
  const packet = new Uint8Array(4)
  packet[1] = OPCODE.ack
  writeU16(packet, 2, block)
  return packet
}

/** A header of `start` bytes, then strings, each with its NUL. A string ends at a NUL of its own, as it would in C. */
const encodeStrings = (start: 2 | 4, opcode: number, code: number, texts: readonly string[]): Uint8Array => {
  let length = start
  for (const text of texts) length += lengthInC(text) + 1
  const packet = new Uint8Array(length)
  packet[1] = opcode
  if (start === 4) writeU16(packet, 2, code)
  let offset = start
  for (const text of texts) {
    const end = lengthInC(text)
    for (let i = 0; i < end; i++) {
      const char = text.charCodeAt(i)
      packet[offset++] = char < 256 ? char : 0x3f
    }
    offset++
  }
  return packet
}

const lengthInC = (text: string): number => {
  const end = text.indexOf('\0')
  return end < 0 ? text.length : end
}
