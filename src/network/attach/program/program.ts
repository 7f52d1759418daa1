/**
 * What is said of a program that is to stand on a segment, before it is started. Types only; `running.ts` starts it.
 */
import type { Ip4, Mac } from '../../../core/address.ts'
import type { Attachment } from '../attachment.ts'

/** A folder of its own, in memory: the only place where it can write. */
export const OWN_FOLDER = '/run/nbs-lab'

/** Characters of one line of a log. */
export const MAX_LOG_LINE = 2_000

export interface ProgramFile {
  /** Below the program's own folder. */
  readonly name: string
  readonly bytes: Uint8Array
}

export interface ProgramSpec {
  /** Of the server. */
  readonly name: string
  /** The only card that it sees, besides the loopback. */
  readonly card: string
  readonly mac: Mac
  readonly address: Ip4
  readonly prefixLength: number
  readonly router: Ip4 | undefined
  /** The program and its arguments, with placeholders: `{interface}`, `{address}`, `{folder}`, `{config}` … */
  readonly command: readonly string[]
  /** What placeholders beyond those of every program stand for. */
  readonly words: Readonly<Record<string, string>>
  /** A file of the user, seen from the scenario: `{config}`. Undefined: one of `files`, or there is none. */
  readonly config: string | undefined
  /** What to install where the program is missing. */
  readonly package: string | undefined
  readonly files: readonly ProgramFile[]
  readonly environment: Readonly<Record<string, string>>
  /** Folders of the system that are empty and writable for it, as far as they are there. */
  readonly scratch: readonly string[]
  /** It is ready when a line of its log has this text; undefined: when it has opened a socket. */
  readonly ready: string | undefined
  readonly onLog: (line: string) => void
}

/** Starts programs; not from within `start` is anything of them told. */
export interface ProgramProvider {
  /** Throws `AttachmentError` where the program is not installed. */
  start(spec: ProgramSpec): Attachment
}
