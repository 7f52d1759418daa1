/**
 * A site server as agents see it: a task server that fetches tasks when it is tickled and hands them out, and a
 * package server that gives out and takes in images (facts/nbs.md §4). Which of the two works depends on its
 * plug-ins. Does not know jobs; the Notification Server does.
 */
import type { Ip4, Mac } from '../core/address.ts'
import { Deadlines } from '../core/deadlines.ts'
import type { Action, Datagram, Destination, Machine } from '../core/machine.ts'
import { NOTHING } from '../core/machine.ts'
import { type Micros, SECOND } from '../core/micros.ts'
import {
  AGENT_PORT,
  type AgentMessage,
  type AgentVerb,
  decodeAgent,
  encodeAgent,
} from '../wire/agent/message.ts'
import type { SystemName, Tell } from './job-events.ts'
import type { PackageShelf } from './package-shelf.ts'
import { partsOf } from './package-shelf.ts'
import { causeOf, clientCause } from './causes.ts'
import type { PlugInTimes } from './plug-ins.ts'
import type { TaskKind } from './tasks.ts'

export interface SiteServerOptions {
  readonly name: string
  readonly notificationServer: Ip4
  readonly services: readonly ('task' | 'package')[]
  readonly plugIns: PlugInTimes
  readonly shelf: PackageShelf
  /** A captured image is complete here. */
  readonly onStored: (image: string, size: number, now: Micros) => void
  readonly nameOf: (mac: Mac) => string
  readonly tell: Tell
}

type Socket = 'web' | 'tickle'
type ServerAction = Action<Socket, never>

/** Of a request to the Notification Server. */
const RETRY: Micros = 3 * SECOND
export const MAX_SITE_REQUEST_TRIES = 5
/** Requests to the Notification Server under way; beyond, agents are not answered and ask again. */
export const MAX_SITE_REQUESTS = 65_536
/** A longer wait for a part is told to whoever asked. */
const WORTH_TELLING: Micros = 2 * SECOND

interface Asked {
  readonly message: AgentMessage
  tries: number
  /** Whose question waits for the answer. */
  readonly agent: { readonly to: Destination; readonly message: AgentMessage } | undefined
}

interface Part {
  readonly to: Destination
  readonly reply: AgentMessage
}

interface KnownAgent {
  address: Ip4
  readonly plugIns: readonly string[]
  task: AgentMessage | undefined
  /** Answer to its last question for a task, in case it did not arrive. */
  answered: AgentMessage | undefined
}

export class SiteServer implements Machine<Socket, never> {
  readonly #options: SiteServerOptions
  readonly #agents = new Map<Mac, KnownAgent>()
  readonly #asked = new Map<number, Asked>()
  readonly #retries = new Deadlines<number>()
  /** Parts in line, by the key of who waits for which. */
  readonly #parts = new Map<string, Part>()
  readonly #line = new Deadlines<string>()
  #nextId = 1

  constructor(options: SiteServerOptions) {
    this.#options = options
  }

  get wakeAt(): Micros | undefined {
    const [retry, part] = [this.#retries.next, this.#line.next]
    return retry === undefined || part === undefined ? (retry ?? part) : Math.min(retry, part)
  }

  start(): readonly ServerAction[] {
    return [
      { type: 'open', socket: 'web', options: { port: AGENT_PORT.web } },
      { type: 'open', socket: 'tickle', options: { port: AGENT_PORT.tickleServer } },
    ]
  }

  unreachable(): readonly ServerAction[] {
    return NOTHING
  }

  wake(now: Micros): readonly ServerAction[] {
    const actions: ServerAction[] = []
    for (let id = this.#retries.take(now); id !== undefined; id = this.#retries.take(now))
      actions.push(...this.#retry(now, id))
    for (let key = this.#line.take(now); key !== undefined; key = this.#line.take(now)) {
      const part = this.#parts.get(key)
      this.#parts.delete(key)
      if (part) actions.push(send(part.to, part.reply))
    }
    return actions
  }

  receive(now: Micros, _via: Socket, { source, payload }: Datagram): readonly ServerAction[] {
    const message = decodeAgent(payload)
    if (!message) return NOTHING
    switch (message.verb) {
      case 'ping':
        return this.#works('task') ? [send(source, reply(message, 'pong'))] : NOTHING
      case 'tickle':
        return this.#fetch(now, message.mac, undefined)
      case 'register':
        return this.#register(now, message, source)
      case 'get-task':
        return this.#getTask(now, message, source)
      case 'status':
        // The agent is told when the Notification Server knows, or it would ask for the next task too early.
        return this.#ask(now, message, { to: source, message })
      case 'get-package':
      case 'put-package':
        return this.#package(now, message, source)
      case 'task':
      case 'no-task':
      case 'noted':
        return this.#answered(now, message)
      default:
        return NOTHING
    }
  }

  #works(service: 'task' | 'package'): boolean {
    return this.#options.services.includes(service)
  }

  // The task server.

  #register(now: Micros, message: AgentMessage, source: Destination): readonly ServerAction[] {
    const { mac, fields } = message
    const { name, plugIns, tell } = this.#options
    const cause = causeOf(name, ['task-server'], plugIns, now, 'register')
    if (cause) {
      tell({ kind: 'blocked', at: now, mac, step: 'register', cause })
      return [send(source, reply(message, 'refused', { rule: cause.rule ?? '' }))]
    }
    const system = fields['system'] as SystemName
    this.#agents.set(mac, {
      address: source.ip,
      plugIns: (fields['plugins'] ?? '').split(','),
      task: this.#agents.get(mac)?.task,
      answered: undefined,
    })
    tell({ kind: 'registered', at: now, mac, with: name, system })
    const registration: AgentMessage = { verb: 'registration', id: 0, mac, fields: { system } }
    // The agent is told when the Notification Server knows: only then is there a task for it.
    return this.#ask(now, registration, { to: source, message })
  }

  #getTask(now: Micros, message: AgentMessage, source: Destination): readonly ServerAction[] {
    const agent = this.#agents.get(message.mac)
    if (!agent) return [send(source, reply(message, 'refused'))]
    if (agent.answered?.id === message.id) return [send(source, agent.answered)]
    if (agent.task) return [this.#handOut(now, agent, agent.task, message, source)]
    return this.#fetch(now, message.mac, { to: source, message })
  }

  /** Asks for the task of a computer: tickled, or because its agent wants to know. */
  #fetch(now: Micros, mac: Mac, agent: Asked['agent']): readonly ServerAction[] {
    const fields = {
      ...(agent?.message.fields['menu'] !== undefined && { menu: agent.message.fields['menu'] }),
    }
    return this.#ask(now, { verb: 'get-task', id: 0, mac, fields }, agent)
  }

  #answered(now: Micros, message: AgentMessage): readonly ServerAction[] {
    const asked = this.#asked.get(message.id)
    if (!asked) return NOTHING
    this.#asked.delete(message.id)
    this.#retries.clear(message.id)
    const { mac } = message
    const agent = this.#agents.get(mac)
    const waiting = asked.agent
    const done = DONE[asked.message.verb]
    if (done) return waiting ? [send(waiting.to, reply(waiting.message, done))] : NOTHING
    if (asked.message.verb !== 'get-task' || !agent) return NOTHING
    if (message.verb === 'task') agent.task = message
    if (waiting)
      return agent.task
        ? [this.#handOut(now, agent, agent.task, waiting.message, waiting.to)]
        : [send(waiting.to, reply(waiting.message, 'no-task'))]
    if (!agent.task) return NOTHING
    this.#options.tell({
      kind: 'tickled',
      at: now,
      mac,
      by: this.#options.name,
      whom: this.#options.nameOf(mac),
    })
    const tickle: AgentMessage = { verb: 'tickle', id: this.#nextId++, mac, fields: {} }
    return [send({ ip: agent.address, port: AGENT_PORT.tickleAgent }, tickle)]
  }

  /** facts/nbs.md §4: the handler gives Deployment tasks to clients that have three plug-ins. */
  #handOut(
    now: Micros,
    agent: KnownAgent,
    task: AgentMessage,
    asked: AgentMessage,
    to: Destination,
  ): ServerAction {
    const { mac } = asked
    const { name, plugIns, tell, nameOf } = this.#options
    const cause =
      causeOf(name, ['task-server'], plugIns, now, 'hand out') ?? clientCause(nameOf(mac), agent.plugIns)
    if (cause) {
      tell({ kind: 'blocked', at: now, mac, step: 'hand out', cause })
      return send(to, reply(asked, 'no-task'))
    }
    const { fields } = task
    tell({ kind: 'handed', at: now, mac, job: fields['job']!, task: fields['task'] as TaskKind, by: name })
    agent.task = undefined
    agent.answered = reply(asked, 'task', fields)
    return send(to, agent.answered)
  }

  #ask(now: Micros, message: AgentMessage, agent: Asked['agent']): readonly ServerAction[] {
    if (this.#asked.size >= MAX_SITE_REQUESTS) return NOTHING
    const id = this.#nextId++
    const asked: Asked = { message: { ...message, id }, tries: 1, agent }
    this.#asked.set(id, asked)
    this.#retries.set(id, now + RETRY)
    return [this.#toNotificationServer(asked)]
  }

  #retry(now: Micros, id: number): readonly ServerAction[] {
    const asked = this.#asked.get(id)
    if (!asked) return NOTHING
    if (asked.tries >= MAX_SITE_REQUEST_TRIES) {
      this.#asked.delete(id)
      return NOTHING
    }
    asked.tries++
    this.#retries.set(id, now + RETRY)
    return [this.#toNotificationServer(asked)]
  }

  #toNotificationServer({ message }: Asked): ServerAction {
    return send({ ip: this.#options.notificationServer, port: AGENT_PORT.web }, message)
  }

  // The package server.

  #package(now: Micros, message: AgentMessage, to: Destination): readonly ServerAction[] {
    const { mac, fields, verb } = message
    const { name, plugIns, shelf } = this.#options
    const wanted = fields['package'] ?? ''
    const cause = this.#works('package')
      ? causeOf(name, ['package-server'], plugIns, now, 'package')
      : undefined
    if (cause)
      return [
        send(to, reply(message, 'not-here', { package: wanted, plugin: cause.plugIn!, rule: cause.rule! })),
      ]
    const isPut = verb === 'put-package'
    const item = isPut ? { size: Number(fields['size']) || 1, arrives: now } : shelf.item(wanted)
    if (!item || item.arrives > now) {
      const arrives = item ? { arrives: String(item.arrives) } : {}
      return [send(to, reply(message, 'not-here', { package: wanted, ...arrives }))]
    }
    const part = Math.max(1, Number(fields['part']) || 1)
    const parts = partsOf(item.size)
    if (isPut && part >= parts) this.#store(wanted, item.size, now)
    const answer = reply(message, 'part', { package: wanted, part: String(part), parts: String(parts) })
    const key = `${mac} ${wanted} ${part}`
    const known = this.#parts.get(key)
    if (known) {
      this.#parts.set(key, { to, reply: answer })
      return [send(to, reply(message, 'wait', { package: wanted, micros: String(RETRY) }))]
    }
    const through = shelf.schedule(now, item.size)
    this.#parts.set(key, { to, reply: answer })
    this.#line.set(key, through)
    if (through - now < WORTH_TELLING) return NOTHING
    return [send(to, reply(message, 'wait', { package: wanted, micros: String(through - now) }))]
  }

  #store(image: string, size: number, now: Micros): void {
    if (this.#options.shelf.has(image, now)) return
    this.#options.shelf.put(image, { size, arrives: now })
    this.#options.onStored(image, size, now)
  }
}

/** What an agent hears when the Notification Server has noted it. */
const DONE: Readonly<Partial<Record<AgentVerb, AgentVerb>>> = { registration: 'registered', status: 'noted' }

const reply = (
  message: AgentMessage,
  verb: AgentVerb,
  fields: AgentMessage['fields'] = {},
): AgentMessage => ({ ...message, verb, fields })

const send = (to: Destination, message: AgentMessage): ServerAction => ({
  type: 'send',
  via: 'web',
  to,
  payload: encodeAgent(message),
})
