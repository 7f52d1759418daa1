/**
 * Asks a Notification Server over HTTP what a machine is to do (docs/notification-server.md): time-out, repetition,
 * answers kept for a while, one question at a time per machine. Does not decide what happens while nobody answers:
 * that is the NBS's `whenUnreachable`.
 */
import { formatIp4, formatMac, ANY_IP4 } from '../core/address.ts'
import {
  type Answer,
  type DecisionSource,
  MAX_ANSWER_LENGTH,
  type Question,
  parseDecision,
} from '../nbs/decision.ts'
import { architectureName } from '../wire/pxe/client.ts'

/** Questions under way at once; further ones get no answer, and their machines ask again. */
const MAX_QUESTIONS = 256
/** Machines whose answers are kept; the oldest is forgotten first. */
const MAX_KEPT_ANSWERS = 10_000

export interface HttpDecisionsOptions {
  readonly url: string
  readonly timeoutMillis: number
  readonly retries: number
  /** An answer this young is used without asking. */
  readonly cacheMillis: number
  /** An answer this old is still used while the server is down. */
  readonly keepMillis: number
  readonly onFailure?: (why: string) => void
  /** Milliseconds, monotonic. */
  readonly now?: () => number
}

interface Kept {
  readonly answer: Answer
  readonly at: number
}

export class HttpDecisions implements DecisionSource {
  readonly #options: HttpDecisionsOptions
  readonly #now: () => number
  readonly #kept = new Map<string, Kept>()
  readonly #waiting = new Map<string, ((answer: Answer) => void)[]>()

  constructor(options: HttpDecisionsOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  ask(question: Question, reply: (answer: Answer) => void): void {
    const query = queryOf(question)
    const kept = this.#kept.get(query)
    const age = kept ? this.#now() - kept.at : Infinity
    if (kept && age < this.#options.cacheMillis) return reply(kept.answer)
    const waiting = this.#waiting.get(query)
    if (waiting) return void waiting.push(reply)
    if (this.#waiting.size >= MAX_QUESTIONS) return reply('unreachable')
    const replies = [reply]
    this.#waiting.set(query, replies)
    void this.#fetch(query).then(fresh => {
      this.#waiting.delete(query)
      const answer = this.#remembered(query, fresh)
      for (const tell of replies) tell(answer)
    })
  }

  #remembered(query: string, fresh: Answer): Answer {
    if (fresh !== 'unreachable') {
      this.#kept.delete(query)
      if (this.#kept.size >= MAX_KEPT_ANSWERS) this.#kept.delete(this.#kept.keys().next().value!)
      this.#kept.set(query, { answer: fresh, at: this.#now() })
      return fresh
    }
    const old = this.#kept.get(query)
    return old && this.#now() - old.at < this.#options.keepMillis ? old.answer : 'unreachable'
  }

  async #fetch(query: string): Promise<Answer> {
    const { url, retries, timeoutMillis, onFailure } = this.#options
    const whole = `${url}${url.includes('?') ? '&' : '?'}${query}`
    for (let attempt = 0; attempt <= retries; attempt++) {
      try {
        return await fetchAnswer(whole, timeoutMillis)
      } catch (error) {
        onFailure?.(reasonOf(error))
      }
    }
    return 'unreachable'
  }
}

const fetchAnswer = async (url: string, timeoutMillis: number): Promise<Answer> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMillis), redirect: 'error' })
  const text = await textOf(response)
  // Not allowed is an answer, not a failure: NBS stays silent to the machine.
  if (response.status === 403) return 'refused'
  if (response.status !== 200) throw new Error(`HTTP ${response.status}`)
  const decision = parseDecision(text)
  if (!decision.ok) throw new Error(decision.issues[0].message)
  return decision.value
}

/** As much as an answer may be long; the rest is not read. */
const textOf = async (response: Response): Promise<string> => {
  const reader = response.body?.getReader()
  if (!reader) return ''
  const decoder = new TextDecoder()
  let text = ''
  while (text.length <= MAX_ANSWER_LENGTH) {
    const { done, value } = await reader.read()
    if (done) return text
    text += decoder.decode(value, { stream: true })
  }
  await reader.cancel()
  return text.slice(0, MAX_ANSWER_LENGTH)
}

/** `mac`, `uuid`, `arch`, and `giaddr` of a machine behind a relay. */
export const queryOf = ({ mac, uuid, architecture, giaddr }: Question): string => {
  const query = new URLSearchParams({ mac: formatMac(mac) })
  if (uuid) query.set('uuid', Array.from(uuid, byte => byte.toString(16).padStart(2, '0')).join(''))
  query.set('arch', architectureName(architecture) ?? String(architecture))
  if (giaddr !== ANY_IP4) query.set('giaddr', formatIp4(giaddr))
  return query.toString()
}

/** `fetch failed` says nothing; its cause does. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'no answer in time'
  const cause = error.cause as { code?: string; message?: string } | undefined
  return cause?.code ?? cause?.message ?? error.message
}
