/**
 * From the file name of a request to a key under the server's root. Firmware and administrators write both kinds of
 * slashes, any case, and a leading slash or none; all of these mean the same file. Everything that has ever led a
 * server out of its root is refused, not repaired. Does not look at any file system.
 */

/** In characters, after decoding. */
const MAX_PATH_LENGTH = 512
/** Folders in a requested path; a deeper one is refused. */
const MAX_PATH_SEGMENTS = 32

export type RequestPath =
  | {
      readonly ok: true
      /** Lower case, `/` between segments. */ readonly key: string
      /** As asked, tidied. */ readonly path: string
    }
  | { readonly ok: false; readonly reason: string }

export const requestPath = (raw: string): RequestPath => {
  if (raw.length > MAX_PATH_LENGTH) return refused('name too long')
  const text = isAscii(raw) ? raw : decodedText(raw)
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) return refused('control character in the name')
  if (/\p{Cf}|\p{Co}|\p{Cs}|\ufffd/u.test(text)) return refused('invisible or private character in the name')
  // A drive letter, or the name of an alternate stream.
  if (text.includes(':')) return refused('colon in the name')
  if (ENCODED_TRICK.test(text)) return refused('percent-encoded name')

  const segments: string[] = []
  const parts = text.replaceAll('\\', '/').split('/')
  for (const [i, part] of parts.entries()) {
    // Leading and doubled slashes, and `./`; but a name that ends with a slash is that of a directory.
    if ((part === '' || part === '.') && i < parts.length - 1) continue
    const wrong = segmentFault(part)
    if (wrong !== undefined) return refused(wrong)
    segments.push(part)
  }
  if (segments.length > MAX_PATH_SEGMENTS) return refused('too many directories in the name')
  const path = segments.join('/')
  return { ok: true, key: path.toLowerCase(), path }
}

/**
 * Nobody decodes a percent sign here, so that `my%20file` is a name like others. But what would be a dot, a separator, a
 * colon, another percent sign, a control character or a piece of UTF-8 if somebody behind us did, is no name.
 */
const ENCODED_TRICK = /%(?:2[5ef]|3a|5c|7f|[0189a-f][0-9a-f])/i

const refused = (reason: string): RequestPath => ({ ok: false, reason })

const isAscii = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

/**
 * The bytes behind the Latin-1 text as UTF-8, if they are (overlong forms, the old way to hide a slash, are not);
 * otherwise as they stand. Composed, so that one name has one key.
 */
const decodedText = (raw: string): string => {
  const bytes = new Uint8Array(raw.length)
  for (let i = 0; i < raw.length; i++) {
    const code = raw.charCodeAt(i)
    if (code > 0xff) return raw.normalize('NFC')
    bytes[i] = code
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).normalize('NFC')
  } catch {
    return raw.normalize('NFC')
  }
}

/** Names that open a device on Windows in any directory and with any extension (CVE-2002-2237). */
const DEVICES = new Set(['con', 'prn', 'aux', 'nul', 'conin$', 'conout$', 'clock$'])

const segmentFault = (segment: string): string | undefined => {
  if (segment === '') return 'no file name'
  if (segment === '..') return 'parent directory in the name'
  // Windows drops these, so that `name.` and `name` would be one file, and `.. ` the parent directory.
  if (segment.endsWith('.') || segment.endsWith(' ')) return 'name ends with a dot or a space'
  const dot = segment.indexOf('.')
  const stem = (dot < 0 ? segment : segment.slice(0, dot)).trimEnd().toLowerCase()
  if (DEVICES.has(stem) || /^(com|lpt)[0-9\u00b9\u00b2\u00b3]$/.test(stem)) return 'name of a device'
  return undefined
}
