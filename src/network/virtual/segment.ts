/**
 * One broadcast domain: a switch with stations on it. A frame travels to the switch (delay, jitter, in the sender's
 * order), is seen there by whoever taps the segment, and reaches all its receivers at that moment, each of which may
 * miss it. Receivers of a broadcast are found by an index over what stations listen to, never by asking every
 * station: ten thousand machines on one segment cost as much per frame as ten. Does not model collisions or
 * bandwidth.
 */
import { type Mac, isGroupMac, type Ip4 } from '../../core/address.ts'
import type { DropCause } from '../../core/drops.ts'
import type { Micros } from '../../core/micros.ts'
import type { Random } from '../../core/random.ts'
import type { TraceSink } from '../../core/trace.ts'
import type { Frame } from '../../wire/frame.ts'
import { decodeFrame, encodeFrame } from '../../wire/frames.ts'
import { IDEAL_LINK, type LinkRules, holdTime, transitTime } from './link.ts'
import { Listeners } from './listeners.ts'
import { type SwitchRules, mayAnswer, refusedBy } from './switch.ts'
import type { Event, Scheduler } from './scheduler.ts'

/** What is plugged into a segment. */
export interface Station {
  readonly name: string
  readonly mac: Mac
  receive(frame: Frame): void
  /** Hears every broadcast, whatever it listens to: a guest whose sockets are not ours to index. */
  readonly hearsAll?: boolean
}

export class Segment {
  readonly name: string
  rules: LinkRules
  /** False: the switch forwards nothing. */
  up = true
  /** What its switch does beyond forwarding. */
  switch: SwitchRules | undefined
  readonly listeners = new Listeners<Port>()
  readonly #scheduler: Scheduler
  readonly #random: Random
  readonly #trace: TraceSink
  readonly #ports = new Map<Mac, Port>()
  readonly #taps: ((at: Micros, frame: Frame) => void)[] = []
  readonly #hearAll: Port[] = []
  /**
   * For worlds that differ from a run by the time of single frames: how much later this frame is to be here than it
   * would be; negative where it was put here before its time (`insert`); undefined for all others.
   */
  perturb: ((frame: Frame) => Micros | undefined) | undefined
  /** Frames that were on the segment so far. */
  frames = 0

  constructor(
    name: string,
    scheduler: Scheduler,
    random: Random,
    trace: TraceSink,
    rules: LinkRules = IDEAL_LINK,
  ) {
    this.name = name
    this.rules = rules
    this.#scheduler = scheduler
    this.#random = random
    this.#trace = trace
  }

  attach(station: Station): Port {
    if (this.#ports.has(station.mac))
      throw new RangeError(`two stations with one MAC on segment ${this.name}: ${station.name}`)
    const port = new Port(this, station, this.#random.fork(station.name))
    this.#ports.set(station.mac, port)
    if (station.hearsAll) this.#hearAll.push(port)
    return port
  }

  /** Calls back for every frame at the moment the switch has it: the place of a mirror port. */
  tap(see: (at: Micros, frame: Frame) => void): void {
    this.#taps.push(see)
  }

  /** A station or the switch itself has no room for a packet, or does not pass it on. */
  drop(by: string, frame: Frame, cause: DropCause): void {
    this.#lost(by, frame, this.#scheduler.now(), cause)
  }

  transmit(port: Port, frame: Frame): void {
    const { rules } = this
    const { rules: cable, uplink: random } = port
    const now = this.#scheduler.now()
    if (!port.up) return this.#lost(port.station.name, frame, now, 'cut')
    const sent = cable ? this.#through(cable, frame, now, random, this.name) : frame
    if (!sent) return
    let arrival = now + transitTime(rules, random) + (cable ? transitTime(cable, random) : 0)
    if (random.chance(rules.reorder)) arrival += holdTime(rules, random)
    else if (cable && random.chance(cable.reorder)) arrival += holdTime(cable, random)
    else if (arrival < port.lastArrival) arrival = port.lastArrival
    else port.lastArrival = arrival
    this.#scheduler.schedule(new Arrival(this, port, sent, arrival))
    if (random.chance(rules.duplicate) || (cable && random.chance(cable.duplicate)))
      this.#scheduler.schedule(new Arrival(this, port, sent, arrival))
  }

  /** The frame is at the switch. */
  arrive(sender: Port, frame: Frame, at: Micros): void {
    if (!this.up || !sender.up) return this.#lost(this.name, frame, at, 'cut')
    if (this.switch && this.#isRefused(this.switch, sender, frame, at)) return
    const moved = this.perturb?.(frame)
    if (moved === undefined) this.#see(frame, at)
    else if (moved >= 0) this.#scheduler.setTimer(at + moved, () => this.#see(frame, at + moved))
    if (!isGroupMac(frame.target)) {
      const port = this.#ports.get(frame.target)
      if (port && port !== sender) this.#deliver(port, frame, at, moved)
      return
    }
    for (const port of this.listeners.receiversOf(frame))
      if (port !== sender) this.#deliver(port, frame, at, moved)
    for (const port of this.#hearAll) if (port !== sender) this.#deliver(port, frame, at, moved)
  }

  #isRefused(rules: SwitchRules, sender: Port, frame: Frame, at: Micros): boolean {
    const cause =
      sender.forwardsFrom > at
        ? 'port-not-forwarding'
        : refusedBy(rules, mayAnswer(rules, sender.station.name), frame)
    if (cause) this.#lost(this.name, frame, at, cause)
    return cause !== undefined
  }

  /** Puts a frame here that its sender will send later. Draws nothing, so it reaches all its receivers whole. */
  insert(frame: Frame): void {
    if (!this.up) return
    const at = this.#scheduler.now()
    this.#see(frame, at)
    const known = isGroupMac(frame.target) ? undefined : this.#ports.get(frame.target)
    const receivers = known ? [known] : [...this.listeners.receiversOf(frame), ...this.#hearAll]
    for (const port of receivers)
      if (port.up && port.station.mac !== frame.source)
        this.#scheduler.setTimer(at + (port.rules?.delay ?? 0), () => port.station.receive(frame))
  }

  #see(frame: Frame, at: Micros): void {
    this.frames++
    if (this.#trace.enabled)
      this.#trace.add({ kind: 'frame', at, segment: this.name, bytes: encodeFrame(frame) })
    for (const see of this.#taps) see(at, frame)
  }

  /**
   * A moved frame makes its draws when it would have come, so that every other frame meets the fate it had; then it
   * is there later, or was there already.
   */
  #deliver(port: Port, frame: Frame, at: Micros, moved: Micros | undefined): void {
    const { rules: cable, downlink: random, station } = port
    if (!port.up) return this.#lost(station.name, frame, at, 'cut')
    if (port.forwardsFrom > at) return this.#lost(station.name, frame, at, 'port-not-forwarding')
    let received = this.#through(this.rules, frame, at, random, station.name)
    if (received && cable) received = this.#through(cable, received, at, random, station.name)
    if (!received) return
    if (!cable && moved === undefined) return station.receive(received)
    if (cable) this.#descend(port, cable, received, at, moved)
    else if (moved! >= 0) this.#scheduler.setTimer(at + moved!, () => station.receive(received))
  }

  /** Down a station's own cable. */
  #descend(port: Port, cable: LinkRules, frame: Frame, at: Micros, moved: Micros = 0): void {
    const random = port.downlink
    let arrival = at + transitTime(cable, random)
    if (random.chance(cable.reorder)) arrival += holdTime(cable, random)
    else if (arrival < port.lastDelivery) arrival = port.lastDelivery
    else port.lastDelivery = arrival
    const copies = random.chance(cable.duplicate) ? 2 : 1
    if (moved < 0) return
    for (let copy = 0; copy < copies; copy++)
      this.#scheduler.setTimer(arrival + moved, () => void (port.up && port.station.receive(frame)))
  }

  /** The frame as it comes out, if it does. */
  #through(rules: LinkRules, frame: Frame, at: Micros, random: Random, receiver: string): Frame | undefined {
    if (random.chance(rules.loss)) return this.#lost(receiver, frame, at, 'loss')
    if (!random.chance(rules.corrupt)) return frame
    return flipOneBit(frame, random) ?? this.#lost(receiver, frame, at, 'corrupt')
  }

  /** `receiver` is a station, or the segment itself for what its switch did not get. */
  #lost(receiver: string, frame: Frame, at: Micros, cause: DropCause): undefined {
    if (this.#trace.enabled)
      this.#trace.add({ kind: 'drop', at, segment: this.name, receiver, cause, bytes: encodeFrame(frame) })
  }
}

/** Where a station is plugged in. */
export class Port {
  readonly segment: Segment
  readonly station: Station
  /** Rules of this station's own cable, in both directions, on top of the segment's. */
  rules: LinkRules | undefined
  up = true
  /** Before that its switch learns of it and forwards nothing. */
  forwardsFrom: Micros = 0
  /** Order is kept on the way up and on the way down. */
  lastArrival: Micros = 0
  lastDelivery: Micros = 0
  readonly uplink: Random
  readonly downlink: Random

  constructor(segment: Segment, station: Station, random: Random) {
    this.segment = segment
    this.station = station
    this.uplink = random.fork('up')
    this.downlink = random.fork('down')
  }

  /** The machine was reset, or its cable plugged in: the switch starts anew with this port. */
  linkUp(now: Micros): void {
    const delay = this.segment.switch?.forwardingDelay ?? 0
    if (delay > 0) this.forwardsFrom = now + delay
  }

  transmit(frame: Frame): void {
    this.segment.transmit(this, frame)
  }

  /** Addresses are indexed so that an ARP request finds its target. */
  holdAddress(ip: Ip4): void {
    this.segment.listeners.addAddress(ip, this)
  }

  dropAddress(ip: Ip4): void {
    this.segment.listeners.removeAddress(ip, this)
  }
}

class Arrival implements Event {
  readonly at: Micros
  order = 0
  dead = false
  readonly #segment: Segment
  readonly #sender: Port
  readonly #frame: Frame

  constructor(segment: Segment, sender: Port, frame: Frame, at: Micros) {
    this.#segment = segment
    this.#sender = sender
    this.#frame = frame
    this.at = at
  }

  fire(): void {
    this.#segment.arrive(this.#sender, this.#frame, this.at)
  }
}

/** The frame as a receiver's hardware and stack would see it, or undefined where a checksum catches the flip. */
const flipOneBit = (frame: Frame, random: Random): Frame | undefined => {
  const bytes = encodeFrame(frame)
  const bit = random.below(bytes.length * 8)
  bytes[bit >> 3]! ^= 1 << (bit & 7)
  const damaged = decodeFrame(bytes)
  return damaged.ok && damaged.issues.length === 0 ? damaged.value : undefined
}
