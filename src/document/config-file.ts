/**
 * A configuration file in YAML to a checked value, or to every mistake in it with line, column and the nearest valid
 * spelling, as scenario files are read. Does not know any format.
 */
import type { z } from 'zod'
import { UnfitFileError, boundedText } from './bounded-file.ts'
import { Checker } from './checker.ts'
import { formatScenarioError, toErrors } from './errors.ts'
import { explain } from './explain.ts'
import {
  type Complaint,
  type Located,
  type Path,
  MAX_FILE_BYTES,
  placeOf,
  plain,
  readTree,
} from './located.ts'
import { UsageError } from '../core/exit.ts'

/** What a format cannot say, and where. */
export type Mistake = readonly [path: Path, message: string]

/** Throws `UsageError`. */
export const textOf = (file: string): string => {
  try {
    return boundedText(file, { max: MAX_FILE_BYTES })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    throw new UsageError(
      `${file}: ${WORDS[code] ?? (error instanceof UnfitFileError ? error.message : 'cannot be read')}`,
    )
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'is a folder, not a configuration file',
  EACCES: 'may not be read',
}

/** Throws `UsageError` with every mistake on a line of its own. */
export const readConfig = <S extends z.ZodType>(
  text: string,
  file: string,
  format: S,
  check: (config: z.output<S>, checker: Checker) => readonly Mistake[],
): z.output<S> => {
  const { root, complaints } = readTree(text, { file })
  if (!root) throw rejected(complaints)
  if (root.kind !== 'map')
    throw rejected([...complaints, { place: root.place, path: [], message: 'expected a map' }])
  const written = plain(root)
  const result = format.safeParse(written)
  const checker = new Checker(root)
  const wrong = result.success
    ? check(result.data, checker).map(mistake => complaint(root, mistake))
    : explain(root, written, format, result.error.issues)
  const all = [...complaints, ...wrong, ...checker.complaints]
  if (!result.success || all.length > 0) throw rejected(all)
  return result.data
}

const complaint = (root: Located, [path, message]: Mistake): Complaint => ({
  place: placeOf(root, path),
  path,
  message,
})

const rejected = (complaints: readonly Complaint[]): UsageError =>
  new UsageError(toErrors(complaints).map(formatScenarioError))
