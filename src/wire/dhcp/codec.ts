/**
 * DHCP messages: bytes <-> values (RFC 2131 §2, RFC 2132 §2, RFC 3396). The decoder takes what it can and says what
 * was wrong; it joins nothing and drops no duplicate. The encoder is total: what does not fit an overloaded field
 * goes into the options field. Malformed bytes come only from `ended: false` and from the raw door (`rawOptions`,
 * `cookie`). Does not interpret options beyond 52.
 */
import { ip4At, writeIp4 } from '../../core/address.ts'
import { latin1Text, u16At, u32At, writeU16, writeU32 } from '../../core/bytes.ts'
import { decoded, undecodable, type Decoded, type Issue } from '../../core/decoded.ts'
import type { DhcpMessage, DhcpOption } from './message.ts'
import { END, OPTION, PAD, optionName } from './option-codes.ts'
import {
  COOKIE,
  FILE,
  FILE_OVERLOADED,
  NO_OVERLOAD,
  SNAME,
  SNAME_OVERLOADED,
  encodedSize,
  layOut,
  overloadOf,
} from './overload.ts'
import { lengthFits, optionShape } from './option-formats.ts'
import { DHCP } from '../layout.ts'

/** Options read from one message; a 64 KiB datagram of empty options is no reason to build a longer list. */
export const MAX_OPTIONS = 1024
/** RFC 951: vendor area of 64 bytes, so 300 in all; some clients drop less (RFC 1542 §2.1). */
export const BOOTP_MINIMUM = 300
/** RFC 2131 §3. */
export const MAGIC_COOKIE = 0x63825363

const { chaddr: CHADDR, options: OPTIONS } = DHCP

const NO_ISSUES: readonly Issue[] = []

export const decodeDhcp = (bytes: Uint8Array): Decoded<DhcpMessage> => {
  const length = bytes.length
  if (length < SNAME)
    return undecodable(
      'dhcp.header.truncated',
      length,
      `${length} bytes hold no client address`,
      'RFC 2131 §2',
    )
  const reading: Reading = { bytes, options: [], issues: undefined, ended: false, overload: 0 }
  readHeader(reading)
  const overload = reading.overload
  const value: DhcpMessage = {
    op: bytes[0]!,
    htype: bytes[1]!,
    hlen: bytes[2]!,
    hops: bytes[3]!,
    xid: u32At(bytes, 4),
    secs: u16At(bytes, 8),
    flags: u16At(bytes, 10),
    ciaddr: ip4At(bytes, 12),
    yiaddr: ip4At(bytes, 16),
    siaddr: ip4At(bytes, 20),
    giaddr: ip4At(bytes, 24),
    chaddr: new Uint8Array(bytes.buffer, bytes.byteOffset + CHADDR, 16),
    sname: (overload & SNAME_OVERLOADED) === 0 ? textAt(bytes, SNAME, FILE) : '',
    file: (overload & FILE_OVERLOADED) === 0 ? textAt(bytes, FILE, COOKIE) : '',
    options: reading.options,
    ended: reading.ended,
  }
  return decoded(value, reading.issues ?? NO_ISSUES)
}

interface Reading {
  readonly bytes: Uint8Array
  readonly options: DhcpOption[]
  issues: Issue[] | undefined
  ended: boolean
  /** Value of option 52. */
  overload: number
}

const textAt = (bytes: Uint8Array, start: number, end: number): string =>
  start < bytes.length && bytes[start] !== 0 ? latin1Text(bytes, start, Math.min(end, bytes.length)) : ''

const readHeader = (reading: Reading): void => {
  const { bytes } = reading
  const length = bytes.length
  if (bytes[0] !== 1 && bytes[0] !== 2)
    report(reading, 'dhcp.op.unknown', 'violation', 0, `op ${bytes[0]}`, 'RFC 2131 §2')
  if (bytes[2]! > 16)
    report(reading, 'dhcp.hlen.tooLong', 'violation', 2, `hlen ${bytes[2]} > 16`, 'RFC 2131 §2')
  if (length < COOKIE) {
    report(reading, 'dhcp.header.truncated', 'violation', length, `${length} bytes of 236`, 'RFC 2131 §2')
  } else if (length < OPTIONS) {
    report(reading, 'dhcp.cookie.missing', 'violation', COOKIE, 'no magic cookie', 'RFC 2131 §3')
  } else if (u32At(bytes, COOKIE) !== MAGIC_COOKIE) {
    // Another cookie announces another format (RFC 1497): what follows are no DHCP options.
    report(reading, 'dhcp.cookie.wrong', 'violation', COOKIE, 'not the DHCP magic cookie', 'RFC 2131 §3')
  } else {
    readOptions(reading)
    if (length < BOOTP_MINIMUM)
      report(
        reading,
        'dhcp.message.short',
        'oddity',
        length,
        `${length} bytes, BOOTP has 300`,
        'RFC 1542 §2.1',
      )
  }
}

const readOptions = (reading: Reading): void => {
  reading.ended = readArea(reading, OPTIONS, reading.bytes.length, undefined)
  // RFC 2131 §4.1: the options field first, then `file`, then `sname`; each closed by its own END.
  const overload = reading.overload
  if ((overload & FILE_OVERLOADED) !== 0) readArea(reading, FILE, COOKIE, 'file')
  if ((overload & SNAME_OVERLOADED) !== 0) readArea(reading, SNAME, FILE, 'sname')
}

/** True if the area is closed by END. */
const readArea = (
  reading: Reading,
  start: number,
  end: number,
  area: 'file' | 'sname' | undefined,
): boolean => {
  const { bytes, options } = reading
  const { buffer, byteOffset } = bytes
  let at = start
  while (at < end) {
    const code = bytes[at]!
    if (code === PAD) {
      at++
      continue
    }
    if (code === END) return true
    const valueAt = at + 2
    const length = at + 1 < end ? bytes[at + 1]! : -1
    if (length < 0 || valueAt + length > end) {
      reportTruncated(reading, at, code)
      return false
    }
    if (options.length >= MAX_OPTIONS) {
      report(reading, 'dhcp.options.tooMany', 'violation', at, `over ${MAX_OPTIONS} options`, 'nbs-lab limit')
      return false
    }
    const value = new Uint8Array(buffer, byteOffset + valueAt, length)
    options.push(area === undefined ? { code, value } : { code, value, area })
    checkValue(reading, at, code, length, area)
    at = valueAt + length
  }
  report(reading, 'dhcp.options.unended', 'violation', end, `no END in ${area ?? 'options'}`, 'RFC 2131 §4.1')
  return false
}

const checkValue = (
  reading: Reading,
  at: number,
  code: number,
  length: number,
  area: string | undefined,
): void => {
  const shape = optionShape(code)
  if (shape === undefined) return
  if (!lengthFits(shape, length)) {
    const message = `${optionName(code)} (${code}) of length ${length}`
    report(reading, 'dhcp.option.length', 'violation', at, message, shape.reference)
  } else if (code === OPTION.optionOverload && area === undefined) {
    const overload = reading.bytes[at + 2]!
    // Only the first counts: a second could reopen a field that is already read as text.
    if (reading.overload === 0 && overload >= 1 && overload <= 3) reading.overload = overload
    else
      report(reading, 'dhcp.overload.value', 'violation', at, `option overload ${overload}`, 'RFC 2132 §9.3')
  }
}

const reportTruncated = (reading: Reading, at: number, code: number): void =>
  report(
    reading,
    'dhcp.option.truncated',
    'violation',
    at,
    `${optionName(code)} (${code}) runs past the end`,
    'RFC 2132 §2',
  )

const report = (
  reading: Reading,
  code: string,
  severity: 'violation' | 'oddity',
  offset: number,
  message: string,
  reference: string,
): void => {
  const issue: Issue = { code, severity, offset, message, reference }
  if (reading.issues === undefined) reading.issues = [issue]
  else reading.issues.push(issue)
}

export interface DhcpEncoding {
  /** Zeros are added up to this length; 0 = none. */
  readonly padTo?: number
  /** Raw door: stands after the cookie in place of all options and END. */
  readonly rawOptions?: Uint8Array
  /** Raw door: another magic cookie. */
  readonly cookie?: number
}

const PLAIN: DhcpEncoding = {}

/** Values over 255 bytes are split (RFC 3396 §5); the codes 0 and 255 are not options and are left out. */
export const encodeDhcp = (message: DhcpMessage, encoding: DhcpEncoding = PLAIN): Uint8Array => {
  const raw = encoding.rawOptions
  const overload = raw === undefined ? overloadOf(message.options) : undefined
  const layout = overload === undefined ? NO_OVERLOAD : layOut(message.options, overload)
  const options = layout.options ?? message.options
  const needed = OPTIONS + (raw === undefined ? sizeOf(options) + (message.ended ? 1 : 0) : raw.length)
  const bytes = new Uint8Array(Math.max(needed, encoding.padTo ?? BOOTP_MINIMUM))
  writeHeader(bytes, message)
  if (layout.sname) writeArea(bytes, SNAME, layout.sname, true)
  else writeText(bytes, SNAME, FILE, message.sname)
  if (layout.file) writeArea(bytes, FILE, layout.file, true)
  else writeText(bytes, FILE, COOKIE, message.file)
  writeU32(bytes, COOKIE, encoding.cookie ?? MAGIC_COOKIE)
  if (raw === undefined) writeArea(bytes, OPTIONS, options, message.ended)
  else bytes.set(raw, OPTIONS)
  return bytes
}

const writeHeader = (bytes: Uint8Array, message: DhcpMessage): void => {
  bytes[0] = message.op
  bytes[1] = message.htype
  bytes[2] = message.hlen
  bytes[3] = message.hops
  writeU32(bytes, 4, message.xid)
  writeU16(bytes, 8, message.secs)
  writeU16(bytes, 10, message.flags)
  writeIp4(bytes, 12, message.ciaddr)
  writeIp4(bytes, 16, message.yiaddr)
  writeIp4(bytes, 20, message.siaddr)
  writeIp4(bytes, 24, message.giaddr)
  const chaddr = message.chaddr
  for (let i = 0; i < 16 && i < chaddr.length; i++) bytes[CHADDR + i] = chaddr[i]!
}

/** A text that fills its field has no NUL; what is longer is cut. */
const writeText = (bytes: Uint8Array, start: number, end: number, text: string): void => {
  for (let i = 0; i < text.length && start + i < end; i++) {
    const char = text.charCodeAt(i)
    bytes[start + i] = char < 256 ? char : 0x3f
  }
}

const isOption = (code: number): boolean => code > PAD && code < END

const sizeOf = (options: readonly DhcpOption[]): number => {
  let size = 0
  for (let i = 0; i < options.length; i++) size += isOption(options[i]!.code) ? encodedSize(options[i]!) : 0
  return size
}

const writeArea = (
  bytes: Uint8Array,
  start: number,
  options: readonly DhcpOption[],
  ended: boolean,
): void => {
  let at = start
  for (let i = 0; i < options.length; i++) {
    const { code, value } = options[i]!
    if (!isOption(code)) continue
    let from = 0
    do {
      const length = Math.min(255, value.length - from)
      bytes[at] = code
      bytes[at + 1] = length
      at += 2
      // A loop beats `set` for the lengths options have.
      for (let k = 0; k < length; k++) bytes[at + k] = value[from + k]!
      at += length
      from += length
    } while (from < value.length)
  }
  if (ended) bytes[at] = END
}
