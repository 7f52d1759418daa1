/**
 * `bsdp-global-image-conflict` (BSDP-3): one global image id, but different images: by name in the list, or by the
 * folder that is loaded after a SELECT.
 */
import { type ImageId, formatImageId, isGlobal } from '../../../wire/bsdp/image-id.ts'
import type { Report, Sentences } from '../../capture-rule.ts'
import { type BsdpAnswer, type BsdpRound, type BsdpServers, roundsOf } from '../../conversations/bsdp-talk.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { listed, quoted } from '../../words.ts'
import { bsdpTest, namesOf, serversOf, showAnswer } from './bsdp-rule.ts'

export const meta = {
  id: 'bsdp-global-image-conflict',
  severity: 'error',
  meaning: 'BSDP-3: one global image id stands for different images',
  origins: {
    capture: {
      holdsWhen:
        'one image id (index 4096 or above, all 32 bits compared) has two names in the answers to one LIST, or leads to two folders after SELECTs',
      isNot: 'local images with the same number (BSDP-5)',
      remedy: 'give each image an index of its own',
    },
  },
} as const satisfies FindingMeta

export type GlobalImageConflict = {
  readonly image: string
  readonly servers: readonly string[]
  /** What each server calls it; empty where the folders differ. */
  readonly names: readonly { readonly server: string; readonly name: string }[]
  /** Folders it led to; empty where the names differ. */
  readonly folders: readonly string[]
}

export const test = bsdpTest((talk, _boot, context, servers) => {
  const reports: Report<GlobalImageConflict>[] = []
  for (const round of roundsOf(talk, 'list'))
    for (const [id, holders] of globalImages(round)) {
      const claims = holders.map(answer => ({ answer, ...claimOf(servers, answer, id) }))
      const hasNames = new Set(claims.map(({ name }) => name)).size > 1
      const folders = new Set(claims.flatMap(({ folder }) => folder ?? []))
      if (!hasNames && folders.size < 2) continue
      reports.push({
        confidence: 'seen',
        servers: serversOf(holders),
        details: {
          image: formatImageId(id),
          servers: namesOf(holders, context),
          names: hasNames
            ? claims.map(({ answer, name }) => ({ server: context.names.server(answer.server), name }))
            : [],
          folders: hasNames ? [] : [...folders],
        },
        evidence: holders.map(answer => showAnswer(answer, context)),
      })
    }
  return reports
})

/** Those that more than one answer lists. */
const globalImages = (round: BsdpRound): Map<ImageId, BsdpAnswer[]> => {
  const holders = new Map<ImageId, BsdpAnswer[]>()
  for (const answer of round.answers)
    for (const { id } of answer.content.images ?? []) {
      const known = holders.get(id)
      if (!isGlobal(id) || known?.includes(answer)) continue
      if (known) known.push(answer)
      else holders.set(id, [answer])
    }
  for (const [id, answers] of holders) if (answers.length < 2) holders.delete(id)
  return holders
}

const claimOf = (servers: BsdpServers, { server, content }: BsdpAnswer, id: ImageId) => ({
  name: content.images?.find(image => image.id === id)?.name ?? '',
  folder: folderTail(servers.of(server)?.images.get(id)?.file),
})

/** `Lab.nbi/i386/booter`: where the share point stands is each server's own affair. */
const folderTail = (file: string | undefined): string | undefined =>
  file === undefined ? undefined : /[^/\\]+\.nbi[/\\].*$/i.exec(file)?.[0].toLowerCase()

export const sentences = ({ image, servers, names, folders }: GlobalImageConflict): Sentences => {
  const claims = [...names.map(({ server, name }) => `${server}: ${quoted(name)}`), ...folders.map(quoted)]
  return {
    text: `image ${image} is not the same on ${listed(servers)} (${claims.sort().join(', ')}).`,
    because:
      'An image index of 4096 or above means the same image on every server: Macs show one entry for it and boot it from the least loaded server, so they end up with different images.',
    remedy: 'Give each image an index of its own, or copy one image to all servers.',
  }
}
