/**
 * Reads a scenario file and looks for the image directories it names. The only part of scenario loading that
 * touches the file system.
 */
import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { InvalidScenarioError } from '../document/errors.ts'
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

export type Choice = Pick<LoadOptions, 'overrides' | 'seed' | 'kinds'>

/** Throws `InvalidScenarioError` where there is nothing to read. */
export const readSource = (file: string): TextSource => {
  const read = readText(file)
  if (typeof read === 'string') return { file, text: read }
  throw new InvalidScenarioError([read])
}

const readText = (file: string): string | ScenarioError => {
  try {
    return readFileSync(scenarioPath(file), 'utf8')
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    const nearest = code === 'ENOENT' ? nearestInLibrary(file) : undefined
    return {
      file,
      line: 1,
      column: 1,
      field: '',
      message: WORDS[code] ?? 'cannot be read',
      ...(nearest !== undefined && { nearest }),
    }
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'is a directory, not a scenario file',
  EACCES: 'may not be read',
}

/** Looks for the image directories, too. */
export const openSource = (source: ScenarioSource, choice: Choice = {}): Loaded =>
  loadSource(source, { ...choice, exists: directory => directoryExists(source.file, directory) })

/** Throws `InvalidScenarioError` with everything that is wrong. */
export const checkSource = (source: ScenarioSource, choice?: Choice): Scenario => {
  const loaded = openSource(source, choice)
  if (loaded.ok) return loaded.scenario
  throw new InvalidScenarioError(loaded.errors)
}

export const readScenario = (file: string, choice?: Choice): Loaded => {
  const read = readText(file)
  return typeof read === 'string' ? openSource({ file, text: read }, choice) : { ok: false, errors: [read] }
}

/** Throws `InvalidScenarioError`. */
export const scenarioFrom = (file: string, choice?: Choice): Scenario => checkSource(readSource(file), choice)

/** Where an image directory named in a scenario file is. */
export const imageDirectory = (scenarioFile: string, directory: string): string =>
  resolve(dirname(scenarioPath(scenarioFile)), directory)

const directoryExists = (scenarioFile: string, directory: string): boolean =>
  statSync(imageDirectory(scenarioFile, directory), { throwIfNoEntry: false })?.isDirectory() ?? false
