/**
 * One machine's DHCP as it was where the machine is: its questions in order, and of each the answers that it got, from
 * whom and how long after. Copies that relays made are merged into these. Does not know what servers are.
 */
import { OTHER, clientKindOf } from '../analysis/clients/index.ts'
import { ANY_IP4, type Ip4, LIMITED_BROADCAST } from '../core/address.ts'
import { equalBytes } from '../core/bytes.ts'
import type { Micros } from '../core/micros.ts'
import { personaOf } from '../servers/foreign/recorded.ts'
import { bootItemOf } from '../protocol/pxe/request.ts'
import { DHCP_PORT } from '../wire/dhcp/message.ts'
import { messageType, serverIdentifier } from '../wire/dhcp/options.ts'
import { isFirstOfFirmware } from './habits.ts'
import type { SeenDhcp, SeenMachine } from './seen.ts'

/** The same message again within this is a copy, not a repetition. */
const COPY_WITHIN: Micros = 20_000

export interface Answer {
  readonly at: Micros
  /** After the question. */
  readonly after: Micros
  readonly seen: SeenDhcp
  /** The host that sent it. */
  readonly server: Ip4
  readonly relayed: boolean
  /** How often it came, at once. */
  readonly copies: number
}

export interface Question {
  readonly at: Micros
  readonly seen: SeenDhcp
  readonly on4011: boolean
  readonly persona: string
  readonly answers: Answer[]
}

export interface Story {
  readonly machine: SeenMachine
  /** Where the machine is, or where its relay's copies were seen. */
  readonly segment: string
  /** Its own packets were seen, and not only a relay's copies. */
  readonly direct: boolean
  /** The relay that it is behind, if it is behind one. */
  readonly relay: Ip4 | undefined
  readonly questions: readonly Question[]
}

export const storyOf = (machine: SeenMachine): Story | undefined => {
  const requests = bootsIn(machine)
  if (requests.length === 0) return undefined
  const own = requests.filter(({ message }) => message.giaddr === ANY_IP4)
  const direct = own.length > 0
  const asked = direct ? own : requests
  const { segment } = asked[0]!
  const here = asked.filter(seen => seen.segment === segment)
  const questions = withoutCopies(here).map((seen): Question => ({
    at: seen.at,
    seen,
    on4011: seen.targetPort === DHCP_PORT.bootServer,
    persona: personaOf(seen.message),
    answers: [],
  }))
  const relay = requests.find(({ message }) => message.giaddr !== ANY_IP4)?.message.giaddr
  addAnswers(machine, questions, segment, direct)
  return { machine, segment, direct, relay, questions }
}

/** Of a machine that boots, what its firmware asked; an operating system asks for itself. */
const bootsIn = ({ messages, boots }: SeenMachine): SeenDhcp[] => {
  const requests = messages.filter(seen => seen.isRequest && isAsked(seen))
  const ofFirmware = requests.filter(({ message }) => clientKindOf(message) !== OTHER)
  if (requests[0] && isFirstOfFirmware(requests[0].message)) return requests
  if (ofFirmware.length > 0) return ofFirmware
  return boots.some(({ transfers }) => transfers.length > 0) ? requests : []
}

/** What is answered: no RELEASE, no DECLINE. */
const isAsked = ({ message }: SeenDhcp): boolean => {
  const type = messageType(message) ?? 'discover'
  return type === 'discover' || type === 'request' || type === 'inform'
}

const withoutCopies = (list: readonly SeenDhcp[]): SeenDhcp[] =>
  list.filter(
    (seen, at) =>
      !list
        .slice(Math.max(0, at - 4), at)
        .some(before => seen.at - before.at < COPY_WITHIN && equalBytes(before.payload, seen.payload)),
  )

const addAnswers = (
  machine: SeenMachine,
  questions: readonly Question[],
  segment: string,
  direct: boolean,
): void => {
  const replies = machine.messages.filter(
    seen =>
      !seen.isRequest &&
      seen.segment === segment &&
      (direct ? !isToRelay(seen) : seen.message.giaddr !== ANY_IP4),
  )
  const byVoice = new Map<string, SeenDhcp[]>()
  for (const seen of withoutCopies(replies)) {
    const key = voiceOf(seen, hostOf(seen, machine))
    const list = byVoice.get(key)
    if (list) list.push(seen)
    else byVoice.set(key, [seen])
  }
  const copiesOf = (seen: SeenDhcp): number =>
    replies.filter(
      other =>
        other.at >= seen.at &&
        other.at - seen.at < COPY_WITHIN &&
        other.target === seen.target &&
        equalBytes(other.payload, seen.payload),
    ).length
  for (const list of byVoice.values()) addVoice(machine, questions, list, copiesOf)
  for (const { answers } of questions) answers.sort((a, b) => a.at - b.at || a.seen.frame - b.seen.frame)
}

/** From a server to a relay, and not yet to the machine. */
const isToRelay = ({ message, targetPort, target }: SeenDhcp): boolean =>
  message.giaddr !== ANY_IP4 && targetPort === DHCP_PORT.server && target !== LIMITED_BROADCAST

/** One server that says one thing in one transaction. */
const voiceOf = ({ message, sourcePort }: SeenDhcp, server: Ip4): string => {
  const { xid, yiaddr, siaddr, file } = message
  const type = messageType(message) ?? 'bootp'
  return JSON.stringify([server, xid, type, yiaddr, siaddr, file, sourcePort, message.options.length])
}

/** Several questions and as many answers: one each, in order. Else each answer is to the last question before it. */
const addVoice = (
  machine: SeenMachine,
  questions: readonly Question[],
  list: readonly SeenDhcp[],
  copiesOf: (seen: SeenDhcp) => number,
): void => {
  const fitting = questions.filter(question => fits(question, list[0]!))
  const before = fitting.filter(({ at }) => at <= list.at(-1)!.at)
  const isOneEach = before.length === list.length
  list.forEach((seen, index) => {
    const heard = fitting.filter(({ at }) => at <= seen.at)
    const question = (isOneEach && before[index]!.at <= seen.at ? before[index] : undefined) ?? heard.at(-1)
    question?.answers.push({
      at: seen.at,
      after: seen.at - question.at,
      seen,
      server: hostOf(seen, machine),
      relayed: seen.message.giaddr !== ANY_IP4,
      copies: seen.message.giaddr === ANY_IP4 ? copiesOf(seen) : 1,
    })
  })
}

const fits = ({ seen: asked, on4011 }: Question, reply: SeenDhcp): boolean => {
  if (asked.message.xid !== reply.message.xid) return false
  const isOffer = isOfferLike(reply)
  const isDiscover = (messageType(asked.message) ?? 'discover') === 'discover'
  if (isOffer !== isDiscover) return false
  if (isOffer) return true
  const from4011 = reply.sourcePort === DHCP_PORT.bootServer || reply.targetPort === DHCP_PORT.bootServer
  return from4011 === on4011 || (bootItemOf(asked.message) !== undefined && from4011)
}

const isOfferLike = ({ message }: SeenDhcp): boolean => {
  const type = messageType(message)
  return type === 'offer' || type === undefined
}

/** Behind a relay the sender shows in the copy that the relay got, else by what the message says of itself. */
const hostOf = (seen: SeenDhcp, machine: SeenMachine): Ip4 => {
  const { message, source } = seen
  if (message.giaddr === ANY_IP4) return source
  const named = serverIdentifier(message)
  const copy = machine.messages.findLast(
    other =>
      !other.isRequest &&
      isToRelay(other) &&
      other.at <= seen.at &&
      other.message.xid === message.xid &&
      messageType(other.message) === messageType(message) &&
      serverIdentifier(other.message) === named &&
      other.message.siaddr === message.siaddr &&
      other.message.yiaddr === message.yiaddr,
  )
  if (copy) return copy.source
  if (isToRelay(seen)) return source
  if (named !== undefined && named !== message.giaddr) return named
  return message.siaddr !== ANY_IP4 ? message.siaddr : source
}
