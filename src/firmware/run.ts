/**
 * Switches a machine on: runs a firmware script on a host, hands it what arrives, wakes it in time, and puts its
 * screen and its choices into the trace. Does not know any firmware, and uses no promise: thousands run at once.
 */
import { type Endpoint, type Mac, macBytes } from '../core/address.ts'
import type { Destination } from '../core/state-machine.ts'
import type { Micros } from '../core/micros.ts'
import type { Random } from '../core/random.ts'
import type { TraceSink } from '../core/trace.ts'
import type { Phrase } from '../core/wording.ts'
import type { Address, Host, SendStatus, Timer, UdpOptions, UdpSocket } from '../network/port.ts'
import { stampOf } from '../wire/pxe/stamp.ts'
import type { BootRecord, Firmware, Incoming, Pc, PcSocket, PcStream, Script } from './pc.ts'
import { newBootRecord } from './record.ts'

/** Datagrams that wait while a script is busy with another one; a receive ring of a network card is no larger. */
const MAX_INBOX = 64

/** Where chaddr stands in a DHCP message (RFC 2131 §2). */
const CHADDR_OFFSET = 28

export interface Identity {
  readonly mac: Mac
  /** SMBIOS UUID as it stands in the table: 16 bytes. */
  readonly uuid: Uint8Array
}

export interface RunningMachine {
  readonly record: BootRecord
  /** Pulls the plug: closes every socket, drops the address, and calls nobody any more. */
  powerOff(): void
}

/** `onEnd` is called once, when the script has come to its end; never after `powerOff`, never from within this call. */
export const bootMachine = (
  host: Host,
  firmware: Firmware,
  identity: Identity,
  trace: TraceSink,
  onEnd: (record: BootRecord) => void,
): RunningMachine => new PoweredMachine(host, firmware, identity, trace, onEnd)

class PoweredMachine implements Pc, RunningMachine {
  readonly record = newBootRecord()
  readonly name: string
  readonly mac: Mac
  readonly uuid: Uint8Array
  readonly random: Random
  readonly #host: Host
  readonly #trace: TraceSink
  readonly #onEnd: (record: BootRecord) => void
  readonly #iface: string
  readonly #script: Script
  readonly #sockets = new Set<MachineSocket>()
  /** Few in a boot; those that have ended do no harm here. */
  readonly #streams: PcStream[] = []
  readonly #inbox: Incoming[] = []
  /** Until when the script listens. */
  #until: Micros = 0
  #timer: Timer | undefined
  #timerAt: Micros = Infinity
  #busy = false
  #ended = false
  #on = true

  constructor(
    host: Host,
    firmware: Firmware,
    identity: Identity,
    trace: TraceSink,
    onEnd: (record: BootRecord) => void,
  ) {
    const face = host.interfaces[0]
    if (!face) throw new RangeError(`${host.name} has no network interface`)
    this.#host = host
    this.#trace = trace
    this.#onEnd = onEnd
    this.#iface = face.name
    this.name = host.name
    this.mac = identity.mac
    this.uuid = identity.uuid
    this.random = host.random
    if (face.addresses.length > 0) host.configure(face.name, [])
    trace.add({ at: this.now(), kind: 'power', host: host.name, on: true })
    this.#script = firmware.boot(this, this.record)
    // The first instruction is executed by a timer, so that the caller holds this object before anything happens.
    this.#setTimer(this.now())
  }

  now(): Micros {
    return this.#host.clock.now()
  }

  openUdp(options: Parameters<Pc['openUdp']>[0]): PcSocket {
    const socket = new MachineSocket(this.#sockets)
    const filter = options.ownChaddrOnly ? { offset: CHADDR_OFFSET, bytes: macBytes(this.mac) } : undefined
    const udp: UdpOptions = {
      port: options.port,
      iface: this.#iface,
      ...(options.from !== undefined && { from: options.from }),
      ...(options.groups && { groups: options.groups }),
      ...(filter && { match: filter }),
      onDatagram: datagram => this.#receive({ kind: 'datagram', socket, datagram }),
      onUnreachable: what => this.#receive({ kind: 'unreachable', socket, what }),
    }
    socket.udp = this.#host.openUdp(udp)
    return socket
  }

  connectTcp(to: Endpoint): PcStream | undefined {
    const stream: PcStream | undefined = this.#host.connectTcp?.(to, {
      onEvent: event => stream && this.#receive({ kind: 'stream', stream, event }),
    })
    if (stream) this.#streams.push(stream)
    return stream
  }

  configure(address: Address | undefined): void {
    this.#host.configure(this.#iface, address ? [address] : [])
  }

  print(line: string): void {
    if (this.#trace.enabled)
      this.#trace.add({ at: this.now(), kind: 'screen', host: this.name, text: line, continues: false })
  }

  append(text: string): void {
    if (this.#trace.enabled)
      this.#trace.add({ at: this.now(), kind: 'screen', host: this.name, text, continues: true })
  }

  because(rule: string, text: Phrase): void {
    if (this.#trace.enabled) this.#trace.add({ at: this.now(), kind: 'choice', host: this.name, rule, text })
  }

  powerOff(): void {
    if (!this.#on) return
    this.#on = false
    this.#release()
    this.configure(undefined)
    this.#trace.add({ at: this.now(), kind: 'power', host: this.name, on: false })
  }

  #receive(incoming: Incoming): void {
    if (this.#ended) return
    if (!this.#busy) this.#resume(incoming)
    else if (incoming.kind === 'stream' || this.#inbox.length < MAX_INBOX) this.#inbox.push(incoming)
    else if (incoming.kind === 'datagram') this.#host.overflow?.(incoming.datagram)
  }

  /** Runs the script until it waits for something that has not come yet. */
  #resume(incoming: Incoming | undefined): void {
    this.#busy = true
    let next = incoming
    for (;;) {
      const step = this.#step(next)
      if (this.#ended) return
      if (step === undefined) return this.#finish()
      this.#until = step
      next = this.#inbox.shift()
      if (next === undefined && step > this.now()) break
    }
    this.#busy = false
    if (this.#until < this.#timerAt) this.#setTimer(this.#until)
  }

  /** Undefined: the script has come to its end. */
  #step(incoming: Incoming | undefined): Micros | undefined {
    try {
      const step = this.#script.next(incoming)
      return step.done ? undefined : step.value
    } catch (cause) {
      this.#release()
      throw cause
    }
  }

  // A timer that fires too early only looks again: within a transfer the deadline moves with every datagram, and a
  // new timer each time would cost more than an idle wake-up now and then.
  #setTimer(at: Micros): void {
    this.#timer?.cancel()
    this.#timerAt = at
    this.#timer = this.#host.clock.setTimer(at, () => this.#wake())
  }

  #wake(): void {
    this.#timer = undefined
    this.#timerAt = Infinity
    if (this.#ended) return
    if (this.#until <= this.now()) this.#resume(undefined)
    else if (this.#until < Infinity) this.#setTimer(this.#until)
  }

  #finish(): void {
    this.#release()
    for (const stream of this.#streams.splice(0)) stream.end()
    this.#showStamp()
    this.#onEnd(this.record)
  }

  /** The first thing a boot program of ours does is to show who served it. */
  #showStamp(): void {
    const { outcome, content } = this.record
    const stamp = this.#trace.enabled && outcome === 'booted' && content ? stampOf(content) : undefined
    if (stamp) this.print(stamp.text)
  }

  #release(): void {
    this.#ended = true
    this.#timer?.cancel()
    this.#inbox.length = 0
    for (const socket of this.#sockets) socket.udp?.close()
    this.#sockets.clear()
  }
}

class MachineSocket implements PcSocket {
  udp: UdpSocket | undefined
  readonly #open: Set<MachineSocket>

  constructor(open: Set<MachineSocket>) {
    this.#open = open
    open.add(this)
  }

  send(to: Destination, payload: Uint8Array): SendStatus {
    return this.udp ? this.udp.send(to, payload) : 'closed'
  }

  close(): void {
    this.udp?.close()
    this.#open.delete(this)
  }
}
