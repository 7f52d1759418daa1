/**
 * Which test files there are, and which of them a run takes: by their names, never by a list. Does not run them.
 *
 *   x.test.ts       always
 *   x.slow.test.ts  takes more than about two seconds of CPU, or starts programs: not in the fast set
 *   x.lab.test.ts   needs programs that are not ours: only with NBS_LAB=1, which makes a missing one a failure
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

export type TestSet = 'fast' | 'normal' | 'lab'

const LEFT_OUT: Readonly<Record<TestSet, RegExp>> = {
  fast: /\.(slow|lab)\.test\.ts$/,
  normal: /\.lab\.test\.ts$/,
  lab: /^$/,
}

/** All test files in a folder, below the current directory. */
const testFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.test.ts'))
    .map(file => join(folder, file))

const ALL = 'test'

/**
 * The files that the words of a call name: files, folders, or parts of paths. What a file's own path names is taken
 * whatever the set; without words it is the whole set.
 */
export const chosen = (words: readonly string[], set: TestSet): string[] => {
  const inSet = testFiles(ALL).filter(file => !LEFT_OUT[set].test(file))
  if (words.length === 0) return inSet
  const found = words.flatMap(word => {
    if (existsSync(word)) return statSync(word).isDirectory() ? testFiles(word) : [word]
    return testFiles(ALL).filter(file => file.includes(word))
  })
  return [...new Set(found)]
}

/** What is likely to take longest comes first, so that the processors end together: as measured last, else by name. */
export const longestFirst = (
  files: readonly string[],
  measured: Readonly<Record<string, number>>,
): string[] => {
  const guess = (file: string): number =>
    measured[file] ?? (file.endsWith('.lab.test.ts') ? 60 : file.endsWith('.slow.test.ts') ? 10 : 1)
  return [...files].sort((a, b) => guess(b) - guess(a))
}
