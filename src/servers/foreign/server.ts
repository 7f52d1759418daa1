/**
 * A foreign server on a host: a responder described by its packets, and its TFTP service with or without bad behavior.
 * Does not contain protocol.
 */
import type { Ip4 } from '../../core/address.ts'
import type { Random } from '../../core/random.ts'
import { type EventProjection, type TraceSink, serviceEvent } from '../../core/trace.ts'
import { type BsdpSetup, bsdpService } from '../../nbs/bsdp.ts'
import type { Host } from '../../network/port.ts'
import { Restartable, type Running } from '../../network/restartable.ts'
import { runStateMachine } from '../../network/runner.ts'
import { sharedPorts } from '../../network/shared-ports.ts'
import { BSDP_EVENTS } from '../../protocol/bsdp/events.ts'
import type { TftpFiles } from '../../protocol/tftp/service.ts'
import { type FileServerState, startFileServer } from '../file-server.ts'
import { type HttpServerState, startHttpServer } from '../http-server.ts'
import { started } from '../parts/services.ts'
import { ForeignDelays } from './delays.ts'
import type { ForeignDescription } from './fields.ts'
import { FOREIGN_EVENTS } from './events.ts'
import { RecordedResponder } from './recorded.ts'
import { ForeignResponder } from './responder.ts'

/** `dhcp` is all of the responder, 4011 included; `boot4011` is port 4011 alone. */
export const FOREIGN_SERVICES = ['dhcp', 'boot4011', 'bsdp', 'tftp', 'http'] as const
export type ForeignServiceName = (typeof FOREIGN_SERVICES)[number]

export interface ForeignSetup {
  readonly responder: ForeignDescription
  /** For its delays. */
  readonly random?: Random | undefined
  readonly tftp: FileServerState
  /** Default: off. */
  readonly http?: HttpServerState | undefined
  readonly files?: TftpFiles | undefined
  /** Where `tftp: other-address` answers from; one of the host's interfaces must have it. */
  readonly otherAddress?: Ip4 | undefined
  /** It answers Macs too. */
  readonly bsdp?: BsdpSetup | undefined
}

export class ForeignServer {
  readonly delays: ForeignDelays
  readonly #host: Host
  readonly #trace: TraceSink
  readonly #random: Random
  readonly #responder: Restartable
  readonly #bsdp: Restartable
  readonly #tftp: Restartable<FileServerState>
  readonly #tftpState: FileServerState
  readonly #http: Restartable<HttpServerState>
  readonly #httpState: HttpServerState
  #description: ForeignDescription
  #setBootServer: (state: 'alive' | 'dead') => void = () => {}

  constructor(host: Host, setup: ForeignSetup, trace: TraceSink) {
    const { responder, bsdp, files, otherAddress, random = host.random.fork('foreign') } = setup
    this.#host = bsdp ? sharedPorts(host) : host
    this.#trace = trace
    this.#description = responder
    this.delays = new ForeignDelays(responder, random)
    this.#random = random
    const startBsdp = bsdp && bsdpService(bsdp)
    this.#responder = new Restartable(() => this.#launchResponder())
    this.#bsdp = new Restartable(() => startBsdp?.(this.#host, event => this.#tell(BSDP_EVENTS, event)))
    this.#tftp = new Restartable(state =>
      startFileServer(this.#host, { state, files, otherAddress }, this.#trace),
    )
    this.#tftpState = setup.tftp
    this.#http = new Restartable(state => startHttpServer(this.#host, state, files, this.#trace))
    this.#httpState = setup.http ?? 'off'
  }

  /** Starts what is to be on. Resolves when all ports are bound. */
  async start(): Promise<void> {
    await Promise.all([
      this.#responder.start(),
      this.#bsdp.start(),
      this.#tftp.start(this.#tftpState),
      this.#http.start(this.#httpState),
    ])
  }

  stop(): void {
    for (const part of [this.#responder, this.#bsdp, this.#tftp, this.#http]) part.stop()
  }

  async startService(name: ForeignServiceName): Promise<void> {
    switch (name) {
      case 'dhcp':
        return this.#responder.start()
      case 'boot4011':
        return this.#changeBootServer('alive')
      case 'bsdp':
        return this.#bsdp.start()
      case 'tftp':
        return this.#tftp.start(started(this.#tftpState))
      case 'http':
        return this.#http.start(started(this.#httpState))
    }
  }

  stopService(name: ForeignServiceName): void {
    switch (name) {
      case 'dhcp':
        return this.#responder.stop()
      case 'boot4011':
        return this.#changeBootServer('dead')
      case 'bsdp':
        return this.#bsdp.stop()
      case 'tftp':
        return this.#tftp.stop()
      case 'http':
        return this.#http.stop()
    }
  }

  #changeBootServer(state: 'alive' | 'dead'): void {
    this.#description = { ...this.#description, boot4011: state }
    this.#setBootServer(state)
    this.#tell(FOREIGN_EVENTS, { kind: 'boot-server', state })
  }

  #launchResponder(): Running {
    const machine = this.#responderMachine()
    const runner = runStateMachine(this.#host, machine, event => this.#tell(FOREIGN_EVENTS, event))
    this.#setBootServer = state => runner.perform(machine.setBootServer(state))
    return runner
  }

  #responderMachine(): ForeignResponder | RecordedResponder {
    const { recorded, address, boot4011 } = this.#description
    const surroundings = { iface: this.#host.interfaces[0]?.name, delays: this.delays }
    if (!recorded) return new ForeignResponder(this.#description, surroundings)
    return new RecordedResponder({
      ...surroundings,
      recorded,
      address,
      boot4011,
      random: this.#random.fork('recorded'),
    })
  }

  #tell<Event>(events: EventProjection<Event>, event: Event): void {
    const { name, clock } = this.#host
    if (this.#trace.enabled) this.#trace.add(serviceEvent(clock.now(), name, events, event))
  }
}
