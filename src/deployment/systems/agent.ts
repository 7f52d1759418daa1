/**
 * The Client Task Agent of a running system: finds a task server, registers, asks for tasks, hears tickles, and asks
 * by itself every half hour if none comes (NBS-22). Does not carry out tasks.
 */
import { type Ip4, parseIp4 } from '../../core/address.ts'
import type { Micros } from '../../core/micros.ts'
import { SECOND } from '../../core/micros.ts'
import { named, phrase } from '../../core/wording.ts'
import type { Incoming, Pc, PcSocket, Script } from '../../firmware/pc.ts'
import type { SystemName } from '../job-events.ts'
import type { TaskServerChoice } from '../tasks.ts'
import {
  AGENT_PORT,
  type AgentMessage,
  type AgentVerb,
  decodeAgent,
  encodeAgent,
} from '../../wire/agent/message.ts'

/** Of a request; then it is sent again. */
const REPLY_TIMEOUT: Micros = 3 * SECOND
const TRIES = 5
/** How long `fastest-connection` waits for the first to answer. */
const PING_TIMEOUT: Micros = 2 * SECOND
/** Until an agent that found no task server looks again. */
const SEARCH_AGAIN: Micros = 60 * SECOND

export interface AgentSetup {
  readonly system: SystemName
  readonly notificationServer: Ip4
  readonly choose: TaskServerChoice
  readonly poll: Micros
  /** Plug-ins of this system at this time, as it tells its task server. */
  readonly plugIns: () => readonly string[]
  /** It waits, and nothing happens unless somebody else does something. */
  readonly onWaiting: (isWaiting: boolean) => void
}

export class Agent {
  readonly #pc: Pc
  readonly #setup: AgentSetup
  readonly #web: PcSocket
  readonly #tickles: PcSocket
  #nextId = 1
  #tickled = false
  #taskServer: Ip4 | undefined

  /** The machine must have its address. */
  constructor(pc: Pc, setup: AgentSetup) {
    this.#pc = pc
    this.#setup = setup
    this.#web = pc.openUdp({ port: 0 })
    this.#tickles = pc.openUdp({ port: AGENT_PORT.tickleAgent })
  }

  /** Ends when the agent is registered. */
  *join(): Script {
    for (;;) {
      const list = yield* this.ask(this.#setup.notificationServer, 'get-task-servers', {})
      const server =
        list?.verb === 'task-servers' ? yield* this.#choose(list.fields['list'] ?? '') : undefined
      if (server !== undefined && (yield* this.#register(server))) return
      yield* this.#wait(SEARCH_AGAIN)
    }
  }

  /** The next task, or undefined. */
  *task(fields: AgentMessage['fields'] = {}): Script<AgentMessage['fields'] | undefined> {
    if (this.#taskServer === undefined) return undefined
    const plugins = this.#setup.plugIns().join(',')
    const reply = yield* this.ask(this.#taskServer, 'get-task', { ...fields, plugins })
    // A task server that does not know us any more, or is gone: find another.
    if (!reply || reply.verb === 'refused') {
      yield* this.join()
      return undefined
    }
    return reply.verb === 'task' ? reply.fields : undefined
  }

  *report(task: AgentMessage['fields'], state: 'done' | 'failed', text = ''): Script {
    if (this.#taskServer === undefined) return
    const fields = { title: task['title'] ?? '', job: task['job'] ?? '', state, ...(text !== '' && { text }) }
    yield* this.ask(this.#taskServer, 'status', fields)
  }

  /** Waits for a tickle, or until it is time to ask anyway. */
  *idle(): Script {
    if (!this.#tickled) yield* this.#wait(this.#setup.poll, true)
    this.#tickled = false
  }

  /** Undefined: nobody answered. A `wait` prolongs the waiting. */
  *ask(
    server: Ip4,
    verb: AgentVerb,
    fields: AgentMessage['fields'],
    tries = TRIES,
    timeout = REPLY_TIMEOUT,
  ): Script<AgentMessage | undefined> {
    const request: AgentMessage = { verb, id: this.#nextId++, mac: this.#pc.mac, fields }
    const payload = encodeAgent(request)
    for (let attempt = 0; attempt < tries; attempt++) {
      this.#web.send({ ip: server, port: AGENT_PORT.web }, payload)
      let end = this.#pc.now() + timeout
      for (let incoming = yield end; incoming; incoming = yield end) {
        const message = this.#read(incoming)
        if (message?.id !== request.id) continue
        if (message.verb !== 'wait') return message
        end = this.#pc.now() + (Number(message.fields['micros']) || 0) + timeout
        attempt = 0
      }
    }
    return undefined
  }

  /** A tickle is kept in mind. */
  #read(incoming: Incoming): AgentMessage | undefined {
    if (incoming.kind !== 'datagram') return undefined
    const { socket, datagram } = incoming
    const message = decodeAgent(datagram.payload)
    if (socket === this.#tickles && message?.verb === 'tickle') this.#tickled = true
    return socket === this.#web ? message : undefined
  }

  *#wait(span: Micros, endsByTickle = false): Script {
    const { onWaiting } = this.#setup
    const until = this.#pc.now() + span
    onWaiting(true)
    for (let incoming = yield until; incoming; incoming = yield until) {
      this.#read(incoming)
      if (endsByTickle && this.#tickled) break
    }
    onWaiting(false)
  }

  *#register(server: Ip4): Script<boolean> {
    const { system } = this.#setup
    const reply = yield* this.ask(server, 'register', { system })
    if (reply?.verb !== 'registered') return false
    this.#taskServer = server
    return true
  }

  /** NBS-21: by computers, by connection, or by capacity; the first of equals. */
  *#choose(list: string): Script<Ip4 | undefined> {
    const servers = list.split(',').flatMap(entry => {
      const [address = '', computers, room] = entry.split(':')
      const ip = parseIp4(address)
      return ip === undefined ? [] : [{ ip, computers: Number(computers) || 0, room: Number(room) || 0 }]
    })
    const [first] = servers
    if (!first || servers.length === 1) return first?.ip
    const { choose } = this.#setup
    if (choose === 'fastest-connection') {
      const fastest = yield* this.#fastest(servers.map(server => server.ip))
      if (fastest !== undefined) this.#told(fastest, 'was the first to answer (FastestConnection)')
      return fastest
    }
    const best = servers.reduce((a, b) =>
      (choose === 'fewest-computers' ? b.computers < a.computers : b.room > a.room) ? b : a,
    )
    const why =
      choose === 'fewest-computers'
        ? `has ${best.computers} computers, the fewest (FewestComputers)`
        : `has room for ${best.room} more, the most (AvailableCapacity)`
    this.#told(best.ip, why)
    return best.ip
  }

  #told(server: Ip4, why: string): void {
    this.#pc.because('NBS-21', phrase`of the task servers, ${named(server)} ${why}`)
  }

  *#fastest(servers: readonly Ip4[]): Script<Ip4 | undefined> {
    const ids = new Map<number, Ip4>()
    for (const ip of servers) {
      const id = this.#nextId++
      ids.set(id, ip)
      const ping: AgentMessage = { verb: 'ping', id, mac: this.#pc.mac, fields: {} }
      this.#web.send({ ip, port: AGENT_PORT.web }, encodeAgent(ping))
    }
    const end = this.#pc.now() + PING_TIMEOUT
    for (let incoming = yield end; incoming; incoming = yield end) {
      const message = this.#read(incoming)
      const server = message?.verb === 'pong' ? ids.get(message.id) : undefined
      if (server !== undefined) return server
    }
    return undefined
  }
}
