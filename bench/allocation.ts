/**
 * Preloaded into a program (`--import`): counts the bytes that the program allocates, by the engine's own counters, from
 * when its parent says so over the channel between them. With a young generation that nothing here fills, no memory is
 * given back meanwhile, and what is in use has grown by what was allocated: free of the noise of time.
 */
import { PerformanceObserver } from 'node:perf_hooks'
import process from 'node:process'
import { getHeapStatistics } from 'node:v8'

/** Node's options for such a program. */
export const COUNTING = [
  '--expose-gc',
  '--min-semi-space-size=1024',
  '--max-semi-space-size=1024',
  '--no-incremental-marking',
] as const

/** What the parent says; the answer to `start` is true, to `stop` what was allocated since. */
export type CountingCommand = { readonly counting: 'start' | 'stop' }

export interface Allocated {
  /** Bytes of the engine's heap. */
  readonly heap: number
  /** Bytes that typed arrays lie on, outside the heap. */
  readonly buffers: number
}

/** Null: memory was given back meanwhile, so that nothing is known. */
export type CountingAnswer = { readonly counted: true | Allocated | null }

/** Collections are told of a moment after they happened. */
const TOLD_MILLIS = 30

let collections = 0
let before: Allocated = { heap: 0, buffers: 0 }

const inUse = (): Allocated => ({
  heap: getHeapStatistics().used_heap_size,
  buffers: process.memoryUsage().arrayBuffers,
})

const answer = (counted: CountingAnswer['counted']): void => void process.send?.({ counted })

const start = (): void => {
  globalThis.gc?.()
  setTimeout(() => {
    collections = 0
    before = inUse()
    answer(true)
  }, TOLD_MILLIS)
}

const stop = (): void => {
  const { heap, buffers } = inUse()
  setTimeout(
    () => answer(collections > 0 ? null : { heap: heap - before.heap, buffers: buffers - before.buffers }),
    TOLD_MILLIS,
  )
}

if (process.send !== undefined) {
  new PerformanceObserver(list => {
    collections += list.getEntries().length
  }).observe({ entryTypes: ['gc'] })
  process.on('message', (message: Partial<CountingCommand>) => {
    if (message.counting === 'start') start()
    else if (message.counting === 'stop') stop()
  })
  // Does not keep the program alive.
  process.channel?.unref()
}
