/**
 * The head of an HTTP/1.1 message (RFC 9112 §2–5): its first line and its fields, to and from text. Names of fields are
 * compared in lower case; of a field that stands there twice, the first counts. Does not know what a body is for.
 */
import { latin1Bytes } from '../../core/bytes.ts'

/** Of a head, without the empty line that ends it; a longer one is none. */
export const MAX_HEAD_LENGTH = 16 * 1024
/** Of one head; with more it is none. */
const MAX_FIELDS = 100

export type HttpFields = ReadonlyMap<string, string>

export interface RequestHead {
  readonly method: string
  /** As it was sent: a path with its query, or a whole URI. */
  readonly target: string
  readonly version: HttpVersion
  readonly fields: HttpFields
}

export interface ResponseHead {
  readonly version: HttpVersion
  readonly status: number
  readonly reason: string
  readonly fields: HttpFields
}

export type HttpVersion = '1.0' | '1.1'

/** Names as they are to be sent. */
export type WrittenFields = readonly (readonly [name: string, value: string])[]

/** Ends with the empty line. */
export const encodeHead = (firstLine: string, fields: WrittenFields): Uint8Array =>
  latin1Bytes([firstLine, ...fields.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n'))

/** Undefined: it is none. `text` is without the empty line. */
export const readRequestHead = (text: string): RequestHead | undefined => {
  const [first = '', ...lines] = linesOf(text)
  const parts = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([\x21-\xff]+) HTTP\/(1\.[01])$/.exec(first)
  const fields = readFields(lines)
  if (!parts || !fields) return undefined
  return { method: parts[1]!, target: parts[2]!, version: parts[3] as HttpVersion, fields }
}

export const readResponseHead = (text: string): ResponseHead | undefined => {
  const [first = '', ...lines] = linesOf(text)
  const parts = /^HTTP\/(1\.[01]) ([1-5][0-9][0-9])(?: (.*))?$/.exec(first)
  const fields = readFields(lines)
  if (!parts || !fields) return undefined
  return {
    version: parts[1] as HttpVersion,
    status: Number(parts[2]),
    reason: parts[3] ?? '',
    fields,
  }
}

const linesOf = (text: string): string[] => text.split(/\r?\n/)

/** Undefined: one of them is no field. */
const readFields = (lines: readonly string[]): HttpFields | undefined => {
  if (lines.length > MAX_FIELDS) return undefined
  const fields = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon <= 0 || /[\s\u0000]/.test(line.slice(0, colon))) return undefined
    const name = line.slice(0, colon).toLowerCase()
    if (!fields.has(name)) fields.set(name, line.slice(colon + 1).trim())
  }
  return fields
}

/** A whole number of bytes; undefined: it is not there, or none. */
export const contentLength = (fields: HttpFields): number | undefined => {
  const text = fields.get('content-length')
  const value = text !== undefined && /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined
  return value
}

/** Does the connection stay for another message (RFC 9112 §9.3)? */
export const staysOpen = (version: HttpVersion, fields: HttpFields): boolean => {
  const words = (fields.get('connection') ?? '').toLowerCase()
  return version === '1.1' ? !words.includes('close') : words.includes('keep-alive')
}
