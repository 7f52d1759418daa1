/**
 * BSDP requests that came to nothing: refused, unanswered, answered too late, or followed by something else (BSDP-12,
 * BSDP-15 … BSDP-19, BSDP-30).
 */
import { type Micros, SECOND } from '../../core/micros.ts'
import { BSDP_MESSAGE } from '../../wire/bsdp/content.ts'
import { type BsdpAnswer, type BsdpTalk, acceptedOf, roundsOf } from '../conversations/bsdp-talk.ts'
import type { Boot } from '../conversations/conversation.ts'
import type { Transfer } from '../conversations/transfer.ts'
import { type Draft, NO_DRAFTS, evidence, isOver, showSpan } from '../scene.ts'
import { quoted, sameFile } from '../words.ts'
import { type BsdpTest, clientOf, showAnswer, showRound } from './bsdp-evidence.ts'

const FIRST_UNPRIVILEGED = 1024

/** BSDP-12. */
export const unprivilegedReplyPort: BsdpTest = (talk, boot, scene) => {
  const round = talk.rounds.find(({ replyPort = 0 }) => replyPort >= FIRST_UNPRIVILEGED)
  if (!round) return NO_DRAFTS
  return [
    {
      rule: 'bsdp-unprivileged-reply-port',
      confidence: 'seen',
      servers: [],
      text: `the machine wants its answers at port ${round.replyPort}, which servers ignore.`,
      because: 'A reply port (sub-option 5) must be below 1024; Apple’s servers are silent to others.',
      remedy: 'Run the tool that asks with the right to open a privileged port.',
      evidence: [showRound(round, scene, clientOf(boot, scene))],
    },
  ]
}

const LOOP: Micros = 10 * SECOND

/** BSDP-15. */
export const selectFailed: BsdpTest = (talk, boot, scene) =>
  roundsOf(talk, 'select').flatMap((round): Draft[] => {
    const failure = round.answers.find(({ content }) => content.messageType === BSDP_MESSAGE.failed)
    if (!failure) return []
    const again = talk.rounds.find(({ kind, seen }) => kind === 'list' && seen.at > failure.seen.at)
    const loops = again !== undefined && again.seen.at - failure.seen.at < LOOP - SECOND / 2
    const name = scene.names.server(failure.server)
    return [
      {
        rule: 'bsdp-select-failed',
        confidence: 'seen',
        servers: [failure.server],
        text: `${name} says FAILED to a SELECT${loops ? ', and the machine asks again without the pause of ten seconds' : ''}.`,
        because:
          'The image is not for this machine any more, or what it needs cannot be prepared: all AFP accounts in use, no space for the shadow volume, no boot file.',
        remedy: `See the log of ${name}; free AFP accounts, or correct the image.`,
        evidence: [showRound(round, scene, clientOf(boot, scene)), showAnswer(failure, scene)],
      },
    ]
  })

/** BSDP-16: over all tries, as each may have an xid of its own. */
export const unansweredList: BsdpTest = (talk, boot, scene) => {
  const lists = roundsOf(talk, 'list')
  const last = lists.at(-1)
  const tries = lists.reduce((sum, { count }) => sum + count, 0)
  if (!last || tries < 2 || lists.some(({ answers }) => answers.length > 0)) return NO_DRAFTS
  return [
    {
      rule: 'bsdp-list-unanswered',
      confidence: scene.showsUnicasts(boot.segment) ? 'inferred' : 'possible',
      servers: [],
      text: 'the machine asks for NetBoot images, and nobody answers.',
      because:
        'Servers are silent to models, machines and architectures for which they have no image, to a filter that nothing matches, to unknown versions and to reply ports from 1024 on; or there is no server, or a switch drops its answers.',
      remedy:
        'See which images are enabled for this model and MAC, and that the BSDP service runs and is reached.',
      evidence: [
        showRound(lists[0]!, scene, clientOf(boot, scene)),
        showRound(last, scene, clientOf(boot, scene)),
      ],
    },
  ]
}

/** BSDP-17. */
export const unansweredSelect: BsdpTest = (talk, boot, scene) => {
  const selects = roundsOf(talk, 'select')
  return selects.flatMap((round): Draft[] => {
    const { server } = round
    if (server === undefined || selects.some(other => other.server === server && answersItself(other)))
      return []
    const tries = selects.filter(other => other.server === server).reduce((sum, { count }) => sum + count, 0)
    if (round !== selects.findLast(other => other.server === server)) return []
    if (tries < 2 && !isOver(boot, scene, round.lastAt)) return []
    const name = scene.names.server(server)
    return [
      {
        rule: 'bsdp-select-unanswered',
        confidence: scene.showsUnicasts(boot.segment) ? 'inferred' : 'possible',
        servers: [server],
        text: `${name} does not answer the SELECT of an image it listed.`,
        because: 'It stopped, does not hear the broadcast, or its answer is lost.',
        remedy: `See that the BSDP service on ${name} runs and that SELECT broadcasts reach it.`,
        evidence: [showRound(round, scene, clientOf(boot, scene))],
      },
    ]
  })
}

const answersItself = ({ server, answers }: { server: unknown; answers: readonly BsdpAnswer[] }): boolean =>
  answers.some(answer => answer.server === server)

/** The answer that the Mac is to follow: the last ACK[SELECT] of whom it selected, else the only BSDP OFFER. */
const acceptedAnswer = (talk: BsdpTalk): { answer: BsdpAnswer; inSystem: boolean } | undefined => {
  const round = roundsOf(talk, 'select').findLast(each => acceptedOf(each) !== undefined)
  const offers = [...talk.offers.values()].at(-1) ?? []
  const [offer] = offers
  if (offer && offers.length === 1 && (!round || offer.seen.at > round.seen.at))
    return { answer: offer, inSystem: false }
  return round && { answer: acceptedOf(round)!, inSystem: round.replyPort !== undefined }
}

const transfersAfter = (boot: Boot, { seen }: BsdpAnswer): Transfer[] =>
  boot.transfers.filter(transfer => transfer.seen.at >= seen.at)

/** BSDP-18. */
export const loadedElsewhere: BsdpTest = (talk, boot, scene) => {
  const accepted = acceptedAnswer(talk)
  const transfer = accepted && transfersAfter(boot, accepted.answer)[0]
  if (!accepted || !transfer) return NO_DRAFTS
  const { answer } = accepted
  const elsewhere = transfer.server !== answer.siaddr && transfer.server !== answer.server
  const other = answer.file !== '' && !sameFile(transfer.file, answer.file)
  if (!elsewhere && !other) return NO_DRAFTS
  return [
    {
      rule: 'bsdp-loaded-elsewhere',
      confidence: 'seen',
      servers: [answer.server, transfer.server],
      text: `the machine loads ${quoted(transfer.file)} from ${scene.names.server(transfer.server)}, although ${scene.names.server(answer.server)} had given it ${quoted(answer.file)}.`,
      because: 'It followed another answer than that of the server it had selected.',
      remedy: 'Find who else answers the SELECT of this machine, and stop that.',
      evidence: [
        showAnswer(answer, scene),
        evidence(transfer.seen, `TFTP request to ${scene.names.server(transfer.server)}`),
      ],
    },
  ]
}

/** BSDP-19, as far as the TFTP rules do not tell it. */
export const notLoaded: BsdpTest = (talk, boot, scene) => {
  const accepted = acceptedAnswer(talk)
  if (!accepted || accepted.inSystem || !scene.showsUnicasts(boot.segment)) return NO_DRAFTS
  if (boot.address === undefined) return NO_DRAFTS // TFTP of it could not be told from that of others
  const { answer } = accepted
  const file = answer.siaddr
  if (boot.arps.get(file)?.answered === false) return NO_DRAFTS // told as an unreachable TFTP server
  if (transfersAfter(boot, answer).length > 0 || !isOver(boot, scene, answer.seen.at, LOOP)) return NO_DRAFTS
  return [
    {
      rule: 'bsdp-not-loaded',
      confidence: 'inferred',
      servers: [answer.server],
      text: `${scene.names.server(answer.server)} told the machine what to load, and it does not ask for it.`,
      because: 'The answer did not arrive, was not understood, or names nothing to load.',
      remedy: `Compare the answer of ${scene.names.server(answer.server)} with what this model takes.`,
      evidence: [showAnswer(answer, scene)],
    },
  ]
}

/** The longest that a Mac gathers. */
const GATHER: Micros = 4 * SECOND

/** BSDP-30. */
export const lateAnswer: BsdpTest = (talk, boot, scene) =>
  roundsOf(talk, 'list').flatMap((round): Draft[] => {
    const [first] = round.answers
    return round.answers.flatMap((answer): Draft[] => {
      const after = first ? answer.seen.at - first.seen.at : 0
      if (after <= GATHER) return []
      const name = scene.names.server(answer.server)
      return [
        {
          rule: 'bsdp-late-answer',
          confidence: 'seen',
          servers: [answer.server],
          text: `${name} answers ${showSpan(after)} after the first server: Macs have chosen by then.`,
          because: 'A Mac gathers lists for two to four seconds after the first.',
          remedy: `See what keeps ${name} from answering sooner.`,
          evidence: [showRound(round, scene, clientOf(boot, scene)), showAnswer(answer, scene)],
        },
      ]
    })
  })
