/**
 * Writes a file that an option named; a file that cannot be written is the caller's mistake. Makes no folders.
 */
import { writeFileSync } from 'node:fs'
import { UsageError } from '../core/exit.ts'

export const writeOut = (file: string, content: string | Uint8Array): void => {
  try {
    writeFileSync(file, content)
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${(error as Error).message}`)
  }
}
