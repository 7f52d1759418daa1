/**
 * Where programs are: `PATH`, and the folders of system programs, which an ordinary user's `PATH` lacks on some
 * distributions. Starts nothing.
 */
import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

const SYSTEM = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/** With the folders of system programs at its end. */
export const searchPath = (path = process.env['PATH'] ?? ''): readonly string[] => {
  const folders = path.split(':').filter(folder => folder.startsWith('/'))
  return [...new Set([...folders, ...SYSTEM])]
}

/** Undefined: it is not installed. */
export const programPath = (program: string, folders = searchPath()): string | undefined =>
  folders.map(folder => join(folder, program)).find(isProgram)

export const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
