/**
 * The package service of a site server: answers each request for a part of a package when its turn in the line has
 * come, and says how long that will take where it is long. Does not know what packages are for.
 */
import { Deadlines } from '../core/deadlines.ts'
import type { Destination } from '../core/state-machine.ts'
import { type Micros, SECOND } from '../core/micros.ts'
import type { AgentMessage, AgentVerb } from '../wire/agent/message.ts'
import { causeOf } from './causes.ts'
import { type PackageStore, partsOf } from './package-store.ts'
import type { PlugInTimes } from './plug-ins.ts'

export interface PackageQueueOptions {
  readonly name: string
  readonly plugIns: PlugInTimes
  readonly shelf: PackageStore
  /** A captured image is complete here. */
  readonly onStored: (image: string, size: number, now: Micros) => void
}

/** A longer wait for a part is told to whoever asked. */
const WORTH_TELLING: Micros = 2 * SECOND
/** Who asks again for what is in line is told to wait so much longer. */
const PATIENCE: Micros = 3 * SECOND
/** Parts in line; beyond, requests are not answered and come again. */
const MAX_PARTS_IN_LINE = 65_536

interface Part {
  readonly to: Destination
  readonly reply: AgentMessage
}

export class PackageQueue {
  readonly #options: PackageQueueOptions
  /** By the key of who waits for which. */
  readonly #parts = new Map<string, Part>()
  readonly #line = new Deadlines<string>()

  constructor(options: PackageQueueOptions) {
    this.#options = options
  }

  get wakeAt(): Micros | undefined {
    return this.#line.next
  }

  /** Parts whose turn has come. */
  due(now: Micros): readonly Part[] {
    const parts: Part[] = []
    for (let key = this.#line.take(now); key !== undefined; key = this.#line.take(now)) {
      const part = this.#parts.get(key)
      this.#parts.delete(key)
      if (part) parts.push(part)
    }
    return parts
  }

  /** `later`: the part will be `due`. */
  answer(now: Micros, message: AgentMessage, to: Destination): AgentMessage | 'later' {
    const { name, plugIns, shelf } = this.#options
    const { mac, fields, verb } = message
    const wanted = fields['package'] ?? ''
    const cause = causeOf(name, ['package-server'], plugIns, now, 'package')
    if (cause) return notHere(message, { plugin: cause.plugIn!, rule: cause.rule! })
    const isPut = verb === 'put-package'
    const item = isPut ? { size: Number(fields['size']) || 1, arrives: now } : shelf.item(wanted)
    if (!item || item.arrives > now) return notHere(message, item ? { arrives: String(item.arrives) } : {})
    const [part, parts] = [Math.max(1, Number(fields['part']) || 1), partsOf(item.size)]
    const key = `${mac} ${wanted} ${part}`
    const answer = replied(message, 'part', { package: wanted, part: String(part), parts: String(parts) })
    if (this.#parts.has(key)) {
      this.#parts.set(key, { to, reply: answer })
      return wait(message, wanted, PATIENCE)
    }
    if (this.#parts.size >= MAX_PARTS_IN_LINE) return 'later'
    if (isPut && part >= parts) this.#store(wanted, item.size, now)
    const through = shelf.schedule(now, item.size)
    this.#parts.set(key, { to, reply: answer })
    this.#line.set(key, through)
    return through - now < WORTH_TELLING ? 'later' : wait(message, wanted, through - now)
  }

  #store(image: string, size: number, now: Micros): void {
    const { shelf, onStored } = this.#options
    if (shelf.has(image, now)) return
    shelf.put(image, { size, arrives: now })
    onStored(image, size, now)
  }
}

export const notHere = (message: AgentMessage, why: AgentMessage['fields'] = {}): AgentMessage =>
  replied(message, 'not-here', { package: message.fields['package'] ?? '', ...why })

const wait = (message: AgentMessage, wanted: string, span: Micros): AgentMessage =>
  replied(message, 'wait', { package: wanted, micros: String(span) })

const replied = (message: AgentMessage, verb: AgentVerb, fields: AgentMessage['fields']): AgentMessage => ({
  ...message,
  verb,
  fields,
})
