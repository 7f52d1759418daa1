/**
 * The task service of a Notification Server: says which task servers and package servers there are, orders jobs when
 * their time has come, tickles the task server of each computer, hands tasks to task servers and takes status back
 * (NBS-22). Does not decide what an NBS says: `job-store.ts` does.
 */
import { type Ip4, type Mac, formatIp4 } from '../core/address.ts'
import { type Action, type Datagram, type StateMachine, NOTHING } from '../core/state-machine.ts'
import type { Micros } from '../core/micros.ts'
import {
  AGENT_PORT,
  type AgentMessage,
  type AgentVerb,
  decodeAgent,
  encodeAgent,
} from '../wire/agent/message.ts'
import type { SystemName, Tell } from './job-events.ts'
import type { JobStore, JobOrder } from './job-store.ts'
import { causeOf } from './causes.ts'
import { type PlugInTimes, type Step, unmet } from './plug-ins.ts'
import { TASK_TITLES, WITH_IMAGE } from './tasks.ts'

export interface ListedServer {
  readonly name: string
  readonly subnet: string
  readonly address: Ip4
  readonly plugIns: PlugInTimes
  readonly capacity: number
  readonly services: readonly ('task' | 'package')[]
}

export interface TaskManagementOptions {
  readonly name: string
  readonly plugIns: PlugInTimes
  readonly book: JobStore
  readonly siteServers: readonly ListedServer[]
  readonly subnetOf: (mac: Mac) => string | undefined
  /** In order of time. */
  readonly orders: readonly { readonly at: Micros; readonly job: JobOrder; readonly macs: readonly Mac[] }[]
  /** Job of the Initial Deployment menu. */
  readonly menuJob: JobOrder | undefined
  readonly tell: Tell
}

type WebAction = Action<'web', never>
type Answer = (now: Micros, message: AgentMessage, from: Ip4) => AgentMessage

const replied = (
  message: AgentMessage,
  verb: AgentVerb,
  fields: AgentMessage['fields'] = {},
): AgentMessage => ({
  ...message,
  verb,
  fields,
})

export class TaskManagement implements StateMachine<'web', never> {
  readonly #options: TaskManagementOptions
  /** Computer -> its task server. */
  readonly #registrations = new Map<Mac, Ip4>()
  readonly #counts = new Map<Ip4, number>()
  /** Answers with a task, in case they did not arrive: a task is given away once. */
  readonly #given = new Map<Mac, { readonly to: Ip4; readonly reply: AgentMessage }>()
  #nextOrder = 0
  #nextId = 1

  constructor(options: TaskManagementOptions) {
    this.#options = options
  }

  get wakeAt(): Micros | undefined {
    return this.#options.orders[this.#nextOrder]?.at
  }

  start(): readonly WebAction[] {
    return [{ type: 'open', socket: 'web', options: { port: AGENT_PORT.web } }]
  }

  unreachable(): readonly WebAction[] {
    return NOTHING
  }

  wake(now: Micros): readonly WebAction[] {
    const due = this.#options.orders[this.#nextOrder]
    if (!due || due.at > now) return NOTHING
    this.#nextOrder++
    return due.macs.flatMap(mac => this.#order(now, mac, due.job))
  }

  receive(now: Micros, _via: 'web', { source, payload }: Datagram): readonly WebAction[] {
    const message = decodeAgent(payload)
    if (!message) return NOTHING
    const reply = this.#answers[message.verb]?.(now, message, source.ip)
    return reply ? [{ type: 'send', via: 'web', to: source, payload: encodeAgent(reply) }] : NOTHING
  }

  readonly #answers: Readonly<Partial<Record<AgentVerb, Answer>>> = {
    'get-task-servers': (now, message) =>
      replied(message, 'task-servers', { list: this.#taskServers(now, message.mac) }),
    'get-package-servers': (_now, message) =>
      replied(message, 'package-servers', { list: this.#packageServers(message.mac) }),
    registration: (now, message, from) => {
      this.#register(message.mac, from)
      this.#options.book.arrived(now, message.mac, message.fields['system'] as SystemName)
      return replied(message, 'noted')
    },
    'get-task': (now, message, from) => this.#task(now, message, from),
    status: (now, message) => {
      const { state, text = 'failed' } = message.fields
      this.#options.book.finished(now, message.mac, state === 'done' ? undefined : text)
      return replied(message, 'noted')
    },
    'get-menu': (now, message) => {
      const { menuJob, tell, name } = this.#options
      tell({ kind: 'menu', at: now, mac: message.mac, job: menuJob?.name, by: name })
      return replied(message, 'menu', menuJob ? { job: menuJob.name } : {})
    },
  }

  #order(now: Micros, mac: Mac, job: JobOrder): readonly WebAction[] {
    const { book, name } = this.#options
    book.order(now, mac, job, name)
    if (this.#isBlocked(now, mac, 'order')) return NOTHING
    const server = this.#registrations.get(mac)
    // Whoever is not registered asks when it registers.
    if (server === undefined) return NOTHING
    const to = { ip: server, port: AGENT_PORT.tickleServer }
    this.#options.tell({ kind: 'tickled', at: now, mac, by: name, whom: this.#nameOf(server) })
    const tickle: AgentMessage = { verb: 'tickle', id: this.#nextId++, mac, fields: {} }
    return [{ type: 'send', via: 'web', to, payload: encodeAgent(tickle) }]
  }

  #task(now: Micros, message: AgentMessage, from: Ip4): AgentMessage {
    const { mac, fields } = message
    const { book, menuJob, name } = this.#options
    const given = this.#given.get(mac)
    if (given?.to === from && given.reply.id === message.id) return given.reply
    const isChosen = fields['menu'] !== undefined && fields['menu'] === menuJob?.name
    if (isChosen && book.runsOf(mac).length === 0) book.order(now, mac, menuJob, name, true)
    const none: AgentMessage = { ...message, verb: 'no-task', fields: {} }
    if (!book.current(mac) || this.#isBlocked(now, mac, 'order') || this.#isBlocked(now, mac, 'fetch'))
      return none
    const taken = book.take(mac)
    if (!taken) return none
    const { order } = taken.run
    const image = WITH_IMAGE.has(taken.task) ? order.image : undefined
    const reply: AgentMessage = {
      ...message,
      verb: 'task',
      fields: {
        task: taken.task,
        title: TASK_TITLES[taken.task],
        job: order.name,
        ...(image !== undefined && { image }),
        preboot: order.preboot,
      },
    }
    this.#given.set(mac, { to: from, reply })
    return reply
  }

  #register(mac: Mac, server: Ip4): void {
    const before = this.#registrations.get(mac)
    if (before === server) return
    if (before !== undefined) this.#counts.set(before, (this.#counts.get(before) ?? 1) - 1)
    this.#counts.set(server, (this.#counts.get(server) ?? 0) + 1)
    this.#registrations.set(mac, server)
  }

  /** `10.20.9.5:12:488`: address, computers, capacity left. Those of the computer's own subnet, else all. */
  #taskServers(now: Micros, mac: Mac): string {
    const { plugIns, name } = this.#options
    if (this.#isBlocked(now, mac, 'task servers')) return ''
    const meant = this.#options.siteServers.filter(({ services }) => services.includes('task'))
    const able = meant.filter(
      server => unmet(['task-server'], server.plugIns, now, 'task servers').length === 0,
    )
    const [first] = meant
    if (able.length === 0) {
      const cause = first
        ? causeOf(first.name, ['task-server'], first.plugIns, now, 'task servers')
        : causeOf(name, ['notification-server'], plugIns, now, 'task servers')
      const nobody = { machine: name, text: `${name} has no task server` }
      this.#options.tell({ kind: 'blocked', at: now, mac, step: 'task servers', cause: cause ?? nobody })
    }
    return this.#nearest(mac, able)
      .map(({ address, capacity }) => {
        const count = this.#counts.get(address) ?? 0
        return `${formatIp4(address)}:${count}:${Math.max(0, capacity - count)}`
      })
      .join(',')
  }

  /** Those of the computer's own subnet first, then all others (KB431651: imaging fails over to remote servers). */
  #packageServers(mac: Mac): string {
    const subnet = this.#options.subnetOf(mac)
    const meant = this.#options.siteServers.filter(({ services }) => services.includes('package'))
    return meant
      .toSorted((a, b) => Number(b.subnet === subnet) - Number(a.subnet === subnet))
      .map(({ address }) => formatIp4(address))
      .join(',')
  }

  #nearest(mac: Mac, servers: readonly ListedServer[]): readonly ListedServer[] {
    const subnet = this.#options.subnetOf(mac)
    const near = servers.filter(server => server.subnet === subnet)
    return near.length > 0 ? near : servers
  }

  #isBlocked(now: Micros, mac: Mac, step: Step): boolean {
    const { name, plugIns, tell } = this.#options
    const cause = causeOf(name, ['notification-server'], plugIns, now, step)
    if (cause) tell({ kind: 'blocked', at: now, mac, step, cause })
    return cause !== undefined
  }

  #nameOf(ip: Ip4): string {
    return this.#options.siteServers.find(({ address }) => address === ip)?.name ?? formatIp4(ip)
  }
}
