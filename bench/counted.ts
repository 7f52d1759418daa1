/**
 * Child programs that are spoken to over a channel, and what they allocate while something happens (`allocation.ts` is
 * preloaded into those that are counted). Does not know what the programs do.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { COUNTING, type Allocated, type CountingAnswer, type CountingCommand } from './allocation.ts'
import { median } from './processes.ts'

/** A file beside this one, as built. */
export const beside = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

/** Options of Node for a child whose allocations are counted. */
export const COUNTED: readonly string[] = [...COUNTING, '--import', beside('allocation.js')]

/** A Node program; resolves when it is ready by its own sign, rejects with what it complained of if it ends before. */
export const startChild = async (
  words: readonly string[],
  isReady: (child: ChildProcess) => Promise<unknown>,
): Promise<ChildProcess> => {
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let complaints = ''
  child.stderr!.on('data', (bytes: Buffer) => (complaints += bytes.toString()))
  const ended = once(child, 'exit').then(() =>
    Promise.reject(new Error(`${words.join(' ')} ended:\n${complaints}`)),
  )
  await Promise.race([isReady(child), ended])
  // Later it ends because it is told to, or else by a mistake.
  ended.catch((error: unknown) => {
    if (child.exitCode) console.error(error)
  })
  return child
}

/** Resolves when it is gone, its ports with it; at once if it ended by itself. */
export const endChild = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill()
  await gone
}

/** One message there, one back. Rejects if the child ends instead. */
export const ask = <Answer>(child: ChildProcess, message: object | string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error('the measured program ended'))
    child.once('exit', ended)
    child.once('message', answer => {
      child.off('exit', ended)
      resolve(answer as Answer)
    })
    child.send(message)
  })

const counting = async (child: ChildProcess, command: CountingCommand): Promise<CountingAnswer['counted']> =>
  (await ask<CountingAnswer>(child, command)).counted

export interface PerUnit extends Allocated {
  readonly seconds: number
  /** How much more the median round allocated on the heap, as a share. */
  readonly noise: number
}

/** What `work` did: so many units in so many seconds. */
export interface Done {
  readonly units: number
  readonly seconds: number
}

/** Compiled code allocates less than what the interpreter runs first. */
const WARM_UP = 16
const ROUNDS = 9

/**
 * For one unit of what `work` does: the lower quartile of the rounds, because waiting and compiling take memory of
 * their own in some of them.
 */
export const allocatedPerUnit = async (child: ChildProcess, work: () => Promise<Done>): Promise<PerUnit> => {
  const rounds: PerUnit[] = []
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    await counting(child, { counting: 'start' })
    const { units, seconds } = await work()
    const counted = await counting(child, { counting: 'stop' })
    if (round < 0 || counted === null || counted === true) continue
    rounds.push({
      heap: counted.heap / units,
      buffers: counted.buffers / units,
      seconds: seconds / units,
      noise: 0,
    })
  }
  if (rounds.length <= ROUNDS / 2)
    throw new Error('memory was given back while it was counted: count fewer units')
  const heaps = rounds.map(({ heap }) => heap)
  const heap = lowerQuartile(heaps)
  return {
    heap,
    buffers: lowerQuartile(rounds.map(({ buffers }) => buffers)),
    seconds: median(rounds.map(({ seconds }) => seconds)),
    noise: median(heaps) / heap - 1,
  }
}

const lowerQuartile = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)]!
