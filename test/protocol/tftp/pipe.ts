/**
 * A network for two machines and their faults: UDP datagrams over a pipe that may lose, delay, duplicate and reorder,
 * in virtual time. Much less than `network/virtual`, so that thousands of transfers can be tried. Does not test.
 */
import type { Endpoint, Ip4 } from '../../../src/core/address.ts'
import { parseIp4, ip4Number } from '../../../src/core/address.ts'
import type { StateMachine } from '../../../src/core/state-machine.ts'
import type { Micros } from '../../../src/core/micros.ts'
import type { Random } from '../../../src/core/random.ts'
import { random } from '../../../src/core/random.ts'
import type { Host, UdpOptions } from '../../../src/network/port.ts'
import { runStateMachine } from '../../../src/network/runner.ts'

export interface Passing {
  readonly from: Endpoint
  readonly to: Endpoint
  readonly payload: Uint8Array
  /** Counts all datagrams of the pipe. */
  readonly index: number
}

/** Delays of the copies that arrive; none = lost. */
export type Weather = (passing: Passing, random: Random) => readonly Micros[]

export const calm: Weather = () => [100]

/** Probabilities of loss, duplication and a delay that lets others pass. */
export const storm =
  (loss: number, duplicate: number, reorder: number): Weather =>
  (_passing, random) => {
    if (random.chance(loss)) return []
    const delay = 100 + random.below(50) + (random.chance(reorder) ? 200 + random.below(3_000) : 0)
    return random.chance(duplicate) ? [delay, delay + random.below(5_000)] : [delay]
  }

export const ip = (text: string): Ip4 => parseIp4(text)!

interface Event {
  readonly at: Micros
  readonly order: number
  readonly fire: () => void
}

export class Pipe {
  now: Micros = 0
  readonly passed: Passing[] = []
  readonly #weather: Weather
  readonly #random: Random
  readonly #sockets = new Map<string, UdpOptions>()
  readonly #queue: Event[] = []
  #order = 0
  #port = 20_000

  constructor(seed: number | string = 1, weather: Weather = calm) {
    this.#weather = weather
    this.#random = random(seed)
  }

  get openSockets(): number {
    return this.#sockets.size
  }

  run<Event>(
    address: string,
    machine: StateMachine<string, Event> | StateMachine<'transfer', Event>,
    onEvent: (event: Event) => void,
  ) {
    return runStateMachine<string, Event>(
      this.#host(ip(address)),
      machine as StateMachine<string, Event>,
      onEvent,
    )
  }

  /** Until nothing happens any more; a test that needs more steps hangs, and must fail. */
  drive(maxSteps = 2_000_000, until: Micros = Infinity): void {
    for (let step = 0; step < maxSteps; step++) {
      const first = this.#queue[0]
      if (!first || first.at > until) return
      this.#queue.shift()
      this.now = first.at
      first.fire()
    }
    throw new Error('does not come to an end')
  }

  send(from: Endpoint, to: Endpoint, payload: Uint8Array): void {
    const passing = { from, to, payload, index: this.passed.length }
    this.passed.push(passing)
    for (const delay of this.#weather(passing, this.#random))
      this.#at(this.now + delay, () => this.#deliver(passing))
  }

  #deliver({ from, to, payload }: Passing): void {
    const socket = this.#sockets.get(key(to))
    if (socket && (socket.from === undefined || socket.from === from.ip)) {
      socket.onDatagram({ iface: 'lan', source: from, target: to, payload })
      return
    }
    this.#at(this.now + 100, () =>
      this.#sockets.get(key(from))?.onUnreachable?.({ cause: 'port', target: to }),
    )
  }

  #at(at: Micros, fire: () => void): { cancel(): void } {
    const event: Event = { at, order: this.#order++, fire }
    let place = this.#queue.length
    while (place > 0 && this.#queue[place - 1]!.at > at) place--
    this.#queue.splice(place, 0, event)
    return {
      cancel: () => {
        const found = this.#queue.indexOf(event)
        if (found >= 0) this.#queue.splice(found, 1)
      },
    }
  }

  #host(address: Ip4): Host {
    return {
      name: 'host',
      clock: { now: () => this.now, setTimer: (at, fire) => this.#at(Math.max(at, this.now), fire) },
      random: this.#random.fork(String(ip4Number(address))),
      interfaces: [],
      configure: () => {},
      openUdp: options => {
        const local = { ip: options.address ?? address, port: options.port || this.#port++ }
        this.#sockets.set(key(local), options)
        return {
          ready: Promise.resolve(),
          send: (to, payload) => {
            this.send(local, to, payload)
            return 'sent'
          },
          close: () => void this.#sockets.delete(key(local)),
        }
      },
    }
  }
}

const key = (endpoint: Endpoint): string => `${ip4Number(endpoint.ip)}:${endpoint.port}`
