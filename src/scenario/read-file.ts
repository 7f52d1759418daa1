/**
 * Reads a scenario file and looks for the image directories it names. The only part of scenario loading that
 * touches the file system.
 */
import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type LoadOptions, type Loaded, loadScenario } from './load.ts'

/** Where an image directory named in a scenario file is. */
export const imageDirectory = (scenarioFile: string, directory: string): string =>
  resolve(dirname(scenarioFile), directory)

export const readScenario = (file: string, options: Omit<LoadOptions, 'file' | 'exists'> = {}): Loaded => {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return unreadable(file, WORDS[(error as NodeJS.ErrnoException).code ?? ''] ?? 'cannot be read')
  }
  return readScenarioText(text, file, options)
}

/** The same with the text at hand: a sweep reads it once and stays with it, whatever becomes of the file. */
export const readScenarioText = (
  text: string,
  file: string,
  options: Omit<LoadOptions, 'file' | 'exists'> = {},
): Loaded =>
  loadScenario(text, {
    ...options,
    file,
    exists: directory => directoryExists(file, directory),
  })

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'is a directory, not a scenario file',
  EACCES: 'may not be read',
}

const unreadable = (file: string, message: string): Loaded => ({
  ok: false,
  errors: [{ file, line: 1, column: 1, field: '', message }],
})

export const directoryExists = (scenarioFile: string, directory: string): boolean =>
  statSync(imageDirectory(scenarioFile, directory), { throwIfNoEntry: false })?.isDirectory() ?? false
