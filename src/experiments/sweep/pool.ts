/**
 * The runs of a sweep on all cores: batches to worker threads, and their lines back in the order of the plan. Does
 * not know what is in a line.
 */
import { availableParallelism } from 'node:os'
import { performance } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import { shardRunCount } from './plan.ts'
import type { SweepIdentity } from './record.ts'
import { UsageError } from '../../core/exit.ts'
import type { SweepSource } from './source.ts'

/** What every worker is given. */
export interface Work {
  readonly source: SweepSource
  readonly sweep: SweepIdentity
}

/** Runs `first … first + count - 1` of the shard's own order. */
export interface Batch {
  readonly first: number
  readonly count: number
}

export type BatchAnswer =
  | { readonly first: number; readonly lines: readonly string[] }
  | { readonly first: number; readonly failed: readonly string[] }

export interface PoolOptions {
  /** Position of the first run that is not done yet. */
  readonly from: number
  readonly workers: number | undefined
  /** Called in the order of the plan. */
  readonly deliver: (lines: readonly string[]) => void
}

export interface Pool {
  readonly finished: Promise<void>
  /** At once; what was not delivered is lost to this start, and run again by the next. */
  stop(): Promise<void>
}

/** Long enough that messages cost nothing, short enough that little is lost when a sweep is interrupted. */
const BATCH_SECONDS = 0.25
/** Runs in a batch, and before anything is known of their speed. */
const MAX_BATCH = 500
const FIRST_BATCH = 4
/** Runs that may be done ahead of the slowest batch; they wait in memory. */
const MAX_RUNS_AHEAD = 50_000
/** Worker threads of a sweep. */
export const MAX_WORKERS = 256

export const startPool = (work: Work, options: PoolOptions): Pool => {
  const total = shardRunCount(work.source.plan)
  const waiting = new Map<number, readonly string[]>()
  const workers: Worker[] = []
  const idle: Worker[] = []
  let [delivered, next, batch] = [options.from, options.from, FIRST_BATCH]
  const { promise: finished, resolve, reject } = withResolvers()

  const dispatch = (): void => {
    while (idle.length > 0 && next < total && next - delivered < MAX_RUNS_AHEAD) {
      // Towards the end batches shrink, so that all workers end together.
      const count = Math.max(1, Math.min(batch, Math.ceil((total - next) / workers.length / 2)))
      send(idle.pop()!, { first: next, count })
      next += count
    }
    if (delivered === total) void stop().then(resolve)
  }

  const send = (worker: Worker, sent: Batch): void => {
    const at = performance.now()
    worker.once('message', (answer: BatchAnswer) => {
      if ('failed' in answer) return fail(new UsageError(answer.failed, 1))
      const seconds = (performance.now() - at) / 1000
      batch = Math.max(1, Math.min(MAX_BATCH, Math.round((sent.count * BATCH_SECONDS) / seconds), batch * 4))
      waiting.set(answer.first, answer.lines)
      idle.push(worker)
      try {
        deliverWaiting()
        dispatch()
      } catch (error) {
        fail(error as Error)
      }
    })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have none
    worker.postMessage(sent)
  }

  const deliverWaiting = (): void => {
    for (let lines = waiting.get(delivered); lines; lines = waiting.get(delivered)) {
      waiting.delete(delivered)
      delivered += lines.length
      options.deliver(lines)
    }
  }

  const fail = (error: Error): void => void stop().then(() => reject(error))

  const stop = async (): Promise<void> => {
    for (const worker of workers) {
      worker.removeAllListeners()
      // A second failure while the first ends the sweep has nobody to tell.
      worker.on('error', () => {})
    }
    await Promise.all(workers.map(worker => worker.terminate()))
  }

  const wanted = Math.min(options.workers ?? availableParallelism(), MAX_WORKERS, total - options.from)
  for (let number = 0; number < wanted; number++) {
    const worker = new Worker(WORKER, { workerData: work })
    worker.on('error', fail)
    workers.push(worker)
    idle.push(worker)
  }
  dispatch()
  return { finished, stop: () => stop().then(resolve) }
}

/** Beside this file as built. */
const WORKER = new URL('./worker.js', import.meta.url)

const withResolvers = () => {
  let resolve!: () => void
  let reject!: (error: Error) => void
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
