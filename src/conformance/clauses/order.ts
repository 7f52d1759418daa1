/**
 * Clauses of several files as one chapter, in the order of their ids.
 */
import type { Chapter, Clause } from '../clause.ts'

export const inOrder = (letter: string, title: string, files: readonly (readonly Clause[])[]): Chapter => ({
  letter,
  title,
  clauses: files.flat().sort((a, b) => a.id.localeCompare(b.id)),
})
