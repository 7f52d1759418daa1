/**
 * Loads a directory of images again while others are served: the disk is waited for in a thread of its own
 * (`image-worker.ts`), which hands over what it found in portions. Does not decide when.
 */
import { setImmediate } from 'node:timers'
import { Worker } from 'node:worker_threads'
import { GatheredImages, type ImageDirectory } from './image-directory.ts'
import type { TreeEntry } from './image-tree.ts'

export interface ReloadWork {
  readonly directory: string
  /** A line for each known file: name, NUL, stamp, NUL, bytes in memory or nothing. */
  readonly known: string
  /** Counts the portions that were taken. */
  readonly taken: Int32Array
}

/** `lost`: what ends it. */
export type ReloadAnswer =
  { readonly entries: readonly TreeEntry[] } | { readonly lost: string } | { readonly done: true }

/** Read at each reload. */
export const WORKER = new URL('./image-worker.js', import.meta.url)

/** Rejects with what `loadImages` throws; `before` stays as it is. */
export const reloadImages = (directory: string, before: ImageDirectory): Promise<ImageDirectory> =>
  new Promise((resolve, reject) => {
    const taken = new Int32Array(new SharedArrayBuffer(4))
    const workerData: ReloadWork = { directory, known: knownText(before), taken }
    const images = new GatheredImages(before.loaded)
    const worker = new Worker(WORKER, { workerData })
    const fail = (error: Error): void => {
      images.close()
      void worker.terminate()
      reject(error)
    }
    worker.unref()
    worker.on('error', fail)
    worker.on('message', (answer: ReloadAnswer) => {
      if ('lost' in answer) return fail(new Error(answer.lost))
      if ('done' in answer) return resolve(images.done())
      for (const entry of answer.entries) images.add(entry)
      // Not before the event loop has run: a portion at a time is what keeps transfers going.
      setImmediate(() => {
        Atomics.add(taken, 0, 1)
        Atomics.notify(taken, 0)
      })
    })
  })

const knownText = ({ loaded }: ImageDirectory): string => {
  let text = ''
  for (const [name, { stamp, bytes }] of loaded) text += `${name}\0${stamp}\0${bytes ?? ''}\n`
  return text
}
