/**
 * The simulator of a built checkout, this one or an older one, by the places where its parts have stood. A part that
 * moves gets a line more here.
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** What the benchmarks call. */
export interface Simulator {
  readonly loadScenario: typeof import('../src/scenario/load.ts').loadScenario
  readonly runScenario: typeof import('../src/simulation/run.ts').runScenario
  readonly memoryImages: typeof import('../src/nbs/images.ts').memoryImages
}

/** Newest first: a folder that was built more than once may have the older ones, too. */
const PLACES: Readonly<Record<keyof Simulator, readonly string[]>> = {
  loadScenario: ['scenario/load.js'],
  runScenario: ['simulation/run.js', 'scenario/run.js'],
  memoryImages: ['nbs/images.js'],
}

export const simulatorOf = async (checkout: string): Promise<Simulator> => {
  const part = async (name: keyof Simulator): Promise<unknown> => {
    const files = PLACES[name].map(place => join(resolve(checkout), 'dist/src', place))
    const file = files.find(existsSync)
    if (file === undefined)
      throw new Error(
        `no ${name} in ${checkout}: built for benchmarks (npm run build:bench)? known places: ${files.join(', ')}`,
      )
    return ((await import(pathToFileURL(file).href)) as Record<string, unknown>)[name]
  }
  return {
    loadScenario: (await part('loadScenario')) as Simulator['loadScenario'],
    runScenario: (await part('runScenario')) as Simulator['runScenario'],
    memoryImages: (await part('memoryImages')) as Simulator['memoryImages'],
  }
}
