/**
 * The TFTP service of one server as captured transfers show it: which files it has, what it makes of options, how it
 * fails, and when it fell silent. Does not know who asked.
 */
import type { Boot } from '../analysis/analyzer.ts'
import { gotFile } from '../analysis/conversations/transfer.ts'
import {
  merged,
  optionGiven,
  seenFile,
  type SeenFile,
  type ServedFile,
} from '../experiments/predict/seen-files.ts'
import { type Ip4, formatIp4 } from '../core/address.ts'
import { equalBytes, latin1Text, toHex } from '../core/bytes.ts'
import { requestPath } from '../protocol/tftp/request-path.ts'
import { placeholderOf } from '../wire/executable.ts'
import { TFTP_ERROR } from '../wire/tftp/packet.ts'
import type { Contents } from './seen.ts'

type Transfer = Boot['transfers'][number]

export interface FilesForm {
  readonly tftp: unknown
  readonly otherAddress: string | undefined
  readonly files: Readonly<Record<string, unknown>>
  /** By file: where it was seen, and how much of it. */
  readonly notes: Readonly<Record<string, string>>
}

/** `isFree`: whether the server can have this as its other address. */
export const filesFormOf = (
  server: Ip4,
  transfers: readonly Transfer[],
  contents: Contents,
  isFree: (ip: Ip4) => boolean,
): FilesForm => {
  const own = transfers.filter(transfer => transfer.server === server)
  const seen = new Map<string, { name: string; file: SeenFile; transfer: Transfer }>()
  for (const transfer of own) {
    const file = seenFile(transfer)
    if (!file) continue
    const path = requestPath(transfer.file)
    const key = path.ok ? path.key : transfer.file
    const before = seen.get(key)
    const isBetter = !before || sizeOf(transfer) > sizeOf(before.transfer)
    seen.set(key, {
      name: before?.name ?? transfer.file,
      file: merged(before?.file, file),
      transfer: isBetter ? transfer : before.transfer,
    })
  }
  const files: [string, unknown][] = []
  const notes: [string, string][] = []
  const errors: [string, unknown][] = []
  for (const { name, file, transfer } of seen.values()) {
    if (file.kind === 'served' && requestPath(name).ok) {
      files.push([name, contentForm(transfer, file, contents)])
      notes.push([name, noteOf(transfer, contents)])
    } else if (file.kind === 'error' && file.code <= MAX_ERROR && name !== '' && !isUsual(name, file)) {
      const text = file.text.replace(UNPRINTABLE, '?').trim()
      errors.push([name, text === '' ? file.code : { code: file.code, text }])
    }
  }
  const served = [...seen.values()].flatMap(({ file, transfer }) =>
    file.kind === 'served' ? [{ file, transfer }] : [],
  )
  const otherAddress = served.find(({ file }) => file.from !== undefined && isFree(file.from))?.file.from
  return {
    tftp: stateOf(own, served, Object.fromEntries(errors), otherAddress),
    otherAddress: otherAddress === undefined ? undefined : formatIp4(otherAddress),
    files: Object.fromEntries(files),
    notes: Object.fromEntries(notes),
  }
}

/** As a scenario can make a service claim. */
const MAX_SIZE = 2 ** 32

/** RFC 1350 appendix, RFC 2347 §4. */
const MAX_ERROR = 8
const UNPRINTABLE = /[^\x20-\x7e]/g

/** As our own service would say of a file that it does not have. */
const isUsual = (name: string, { code, text }: Extract<SeenFile, { kind: 'error' }>): boolean =>
  requestPath(name).ok && code === TFTP_ERROR.fileNotFound && text === 'File not found'

/** Option tsize. */
const announcedIn = (options: NonNullable<Transfer['confirmed']>): number | undefined => {
  const text = options.find(([name]) => name.toLowerCase() === 'tsize')?.[1]
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

const sizeOf = ({ bytes, other, confirmed = [] }: Transfer): number =>
  bytes || other?.bytes || (announcedIn(confirmed) ?? 0)

/** Bytes that tell what a file is. */
const MAX_TEXT = 1 << 14

const contentForm = (transfer: Transfer, file: ServedFile, contents: Contents): unknown => {
  const whole = contents.get(transfer.sha256)
  const isComplete = transfer.end?.kind === 'completed'
  const announced = announcedIn(transfer.confirmed ?? [])
  const size = isComplete ? transfer.bytes : (announced ?? sizeOf(transfer))
  if (whole && whole.length > 0 && whole.length <= MAX_TEXT && isText(whole)) return latin1Text(whole)
  const head = (whole ?? file.head ?? new Uint8Array()).subarray(0, Math.min(HEAD, size))
  const capped = Math.min(size, 1 << 30)
  if (equalBytes(head, placeholderOf(head.length))) return capped
  return { hex: toHex(trimmed(head)), ...(size > head.length && { size: capped }) }
}

const HEAD = 448

const trimmed = (bytes: Uint8Array): Uint8Array => bytes

const isText = (bytes: Uint8Array): boolean =>
  bytes.every(byte => (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13)

const noteOf = (transfer: Transfer, contents: Contents): string => {
  const { seen, end, sha256, bytes } = transfer
  if (contents.get(sha256)) return `seen whole: frame ${seen.frame}`
  if (end?.kind === 'completed')
    return `seen: frame ${seen.frame}, ${bytes} bytes; only its beginning is kept`
  if (gotFile(transfer)) return `inferred: frame ${seen.frame}; ${bytes} bytes were seen`
  return `inferred: frame ${seen.frame}; none of its bytes are kept`
}

const stateOf = (
  own: readonly Transfer[],
  served: readonly { readonly file: ServedFile; readonly transfer: Transfer }[],
  errors: Readonly<Record<string, unknown>>,
  otherAddress: Ip4 | undefined,
): unknown => {
  if (own.length === 0) return 'off'
  if (own.every(({ answered, otherSource }) => !answered && otherSource === undefined))
    return own.some(({ unreachable, server }) => unreachable?.by === server) ? 'closed' : 'silent'
  if (otherAddress !== undefined) return own.some(hearsBoth) ? 'other-address-hears-both' : 'other-address'
  const negotiated = served.filter(({ transfer }) => transfer.asked.length > 0)
  if (negotiated.length > 0 && negotiated.every(({ file }) => !file.knowsOptions)) return 'no-options'
  const behavior: Record<string, unknown> = {}
  if (Object.keys(errors).length > 0) behavior['errors'] = errors
  for (const { file } of negotiated) {
    const asked = file.options.get('blksize')
    if (asked?.given !== undefined && asked.given > asked.asked) return 'raises-blksize'
    if (asked?.given !== undefined && asked.given < asked.asked && asked.given >= 8 && asked.given <= 65_464)
      behavior['maxBlksize'] = asked.given
    const ignored = ['blksize', 'timeout', 'tsize', 'windowsize'].filter(
      name => file.options.has(name) && optionGiven(file, name, '1', 1) === undefined,
    )
    if (ignored.length > 0) behavior['ignores'] = ignored
    if (file.sizeError !== 0) {
      const told = file.options.get('tsize')?.given
      if (told !== undefined && told >= 0 && told <= MAX_SIZE) behavior['tsize'] = told
    }
  }
  return Object.keys(behavior).length > 0 ? behavior : 'on'
}

/** The machine acknowledged where it had asked, and the other address went on. */
const hearsBoth = ({ answered, other }: Transfer): boolean =>
  answered !== undefined && other !== undefined && other.resent === 0
