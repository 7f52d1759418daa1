/**
 * Single answers of BSDP servers that are wrong in themselves, or go where they should not (BSDP-10, BSDP-11, BSDP-13, BSDP-14,
 * BSDP-21, BSDP-22, BSDP-24 … BSDP-26).
 */
import { ANY_IP4 } from '../../core/address.ts'
import { IMAGE_KIND, formatImageId, imageKind, reservedByte } from '../../wire/bsdp/image-id.ts'
import type { BsdpAnswer, BsdpRound, BsdpTalk } from '../conversations/bsdp-talk.ts'
import { allOffers, isPxeOffer } from '../conversations/conversation.ts'
import { type Draft, NO_DRAFTS, showReply } from '../scene.ts'
import { ascending, listed, quoted } from '../words.ts'
import { type BsdpTest, clientOf, serversOf, showAnswer, showRound } from './bsdp-evidence.ts'

const CLIENT_PORT = 68
const IP_AND_UDP = 28

const answered = (talk: BsdpTalk): { round: BsdpRound; answer: BsdpAnswer }[] =>
  talk.rounds.flatMap(round => round.answers.map(answer => ({ round, answer })))

/** BSDP-25. */
export const classConfusion: BsdpTest = (talk, boot, scene) => {
  const toPc = boot.asks === 'pxe' && !talk.isMac ? [...talk.strays, ...[...talk.offers.values()].flat()] : []
  const toMac = boot.asks === 'bsdp' ? allOffers(boot).filter(isPxeOffer) : []
  if (toPc.length + toMac.length === 0) return NO_DRAFTS
  const servers = ascending([...serversOf(toPc), ...toMac.map(({ server }) => server)])
  const names = listed(servers.map(scene.names.server))
  return [
    {
      rule: 'bsdp-class-confusion',
      confidence: 'seen',
      servers,
      text:
        toPc.length > 0
          ? `${names} answers a PXE client as if it were a Mac.`
          : `${names} answers a Mac as if it were a PXE client.`,
      because:
        'PXE and BSDP share ports and option 43; only the class identifier (60) tells them apart, and this responder does not look at it.',
      remedy: `Correct or replace the responder on ${names}: PXE answers belong to PXEClient, BSDP answers to AAPLBSDPC.`,
      evidence: [
        ...toPc.map(answer => showAnswer(answer, scene)),
        ...toMac.map(offer => showReply(offer, scene)),
      ],
    },
  ]
}

/** BSDP-13, BSDP-14, BSDP-21. */
export const malformedAnswer: BsdpTest = (talk, boot, scene) =>
  [
    ...answered(talk),
    ...[...talk.offers.values()].flat().map(answer => ({ round: undefined, answer })),
  ].flatMap(({ round, answer }): Draft[] => {
    const grave = faultsOf(answer, round)
    const faults = answer.strictClass ? grave : [...grave, 'option 60 is not exactly AAPLBSDPC']
    if (faults.length === 0) return []
    const name = scene.names.server(answer.server)
    return [
      {
        rule: 'bsdp-malformed-answer',
        severity: grave.length > 0 ? 'error' : 'warning',
        confidence: 'seen',
        servers: [answer.server],
        text: `an answer of ${name} is wrong: ${faults.join('; ')}.`,
        because:
          grave.length > 0
            ? 'Macs drop such an answer, or what of it cannot be read.'
            : 'Firmware takes it; Apple’s library, and so Startup Disk, drops it.',
        remedy: `Correct or replace the BSDP responder on ${name}.`,
        evidence: [
          ...(round ? [showRound(round, scene, clientOf(boot, scene))] : []),
          showAnswer(answer, scene),
        ],
      },
    ]
  })

const faultsOf = (answer: BsdpAnswer, round: BsdpRound | undefined): string[] => {
  const faults = answer.issues.filter(({ severity }) => severity !== 'oddity').map(({ message }) => message)
  if (answer.serverIdentifier === undefined) faults.push('it has no server identifier (54)')
  if (!answer.hasVendor) faults.push('it has no option 43')
  if (round && answer.yiaddr !== ANY_IP4) faults.push('it leases an address (yiaddr)')
  if (round && answer.ciaddr !== round.ciaddr) faults.push('its ciaddr is not that of the request')
  return faults
}

/** BSDP-11. */
export const wrongReplyPort: BsdpTest = (talk, boot, scene) =>
  answered(talk).flatMap(({ round, answer }): Draft[] => {
    const wanted = round.replyPort ?? CLIENT_PORT
    if (answer.port === wanted) return []
    const name = scene.names.server(answer.server)
    return [
      {
        rule: 'bsdp-wrong-reply-port',
        confidence: 'seen',
        servers: [answer.server],
        text: `${name} answers to port ${answer.port}, but was asked to answer to ${wanted}.`,
        because: 'The reply port (sub-option 5, else 68) counts, not the port that the request came from.',
        remedy: `Correct or replace the BSDP responder on ${name}.`,
        evidence: [showRound(round, scene, clientOf(boot, scene)), showAnswer(answer, scene)],
      },
    ]
  })

/** BSDP-10. */
export const badImageId: BsdpTest = (talk, _boot, scene) =>
  answered(talk).flatMap(({ round, answer }): Draft[] => {
    const faults = round.kind === 'list' && !isNearLimit(round, answer) ? idFaults(answer) : []
    if (faults.length === 0) return []
    const name = scene.names.server(answer.server)
    return [
      {
        rule: 'bsdp-bad-image-id',
        confidence: 'seen',
        servers: [answer.server],
        text: `the list of ${name} is wrong: ${faults.join('; ')}.`,
        because: 'Macs skip such images, or cannot choose one without a menu.',
        remedy: `Correct the image descriptions on ${name}.`,
        evidence: [showAnswer(answer, scene)],
      },
    ]
  })

const idFaults = ({ content }: BsdpAnswer): string[] => {
  const { images, defaultImage } = content
  const faults: string[] = []
  if (images && defaultImage !== undefined && !images.some(({ id }) => id === defaultImage))
    faults.push(`its default ${formatImageId(defaultImage)} is not in it`)
  for (const { id } of images ?? []) {
    if (id === 0) faults.push('an image has the id 0')
    else if (imageKind(id) > IMAGE_KIND.diagnostics) faults.push(`${formatImageId(id)} is of a reserved kind`)
    else if (reservedByte(id) !== 0) faults.push(`${formatImageId(id)} uses the reserved byte`)
  }
  return faults
}

/** BSDP-22: as full as the client's limit allows. */
export const truncatedList: BsdpTest = (talk, _boot, scene) =>
  answered(talk).flatMap(({ round, answer }): Draft[] => {
    if (round.kind !== 'list' || !isNearLimit(round, answer)) return []
    const name = scene.names.server(answer.server)
    const count = answer.content.images?.length ?? 0
    return [
      {
        rule: 'bsdp-truncated-list',
        confidence: 'inferred',
        servers: [answer.server],
        text: `the list of ${name} may have been cut: ${count} images fill the ${round.maxSize} bytes that the machine can take.`,
        because:
          'A server lists as many images as fit the size that the client names (sub-option 12, else option 57), and leaves out the rest in silence.',
        remedy: 'Offer fewer images to each model, or give them shorter names.',
        evidence: [showAnswer(answer, scene)],
      },
    ]
  })

const isNearLimit = ({ maxSize }: BsdpRound, { size, content }: BsdpAnswer): boolean => {
  const images = content.images ?? []
  if (images.length === 0) return false
  const usual = 7 + images.reduce((sum, { name }) => sum + name.length, 0) / images.length
  return maxSize - IP_AND_UDP - size < usual
}

/** BSDP-24. */
export const shadowPassword: BsdpTest = (talk, _boot, scene) =>
  answered(talk).flatMap(({ answer }): Draft[] => {
    const url = answer.content.shadowMountPath
    const parts = url === undefined ? null : /^([a-z]+:\/\/[^:/@]*):[^@]*@(.*)$/i.exec(url)
    if (!parts) return []
    return [
      {
        rule: 'bsdp-password-on-wire',
        confidence: 'seen',
        servers: [answer.server],
        text: `${scene.names.server(answer.server)} sends the password of a shadow volume in clear text (${quoted(`${parts[1]}:•••@${parts[2]}`)}).`,
        because:
          'Diskless Macs get the account of their writable volume by sub-option 128; whoever hears it can mount it.',
        remedy: 'Keep such images to networks whose machines are trusted.',
        evidence: [showAnswer(answer, scene)],
      },
    ]
  })

/** BSDP-26. */
export const unsolicitedAnswer: BsdpTest = (talk, boot, scene) => {
  if (talk.strays.length === 0 || (boot.asks === 'pxe' && !talk.isMac)) return NO_DRAFTS
  const servers = ascending(serversOf(talk.strays))
  const names = listed(servers.map(scene.names.server))
  return [
    {
      rule: 'bsdp-unsolicited-answer',
      confidence: talk.rounds.length > 0 ? 'seen' : 'possible',
      servers,
      text: `${names} sends a BSDP answer to which there is no request.`,
      because:
        'Macs take an answer only with the transaction id of their request; others are lost. Some tools send lists unasked.',
      remedy: `See what runs on ${names}.`,
      evidence: talk.strays.map(answer => showAnswer(answer, scene)),
    },
  ]
}
