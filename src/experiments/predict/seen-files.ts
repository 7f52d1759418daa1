/**
 * What a captured transfer tells of a file and of the server's TFTP: whether it is there, how it begins, which options
 * the server takes and what it makes of them, or how it fails. Does not know who asked, nor who will.
 */
import type { Boot } from '../../analysis/analyzer.ts'
import { type FileArchitecture, architectureOfName } from '../../analysis/conversations/architecture.ts'
import { gotFile } from '../../analysis/conversations/transfer.ts'
import type { Ip4 } from '../../core/address.ts'
import type { Unreachable } from '../../core/state-machine.ts'
import type { TftpOptions } from '../../wire/tftp/packet.ts'

type Transfer = Boot['transfers'][number]

export interface ServedFile {
  readonly kind: 'served'
  readonly make: FileArchitecture | undefined
  /** Undefined: not captured. */
  readonly head: Uint8Array | undefined
  /** False: it knows RFC 1350 only, and answers a request with options by DATA. */
  readonly knowsOptions: boolean
  /** By name, in lower case: what was asked, and what the OACK made of it; undefined: left out. */
  readonly options: ReadonlyMap<string, { readonly asked: number; readonly given: number | undefined }>
  /** So much more than the file has was announced. */
  readonly sizeError: number
  /** Its answers come from another address. */
  readonly from: Ip4 | undefined
  /** It begins, and then no DATA comes of blocks so large. */
  readonly stallsFrom: number | undefined
}

export type SeenFile =
  | ServedFile
  | { readonly kind: 'error'; readonly code: number; readonly text: string }
  | { readonly kind: 'silent' }
  | { readonly kind: 'refused'; readonly cause: Unreachable['cause'] }

/** ACKs in vain after which a server has fallen silent; fewer may be the end of the capture. */
const ACKS_IN_VAIN = 3

/** Undefined: the capture does not tell. */
export const seenFile = (transfer: Transfer): SeenFile | undefined => {
  const { end, unreachable, otherSource } = transfer
  if (end?.kind === 'completed' || end?.kind === 'sizeQuery' || gotFile(transfer) || transfer.oack)
    return served(transfer)
  if (end?.kind === 'serverError') return { kind: 'error', code: end.code, text: end.text }
  if (unreachable) return { kind: 'refused', cause: unreachable.cause }
  if (otherSource !== undefined) return served(transfer)
  return !transfer.answered && transfer.requests >= 2 ? { kind: 'silent' } : undefined
}

/** A file that was served once is there; what several transfers tell of it is put together. */
export const merged = (before: SeenFile | undefined, now: SeenFile): SeenFile => {
  if (before?.kind !== 'served') return before === undefined || now.kind === 'served' ? now : before
  if (now.kind !== 'served') return before
  return {
    ...now,
    head: now.head ?? before.head,
    knowsOptions: before.knowsOptions && now.knowsOptions,
    options: new Map([...before.options, ...now.options]),
    sizeError: now.sizeError || before.sizeError,
  }
}

const served = (transfer: Transfer): ServedFile => ({
  kind: 'served',
  make: transfer.architecture ?? architectureOfName(transfer.file),
  head: headOf(transfer),
  // Not asked for options, or not captured: nothing is known, and servers that know none are rare.
  knowsOptions: transfer.oack || transfer.bytes === 0 || transfer.asked.length === 0,
  options: optionsOf(transfer),
  sizeError: sizeErrorOf(transfer),
  from: transfer.otherSource,
  stallsFrom:
    transfer.end === undefined && transfer.unanswered >= ACKS_IN_VAIN
      ? (transfer.blockSize ?? transfer.askedBlockSize)
      : undefined,
})

/** Nothing at all: an empty file that was sent, or one of which the server said so (tsize 0). */
const headOf = ({ head, bytes, end, confirmed = [] }: Transfer): Uint8Array | undefined => {
  if (head && head.length > 0) return head
  const isEmpty = end?.kind === 'completed' || numberIn(confirmed, 'tsize') === 0
  return isEmpty && bytes === 0 ? EMPTY : undefined
}

const EMPTY = new Uint8Array(0)

const optionsOf = ({ asked, confirmed }: Transfer): ServedFile['options'] =>
  new Map(
    confirmed === undefined
      ? []
      : asked.map(([name, value]) => [
          name.toLowerCase(),
          { asked: Number(value), given: numberIn(confirmed, name.toLowerCase()) },
        ]),
  )

const numberIn = (options: TftpOptions, name: string): number | undefined => {
  const value = options.find(([key]) => key.toLowerCase() === name)?.[1]
  return value === undefined ? undefined : Number(value)
}

const sizeErrorOf = ({ confirmed = [], end, bytes }: Transfer): number => {
  const announced = numberIn(confirmed, 'tsize')
  return announced !== undefined && end?.kind === 'completed' ? announced - bytes : 0
}

/** What it would make of this option; undefined: it leaves it out. */
export const optionGiven = (
  { options, sizeError }: ServedFile,
  name: string,
  value: string,
  size: number,
): string | undefined => {
  const seen = options.get(name)
  if (!OPTIONS.includes(name) || (seen && seen.given === undefined)) return undefined
  if (name === 'tsize') return String(Math.max(0, size + sizeError))
  if (!seen || seen.given === undefined || seen.given === seen.asked) return value
  const { asked, given } = seen
  return String(given > asked ? Number(value) + given - asked : Math.min(Number(value), given))
}

/** RFC 2348, 2349, 7440. */
const OPTIONS = ['tsize', 'blksize', 'windowsize', 'timeout']
