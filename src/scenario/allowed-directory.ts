/**
 * Which folders a scenario may have read: what is in them can end up in a report or a capture that somebody sends on.
 * Links are followed first: it counts where a folder is, not what it is called.
 */
import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { SHIPPED_IMAGES } from '../document/home.ts'

/** `own` is the folder of the scenario file; what begins with a dot in it is not its own, as a saved file does not own `~/.ssh`. */
export const isAllowed = (directory: string, own: string, allowed: readonly string[]): boolean => {
  const real = realpathSync(directory)
  return (
    isBelow(real, own, true) ||
    [SHIPPED_IMAGES, ...bootImagesAbove(own), ...allowed].some(root => isBelow(real, root, false))
  )
}

const isBelow = (real: string, root: string, withoutHidden: boolean): boolean => {
  if (!existsSync(root)) return false
  const inside = relative(realpathSync(root), real).split(sep)
  return inside[0] !== '..' && !(withoutHidden && inside.some(part => part.startsWith('.')))
}

/** `boot-images/` in a folder above the scenario file, as a checkout of this program has it: the name says what it is for. */
const bootImagesAbove = (own: string): string[] => {
  const found: string[] = []
  for (let folder = realpathSync(own); folder !== dirname(folder); folder = dirname(folder)) {
    const images = join(dirname(folder), basename(SHIPPED_IMAGES))
    // A link in its place could lead anywhere.
    if (existsSync(images) && realpathSync(images) === images) found.push(images)
  }
  return found
}
