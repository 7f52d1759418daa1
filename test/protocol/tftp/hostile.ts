/**
 * The TFTP service among hostile peers, in virtual time: requests in anybody's name, guessed and slow ACKs, junk, errors,
 * ICMP, lost sockets, changing files, and a few honest machines that want their file. Each step is one hostile act. What
 * must hold is checked as it goes; the same seed gives the same run. Does not print, does not test.
 */
import type { Endpoint } from '../../../src/core/address.ts'
import { ip4Number, toIp4 } from '../../../src/core/address.ts'
import { equalBytes } from '../../../src/core/bytes.ts'
import { Deadlines } from '../../../src/core/deadlines.ts'
import { type Micros, MILLISECOND, SECOND } from '../../../src/core/micros.ts'
import { type Random, random } from '../../../src/core/random.ts'
import type { Action } from '../../../src/core/state-machine.ts'
import { memoryFile } from '../../../src/nbs/images.ts'
import type { TftpFile } from '../../../src/protocol/tftp/files.ts'
import { TftpReceiver, type ReceiverEvent } from '../../../src/protocol/tftp/receiver.ts'
import { type TftpEvent, TftpService } from '../../../src/protocol/tftp/service.ts'
import { encodeAck, encodeTftp } from '../../../src/wire/tftp/codec.ts'
import type { TftpOptions } from '../../../src/wire/tftp/packet.ts'

export const MAX_HOSTILE_TRANSFERS = 256
const PER_CLIENT = 16
/** To guess a port: an ACK to each that the system chooses from. */
const GUESS_COST = 28_232 * 46
/** What is sent for a request that nobody answers: five packets of RFC 1350, or an ERROR for each stranger. */
const PLAIN_COST = 5 * (516 + 28) + 60
const HEADERS = 28
/** A machine tries so often, each time for as long as firmware does. */
const HONEST_TRIES = 3

const SERVER: Endpoint = { ip: toIp4(0x0a000001), port: 69 }
const content = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7 + (i >> 8) * 13) & 255)
const OPTIONS: readonly TftpOptions[] = [
  [],
  [['tsize', '0']],
  [['blksize', '8'], ['timeout', '255']],
  [['blksize', '1468'], ['windowsize', '4'], ['tsize', '0']],
  [['blksize', '65464'], ['windowsize', '64'], ['timeout', '1']],
  [['windowsize', '65535'], ['blksize', '512']],
] // prettier-ignore
const NAMES = ['boot.efi', 'disk.wim', 'none', '../../etc/passwd', 'aux', ''] as const

export interface HostileReport {
  readonly seed: number
  readonly steps: number
  readonly virtualSeconds: number
  readonly honest: number
  readonly mostTransfers: number
  readonly mostSockets: number
  /** The worst victim: bytes received for each byte that it cost to have them sent. */
  readonly amplification: number
  /** Empty: all held. */
  readonly violations: readonly string[]
}

interface Honest {
  readonly at: Endpoint
  readonly machine: TftpReceiver
  readonly tries: number
}

const HONEST_NET = 0x0a020000
const isHonestAddress = ({ ip }: Endpoint): boolean => ip4Number(ip) >= HONEST_NET

export class HostileWorld {
  readonly #seed: number
  readonly #random: Random
  readonly #service: TftpService
  readonly #sockets = new Map<string, Endpoint | undefined>()
  readonly #due = new Deadlines<() => void>()
  readonly #honest = new Map<number, Honest>()
  /** What was sent to those who never asked, and what it cost to have it sent. */
  readonly #victims = new Map<
    number,
    { received: number; requests: number; guesses: number; spent: number }
  >()
  readonly #violations: string[] = []
  #now: Micros = 0
  #steps = 0
  #served = 0
  #ports = 1
  #version = 1
  #lastVia = 't1'
  #most = { transfers: 0, sockets: 0 }

  constructor(seed: number) {
    this.#seed = seed
    this.#random = random(`hostile ${seed}`)
    const boot = memoryFile('boot.efi', content)
    const disk: TftpFile = {
      name: 'disk.wim',
      size: content.length,
      read: () => new Uint8Array(0),
      load: (offset, into, done) => {
        const version = this.#version
        this.#at(this.#random.below(5 * MILLISECOND), () => {
          const part = content.subarray(offset, offset + into.length)
          into.set(part)
          done(this.#random.chance(0.001) ? 0 : part.length, version)
        })
      },
    }
    this.#service = new TftpService({
      files: {
        open: name =>
          name === boot.name ? boot : name === disk.name ? disk : { code: 1, message: 'file not found' },
      },
      maxTransfers: MAX_HOSTILE_TRANSFERS,
      maxTransfersPerClient: PER_CLIENT,
      later: act => this.#perform(act(this.#now)),
    })
    this.#perform(this.#service.start(0))
  }

  run(steps: number): HostileReport {
    for (let n = 0; n < steps && this.#violations.length === 0; n++) {
      this.#steps++
      this.#pass(this.#random.chance(0.0005) ? this.#random.below(12 * SECOND) : this.#random.below(400))
      this.#act()
      if (this.#steps % 500 === 0 && this.#honest.size < 8) this.#beginHonest(HONEST_TRIES)
      this.#check()
    }
    this.#pass(4_000 * SECOND)
    if (this.#service.transfers > 0) this.#wrong(`${this.#service.transfers} transfers never end`)
    if (this.#honest.size > 0) this.#wrong(`${this.#honest.size} honest machines never end`)
    return this.#report()
  }

  #act(): void {
    const what = this.#random.below(100)
    const via = this.#someSocket()
    const peer = this.#sockets.get(via)
    if (what < 45) this.#request()
    else if (what < 60 && peer) this.#acknowledge(via, peer, this.#random.below(3))
    else if (what < 70) this.#say(via, this.#stranger(), encodeAck(this.#random.below(0x10000)))
    else if (what < 75) this.#say('requests', this.#stranger(), this.#junk())
    else if (what < 80 && peer) this.#say(via, this.#hostile(peer), this.#junk())
    else if (what < 83 && peer && !this.#honest.has(peer.port))
      this.#perform(this.#service.unreachable(this.#now, via, { cause: 'port', target: peer }))
    else if (what < 84 && peer && !this.#honest.has(peer.port)) {
      this.#sockets.delete(via)
      this.#perform(this.#service.lost(this.#now, via, 'no descriptor'))
    } else if (what < 85) this.#version++
  }

  #request(): void {
    const from = this.#stranger()
    const options = OPTIONS[this.#random.below(OPTIONS.length)]!
    const name = this.#random.chance(0.9)
      ? NAMES[this.#random.below(2)]!
      : NAMES[this.#random.below(NAMES.length)]!
    const payload = encodeTftp({ kind: 'rrq', file: name, mode: 'octet', options })
    const victim = this.#victim(from)
    victim.requests++
    victim.spent += payload.length + HEADERS
    this.#say('requests', from, payload)
  }

  /** As if the port was guessed, and how far the transfer is. */
  #acknowledge(via: string, peer: Endpoint, ahead: number): void {
    if (this.#honest.has(peer.port)) return
    const victim = this.#victim(peer)
    victim.guesses++
    victim.spent += GUESS_COST
    this.#say(via, peer, encodeAck(ahead === 2 ? this.#random.below(200) : ahead))
  }

  #junk(): Uint8Array {
    const bytes = new Uint8Array(this.#random.below(40))
    for (let i = 0; i < bytes.length; i++)
      bytes[i] = i === 0 ? 0 : i === 1 ? this.#random.below(8) : this.#random.below(256)
    return bytes
  }

  #say(via: string, source: Endpoint, payload: Uint8Array): void {
    const target = via === 'requests' ? SERVER : { ip: SERVER.ip, port: 30_000 }
    this.#perform(this.#service.receive(this.#now, via, { iface: 'lan', source, target, payload }))
  }

  #stranger(): Endpoint {
    return { ip: toIp4(0x0a010000 + this.#random.below(20_000)), port: 1_024 + this.#random.below(4) }
  }

  #hostile(peer: Endpoint): Endpoint {
    return this.#honest.has(peer.port) ? this.#stranger() : peer
  }

  #someSocket(): string {
    const newest = Number(this.#lastVia.slice(1))
    return `t${Math.max(1, newest - this.#random.below(this.#random.chance(0.5) ? 8 : 2 * MAX_HOSTILE_TRANSFERS))}`
  }

  #victim(of: Endpoint) {
    const key = ip4Number(of.ip)
    let victim = this.#victims.get(key)
    if (!victim) this.#victims.set(key, (victim = { received: 0, requests: 0, guesses: 0, spent: 0 }))
    return victim
  }

  #beginHonest(tries: number): void {
    const port = 10_000 + (this.#ports++ % 50_000)
    const windowSize = this.#random.below(2) === 0 ? [] : [['windowsize', '4'] as const]
    const machine = new TftpReceiver({
      server: SERVER,
      file: 'boot.efi',
      options: [['blksize', '1468'], ...windowSize],
      waits: Array.from({ length: 6 }, () => 4 * SECOND),
    })
    const at = { ip: toIp4(HONEST_NET + (port % 200)), port }
    this.#honest.set(port, { at, machine, tries })
    this.#performHonest(port, machine.start(this.#now))
    this.#wakeHonest(port)
  }

  #performHonest(port: number, actions: readonly Action<'transfer', ReceiverEvent>[]): void {
    const honest = this.#honest.get(port)
    if (!honest) return
    for (const action of actions) {
      if (action.type === 'event') this.#honestEnded(port, honest, action.event)
      if (action.type !== 'send' || this.#random.chance(0.01)) continue
      const { to, payload } = action
      this.#at(200 + this.#random.below(300), () => {
        const via = to.port === 69 ? 'requests' : `t${to.port - 100_000}`
        if (via === 'requests' || this.#sockets.has(via)) this.#say(via, honest.at, payload)
      })
    }
  }

  #honestEnded(port: number, { tries }: Honest, event: ReceiverEvent): void {
    this.#honest.delete(port)
    if (event.type === 'done') {
      this.#served++
      if (!equalBytes(event.bytes, content)) this.#wrong('an honest machine got other bytes')
    } else if (tries > 1) this.#beginHonest(tries - 1)
    else this.#wrong(`an honest machine was not served: ${JSON.stringify(event)}`)
  }

  #wakeHonest(port: number): void {
    const honest = this.#honest.get(port)
    if (honest?.machine.wakeAt === undefined) return
    this.#at(Math.max(1, honest.machine.wakeAt - this.#now), () => {
      if (this.#honest.get(port) !== honest) return
      this.#performHonest(port, honest.machine.wake(this.#now))
      this.#wakeHonest(port)
    })
  }

  #perform(actions: readonly Action<string, TftpEvent>[]): void {
    for (const action of actions) {
      if (action.type === 'open') {
        if (this.#sockets.has(action.socket)) this.#wrong(`${action.socket} is opened twice`)
        if (action.socket.startsWith('t')) this.#lastVia = action.socket
        this.#sockets.set(action.socket, undefined)
      } else if (action.type === 'close') this.#sockets.delete(action.socket)
      else if (action.type === 'send') this.#deliver(action.via, action.to, action.payload)
    }
  }

  #deliver(via: string, to: Endpoint, payload: Uint8Array): void {
    if (!this.#sockets.has(via)) return this.#wrong(`sent by ${via}, which is not open`)
    if (via.startsWith('t') && !this.#sockets.get(via)) this.#sockets.set(via, to)
    const honest = this.#honest.get(to.port)
    // The end of a machine that has gone: its last ACK was lost.
    if (!honest && isHonestAddress(to)) return
    if (!honest) return void (this.#victim(to).received += payload.length + HEADERS)
    if (this.#random.chance(0.01)) return
    const source = { ip: SERVER.ip, port: via.startsWith('t') ? 100_000 + Number(via.slice(1)) : 69 }
    this.#at(200 + this.#random.below(300), () => {
      if (this.#honest.get(to.port) !== honest) return
      const datagram = { iface: 'lan', source, target: to, payload }
      this.#performHonest(to.port, honest.machine.receive(this.#now, 'transfer', datagram))
    })
  }

  #at(after: Micros, act: () => void): void {
    this.#due.set(act, this.#now + after)
  }

  /** Until then, what is due, in order. */
  #pass(span: Micros): void {
    const end = this.#now + span
    for (;;) {
      const own = this.#due.next ?? Infinity
      const service = this.#service.wakeAt ?? Infinity
      const next = Math.min(own, service)
      if (next > end) break
      this.#now = Math.max(this.#now, next)
      if (service <= own) this.#perform(this.#service.wake(this.#now))
      else this.#due.take(this.#now)?.()
    }
    this.#now = end
  }

  #check(): void {
    const { transfers } = this.#service
    this.#most = {
      transfers: Math.max(this.#most.transfers, transfers),
      sockets: Math.max(this.#most.sockets, this.#sockets.size),
    }
    if (transfers > MAX_HOSTILE_TRANSFERS) this.#wrong(`${transfers} transfers`)
    if (this.#sockets.size > transfers + 2)
      this.#wrong(`${this.#sockets.size} sockets for ${transfers} transfers`)
    const { wakeAt } = this.#service
    if (wakeAt === undefined && transfers > 0) this.#wrong('transfers without a deadline')
    if (this.#steps % 1_000 !== 0) return
    for (const [ip, { received, requests, guesses }] of this.#victims)
      if (received > requests * PLAIN_COST + 3 * guesses * GUESS_COST + 600)
        this.#wrong(`${ip} received ${received} bytes for ${requests} requests and ${guesses} guesses`)
  }

  #wrong(what: string): void {
    this.#violations.push(`step ${this.#steps}, ${(this.#now / SECOND).toFixed(3)} s: ${what}`)
  }

  #report(): HostileReport {
    const guessed = [...this.#victims.values()].filter(({ guesses }) => guesses > 0)
    return {
      seed: this.#seed,
      steps: this.#steps,
      virtualSeconds: Math.round(this.#now / SECOND),
      honest: this.#served,
      mostTransfers: this.#most.transfers,
      mostSockets: this.#most.sockets,
      amplification: Math.max(0, ...guessed.map(({ received, spent }) => received / spent)),
      violations: this.#violations,
    }
  }
}
