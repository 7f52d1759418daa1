/**
 * Questions by DHCP messages and the answers to them. An answer is told by transaction id and hardware address, as a
 * client does it (E-10), and by its sender: others may answer a broadcast too.
 */
import { type Endpoint, type Ip4, LIMITED_BROADCAST, formatEndpoint } from '../../core/address.ts'
import { equalBytes } from '../../core/bytes.ts'
import type { Issue } from '../../core/decoded.ts'
import { decodeDhcp, encodeDhcp } from '../../wire/dhcp/codec.ts'
import { BOOTREPLY, DHCP_PORT, type DhcpMessage, type MessageType } from '../../wire/dhcp/message.ts'
import { first, messageType } from '../../wire/dhcp/options.ts'
import { fail } from '../judgement.ts'
import type { Heard, Probe, ProbeSocket, Procedure } from './probe.ts'

export interface Answer {
  readonly message: DhcpMessage
  readonly issues: readonly Issue[]
  /** Undefined for BOOTP. */
  readonly type: MessageType | undefined
  readonly heard: Heard
  readonly bytes: Uint8Array
}

export interface Question {
  readonly socket: ProbeSocket
  /** Where the answer is to come; default: where the question came from. */
  readonly hears?: ProbeSocket
  readonly message: DhcpMessage
  /** Default: broadcast to 67. */
  readonly to?: Endpoint
  /** In place of the encoded message. */
  readonly bytes?: Uint8Array
}

export const BROADCAST: Endpoint = { ip: LIMITED_BROADCAST, port: DHCP_PORT.server }

/** How often a question is repeated before silence counts: a packet may be lost. */
const TRIES = 3

export const withXid = (probe: Probe, message: DhcpMessage): DhcpMessage =>
  message.xid === 0 ? { ...message, xid: probe.random.u32() } : message

/** The first answer of the server, or undefined after three tries. */
export function* answerTo(probe: Probe, question: Question): Procedure<Answer | undefined> {
  const asked = { ...question, message: withXid(probe, question.message) }
  const since = earOf(asked).heard.length
  for (let tries = 0; tries < TRIES; tries++) {
    put(asked)
    const came = yield* probe.until(() => answers(probe, asked, since).length > 0, probe.patience.answer)
    if (came) return answers(probe, asked, since)[0]
  }
  return undefined
}

/** Fails where none comes. */
export function* mustAnswer(probe: Probe, question: Question, what: string): Procedure<Answer> {
  const since = earOf(question).heard.length
  const answer = yield* answerTo(probe, question)
  if (answer) return answer
  const others = earOf(question).heard.slice(since)
  return fail(
    others.length === 0
      ? `no answer to ${what}`
      : `no answer to ${what} from ${formatEndpoint({ ip: probe.server.address, port: DHCP_PORT.server })}; ${formatEndpoint(others[0]!.from)} answered`,
  )
}

/** Everything that the server answers until silence is believed; asked once. */
export function* allAnswers(probe: Probe, question: Question): Procedure<readonly Answer[]> {
  const asked = { ...question, message: withXid(probe, question.message) }
  const since = earOf(asked).heard.length
  put(asked)
  yield* probe.wait(probe.patience.silence)
  return answers(probe, asked, since)
}

/** Fails where an answer comes. */
export function* mustBeSilent(probe: Probe, question: Question, what: string): Procedure {
  const [answer] = yield* allAnswers(probe, question)
  if (answer) fail(`it answered ${what} with ${nameOf(answer)}`)
}

export const nameOf = ({ type }: Answer): string =>
  type === undefined ? 'a BOOTP reply' : type.toUpperCase()

const earOf = ({ socket, hears = socket }: Question): ProbeSocket => hears

export const put = ({ socket, message, bytes, to = BROADCAST }: Question): void =>
  void socket.send(to, bytes ?? encodeDhcp(message))

/** Of the server, to this question, in order. */
export const answers = (
  probe: Probe,
  { socket, hears = socket, message, to }: Question,
  since = 0,
): Answer[] =>
  hears.heard.slice(since).flatMap(heard => {
    const answer = readAnswer(heard)
    if (!answer || answer.message.xid !== message.xid) return []
    if (!equalBytes(answer.message.chaddr.subarray(0, 6), message.chaddr.subarray(0, 6))) return []
    // Whoever is asked alone may answer from another address of its own; clauses judge that.
    const isAskedAlone = to !== undefined && to.ip === probe.server.address
    return isAskedAlone || heard.from.ip === probe.server.address ? [answer] : []
  })

export const readAnswer = (heard: Heard): Answer | undefined => {
  const read = decodeDhcp(heard.payload)
  if (!read.ok || read.value.op !== BOOTREPLY) return undefined
  const { value: message, issues } = read
  return { message, issues, type: messageType(message), heard, bytes: heard.payload }
}

/** `PXEClient` begins option 60. */
export const hasClass = ({ message }: Answer, name: string): boolean => {
  const value = first(message, 60)
  return value !== undefined && String.fromCharCode(...value).startsWith(name)
}

export const bootServerPort = (ip: Ip4): Endpoint => ({ ip, port: DHCP_PORT.bootServer })
