/**
 * What one server said to whom, put together from the stories of all machines: each message once, and the questions that
 * it answered. Machines that were answered alike need not be named. Does not say where the server stands.
 */
import { ANY_IP4, type Ip4, LIMITED_BROADCAST, type Mac, formatIp4, formatMac } from '../core/address.ts'
import { latin1Text } from '../core/bytes.ts'
import { type Micros, SECOND } from '../core/micros.ts'
import { QUESTIONS, type QuestionKind } from '../servers/foreign/recorded-form.ts'
import { questionIn, replyPortOf } from '../servers/foreign/recorded.ts'
import { DHCP_PORT } from '../wire/dhcp/message.ts'
import { OPTION, classIdentifier, first, messageType, serverIdentifier } from '../wire/dhcp/options.ts'
import { architectureName, clientArchitecture } from '../wire/pxe/client.ts'
import { type MessageForm, messageForm } from './message-form.ts'
import type { Answer, Question, Story } from './story.ts'
import { durationText, rangeText } from './written-times.ts'

export interface RecordedForm {
  readonly messages: Readonly<Record<string, MessageForm>>
  readonly answers: readonly Readonly<Record<string, unknown>>[]
  readonly leases: readonly { readonly mac: string; readonly address: string }[]
  /** First frame of each message, by name; how many there were. */
  readonly frames: Readonly<Record<string, { readonly first: number; readonly count: number }>>
}

/** One answer to one question of one machine. */
interface Row {
  readonly mac: Mac
  readonly kind: QuestionKind
  readonly nth: number
  /** Nothing of this kind was asked after it. */
  readonly isLast: boolean
  readonly says: string
  readonly delay: Micros
  readonly arch: string | undefined
  readonly vendorClass: string
  readonly userClass: string
  readonly persona: string
  readonly sentTo: 'broadcast' | 'client' | 'replyPort' | undefined
  readonly port: number | undefined
  readonly copies: number
  readonly races: boolean
}

/** `overhead`: what the way there and back takes of every delay, by machine and relay. */
export const recordedOf = (
  server: Ip4,
  stories: readonly Story[],
  delayOf: (story: Story, question: Question, answer: Answer) => Micros,
  lastAt: Micros,
): RecordedForm => {
  const identities = identitiesOf(server, stories)
  const messages = new Messages()
  const leases = new Map<Mac, Ip4>()
  const rows: Row[] = []
  for (const story of stories) {
    const { mac } = story.machine
    for (const { question, kind, nth, isLast } of questionsTo(server, identities, story, lastAt)) {
      const own = question.answers.filter(answer => answer.server === server)
      for (const answer of own) {
        const { message } = answer.seen
        if (message.yiaddr !== ANY_IP4) leases.set(mac, leases.get(mac) ?? message.yiaddr)
        const lease = leases.get(mac)
        const isOther = message.yiaddr !== ANY_IP4 && message.yiaddr !== lease
        rows.push({
          mac,
          kind,
          nth,
          isLast,
          persona: question.persona,
          says: messages.nameOf(answer, question, isOther),
          delay: Math.max(0, delayOf(story, question, answer)),
          arch: archOf(question),
          vendorClass: classIdentifier(question.seen.message) ?? '',
          userClass: userClassOf(question),
          sentTo: sentToOf(question, answer),
          port: portOf(question, answer),
          copies: Math.min(64, answer.copies),
          races: isRace(kind, question),
        })
      }
    }
  }
  return {
    messages: messages.forms,
    answers: answersOf(rows),
    leases: [...leases].map(([mac, ip]) => ({ mac: formatMac(mac), address: formatIp4(ip) })),
    frames: messages.frames,
  }
}

/** By which names it is asked. */
const identitiesOf = (server: Ip4, stories: readonly Story[]): ReadonlySet<Ip4> => {
  const found = new Set([server])
  for (const { questions } of stories)
    for (const { answers } of questions)
      for (const answer of answers) {
        const named = answer.server === server ? serverIdentifier(answer.seen.message) : undefined
        if (named !== undefined) found.add(named)
      }
  return found
}

interface Heard {
  readonly question: Question
  readonly kind: QuestionKind
  readonly nth: number
  readonly isLast: boolean
}

/** What of a machine's questions this server hears, counted as it counts them. */
const questionsTo = (
  server: Ip4,
  identities: ReadonlySet<Ip4>,
  { questions }: Story,
  lastAt: Micros,
): Heard[] => {
  const counts = new Map<string, number>()
  const heard = questions.flatMap((question): (Omit<Heard, 'isLast'> & { readonly key: string })[] => {
    const { seen, on4011, persona } = question
    const isToAll = seen.message.giaddr !== ANY_IP4 || seen.target === LIMITED_BROADCAST
    const isMine = isToAll || seen.target === server || isGroup(seen.target)
    const kind = questionIn(seen.message, identities, on4011, seen.target)
    if (!isMine || kind === undefined) return []
    const key = `${kind} ${persona}`
    const nth = (counts.get(key) ?? 0) + 1
    counts.set(key, nth)
    return [{ question, kind, nth, key }]
  })
  // What was asked last of all may have been answered after the capture's end.
  const isCut = ({ question, nth, key }: (typeof heard)[number]): boolean =>
    nth > 1 && nth === counts.get(key) && question.answers.length === 0 && lastAt - question.at < CUT
  for (const each of heard) if (isCut(each)) counts.set(each.key, each.nth - 1)
  return heard.map(({ key, ...rest }) => ({ ...rest, isLast: counts.get(key) === rest.nth }))
}

/** Answers take no longer, mostly. */
const CUT: Micros = SECOND

const isGroup = (ip: Ip4): boolean => Number(ip) >>> 28 === 0xe

const archOf = ({ seen }: Question): string | undefined => {
  const number = clientArchitecture(seen.message)
  return number === undefined ? undefined : architectureName(number)
}

const userClassOf = ({ seen }: Question): string => {
  const value = first(seen.message, OPTION.userClass)
  return value === undefined ? 'none' : latin1Text(value)
}

/** Somebody else answers the same DISCOVER. */
const isRace = (kind: QuestionKind, { answers }: Question): boolean =>
  kind === 'discover' || kind === 'discovery' ? new Set(answers.map(({ server }) => server)).size > 1 : false

/** Where that is not what RFC 2131 §4.1 says. */
const sentToOf = ({ seen: asked }: Question, { seen, relayed }: Answer): Row['sentTo'] => {
  if (relayed || seen.targetPort === DHCP_PORT.server) return undefined
  const { message } = seen
  const replyPort = replyPortOf(asked.message)
  if (replyPort === seen.targetPort && replyPort !== DHCP_PORT.client) return 'replyPort'
  const isBroadcast = seen.target === LIMITED_BROADCAST
  const wanted = (asked.message.flags & 0x8000) !== 0 || message.yiaddr === ANY_IP4
  if (messageType(message) === 'nak' || asked.message.ciaddr !== ANY_IP4) return undefined
  if (isBroadcast && !wanted) return 'broadcast'
  return !isBroadcast && wanted && seen.target === message.yiaddr ? 'client' : undefined
}

const portOf = ({ seen: asked, on4011 }: Question, { seen, relayed }: Answer): number | undefined => {
  const usual = on4011 ? asked.sourcePort : DHCP_PORT.client
  return relayed ||
    seen.targetPort === usual ||
    seen.targetPort === replyPortOf(asked.message) ||
    seen.targetPort === DHCP_PORT.server
    ? undefined
    : seen.targetPort
}

/** Each message once, with a name that says what it is. */
class Messages {
  readonly forms: Record<string, MessageForm> = {}
  readonly frames: Record<string, { first: number; count: number }> = {}
  readonly #names = new Map<string, string>()

  nameOf({ seen }: Answer, { seen: asked }: Question, isOtherLease: boolean): string {
    const plain = messageForm(seen, asked.message)
    // A machine that got several addresses: this one as it was.
    const form =
      isOtherLease && !('packet' in plain) ? { ...plain, address: formatIp4(seen.message.yiaddr) } : plain
    const key = JSON.stringify(form)
    let name = this.#names.get(key)
    if (name === undefined) {
      const type = String(form['type'])
      const same = Object.keys(this.forms).filter(known => known.startsWith(type)).length
      name = `${type}-${same + 1}`
      this.#names.set(key, name)
      this.forms[name] = form
      this.frames[name] = { first: seen.frame, count: 0 }
    }
    this.frames[name]!.count++
    return name
  }
}

// Answers.

/** Later questions of a machine get what its last got, unless that had no answer. */
const answersOf = (rows: readonly Row[]): Readonly<Record<string, unknown>>[] => {
  const byMachine = new Map<Mac, Row[]>()
  for (const row of rows) {
    const list = byMachine.get(row.mac)
    if (list) list.push(row)
    else byMachine.set(row.mac, [row])
  }
  // Machines that were told the same at the same questions are told so together.
  const groups = new Map<string, { readonly macs: Mac[]; readonly entries: Entry[] }>()
  for (const [mac, list] of byMachine) {
    const entries = entriesOf(list)
    const key = JSON.stringify(
      entries.map(({ delays, ...rest }) => (rest.races ? { ...rest, delays } : rest)),
    )
    const known = groups.get(key)
    if (!known) groups.set(key, { macs: [mac], entries })
    else {
      known.macs.push(mac)
      known.entries.forEach((entry, index) => entry.delays.push(...entries[index]!.delays))
    }
  }
  const sorted = [...groups.values()].sort((a, b) => b.macs.length - a.macs.length)
  return sorted.flatMap(({ macs, entries }) => entries.map(entry => formOf(entry, macs)))
}

interface Entry {
  readonly kind: QuestionKind
  readonly from: number
  to: number
  open: boolean
  readonly says: string
  readonly arch: string | undefined
  readonly vendorClass: string | undefined
  readonly userClass: string | undefined
  readonly sentTo: Row['sentTo']
  readonly port: number | undefined
  readonly copies: number
  readonly races: boolean
  readonly delays: Micros[]
}

const entriesOf = (rows: readonly Row[]): Entry[] => {
  const personas = new Set(rows.map(({ persona }) => persona))
  const entries: Entry[] = []
  const sorted = rows.toSorted(
    (a, b) => QUESTIONS.indexOf(a.kind) - QUESTIONS.indexOf(b.kind) || a.nth - b.nth || a.delay - b.delay,
  )
  for (const row of sorted) {
    const same = entries.find(entry => isContinued(entry, row))
    if (same) {
      same.to = row.nth
      same.open ||= row.isLast
      same.delays.push(row.delay)
      continue
    }
    const { kind, nth, isLast, says, arch, vendorClass, userClass, sentTo, port, copies, races, delay } = row
    entries.push({
      kind,
      from: nth,
      to: nth,
      open: isLast,
      says,
      sentTo,
      port,
      copies,
      races,
      arch,
      vendorClass: personas.size > 1 ? vendorClass : undefined,
      userClass: personas.size > 1 ? userClass : undefined,
      delays: [delay],
    })
  }
  return entries
}

/** Delays that are told as one: where nobody races, a range will do. */
const ALIKE: Micros = 50

const isContinued = (entry: Entry, row: Row): boolean =>
  entry.kind === row.kind &&
  entry.says === row.says &&
  entry.arch === row.arch &&
  (entry.vendorClass === undefined || entry.vendorClass === row.vendorClass) &&
  (entry.userClass === undefined || entry.userClass === row.userClass) &&
  entry.sentTo === row.sentTo &&
  entry.port === row.port &&
  entry.copies === row.copies &&
  entry.races === row.races &&
  entry.to === row.nth - 1 &&
  (!row.races || Math.abs(entry.delays[0]! - row.delay) < ALIKE)

const formOf = (entry: Entry, macs: readonly Mac[]): Readonly<Record<string, unknown>> => {
  const { kind, from, to, open, says, arch, vendorClass, userClass, sentTo, port, copies, races, delays } =
    entry
  const delay = races ? durationText(delays[0]!) : rangeText(delays)
  return {
    to: kind,
    ...(open ? from > 1 && { since: from } : { nth: from === to ? from : `${from}..${to}` }),
    says,
    ...(delay !== '0us' && { delay }),
    macs: macs.map(formatMac),
    ...(vendorClass !== undefined && vendorClass !== '' && { vendorClass }),
    ...(userClass !== undefined && { userClass }),
    ...(vendorClass !== undefined && arch !== undefined && { arches: arch }),
    ...(sentTo && { sentTo }),
    ...(port !== undefined && { port }),
    ...(copies > 1 && { copies }),
  }
}
