/**
 * A machine for firmware scripts without any network: virtual time, and answers from a function that is told what
 * was sent. Knows the address rules of a stack (no route, unicast before there is an address), nothing below.
 *
 *     const run = runScript(edk2Firmware('2022', 'x64-uefi'), sent => [{ delay: 20_000, from, payload }])
 */
import type { Endpoint, Ip4, Mac } from '../../src/core/address.ts'
import { LIMITED_BROADCAST, isMulticast, macAt, networkOf, parseIp4, toMac } from '../../src/core/address.ts'
import type { Destination, Unreachable } from '../../src/core/state-machine.ts'
import type { Micros } from '../../src/core/micros.ts'
import { type Phrase, inWords } from '../../src/core/wording.ts'
import { random } from '../../src/core/random.ts'
import type { BootRecord, Firmware, Incoming, Pc, PcSocket, Script } from '../../src/firmware/pc.ts'
import { newBootRecord } from '../../src/firmware/record.ts'
import type { Address, SendStatus } from '../../src/network/port.ts'

export interface Sent {
  readonly at: Micros
  readonly fromPort: number
  readonly to: Destination
  readonly payload: Uint8Array
}

export interface Reply {
  /** After the datagram that it answers. */
  readonly delay: Micros
  readonly from: Endpoint
  readonly payload: Uint8Array
  /** Default: the port that asked. */
  readonly toPort?: number
  /** Default: broadcast. Unicasts reach an unconfigured machine only if its stack takes them. */
  readonly to?: Ip4 | 'unicast'
}

export interface Lost {
  readonly delay: Micros
  readonly unreachable: Unreachable['cause']
}

/** Everybody else on the network. */
export type World = (sent: Sent) => readonly (Reply | Lost)[]

export interface FakeRun {
  readonly record: BootRecord
  /** Lines as they stand on the screen at the end. */
  readonly screen: string[]
  readonly choices: { at: Micros; rule: string; text: string }[]
  readonly sent: Sent[]
  readonly configured: (Address | undefined)[]
  /** When the script ended; undefined if it was still running at the limit. */
  endedAt: Micros | undefined
  /** Sockets still open when the script ended. */
  openSockets: number
  resumes: number
}

export interface FakeOptions {
  readonly seed?: number | string
  readonly mac?: Mac
  /** Virtual time after which a script that still runs is left alone. */
  readonly limit?: Micros
}

/** More resumes than any sane script needs: one that passes this runs for ever. */
const MAX_RESUMES = 200_000

export const FAKE_MAC = toMac(0x005056000001)
export const FAKE_UUID = Uint8Array.from({ length: 16 }, (_, i) => 0x10 + i)

interface Event {
  readonly at: Micros
  readonly order: number
  readonly sent: Sent
  readonly what: Reply | Lost
}

export const runScript = (firmware: Firmware, world: World, options: FakeOptions = {}): FakeRun => {
  const limit = options.limit ?? 600_000_000
  const pc = new FakePc(firmware, world, options)
  const script = firmware.boot(pc, pc.run.record)
  let step = script.next(undefined)
  while (!step.done) {
    if (++pc.run.resumes > MAX_RESUMES) throw new Error('the script runs for ever')
    const incoming = pc.waitUntil(step.value, limit)
    if (incoming === 'limit') return pc.run
    step = script.next(incoming)
  }
  pc.run.endedAt = pc.now()
  pc.run.openSockets = pc.sockets.length
  return pc.run
}

class FakePc implements Pc {
  readonly name = 'pc'
  readonly mac: Mac
  readonly uuid = FAKE_UUID
  readonly random
  readonly run: FakeRun = {
    record: newBootRecord(),
    screen: [],
    choices: [],
    sent: [],
    configured: [],
    endedAt: undefined,
    openSockets: 0,
    resumes: 0,
  }
  readonly sockets: FakeSocket[] = []
  address: Address | undefined
  readonly #world: World
  readonly #firmware: Firmware
  readonly #events: Event[] = []
  #now: Micros = 0
  #order = 0
  #ephemeral = 1024

  constructor(firmware: Firmware, world: World, options: FakeOptions) {
    this.#world = world
    this.#firmware = firmware
    this.mac = options.mac ?? FAKE_MAC
    this.random = random(options.seed ?? 1)
  }

  now(): Micros {
    return this.#now
  }

  openUdp(options: Parameters<Pc['openUdp']>[0]): PcSocket {
    const socket = new FakeSocket(this, options.port || this.#ephemeral++, options)
    this.sockets.push(socket)
    return socket
  }

  /** No TCP in this world. */
  connectTcp(): undefined {}

  configure(address: Address | undefined): void {
    this.address = address
    this.run.configured.push(address)
  }

  print(line: string): void {
    this.run.screen.push(line)
  }

  append(text: string): void {
    this.run.screen.push((this.run.screen.pop() ?? '') + text)
  }

  because(rule: string, text: Phrase): void {
    this.run.choices.push({ at: this.#now, rule, text: inWords(text) })
  }

  transmit(socket: FakeSocket, to: Destination, payload: Uint8Array): SendStatus {
    if (!this.sockets.includes(socket)) return 'closed'
    if (!this.#hasRoute(to)) return 'noRoute'
    const sent: Sent = { at: this.#now, fromPort: socket.port, to, payload }
    this.run.sent.push(sent)
    for (const what of this.#world(sent))
      this.#events.push({ at: this.#now + what.delay, order: this.#order++, sent, what })
    this.#events.sort((a, b) => a.at - b.at || a.order - b.order)
    return 'sent'
  }

  /** Moves time on to the next arrival or to `until`. */
  waitUntil(until: Micros, limit: Micros): Incoming | undefined | 'limit' {
    for (;;) {
      const event = this.#events[0]
      const next = Math.min(until, event?.at ?? Infinity)
      if (next > limit) return 'limit'
      if (!event || event.at > until) {
        this.#now = Math.max(this.#now, until)
        return undefined
      }
      this.#events.shift()
      this.#now = Math.max(this.#now, event.at)
      const incoming = this.#arrive(event)
      if (incoming) return incoming
    }
  }

  #arrive({ sent, what }: Event): Incoming | undefined {
    if ('unreachable' in what) {
      const socket = this.sockets.find(candidate => candidate.port === sent.fromPort)
      return socket && { kind: 'unreachable', socket, what: { cause: what.unreachable, target: sent.to } }
    }
    const unicast = what.to !== undefined && what.to !== LIMITED_BROADCAST
    if (unicast && !this.address && !this.#firmware.stack.acceptsUnicastUnconfigured) return undefined
    const port = what.toPort ?? sent.fromPort
    const socket = this.sockets.find(candidate => candidate.port === port && candidate.takes(what, this.mac))
    const ip = !unicast ? LIMITED_BROADCAST : what.to === 'unicast' ? this.address?.ip : what.to
    return (
      socket && {
        kind: 'datagram',
        socket,
        datagram: {
          iface: 'eth0',
          source: what.from,
          target: { ip: ip ?? LIMITED_BROADCAST, port },
          payload: what.payload,
        },
      }
    )
  }

  #hasRoute(to: Destination): boolean {
    if (to.ip === LIMITED_BROADCAST || isMulticast(to.ip) || to.mac !== undefined) return true
    const { address } = this
    if (!address) return false
    const onLink = (ip: Ip4) =>
      networkOf(ip, address.prefixLength) === networkOf(address.ip, address.prefixLength)
    return onLink(to.ip) || (address.router !== undefined && onLink(address.router))
  }
}

class FakeSocket implements PcSocket {
  readonly port: number
  readonly options: Parameters<Pc['openUdp']>[0]
  readonly #pc: FakePc

  constructor(pc: FakePc, port: number, options: Parameters<Pc['openUdp']>[0]) {
    this.#pc = pc
    this.port = port
    this.options = options
  }

  takes(reply: Reply, mac: Mac): boolean {
    if (this.options.from !== undefined && this.options.from !== reply.from.ip) return false
    return !this.options.ownChaddrOnly || (reply.payload.length >= 34 && macAt(reply.payload, 28) === mac)
  }

  send(to: Destination, payload: Uint8Array): SendStatus {
    return this.#pc.transmit(this, to, payload)
  }

  close(): void {
    const index = this.#pc.sockets.indexOf(this)
    if (index >= 0) this.#pc.sockets.splice(index, 1)
  }
}

export const ip = (text: string): Ip4 => {
  const parsed = parseIp4(text)
  if (parsed === undefined) throw new RangeError(`not an address: ${text}`)
  return parsed
}

/** A script of a test, run as a firmware with a usual stack. */
export const asFirmware = (boot: (pc: Pc, record: BootRecord) => Script): Firmware => ({
  family: 'test',
  profile: 'test',
  stack: {
    acceptsUnicastUnconfigured: true,
    sendsPortUnreachable: true,
    ttl: 64,
    arp: { tries: 3, interval: 1_000_000 },
  },
  boot,
})
