/**
 * Which server and image a Mac takes of several lists: without a user, and as lines of a menu. Does not
 * send anything.
 */
import type { Ip4 } from '../../core/address.ts'
import { type Phrase, named, phrase, phraseList } from '../../core/wording.ts'
import { type ImageId, formatImageId, imageAttributes, isGlobal } from '../../wire/bsdp/image-id.ts'
import type { ListAnswer } from './answers.ts'

export interface Choice {
  readonly server: Ip4
  readonly image: ImageId | undefined
  readonly why: Phrase
}

/** In order of arrival. Servers to `avoid` are taken only if there is no other. */
export const chooseAutomatically = (
  lists: readonly ListAnswer[],
  avoid: ReadonlySet<Ip4> = new Set(),
  filter?: readonly number[],
): Choice | undefined => {
  const fits = (image: ImageId | undefined): boolean =>
    image !== undefined && (filter === undefined || filter.includes(imageAttributes(image)))
  const preferred = lists.filter(({ server }) => !avoid.has(server))
  const candidates = preferred.length > 0 ? preferred : lists
  const bound = candidates.filter(({ selectedImage }) => fits(selectedImage))
  const binding = highest(bound)
  if (binding)
    return {
      server: binding.server,
      image: binding.selectedImage,
      why:
        bound.length > 1
          ? phrase`${phraseList(
              bound.map(({ server }) => server),
              ' and ',
            )} say that the Mac is bound to them; ${named(binding.server)} has the highest priority among them`
          : phrase`it is bound to ${named(binding.server)}, regardless of priorities`,
    }
  const free = highest(candidates.filter(({ defaultImage }) => filter === undefined || fits(defaultImage)))
  if (!free) return undefined
  const others = candidates.filter(
    ({ server, priority }) => server !== free.server && priority === free.priority,
  )
  const tie = others.length > 0 ? ', and answered first of those with that priority' : ''
  return {
    server: free.server,
    image: free.defaultImage ?? free.images[0]?.id,
    why: phrase`${named(free.server)} has the highest priority (${free.priority})${tie}`,
  }
}

/** The first of several with the highest priority. */
const highest = (lists: readonly ListAnswer[]): ListAnswer | undefined => {
  let best: ListAnswer | undefined
  for (const list of lists) if (!best || list.priority > best.priority) best = list
  return best
}

export interface MenuLine {
  readonly image: ImageId
  readonly name: string
  /** All that have it; more than one only for a global image. */
  readonly servers: readonly Ip4[]
  /** The one that is taken: of the highest priority, the first seen. */
  readonly server: Ip4
}

/** Only global images merge, and only by all 32 bits of their ids; the name is that of the first list. */
export const menuOf = (lists: readonly ListAnswer[]): MenuLine[] => {
  const lines: { image: ImageId; name: string; lists: ListAnswer[] }[] = []
  for (const list of lists)
    for (const { id, name } of list.images) {
      const same = isGlobal(id) ? lines.find(line => line.image === id) : undefined
      if (same) same.lists.push(list)
      else lines.push({ image: id, name, lists: [list] })
    }
  return lines.map(({ image, name, lists: known }) => ({
    image,
    name,
    servers: known.map(({ server }) => server),
    server: highest(known)!.server,
  }))
}

export const describeChoice = ({ server, image, why }: Choice): Phrase =>
  phrase`selects ${image === undefined ? 'the default' : formatImageId(image)} of ${named(server)}: ${why}`
