/**
 * How many files this process may open, in words: read while it still can. Sets no limit.
 */
import { readFileSync } from 'node:fs'

let limit: string | undefined

/** To be called before there are many. Where there is no /proc, the number is not told. */
export const noteOpenFileLimit = (): void => {
  try {
    limit ??= /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]
  } catch {
    // Only a word is missing then.
  }
}

export const openFilesText = (): string =>
  `this process may open ${limit ?? 'no more'} files (ulimit -n; LimitNOFILE= in a unit)`
