/**
 * What a TFTP service needs to know of files: names are opened, sizes known, bytes read by offset. Types only.
 */
import type { Ip4 } from '../../core/address.ts'

export interface TftpFiles {
  /** `path` as the client sent it; the store normalises and confines it. `client`: who asks. Never throws. */
  open(path: string, client?: Ip4): TftpFile | TftpRefusal
}

/** Compared, never interpreted. */
export type FileVersion = string | number

export interface TftpFile {
  /** As it is to be shown. */
  readonly name: string
  readonly size: number
  /** In memory and never changed. */
  readonly lasting?: true
  /** Another value once the content has changed; without it, it never does. */
  readonly version?: () => FileVersion
  /**
   * As `read`, for a disk that may take its time: fills `into`, and says later (never from within this call) how many
   * bytes it had, and of which version they are: undefined if the file can no longer be read.
   */
  readonly load?: (
    offset: number,
    into: Uint8Array,
    done: (length: number, version: FileVersion | undefined) => void,
  ) => void
  /**
   * A view, valid until the next read. Fewer bytes than asked (and than the size promises) mean that the file can
   * no longer be read. Never throws.
   */
  read(offset: number, length: number): Uint8Array
}

/** Why not: becomes an ERROR packet. */
export interface TftpRefusal {
  /** One of `TFTP_ERROR`. */
  readonly code: number
  readonly message: string
}

export const isRefusal = (opened: TftpFile | TftpRefusal): opened is TftpRefusal => 'code' in opened
