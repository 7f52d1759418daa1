/**
 * Writes files so that each is whole at any moment: beside its place under another name, then renamed. A full disk or a
 * killed process leaves the old file, or none. Links are not followed; devices and pipes (`/dev/stdout`, `/dev/null`) are
 * written to as they are. Throws what the system says.
 */
import { randomBytes } from 'node:crypto'
import {
  type Stats,
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'

export interface WholeFile {
  write(content: string | Uint8Array): void
  /** From now on it is what stands under the name. */
  end(): void
  /** As if it had never been begun. */
  abandon(): void
}

export const writeWhole = (file: string, content: string | Uint8Array): void => {
  const whole = openWhole(file)
  try {
    whole.write(content)
    whole.end()
  } catch (error) {
    whole.abandon()
    throw error
  }
}

/** For what is not in memory as a whole. */
export const openWhole = (file: string): WholeFile => {
  const old = lstatSync(file, { throwIfNoEntry: false })
  if (isStream(file, old)) return straightInto(file)
  if (old?.isSymbolicLink()) throw new Error('it is a link; name the file that it leads to')
  if (old?.isDirectory()) throw new Error('it is a folder')
  if (old) accessSync(file, constants.W_OK)
  return besides(file, old)
}

/** Names of what is open already; as links they lead to pipes, devices, or files that a shell has opened. */
const OPEN_ALREADY = /^\/dev\/(?:stdout|stderr|fd\/\d+)$/

const isStream = (file: string, old: Stats | undefined): boolean => {
  if (OPEN_ALREADY.test(file)) return true
  const status = old?.isSymbolicLink() ? undefined : old
  return status !== undefined && (status.isCharacterDevice() || status.isBlockDevice() || status.isFIFO())
}

const straightInto = (file: string): WholeFile => {
  const fd = openSync(file, constants.O_WRONLY | (statSync(file).isFile() ? constants.O_APPEND : 0))
  const end = closing(fd)
  return { write: content => writeAll(fd, content), end, abandon: end }
}

const DEFAULT_MODE = 0o666
const PERMISSIONS = 0o777

const besides = (file: string, old: Stats | undefined): WholeFile => {
  const part = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.part`)
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants
  const fd = openSync(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, DEFAULT_MODE)
  const close = closing(fd)
  if (old) fchmodSync(fd, old.mode & PERMISSIONS)
  return {
    write: content => writeAll(fd, content),
    end: () => {
      fsyncSync(fd)
      close()
      renameSync(part, file)
    },
    abandon: () => {
      close()
      rmSync(part, { force: true })
    },
  }
}

/** Once, however often it is called. */
const closing = (fd: number): (() => void) => {
  let open = true
  return () => {
    if (open) closeSync(fd)
    open = false
  }
}

const writeAll = (fd: number, content: string | Uint8Array): void => {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written)
}
