/**
 * Address resolution of one interface (RFC 826): a cache, packets waiting for an answer, and retries. Does not
 * probe for conflicts and does not defend addresses.
 */
import { type Ip4, type Mac, ANY_IP4 } from '../../core/address.ts'
import { type Micros, SECOND } from '../../core/micros.ts'
import type { Ip4Packet } from '../../wire/frame.ts'
import type { Clock, Timer } from '../port.ts'

/** How long an answer is believed. */
const ENTRY_LIFETIME: Micros = 60 * SECOND
/** Packets kept per address that does not answer yet; the oldest is dropped, as RFC 1122 §2.3.2.2 allows. */
const MAX_ARP_QUEUE = 8

export interface ArpTraits {
  readonly tries: number
  readonly interval: Micros
}

interface Waiting {
  readonly packets: Ip4Packet[]
  tries: number
  timer: Timer
}

export interface ArpActions {
  ask(ip: Ip4): void
  transmit(packet: Ip4Packet, mac: Mac): void
  /** Nobody answered: these packets are lost. */
  failed(packets: readonly Ip4Packet[]): void
  /** Too many wait. */
  overflow(packet: Ip4Packet): void
}

export class ArpTable {
  readonly #clock: Clock
  readonly #traits: ArpTraits
  readonly #actions: ArpActions
  readonly #entries = new Map<Ip4, { mac: Mac; until: Micros }>()
  readonly #waiting = new Map<Ip4, Waiting>()

  constructor(clock: Clock, traits: ArpTraits, actions: ArpActions) {
    this.#clock = clock
    this.#traits = traits
    this.#actions = actions
  }

  /** Sends now if the MAC is known, else when it is. */
  send(packet: Ip4Packet, nextHop: Ip4): void {
    const entry = this.#entries.get(nextHop)
    if (entry && entry.until > this.#clock.now()) return this.#actions.transmit(packet, entry.mac)
    const waiting = this.#waiting.get(nextHop)
    if (!waiting) return this.#ask(nextHop, packet)
    if (waiting.packets.length >= MAX_ARP_QUEUE) this.#actions.overflow(waiting.packets.shift()!)
    waiting.packets.push(packet)
  }

  /** As if it had always been there: it does not grow old. */
  know(ip: Ip4, mac: Mac): void {
    this.#entries.set(ip, { mac, until: Infinity })
  }

  /** RFC 826: an entry is made for whoever asks for us or answers us, and renewed for whoever we knew already. */
  learn(ip: Ip4, mac: Mac, forUs: boolean): void {
    const known = this.#entries.get(ip)
    if (ip === ANY_IP4 || (!forUs && !known)) return
    const until = Math.max(this.#clock.now() + ENTRY_LIFETIME, known?.until ?? 0)
    this.#entries.set(ip, { mac, until })
    const waiting = this.#waiting.get(ip)
    if (!waiting) return
    waiting.timer.cancel()
    this.#waiting.delete(ip)
    for (const packet of waiting.packets) this.#actions.transmit(packet, mac)
  }

  clear(): void {
    for (const waiting of this.#waiting.values()) waiting.timer.cancel()
    this.#waiting.clear()
    this.#entries.clear()
  }

  #ask(ip: Ip4, packet: Ip4Packet): void {
    this.#waiting.set(ip, { packets: [packet], tries: 1, timer: this.#retryTimer(ip) })
    this.#actions.ask(ip)
  }

  #retryTimer(ip: Ip4): Timer {
    return this.#clock.setTimer(this.#clock.now() + this.#traits.interval, () => this.#retry(ip))
  }

  #retry(ip: Ip4): void {
    const waiting = this.#waiting.get(ip)
    if (!waiting) return
    if (waiting.tries >= this.#traits.tries) {
      this.#waiting.delete(ip)
      return this.#actions.failed(waiting.packets)
    }
    waiting.tries++
    waiting.timer = this.#retryTimer(ip)
    this.#actions.ask(ip)
  }
}
