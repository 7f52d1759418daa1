/**
 * Writes a file that an option named; a file that cannot be written is the caller's mistake. Makes no folders, and leaves the old file
 * where the new one cannot be written whole.
 */
import { UsageError } from '../core/exit.ts'
import { writeWhole } from '../outlet/write-file.ts'

export const writeOut = (file: string, content: string | Uint8Array): void => {
  try {
    writeWhole(file, content)
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${(error as Error).message}`)
  }
}
