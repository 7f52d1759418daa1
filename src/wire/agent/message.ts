/**
 * Agent traffic of a site: what agents, task servers, package servers and the Notification Server say to each other,
 * one datagram each. The product speaks HTTP and a tickle protocol that are not public (NBS-22, NBS-30); this is our
 * stand-in, as text so that a capture can be read, on the product's ports. Does not decide who says what.
 *
 *     nbs-lab get-task 12 00:50:56:00:00:01 name=pc-1
 */
import { type Mac, formatMac, parseMac } from '../../core/address.ts'
import { latin1Bytes, latin1Text } from '../../core/bytes.ts'

/** Web services of Notification and site servers; tickles towards task servers and towards agents (TICKLE). */
export const AGENT_PORT = { web: 80, tickleServer: 50123, tickleAgent: 50124 } as const

export const AGENT_VERBS = [
  'get-task-servers',
  'task-servers',
  'ping',
  'pong',
  'register',
  'registered',
  'registration',
  'noted',
  'get-menu',
  'menu',
  'get-task',
  'task',
  'no-task',
  'status',
  'tickle',
  'get-package-servers',
  'package-servers',
  'get-package',
  'put-package',
  'part',
  'wait',
  'not-here',
  'refused',
] as const
export type AgentVerb = (typeof AGENT_VERBS)[number]

export interface AgentMessage {
  readonly verb: AgentVerb
  /** A reply has that of its request. */
  readonly id: number
  /** The computer it is about. */
  readonly mac: Mac
  readonly fields: Readonly<Record<string, string>>
}

const MAGIC = 'nbs-lab '
/** Longer ones are not ours. */
const MAX_AGENT_MESSAGE = 1400
/** Fields read from one message. */
const MAX_AGENT_FIELDS = 16

export const encodeAgent = ({ verb, id, mac, fields }: AgentMessage): Uint8Array => {
  const words = Object.entries(fields).map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
  return latin1Bytes(`${MAGIC}${[verb, id, formatMac(mac), ...words].join(' ')}`)
}

/** Undefined where it is no message of agents. */
export const decodeAgent = (payload: Uint8Array): AgentMessage | undefined => {
  if (payload.length > MAX_AGENT_MESSAGE || payload[0] !== MAGIC.charCodeAt(0)) return undefined
  const text = latin1Text(payload)
  if (!text.startsWith(MAGIC)) return undefined
  const [word, id = '', address = '', ...words] = text.slice(MAGIC.length).split(' ')
  const verb = AGENT_VERBS.find(known => known === word)
  const mac = parseMac(address)
  if (!verb || mac === undefined || !/^\d{1,9}$/.test(id)) return undefined
  const fields: Record<string, string> = {}
  for (const pair of words.slice(0, MAX_AGENT_FIELDS)) {
    const at = pair.indexOf('=')
    const value = at > 0 ? unescaped(pair.slice(at + 1)) : undefined
    if (value === undefined) return undefined
    fields[pair.slice(0, at)] = value
  }
  return { verb, id: Number(id), mac, fields }
}

/** One of the many messages by which a package goes over: worth a line together. */
export const isPartOfMany = ({ verb, fields }: AgentMessage): boolean =>
  verb === 'wait' ||
  verb === 'part' ||
  ((verb === 'get-package' || verb === 'put-package') && fields['part'] !== '1')

const unescaped = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
