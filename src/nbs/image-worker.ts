/**
 * The thread of `image-reload.ts`: walks the tree, and hands over a portion when the one before was taken.
 */
import { closeSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import type { ReloadAnswer, ReloadWork } from './image-reload.ts'
import { type KnownFile, type TreeEntry, treeEntries } from './image-tree.ts'

/** Entries and bytes of one portion: a fraction of a millisecond for whoever takes it. */
const PORTION_ENTRIES = 64
const PORTION_BYTES = 512 * 1024

const { directory, known, taken } = workerData as ReloadWork

const knownFiles = (): Map<string, KnownFile> => {
  const files = new Map<string, KnownFile>()
  for (const line of known.split('\n')) {
    const [name = '', stamp = '', bytes = ''] = line.split('\0')
    if (stamp !== '') files.set(name, { stamp, bytes: bytes === '' ? undefined : Number(bytes) })
  }
  return files
}

let handed = 0
const hand = (entries: readonly TreeEntry[]): void => {
  const buffers = entries.flatMap(({ found }) => (found.kind === 'read' ? [found.bytes.buffer] : []))
  parentPort?.postMessage({ entries } satisfies ReloadAnswer, buffers)
  handed++
  while (Atomics.load(taken, 0) < handed) Atomics.wait(taken, 0, handed - 1)
}

const walk = (): ReloadAnswer => {
  let portion: TreeEntry[] = []
  let bytes = 0
  try {
    for (const entry of treeEntries(directory, knownFiles())) {
      portion.push(entry)
      if (entry.found.kind === 'read') bytes += entry.found.bytes.length
      if (portion.length < PORTION_ENTRIES && bytes < PORTION_BYTES) continue
      const full = portion
      ;[portion, bytes] = [[], 0]
      hand(full)
    }
    hand(portion)
    return { done: true }
  } catch (error) {
    for (const { found } of portion) if (found.kind === 'open') closeSync(found.descriptor)
    return { lost: (error as Error).message }
  }
}

parentPort?.postMessage(walk())
