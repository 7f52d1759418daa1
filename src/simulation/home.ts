/**
 * Where this program is installed, its version, and what comes with it. Does not read scenarios.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { UsageError } from '../core/exit.ts'

/** The folder of this program: `package.json` and `boot-images/` are there, `dist/` or `src/` below. */
const HOME = findHome()

function findHome(): string {
  const here = fileURLToPath(import.meta.url)
  return here.slice(
    0,
    here.lastIndexOf('/dist/') > 0 ? here.lastIndexOf('/dist/') : here.lastIndexOf('/src/'),
  )
}

export const VERSION = (JSON.parse(readFileSync(`${HOME}/package.json`, 'utf8')) as { version: string })
  .version

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
