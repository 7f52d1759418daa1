/**
 * Reads a scenario file and looks for the image directories it names. The only part of scenario loading that
 * touches the file system.
 */
import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { UnfitFileError, boundedText } from '../document/bounded-file.ts'
import { InvalidScenarioError } from '../document/errors.ts'
import { MAX_FILE_BYTES } from '../document/located.ts'
import { isAllowed } from './allowed-directory.ts'
import { nearestInLibrary, scenarioPath } from './library.ts'
import {
  type LoadOptions,
  type Loaded,
  type ScenarioError,
  type ScenarioSource,
  type TextSource,
  loadSource,
} from './load.ts'
import type { Scenario } from './model.ts'

export interface Choice extends Pick<LoadOptions, 'overrides' | 'seed' | 'kinds'> {
  /** As written: no image directory but these, wherever they are. For changes that come from elsewhere than the file. */
  readonly onlyDirectories?: Pick<ReadonlySet<string>, 'has'>
}

/** Throws `InvalidScenarioError` where there is nothing to read. `trust`: see `TextSource`. */
export const readSource = (file: string, trust: Trust = {}): TextSource => {
  const read = /\.p?cap(ng)?(\.gz)?$/i.test(file) ? captureError(file) : readText(file, false)
  if (typeof read === 'string') return { file, text: read, ...trust }
  throw new InvalidScenarioError([read])
}

export type Trust = Pick<TextSource, 'allowedDirectories'>

const readText = (file: string, regular: boolean): string | ScenarioError => {
  try {
    return boundedText(scenarioPath(file), { max: MAX_FILE_BYTES, regular })
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    const nearest = code === 'ENOENT' ? nearestInLibrary(file) : undefined
    return {
      file,
      line: 1,
      column: 1,
      field: '',
      message: WORDS[code] ?? (error instanceof UnfitFileError ? error.message : 'cannot be read'),
      ...(nearest !== undefined && { nearest }),
    }
  }
}

const captureError = (file: string): ScenarioError => ({
  file,
  line: 1,
  column: 1,
  field: '',
  message: 'is a capture by its name, not a scenario: nbs analyze reads captures',
})

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'is a directory, not a scenario file',
  EACCES: 'may not be read',
}

/** Looks for the image directories, too. */
export const openSource = (source: ScenarioSource, { onlyDirectories, ...choice }: Choice = {}): Loaded =>
  loadSource(source, {
    ...choice,
    exists: (path, what) => (onlyDirectories?.has(path) ?? true) && pathState(source, path, what),
  })

/** Throws `InvalidScenarioError` with everything that is wrong. */
export const checkSource = (source: ScenarioSource, choice?: Choice): Scenario => {
  const loaded = openSource(source, choice)
  if (loaded.ok) return loaded.scenario
  throw new InvalidScenarioError(loaded.errors)
}

/** `named`: by another file, so that it has to be a regular one, and trusts nothing outside its folder. */
export const readScenario = (file: string, choice?: Choice & { readonly named?: boolean }): Loaded => {
  const { named = false, ...rest } = choice ?? {}
  const read = readText(file, named)
  if (typeof read !== 'string') return { ok: false, errors: [read] }
  return openSource({ file, text: read, ...(named && { allowedDirectories: [] }) }, rest)
}

/** Throws `InvalidScenarioError`. */
export const scenarioFrom = (file: string, choice?: Choice, trust?: Trust): Scenario =>
  checkSource(readSource(file, trust), choice)

/** Where an image directory named in a scenario file is. */
export const imageDirectory = (scenarioFile: string, directory: string): string =>
  resolve(dirname(scenarioPath(scenarioFile)), directory)

type Named = ReadonlyMap<string, 'directory' | 'file'>

/** Image directories and files that a scenario names, as written. */
export const directoriesIn = (source: ScenarioSource, choice: Choice = {}): Named => {
  const named = new Map<string, 'directory' | 'file'>()
  loadSource(source, { ...choice, exists: (path, what) => Boolean(named.set(path, what)) })
  return named
}

/** Those that are there, and that it may not read as it is trusted. */
export const directoriesOutside = (source: TextSource, choice: Choice = {}): readonly string[] =>
  [...directoriesIn(source, choice)]
    .filter(([path, what]) => pathState(source, path, what) === 'outside')
    .map(([path]) => path)

const pathState = (
  source: ScenarioSource,
  named: string,
  what: 'directory' | 'file',
): boolean | 'outside' => {
  const path = imageDirectory(source.file, named)
  const found = statSync(path, { throwIfNoEntry: false })
  if (!(what === 'directory' ? found?.isDirectory() : found?.isFile())) return false
  const { allowedDirectories } = { allowedDirectories: undefined, ...source }
  if (allowedDirectories === undefined) return true
  return isAllowed(path, dirname(resolve(scenarioPath(source.file))), allowedDirectories) || 'outside'
}
