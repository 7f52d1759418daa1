/** The C library for load generators, or an end with its reason: there is nothing to measure without. */
import { type Libc, libc } from '../src/network/kernel/libc.ts'

export const neededLibc = (program: string): Libc => {
  const found = libc()
  if (found) return found
  console.error(`bench/${program} needs Linux and the optional package koffi`)
  process.exit(3)
}
