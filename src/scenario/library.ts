/**
 * The scenarios that come with the program, by name: `two-nbs-one-subnet`, `firmware/04-df-pa`. Does not read them.
 */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { nearestName } from '../document/nearest.ts'
import { SHIPPED_SCENARIOS } from '../document/home.ts'

const ENDING = '.yaml'
const NAME = /^[\w-]+(?:\/[\w-]+)*$/

/** In order of the alphabet, folder by folder. */
export const libraryNames = (): readonly string[] =>
  readdirSync(SHIPPED_SCENARIOS, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith(ENDING))
    .map(name => name.slice(0, -ENDING.length).replaceAll('\\', '/'))
    .sort()

/** Where a scenario is that was named: a file counts before a scenario of the library. */
export const scenarioPath = (named: string): string => {
  if (!NAME.test(named) || isFile(named)) return named
  const shipped = join(SHIPPED_SCENARIOS, `${named}${ENDING}`)
  return isFile(shipped) ? shipped : named
}

/** What a name that is neither file nor scenario of the library was probably meant to be. */
export const nearestInLibrary = (named: string): string | undefined =>
  NAME.test(named) ? nearestName(named, libraryNames()) : undefined

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
