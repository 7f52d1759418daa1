/**
 * What a capture shows of one machine, in the few words by which two captures are compared: who leased, who won, in which
 * order it asked, which files it got and how that ended, and which kinds of packets there were. Does not compare.
 */
import type { Boot } from '../analysis/analyzer.ts'
import { ANY_IP4, type Ip4, LIMITED_BROADCAST, formatIp4, isMulticast } from '../core/address.ts'
import type { Micros } from '../core/micros.ts'
import { messageType, serverIdentifier } from '../wire/dhcp/options.ts'
import type { Story } from './story.ts'

export interface MachineFacts {
  /** `discover offer request ack bootServer ack`, then `rrq name`; each kind once in a row. */
  readonly kinds: readonly string[]
  readonly lease: string | null
  readonly leaseFrom: string | null
  /** Servers that it asked by name: in REQUESTs, on port 4011, by TFTP. */
  readonly asked: readonly string[]
  readonly files: readonly string[]
  /** Whose file it fetched, or tried to, last. */
  readonly winner: string | null
  readonly file: string | null
  /** As far as seen. */
  readonly outcome: SeenOutcome
  /** From its first question to its last packet. */
  readonly span: Micros
}

export type SeenOutcome =
  'loaded' | 'file refused' | 'no file' | 'denied' | 'leased only' | 'unanswered' | 'no lease'

export const factsOf = (story: Story): MachineFacts => {
  const { questions, machine } = story
  const first = questions[0]!.at
  const boots = machine.boots.filter(({ lastAt }) => lastAt >= first)
  const transfers = boots.flatMap(boot => boot.transfers).sort((a, b) => a.seen.at - b.seen.at)
  const lease = leaseIn(story)
  const last = transfers.findLast(({ end }) => end?.kind !== 'sizeQuery') ?? transfers.at(-1)
  return {
    kinds: kindsOf(story, transfers),
    lease: lease ? formatIp4(lease.address) : null,
    leaseFrom: lease ? formatIp4(lease.server) : null,
    asked: withoutRepeats([...askedIn(story), ...transfers.map(({ server }) => formatIp4(server))]),
    files: withoutRepeats(transfers.map(fileText)),
    winner: last ? formatIp4(last.server) : null,
    file: last?.file ?? null,
    outcome: outcomeOf(story, transfers, lease !== undefined),
    span: Math.max(...boots.map(({ lastAt }) => lastAt), questions.at(-1)!.at) - first,
  }
}

type Transfer = Boot['transfers'][number]

const leaseIn = ({ questions }: Story): { address: Ip4; server: Ip4 } | undefined => {
  for (const { answers, on4011 } of questions.toReversed())
    for (const { seen, server } of answers) {
      const { message } = seen
      if (!on4011 && messageType(message) === 'ack' && message.yiaddr !== ANY_IP4)
        return { address: message.yiaddr, server: serverIdentifier(message) ?? server }
    }
  return undefined
}

const askedIn = ({ questions }: Story): string[] =>
  questions.flatMap(({ seen, on4011 }) => {
    if (messageType(seen.message) === 'discover') return []
    const named = on4011 && isHost(seen.target) ? seen.target : serverIdentifier(seen.message)
    return named === undefined ? [] : [formatIp4(named)]
  })

const isHost = (ip: Ip4): boolean => ip !== ANY_IP4 && ip !== LIMITED_BROADCAST && !isMulticast(ip)

const fileText = ({ server, file, end, bytes, unreachable, answered }: Transfer): string => {
  const how =
    end?.kind === 'completed'
      ? `${bytes} bytes`
      : end?.kind === 'sizeQuery'
        ? 'size only'
        : end
          ? `${end.kind} ${end.code}`
          : unreachable
            ? 'unreachable'
            : answered
              ? 'broke off'
              : 'unanswered'
  return `${formatIp4(server)} ${file}: ${how}`
}

const kindsOf = ({ questions }: Story, transfers: readonly Transfer[]): string[] => {
  const events: { at: Micros; text: string }[] = []
  for (const { at, seen, on4011, answers } of questions) {
    const type = messageType(seen.message) ?? 'bootp'
    events.push({ at, text: on4011 ? `${type} 4011` : type })
    for (const answer of answers)
      events.push({ at: answer.at, text: messageType(answer.seen.message) ?? 'bootp reply' })
  }
  for (const { seen, file } of transfers) events.push({ at: seen.at, text: `rrq ${file}` })
  return withoutRepeats(events.sort((a, b) => a.at - b.at).map(({ text }) => text))
}

const withoutRepeats = (list: readonly string[]): string[] => list.filter((one, at) => one !== list[at - 1])

const outcomeOf = ({ questions }: Story, transfers: readonly Transfer[], leased: boolean): SeenOutcome => {
  const last = transfers.at(-1)
  if (transfers.some(({ end }) => end?.kind === 'completed') && last?.end?.kind === 'completed')
    return 'loaded'
  if (last?.end?.kind === 'serverError' || last?.end?.kind === 'clientError') return 'file refused'
  if (last) return last.end?.kind === 'sizeQuery' ? 'leased only' : 'no file'
  if (leased) return 'leased only'
  const answers = questions.flatMap(question => question.answers)
  if (answers.some(({ seen }) => messageType(seen.message) === 'nak')) return 'denied'
  return answers.length > 0 ? 'no lease' : 'unanswered'
}
