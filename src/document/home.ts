/**
 * Where this program is installed, its version, and what comes with it. Does not read scenarios.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UsageError } from '../core/exit.ts'

/** The folder of this program: `package.json` and `boot-images/` are there; this file is somewhere below. */
const HOME = findHome()

function findHome(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
}

export const VERSION = (JSON.parse(readFileSync(`${HOME}/package.json`, 'utf8')) as { version: string })
  .version

/** The file that is the command line: beside this one as built. */
export const commandLineProgram = (): string => {
  const beside = join(dirname(fileURLToPath(import.meta.url)), 'main.js')
  return existsSync(beside) ? beside : `${HOME}/bin/nbs.js`
}

/** The images that come with the program. */
export const SHIPPED_IMAGES = `${HOME}/boot-images`

/** The library that comes with the program. */
export const SHIPPED_SCENARIOS = `${HOME}/scenarios`

/** The viewer's page, which reports are made of. */
export const viewerPage = (): string => {
  try {
    return readFileSync(`${HOME}/dist/viewer/viewer.html`, 'utf8')
  } catch {
    throw new UsageError('the viewer is not built: run `npm run build` in the folder of nbs-lab')
  }
}
