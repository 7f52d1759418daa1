/**
 * What the clauses about TFTP have in common: files whose content is known, whole downloads, and requests of which only
 * the beginning of the answer matters.
 */
import { equalBytes } from '../../../core/bytes.ts'
import { fail, must, notApplicable } from '../../judgement.ts'
import { type Download, type Wanted, download } from '../../probe/download.ts'
import type { Probe, Procedure } from '../../probe/probe.ts'
import type { KnownFile, Survey } from '../../survey.ts'
import type { TftpOptions } from '../../../wire/tftp/packet.ts'

/** A name that no server has. */
export const NO_SUCH_FILE = 'nbs-check/no-such-file'

export const anyFile = ({ files }: Survey): KnownFile =>
  files.find(({ bytes }) => bytes.length > 0) ?? files[0]!

/** The first that fits; `what` it would have to be. */
export const fileThat = ({ files }: Survey, fits: (size: number) => boolean, what: string): KnownFile =>
  files.find(({ bytes }) => fits(bytes.length)) ??
  notApplicable(`no file is known that ${what}; name one with --file`)

/** To its end, with the right content. */
export function* mustLoad(
  probe: Probe,
  { name, bytes }: KnownFile,
  wanted: Omit<Wanted, 'file'>,
  how: string,
): Procedure<Download> {
  const transfer = download(probe, { ...wanted, file: name })
  yield* transfer.finish()
  must(transfer.isComplete, `${name} ${how}: ${transfer.end}`)
  must(
    equalBytes(transfer.bytes, bytes),
    `${name} ${how}: ${transfer.bytes.length} bytes came, and not those of the file (${bytes.length})`,
  )
  return transfer
}

/** The first answer to a request with these options; the transfer is broken off then. */
export function* beginning(
  probe: Probe,
  file: string,
  options: TftpOptions,
  mode?: string,
): Procedure<Download> {
  const transfer = download(probe, { file, options, mutedAfter: 0, ...(mode !== undefined && { mode }) })
  yield* transfer.begin()
  transfer.abort()
  transfer.socket.onHeard = undefined
  return transfer
}

/** Silence says nothing of a service that is gone. */
export function* mustServe(probe: Probe): Procedure {
  const { isAnswered } = yield* beginning(probe, NO_SUCH_FILE, [])
  must(isAnswered, 'it serves no more')
}

/** The same, where an ERROR or silence is a failure. */
export function* mustBegin(probe: Probe, { name }: KnownFile, options: TftpOptions): Procedure<Download> {
  const transfer = yield* beginning(probe, name, options)
  if (transfer.error || !transfer.isAnswered) fail(`${name} with ${spelled(options)}: ${transfer.end}`)
  return transfer
}

export const spelled = (options: TftpOptions): string =>
  options.length === 0 ? 'no options' : options.map(pair => pair.join(' ')).join(', ')
