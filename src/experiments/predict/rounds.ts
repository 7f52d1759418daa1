/**
 * Which captured answer belongs to which DISCOVER, and from that what each server would say to a DISCOVER of another
 * moment: at once and every time, as PXE servers do; all together when it is ready, as a DHCP server does that pings
 * an address first; or not before a link, a relay or a value of `secs` let it hear. Does not send.
 */
import { type Boot, allOffers, isLease } from '../../analysis/conversations/conversation.ts'
import type { Reply } from '../../analysis/conversations/reply.ts'
import { formatIp4, ip4Number } from '../../core/address.ts'
import { MILLISECOND, type Micros, toSeconds } from '../../core/micros.ts'

/** Where the capture does not tell how fast an answer was. */
export const USUAL_DELAY: Micros = MILLISECOND
/** An answer that comes so soon after a DISCOVER is its own, where there are fewer answers than DISCOVERs. */
const PROMPT: Micros = 100 * MILLISECOND
/** A lease offer that takes so long waited for a ping, which is not repeated for the next DISCOVER. */
const PINGS_FROM: Micros = 500 * MILLISECOND
/** Real firmware and its model do not send at the same microsecond. */
const SAME_ROUND: Micros = 100 * MILLISECOND
/** A DISCOVER without an answer says something about those soon after it. */
const NEARBY: Micros = 1_000 * MILLISECOND

/** One captured DISCOVER, with what one server answered it. */
interface Round {
  /** After the machine's first DISCOVER. */
  readonly at: Micros
  readonly xid: number | undefined
  readonly answers: Answer[]
}

interface Answer {
  readonly reply: Reply
  /** After the machine's first DISCOVER. */
  readonly at: Micros
}

/** What comes of a DISCOVER. */
export interface Coming {
  readonly reply: Reply
  readonly after: Micros
  /** Only if no other DISCOVER is sent until then. */
  readonly onlyIfLast: boolean
}

/** One server in one part: the same host may lease and be a proxy, in two packets. */
interface Voice {
  readonly rounds: readonly Round[]
  /** The rounds with the first and the last answer. */
  readonly first: number
  readonly last: number
  /** Its first answer, after the machine's first DISCOVER. */
  readonly readyAt: Micros
  /** Until it is ready nothing is answered; then everything that waits. */
  readonly waitsUntilReady: boolean
  /** Until when an answer would have been captured. */
  readonly heardUntil: Micros
}

export class CapturedRounds {
  readonly #voices: readonly Voice[]
  /** The last DISCOVER of the capture, after the first. */
  readonly #lastAt: Micros

  constructor(boot: Boot) {
    const sent = discoversOf(boot)
    const said = answersOf(boot)
    const begin = Math.min(...sent.map(({ at }) => at), ...said.map(({ at }) => at))
    // A capture that begins in the middle: the order is known, the first delay is not.
    const discovers = (sent.length > 0 ? sent : [{ at: begin, xid: undefined }]).map(({ at, xid }) => ({
      at: at - begin,
      xid,
    }))
    const answers = said.map(({ at, ...rest }) => ({ ...rest, at: at - begin }))
    const voices = new Set(answers.map(({ reply }) => voiceOf(reply)))
    const firstHeard = Math.min(...answers.map(({ at }) => at))
    const heardUntil = boot.lastAt - begin
    this.#voices = Array.from(voices, voice =>
      voiceFrom(
        discovers,
        answers.filter(({ reply }) => voiceOf(reply) === voice),
        firstHeard,
        heardUntil,
      ),
    )
    this.#lastAt = discovers.at(-1)!.at
  }

  /** Of a DISCOVER sent so long after the first one; what the capture does not show of it goes to `assumed`. */
  answersTo(sent: Micros, assumed: Set<string>): Coming[] {
    if (sent > this.#lastAt + SAME_ROUND)
      assumed.add('later DISCOVERs are answered as the captured ones, and by nobody else')
    return this.#voices.flatMap(voice => answersOfVoice(voice, sent, assumed))
  }
}

const voiceOf = (reply: Reply): string => `${ip4Number(reply.server)} ${isLease(reply)} ${reply.pxe}`

const discoversOf = (boot: Boot): { at: Micros; xid: number | undefined }[] =>
  boot.exchanges
    .flatMap(({ xid, discoverAts }) => discoverAts.map(at => ({ at, xid })))
    .toSorted((a, b) => a.at - b.at)

const answersOf = (boot: Boot): (Answer & { readonly xid: number })[] =>
  boot.exchanges
    .flatMap(({ xid, offers }) =>
      offers.filter(offer => offer.payload).flatMap(reply => reply.ats.map(at => ({ reply, at, xid }))),
    )
    .toSorted((a, b) => a.at - b.at || a.reply.seen.frame - b.reply.seen.frame)

const voiceFrom = (
  discovers: readonly { readonly at: Micros; readonly xid: number | undefined }[],
  answers: readonly (Answer & { readonly xid: number })[],
  firstHeard: Micros,
  heardUntil: Micros,
): Voice => {
  const rounds: Round[] = discovers.map(({ at, xid }) => ({ at, xid, answers: [] }))
  const lastAt = answers.at(-1)!.at
  for (const { reply, at, xid } of answers) {
    const heard = rounds.filter(round => round.at <= at)
    const same = heard.filter(round => round.xid === xid)
    const asked = same.length > 0 ? same : heard.length > 0 ? heard : rounds.slice(0, 1)
    const isEachAnswered =
      answers.filter(other => other.xid === xid).length >=
      rounds.filter(round => round.xid === xid && round.at <= lastAt).length
    askedBy(asked, at, isEachAnswered).answers.push({ reply, at })
  }
  const first = rounds.findIndex(round => round.answers.length > 0)
  const last = rounds.findLastIndex(round => round.answers.length > 0)
  const readyAt = answers[0]!.at
  const leases = isLease(answers[0]!.reply)
  const isSlow = readyAt - rounds[first]!.at >= PINGS_FROM
  const isSteady = rounds.some(
    (round, i) => i !== first && round.at < readyAt && round.answers.some(({ at }) => at > readyAt + PROMPT),
  )
  // Others were heard before: it is this server that did not answer, and not the link that was not there.
  const isBehind = first > 0 && firstHeard < rounds[first]!.at
  return {
    rounds,
    first,
    last,
    readyAt,
    waitsUntilReady: leases && !isSteady && (isSlow || isBehind),
    heardUntil,
  }
}

const askedBy = (asked: readonly Round[], at: Micros, isEachAnswered: boolean): Round => {
  const latest = asked.at(-1)!
  const open = asked.filter(round => round.answers.length === 0)
  if (!isEachAnswered && open.includes(latest) && at - latest.at <= PROMPT) return latest
  return open[0] ?? latest
}

const answersOfVoice = (voice: Voice, sent: Micros, assumed: Set<string>): Coming[] => {
  const { rounds, first, readyAt, waitsUntilReady } = voice
  const i = rounds.findLastIndex(round => round.at <= sent + SAME_ROUND)
  const round = rounds[i]
  if (!round) return []
  const isCaptured = sent <= round.at + SAME_ROUND
  if (waitsUntilReady && sent < readyAt && i >= first) {
    const answered = round.answers.length > 0 ? round : rounds[first]!
    if (!isCaptured || answered !== round)
      assumed.add(`${nameOf(voice)} answers ${toSeconds(readyAt)} s after the first DISCOVER, not after each`)
    return coming(answered, ({ at }) => at - sent)
  }
  if (i < first) {
    if (waitsUntilReady) return coming(rounds[first]!, ({ at }) => at - sent, true)
    if (!isCaptured)
      assumed.add(`${nameOf(voice)} answers no DISCOVER before ${toSeconds(rounds[first]!.at)} s`)
    return []
  }
  if (round.answers.length > 0) {
    if (waitsUntilReady && !isCaptured) return coming(round, () => promptDelay(voice))
    return coming(round, ({ at }) => at - round.at)
  }
  if (isSilence(voice, i, sent)) return []
  const before = rounds.findLast((other, j) => j < i && other.answers.length > 0)!
  return coming(before, ({ at }) => (waitsUntilReady ? promptDelay(voice) : at - before.at))
}

const nameOf = ({ rounds, first }: Voice): string => formatIp4(rounds[first]!.answers[0]!.reply.server)

/** It fell silent: for good, or as long as the capture shows. */
const isSilence = ({ rounds, first, last, readyAt, heardUntil }: Voice, i: number, sent: Micros): boolean => {
  const round = rounds[i]!
  const usual = readyAt - rounds[first]!.at
  if (round.at + usual + PROMPT > heardUntil) return false
  return sent - round.at < NEARBY || i > last + 1
}

const coming = (round: Round, after: (answer: Answer) => Micros, onlyIfLast = false): Coming[] =>
  round.answers.map(answer => ({
    reply: answer.reply,
    after: Math.max(0, after(answer)),
    onlyIfLast,
  }))

/** Once it was ready. */
const promptDelay = ({ rounds, readyAt }: Voice): Micros =>
  Math.min(
    USUAL_DELAY,
    ...rounds
      .filter(round => round.at >= readyAt)
      .flatMap(round => round.answers.map(({ at }) => at - round.at)),
  )

/** Every offer that keeps its bytes, in order of arrival. */
export const offersInOrder = (boot: Boot): Reply[] =>
  allOffers(boot)
    .filter(offer => offer.payload)
    .toSorted((a, b) => a.seen.at - b.seen.at || a.seen.frame - b.seen.frame)
