/**
 * What a failed test leaves behind: the page that replays the run, its capture, and a scenario that was no file.
 * Does not decide that a test has failed.
 */
import { mkdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import process from 'node:process'
import { UsageError } from '../core/exit.ts'
import { writeWhole } from '../outlet/write-file.ts'
import { withDirectories } from '../experiments/shrink/tree.ts'
import type { Result } from '../library/result.ts'
import type { WrittenScenario } from '../library/scenario.ts'

export const FAILURES_FOLDER = 'nbs-lab-failures'

export interface FailureOptions {
  /**
   * Folder for what failed tests leave, one below it for each test; false: leave nothing. Default: the environment's
   * `NBS_LAB_FAILURES`, else `nbs-lab-failures`, to be ignored by version control.
   */
  readonly failures?: string | false | undefined
  /** Of the folder of this test; default: the test's own name. */
  readonly name?: string | undefined
}

/** The paths of what was written, from the working directory. */
export const leave = (
  { failures = process.env['NBS_LAB_FAILURES'] ?? FAILURES_FOLDER, name = 'test' }: FailureOptions,
  scenario: WrittenScenario,
  result: Result,
  smallest?: string,
): readonly string[] => {
  if (failures === false) return []
  const folder = join(failures, folderName(name))
  mkdirSync(folder, { recursive: true })
  const files: readonly (readonly [string, string | Uint8Array | undefined])[] = [
    ['report.html', pageOf(result)],
    ['capture.pcapng', result.capture()],
    ['scenario.yaml', isNoFile(scenario) ? movedTo(folder, scenario.file, scenario.yaml) : undefined],
    ['smallest.yaml', smallest && movedTo(folder, scenario.file, smallest)],
  ]
  return files.flatMap(([file, content]) => {
    if (content === undefined) return []
    const path = join(folder, file)
    writeWhole(path, content)
    return [fromHere(path)]
  })
}

/** But could be one. */
const isNoFile = (scenario: WrittenScenario): boolean => 'object' in scenario.source && !scenario.hasFunctions

const fromHere = (path: string): string => {
  const named = relative('', path)
  return named.startsWith('..') ? resolve(path) : named
}

/** In a folder of the sources, the page may not be built. */
const pageOf = (result: Result): string | undefined => {
  try {
    return result.report()
  } catch (error) {
    if (error instanceof UsageError) return undefined
    throw error
  }
}

/** Folders are named relative to the file they stand in. */
const movedTo = (folder: string, file: string, yaml: string): string =>
  withDirectories(
    yaml,
    directory => relative(resolve(folder), resolve(dirname(resolve(file)), directory)) || '.',
  )

/** Characters of the folder name made from a test name; longer names are cut. */
const MAX_FOLDER_NAME = 80

const folderName = (name: string): string =>
  name
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
    .slice(0, MAX_FOLDER_NAME) || 'test'
