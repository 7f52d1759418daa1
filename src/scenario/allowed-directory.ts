/**
 * Which folders a scenario may have read: what is in them can end up in a report or a capture that somebody sends on.
 * Links are followed first: it counts where a folder is, not what it is called.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { SHIPPED_IMAGES } from '../document/home.ts'

/** `own` is the folder of the scenario file; what begins with a dot in it is not its own, as a saved file does not own `~/.ssh`. */
export const isAllowed = (directory: string, own: string, allowed: readonly string[]): boolean => {
  const real = realpathSync(directory)
  return (
    isBelow(real, own, true) ||
    [SHIPPED_IMAGES, imagesOfCheckout(own), ...allowed].some(
      root => root !== undefined && isBelow(real, root, false),
    )
  )
}

const isBelow = (real: string, root: string, withoutHidden: boolean): boolean => {
  if (!existsSync(root)) return false
  const inside = relative(realpathSync(root), real).split(sep)
  return inside[0] !== '..' && !(withoutHidden && inside.some(part => part.startsWith('.')))
}

/** A scenario in `scenarios/` of a checkout of this program, whichever copy of it runs: the images beside that. */
const imagesOfCheckout = (own: string): string | undefined => {
  for (let folder = own; folder !== dirname(folder); folder = dirname(folder))
    if (basename(folder) === 'scenarios') {
      const top = dirname(folder)
      const images = join(realpathSync(top), basename(SHIPPED_IMAGES))
      // A link in its place could lead anywhere.
      return isThisProgram(top) && existsSync(images) && realpathSync(images) === images ? images : undefined
    }
  return undefined
}

const isThisProgram = (folder: string): boolean => {
  try {
    const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: unknown }
    return name === 'nbs-lab'
  } catch {
    return false
  }
}
