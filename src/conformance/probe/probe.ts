/**
 * The one face through which clauses see a server: send a datagram, wait for answers up to a time, judge. It needs a
 * host and its clock, so that the same procedure runs in virtual time and on real sockets. Does not know what a clause
 * is about.
 */
import type { Endpoint, Ip4, Mac } from '../../core/address.ts'
import { LIMITED_BROADCAST, toMac } from '../../core/address.ts'
import type { Micros } from '../../core/micros.ts'
import type { Random } from '../../core/random.ts'
import type { Datagram } from '../../core/state-machine.ts'
import type { Host, UdpSocket } from '../../network/port.ts'
import { notRun } from '../judgement.ts'
import { MAX_SAID, type Said } from './said.ts'

/** Wait until then, or until it is enough. */
export interface Wait {
  readonly until: Micros
  readonly enough: () => boolean
}

/** A check is sequential: it sends as it goes, and `yield`s to wait. */
export type Procedure<Result = void> = Generator<Wait, Result, void>

/** How long to wait, by the world that the server lives in. */
export interface Patience {
  /** For an answer that has to come. */
  readonly answer: Micros
  /** Until silence is believed. */
  readonly silence: Micros
  /** For a TFTP transfer that makes no progress. */
  readonly transfer: Micros
  /** Between two requests of a burst. */
  readonly gap: Micros
}

export interface Station {
  readonly host: Host
  /** Its own address there. */
  readonly address: Ip4
  readonly patience: Patience
  /** Ports from here up are free for the probe's own end of transfers. */
  readonly firstPort: number
  /** In virtual time and on a server that is started for the purpose, more may be asked than of a stranger's. */
  readonly isLab: boolean
  /** Machines that load at once; all of them have the one address of the probe. */
  readonly crowd: number
}

/** What is asked. */
export interface Server {
  readonly name: string
  readonly address: Ip4
  /** Files that its TFTP service has, besides the boot file that it names. */
  readonly files: readonly string[]
  /** A machine that it is not to answer. */
  readonly denied?: Mac | undefined
}

export interface Heard extends Said {
  readonly datagram: Datagram
}

export interface ProbeSocket {
  readonly port: number
  readonly heard: Heard[]
  /** An ICMP error, or the like, came for it. */
  refused: boolean
  /** Of each datagram as it comes, besides keeping it. */
  onHeard: ((heard: Heard) => void) | undefined
  send(to: Endpoint, payload: Uint8Array): Said
  close(): void
}

/** Machines of the lab: 02:6e:62 is locally administered ("nb"), then the clause, then the machine. */
const LAB_MACS = 0x026e62000000
/** Machines a clause may play. */
const MACHINES = 4096
/** Own ends of transfers that a probe may have, one after another. */
const PORTS = 4000

export class Probe {
  readonly server: Server
  readonly station: Station
  readonly said: Said[] = []
  readonly random: Random
  /** Something came that a wait may be over by. */
  onNews: (() => void) | undefined
  readonly #sockets: ProbeSocket[] = []
  readonly #firstMac: number
  #machines = 0
  #nextPort: number
  #broken: string | undefined
  #lastAsked = 0

  /** `number`: of the clause, by which its machines differ from those of others. */
  constructor(station: Station, server: Server, number: number, random: Random) {
    this.station = station
    this.server = server
    this.random = random
    this.#firstMac = LAB_MACS + number * MACHINES
    this.#nextPort = station.firstPort + ((number * 37) % PORTS)
  }

  get now(): Micros {
    return this.station.host.clock.now()
  }

  get patience(): Patience {
    return this.station.patience
  }

  /** Another machine, that nobody has seen before. */
  newMac(): Mac {
    return toMac(this.#firstMac + this.#machines++)
  }

  /** `port` 0: one of its own. Ends the clause with `notRun` where the system does not let it. */
  open(port = 0): ProbeSocket {
    const number = port === 0 ? this.#freshPort() : port
    let socket: UdpSocket | undefined
    const opened: ProbeSocket = {
      port: number,
      heard: [],
      refused: false,
      onHeard: undefined,
      send: (to, payload) => {
        const said = this.#note({
          at: this.now,
          by: 'probe',
          from: { ip: this.station.address, port: number },
          to,
          payload,
        })
        this.#lastAsked = this.said.length - 1
        socket?.send(to.ip === LIMITED_BROADCAST ? { ...to, iface: this.#iface } : to, payload)
        return said
      },
      close: () => socket?.close(),
    }
    socket = this.station.host.openUdp({
      port: number,
      onDatagram: datagram => this.#hear(opened, datagram),
      onUnreachable: () => {
        opened.refused = true
        this.onNews?.()
      },
    })
    socket.ready.catch((error: unknown) => {
      this.#broken ??= error instanceof Error ? error.message : String(error)
      this.onNews?.()
    })
    this.#sockets.push(opened)
    return opened
  }

  *wait(span: Micros): Procedure {
    yield { until: this.now + span, enough: () => this.#broken !== undefined }
    this.#complain()
  }

  /** True: it was enough; false: the time has passed. */
  *until(enough: () => boolean, span: Micros): Procedure<boolean> {
    yield { until: this.now + span, enough: () => enough() || this.#broken !== undefined }
    this.#complain()
    return enough()
  }

  close(): void {
    for (const socket of this.#sockets.splice(0)) socket.close()
  }

  /** The last question and what came after it. */
  get lastTalk(): readonly Said[] {
    return this.said.slice(this.#lastAsked)
  }

  get #iface(): string {
    return this.station.host.interfaces[0]!.name
  }

  #freshPort(): number {
    const port = this.#nextPort++
    if (this.#nextPort >= this.station.firstPort + PORTS) this.#nextPort = this.station.firstPort
    return port
  }

  #hear(socket: ProbeSocket, datagram: Datagram): void {
    const { source, target, payload } = datagram
    const heard: Heard = {
      at: this.now,
      by: 'server',
      from: source,
      to: target,
      // A back-end may use its buffer again.
      payload: payload.slice(),
      datagram,
    }
    this.#note(heard)
    socket.heard.push(heard)
    socket.onHeard?.(heard)
    this.onNews?.()
  }

  #note<S extends Said>(said: S): S {
    if (this.said.length < MAX_SAID) this.said.push(said)
    return said
  }

  #complain(): void {
    if (this.#broken !== undefined) notRun(this.#broken)
  }
}
