/**
 * Contention between BSDP servers: those that answer for others, disagree about an image or about whose a Mac is, or
 * never share the load (BSDP-2, BSDP-3, BSDP-6 … BSDP-9, BSDP-27, BSDP-28).
 */
import type { Ip4 } from '../../core/address.ts'
import { type BsdpAnswer, type BsdpRound, type BsdpServers, roundsOf } from '../conversations/bsdp-talk.ts'
import { type Draft, NO_DRAFTS, type Scene } from '../scene.ts'
import { formatImageId, isGlobal } from '../../wire/bsdp/image-id.ts'
import { ascending, listed, quoted } from '../words.ts'
import { type BsdpTest, clientOf, serversOf, showAnswer, showRound } from './bsdp-evidence.ts'

const namesOf = (answers: readonly BsdpAnswer[], scene: Scene): string =>
  listed(ascending(serversOf(answers)).map(scene.names.server))

/** BSDP-2. */
export const answerForAnother: BsdpTest = (talk, boot, scene) =>
  roundsOf(talk, 'select').flatMap((round): Draft[] => {
    const { server } = round
    if (server === undefined) return []
    const intruders = round.answers.filter(answer => answer.server !== server)
    if (intruders.length === 0) return []
    const names = namesOf(intruders, scene)
    return [
      {
        rule: 'bsdp-answer-for-another',
        confidence: 'seen',
        servers: [...serversOf(intruders), server],
        text: `${names} answers a SELECT that names ${scene.names.server(server)}.`,
        because:
          'A SELECT is broadcast and names one server (sub-option 3); the others are to drop their records and stay silent. A Mac that does not check the sender boots from whoever is faster.',
        remedy: `Replace or correct the BSDP responder on ${names}: it does not look at the server identifier.`,
        evidence: [
          showRound(round, scene, clientOf(boot, scene)),
          ...round.answers.map(each => showAnswer(each, scene)),
        ],
      },
    ]
  })

/** BSDP-3: by name in the list, or by the folder that is loaded after a SELECT. */
export const globalImageConflict: BsdpTest = (talk, _boot, scene, servers) => {
  const drafts: Draft[] = []
  for (const round of roundsOf(talk, 'list'))
    for (const [id, holders] of globalImages(round)) {
      const told = holders.map(answer => ({ answer, ...toldBy(servers, answer, id) }))
      const names = new Set(told.map(({ name }) => name))
      const files = new Set(told.flatMap(({ file }) => file ?? []))
      if (names.size < 2 && files.size < 2) continue
      const differ =
        names.size > 1
          ? told.map(each => `${scene.names.server(each.answer.server)}: ${quoted(each.name)}`)
          : [...files].map(quoted)
      drafts.push({
        rule: 'bsdp-global-image-conflict',
        confidence: 'seen',
        servers: serversOf(holders),
        text: `image ${formatImageId(id)} is not the same on ${namesOf(holders, scene)} (${differ.sort().join(', ')}).`,
        because:
          'An image index from 4096 on means the same image on every server: Macs show one line for it and boot it from the least loaded server, so they are spread over different images.',
        remedy: 'Give each different image an index of its own, or copy one image to all servers.',
        evidence: holders.map(answer => showAnswer(answer, scene)),
      })
    }
  return drafts
}

const globalImages = (round: BsdpRound): Map<number, BsdpAnswer[]> => {
  const holders = new Map<number, BsdpAnswer[]>()
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

const toldBy = (servers: BsdpServers, { server, content }: BsdpAnswer, id: number) => ({
  name: content.images?.find(image => image.id === id)?.name ?? '',
  file: folderTail(servers.of(server)?.images.get(id)?.file),
})

/** `Lab.nbi/i386/booter`: where the share point stands is each server's own affair. */
const folderTail = (file: string | undefined): string | undefined =>
  file === undefined ? undefined : /[^/\\]+\.nbi[/\\].*$/i.exec(file)?.[0].toLowerCase()

/** BSDP-6, BSDP-7. */
export const doubleBinding: BsdpTest = (talk, boot, scene) => {
  const claims = [
    ...roundsOf(talk, 'list').map(round =>
      round.answers.filter(({ content }) => content.selectedImage !== undefined),
    ),
    ...talk.offers.values(),
  ]
  return claims.flatMap((claimants): Draft[] => {
    if (claimants.length < 2) return []
    const names = namesOf(claimants, scene)
    return [
      {
        rule: 'bsdp-double-binding',
        confidence: 'seen',
        servers: serversOf(claimants),
        text: `${names} each say that the machine is bound to them.`,
        because:
          'A server forgets a Mac when it hears it select another server. One of these was off or out of reach then, or does not look. Which of them the Mac follows is not defined: with BSDP OFFERs, the order of arrival decides.',
        remedy: `Clear the client records of all but one of ${names} (Apple: delete bsdpd_clients), and let the SELECTs of this subnet reach all of them.`,
        evidence: [
          ...roundEvidence(talk.rounds, claimants, scene, clientOf(boot, scene)),
          ...claimants.map(each => showAnswer(each, scene)),
        ],
      },
    ]
  })
}

const roundEvidence = (
  rounds: readonly BsdpRound[],
  answers: readonly BsdpAnswer[],
  scene: Scene,
  client: string,
) =>
  rounds
    .filter(round => answers.some(answer => round.answers.includes(answer)))
    .map(round => showRound(round, scene, client))

/** BSDP-28. */
export const staleBinding: BsdpTest = (talk, _boot, scene) => {
  const { before } = talk
  if (!before) return NO_DRAFTS
  const firstRound = roundsOf(talk, 'list')[0]
  const claimants = [...(firstRound?.answers ?? []), ...[...talk.offers.values()].flat()].filter(
    ({ server, content }) => server !== before.server && content.selectedImage !== undefined,
  )
  return claimants.slice(0, 1).map((answer): Draft => ({
    rule: 'bsdp-stale-binding',
    confidence: 'seen',
    servers: [answer.server, before.server],
    text: `${scene.names.server(answer.server)} still claims the machine, although it selected ${scene.names.server(before.server)} before.`,
    because: 'It did not hear the SELECT, or does not remove records.',
    remedy: `Let SELECT broadcasts reach ${scene.names.server(answer.server)}, or clear its client records.`,
    evidence: [showAnswer(answer, scene)],
  }))
}

/** As high as no server that counts its clients, or far above all others. */
const OUTLIER = 16_384
const TOP = 65_535
/** So many lists make a series. */
const SERIES = 3

/** BSDP-9. */
export const greedyPriority: BsdpTest = (talk, _boot, scene, servers) =>
  roundsOf(talk, 'list').flatMap(({ answers }): Draft[] => {
    if (answers.length < 2) return []
    return answers.flatMap((answer): Draft[] => {
      const others = answers.filter(other => other !== answer)
      const how = greed(answer, others, servers)
      if (how === undefined) return []
      return [
        {
          rule: 'bsdp-constant-priority',
          confidence: 'seen',
          servers: [answer.server],
          text: `${scene.names.server(answer.server)} has the priority ${answer.content.priority ?? 0}, ${how}.`,
          because:
            'Macs that are not bound yet go to the highest priority. Servers share the load only if each lowers its priority with every client it takes.',
          remedy: `Let the priority of ${scene.names.server(answer.server)} fall with its clients, or set it to where it belongs beside ${namesOf(others, scene)}.`,
          evidence: answers.map(each => showAnswer(each, scene)),
        },
      ]
    })
  })

const greed = (
  answer: BsdpAnswer,
  others: readonly BsdpAnswer[],
  servers: BsdpServers,
): string | undefined => {
  const priority = answer.content.priority ?? 0
  const highest = Math.max(...others.map(({ content }) => content.priority ?? 0))
  if (priority === TOP) return 'the highest there is, and so takes every Mac that is not bound'
  if (priority - highest > OUTLIER) return 'far above all others, and so takes every Mac that is not bound'
  const server = servers.of(answer.server)
  const isConstant =
    server !== undefined && server.answers >= SERIES && server.highest === server.lowest && server.unmoved > 0
  const besideFalling = others.some(other => {
    const known = servers.of(other.server)
    return known !== undefined && known.highest !== known.lowest
  })
  return isConstant && besideFalling
    ? 'which does not fall with its clients while that of others does'
    : undefined
}

/** BSDP-8. */
export const unstableDefault: BsdpTest = (talk, _boot, scene) =>
  roundsOf(talk, 'list').flatMap(({ answers }): Draft[] => {
    if (answers.some(({ content }) => content.selectedImage !== undefined)) return []
    const highest = Math.max(...answers.map(({ content }) => content.priority ?? 0))
    const top = answers.filter(({ content }) => (content.priority ?? 0) === highest)
    const [first] = top
    if (top.length < 2 || !first) return []
    const same = top.every(({ content }) => isSameImage(content.defaultImage, first.content.defaultImage))
    if (same) return []
    return [
      {
        rule: 'bsdp-unstable-default',
        confidence: 'seen',
        servers: serversOf(top),
        text: `${namesOf(top, scene)} have the same priority (${highest}) and different default images.`,
        because:
          'Without a menu the first answer is taken then, and that may be another one at the next boot.',
        remedy:
          'Give the servers different base priorities, or the same default image with an index from 4096 on.',
        evidence: top.map(answer => showAnswer(answer, scene)),
      },
    ]
  })

/** A local id means another image on another server. */
const isSameImage = (a: number | undefined, b: number | undefined): boolean =>
  a === b && (a === undefined || isGlobal(a))

/** Fewer Macs may have been bound before the capture began. */
const MANY = 3

/** BSDP-27. */
export const claimsEveryone: BsdpTest = (talk, _boot, scene, servers) => {
  const claimants = new Map<Ip4, BsdpAnswer>()
  for (const round of roundsOf(talk, 'list'))
    for (const answer of round.answers)
      if (answer.content.selectedImage !== undefined) claimants.set(answer.server, answer)
  return [...claimants.values()].flatMap((answer): Draft[] => {
    const known = servers.of(answer.server)
    if (!known || known.claimed.size < MANY) return []
    const name = scene.names.server(answer.server)
    return [
      {
        rule: 'bsdp-claims-everyone',
        confidence: 'possible',
        servers: [answer.server],
        text: `${name} says to machines that they are bound to it which were not seen to select it.`,
        because:
          'A server with one fixed answer puts a selected image into it for everybody, and so takes Macs from servers that share the load. A capture that began late shows the same.',
        remedy: `See whether ${name} is meant to take every Mac.`,
        evidence: [showAnswer(answer, scene)],
      },
    ]
  })
}
