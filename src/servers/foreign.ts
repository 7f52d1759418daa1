/**
 * A foreign server on a host: a responder described by its packets, and its TFTP service with or without bad behavior.
 * Does not contain protocol.
 */
import type { Ip4 } from '../core/address.ts'
import { type EventProjection, type TraceSink, serviceEvent } from '../core/trace.ts'
import { type BsdpSetup, bsdpService } from '../nbs/bsdp.ts'
import type { Host } from '../network/port.ts'
import { runStateMachine } from '../network/runner.ts'
import { sharedPorts } from '../network/shared-ports.ts'
import { BSDP_EVENTS } from '../protocol/bsdp/events.ts'
import type { TftpFiles, TftpServiceOptions } from '../protocol/tftp/service.ts'
import { type FileServerState, startFileServer } from './file-server.ts'
import type { ForeignOptions } from './foreign-options.ts'
import { FOREIGN_EVENTS } from './foreign-events.ts'
import { ForeignResponder } from './foreign-responder.ts'

/** `dhcp` is all of the responder, 4011 included. */
export type ForeignServiceName = 'dhcp' | 'bsdp' | 'tftp'

export interface ForeignSetup {
  /** `address` and `iface` default to the host's first interface. */
  readonly responder: Omit<ForeignOptions, 'address'> & { readonly address?: Ip4 }
  /** Default: `on` if there are files, else `closed`. */
  readonly tftp?: FileServerState | undefined
  readonly files?: TftpFiles | undefined
  /** Where `tftp: other-address` answers from; one of the host's interfaces must have it. */
  readonly otherAddress?: Ip4 | undefined
  /** It answers Macs too. */
  readonly bsdp?: BsdpSetup | undefined
  readonly tftpOptions?: Omit<TftpServiceOptions, 'files'> | undefined
}

interface Running {
  readonly ready: Promise<void>
  stop(): void
}

export class ForeignServer {
  readonly #host: Host
  readonly #setup: ForeignSetup
  readonly #trace: TraceSink
  readonly #startBsdp: ReturnType<typeof bsdpService> | undefined
  readonly #running = new Map<ForeignServiceName, Running>()

  constructor(host: Host, setup: ForeignSetup, trace: TraceSink) {
    this.#host = setup.bsdp ? sharedPorts(host) : host
    this.#startBsdp = setup.bsdp && bsdpService(setup.bsdp)
    this.#setup = setup
    this.#trace = trace
  }

  /** Resolves when all ports are bound. */
  async start(): Promise<void> {
    await Promise.all([this.startService('dhcp'), this.startService('bsdp'), this.startService('tftp')])
  }

  stop(): void {
    for (const name of this.#running.keys()) this.stopService(name)
  }

  async startService(name: ForeignServiceName): Promise<void> {
    this.stopService(name)
    const service = this.#launch(name)
    if (!service) return
    this.#running.set(name, service)
    await service.ready
  }

  stopService(name: ForeignServiceName): void {
    this.#running.get(name)?.stop()
    this.#running.delete(name)
  }

  #launch(name: ForeignServiceName): Running | undefined {
    switch (name) {
      case 'dhcp':
        return this.#startResponder()
      case 'bsdp':
        return this.#startBsdp?.(this.#host, event => this.#tell(BSDP_EVENTS, event))
      case 'tftp':
        return this.#startTftp()
    }
  }

  #startResponder(): Running {
    const face = this.#host.interfaces[0]
    const address = this.#setup.responder.address ?? face?.addresses[0]?.ip
    if (address === undefined) throw new RangeError(`${this.#host.name} has no address`)
    const machine = new ForeignResponder({
      ...(face && { iface: face.name }),
      ...this.#setup.responder,
      address,
    })
    return runStateMachine(this.#host, machine, event => this.#tell(FOREIGN_EVENTS, event))
  }

  #startTftp(): Running | undefined {
    const { files, otherAddress, tftpOptions, tftp = files ? 'on' : 'closed' } = this.#setup
    return startFileServer(
      this.#host,
      { state: tftp, files, otherAddress, options: tftpOptions },
      this.#trace,
    )
  }

  #tell<Event>(events: EventProjection<Event>, event: Event): void {
    const { name, clock } = this.#host
    if (this.#trace.enabled) this.#trace.add(serviceEvent(clock.now(), name, events, event))
  }
}
