/**
 * A site server as agents see it: a task server that fetches tasks when it is tickled and hands them out, and a
 * package server that gives out and takes in images (NBS-20). Which of the two works depends on its
 * plug-ins. Does not know jobs; the Notification Server does.
 */
import type { Ip4, Mac } from '../core/address.ts'
import { Deadlines } from '../core/deadlines.ts'
import type { Action, Datagram, Destination, StateMachine } from '../core/state-machine.ts'
import { NOTHING } from '../core/state-machine.ts'
import { type Micros, SECOND } from '../core/micros.ts'
import {
  AGENT_PORT,
  type AgentMessage,
  type AgentVerb,
  decodeAgent,
  encodeAgent,
} from '../wire/agent/message.ts'
import type { SystemName, Tell } from './job-events.ts'
import { PackageQueue, type PackageQueueOptions, notHere } from './package-queue.ts'
import { causeOf, clientCause } from './causes.ts'
import type { TaskKind } from './tasks.ts'

export interface SiteServerOptions extends PackageQueueOptions {
  readonly notificationServer: Ip4
  readonly services: readonly ('task' | 'package')[]
  readonly nameOf: (mac: Mac) => string
  readonly tell: Tell
}

type Socket = 'web' | 'tickle'
type ServerAction = Action<Socket, never>
type Answer = (now: Micros, message: AgentMessage, source: Destination) => readonly ServerAction[]

/** Of a request to the Notification Server. */
const RETRY: Micros = 3 * SECOND
/** Tries of one request to the Notification Server before the site server gives up. */
const MAX_SITE_REQUEST_TRIES = 5
/** Requests to the Notification Server under way; beyond, agents are not answered and ask again. */
const MAX_SITE_REQUESTS = 65_536

interface Asked {
  readonly message: AgentMessage
  tries: number
  /** Whose question waits for the answer. */
  readonly agent: { readonly to: Destination; readonly message: AgentMessage } | undefined
}

interface KnownAgent {
  address: Ip4
  task: AgentMessage | undefined
  /** Answer to its last question for a task, in case it did not arrive. */
  answered: AgentMessage | undefined
}

export class SiteServer implements StateMachine<Socket, never> {
  readonly #options: SiteServerOptions
  readonly #agents = new Map<Mac, KnownAgent>()
  readonly #asked = new Map<number, Asked>()
  readonly #retries = new Deadlines<number>()
  readonly #desk: PackageQueue | undefined
  #nextId = 1

  constructor(options: SiteServerOptions) {
    this.#options = options
    this.#desk = options.services.includes('package') ? new PackageQueue(options) : undefined
  }

  get wakeAt(): Micros | undefined {
    const [retry, part] = [this.#retries.next, this.#desk?.wakeAt]
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
    for (const { to, reply: part } of this.#desk?.due(now) ?? []) actions.push(send(to, part))
    return actions
  }

  receive(now: Micros, _via: Socket, { source, payload }: Datagram): readonly ServerAction[] {
    const message = decodeAgent(payload)
    if (!message) return NOTHING
    return this.#answers[message.verb]?.(now, message, source) ?? NOTHING
  }

  readonly #answers: Readonly<Partial<Record<AgentVerb, Answer>>> = {
    ping: (_now, message, source) =>
      this.#options.services.includes('task') ? [send(source, reply(message, 'pong'))] : NOTHING,
    tickle: (now, message) => this.#fetch(now, message.mac, undefined),
    register: (now, message, source) => this.#register(now, message, source),
    'get-task': (now, message, source) => this.#getTask(now, message, source),
    // The agent is told when the Notification Server knows, or it would ask for the next task too early.
    status: (now, message, source) => this.#ask(now, message, { to: source, message }),
    'get-package': (now, message, source) => this.#package(now, message, source),
    'put-package': (now, message, source) => this.#package(now, message, source),
    task: (now, message) => this.#answered(now, message),
    'no-task': (now, message) => this.#answered(now, message),
    noted: (now, message) => this.#answered(now, message),
  }

  #package(now: Micros, message: AgentMessage, to: Destination): readonly ServerAction[] {
    const answer = this.#desk?.answer(now, message, to) ?? notHere(message)
    return answer === 'later' ? NOTHING : [send(to, answer)]
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

  /** NBS-20: the handler gives Deployment tasks to clients that have three plug-ins. */
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
      causeOf(name, ['task-server'], plugIns, now, 'hand out') ??
      clientCause(nameOf(mac), (asked.fields['plugins'] ?? '').split(','))
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
