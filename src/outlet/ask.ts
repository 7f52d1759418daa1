/**
 * A question to who sits at the terminal. Nobody there, or any other answer, is a no.
 */
import process from 'node:process'
import { createInterface } from 'node:readline/promises'
import { visible } from './escape.ts'

export const saysYes = async (question: string): Promise<boolean> => {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await lines.question(`${visible(question)} [y/N] `)).trim())
  } finally {
    lines.close()
  }
}
