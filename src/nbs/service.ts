/**
 * One Network Boot Service on a host: PXE service, TFTP service, optionally BSDP, with their images and whoever
 * decides for their machines (NBS-1). The same object runs in a simulation and behind `nbs serve`. Does not contain protocol:
 * the machines do; does not lease addresses.
 */
import type { Micros } from '../core/micros.ts'
import type { StateMachine } from '../core/state-machine.ts'
import { type EventProjection, type TraceSink, serviceEvent } from '../core/trace.ts'
import { addressOn, isOwnAddress } from '../network/addresses.ts'
import type { Host } from '../network/port.ts'
import { runStateMachine } from '../network/runner.ts'
import { BSDP_EVENTS, type BsdpEvent } from '../protocol/bsdp/events.ts'
import { PXE_EVENTS, type PxeEvent } from '../protocol/pxe/events.ts'
import { PxeService, type PxeServiceOptions } from '../protocol/pxe/service.ts'
import { silentPorts } from '../protocol/silent-ports.ts'
import { type TftpFiles, isRefusal } from '../protocol/tftp/files.ts'
import { TFTP_EVENTS, type TftpEvent } from '../protocol/tftp/events.ts'
import { TftpService, type TftpServiceOptions } from '../protocol/tftp/service.ts'
import { DHCP_PORT } from '../wire/dhcp/message.ts'
import { TFTP_PORT } from '../wire/tftp/packet.ts'
import { bootstrapFile } from './bootstrap-files.ts'
import type { Decision, DecisionSource } from './decision.ts'
import { NBS_EVENTS } from './events.ts'
import { Stamps } from './stamps.ts'

/** `off`, `closed`: the port is closed, the host says so by ICMP. `silent`: it is open and nobody answers. */
export const SERVICE_STATES = ['on', 'off', 'closed', 'silent'] as const
export type ServiceState = (typeof SERVICE_STATES)[number]

/** `boot4011` is the PXE service's port 4011 alone. */
export const NBS_SERVICES = ['pxe', 'boot4011', 'bsdp', 'tftp'] as const
export type NbsServiceName = (typeof NBS_SERVICES)[number]

export interface RunningService {
  /** Resolves when its sockets are bound. */
  readonly ready: Promise<void>
  stop(): void
}

type TftpMachine = StateMachine<string, TftpEvent>

/** What a PXE service is told besides what the NBS fills in itself. */
export type PxePolicy = Omit<PxeServiceOptions, 'addressOn' | 'bootFile' | 'boot4011' | 'whenUnreachable'>

export interface NetworkBootServiceOptions {
  readonly images: TftpFiles
  readonly decisions: DecisionSource
  readonly pxe?: PxePolicy
  readonly tftp?: Omit<TftpServiceOptions, 'files'>
  /** Lays something over the TFTP service: how others would spoil it. */
  readonly overTftp?: ((machine: TftpMachine) => TftpMachine) | undefined
  /** Starts a BSDP service; without it `services.bsdp` means nothing. */
  readonly bsdp?: ((host: Host, tell: (event: BsdpEvent) => void) => RunningService) | undefined
  readonly services?: Partial<Record<'pxe' | 'bsdp' | 'tftp', ServiceState>>
  readonly boot4011?: 'alive' | 'dead'
  /** What machines are told while nobody decides. What the product does is not public: our assumption. */
  readonly whenUnreachable?: 'silent' | 'production' | 'unknown'
  /** The image of `whenUnreachable: unknown`. */
  readonly unknownImage?: string
  readonly bootFile?: PxeServiceOptions['bootFile']
  /** Who was told what, for the stamps on boot programs; shared where PXE and TFTP are two objects. Default: its own. */
  readonly stamps?: Stamps
  readonly trace: TraceSink
  /** Gets every event, whether or not somebody looks at the trace. */
  readonly observe?: NbsObserver | undefined
}

export interface NbsObserver {
  pxe(event: PxeEvent): void
  tftp(event: TftpEvent): void
}

export class NetworkBootService {
  readonly #host: Host
  readonly #options: NetworkBootServiceOptions
  readonly #stamps: Stamps
  readonly #running = new Map<NbsServiceName, RunningService>()
  #pxe: PxeService | undefined
  #boot4011: 'alive' | 'dead'
  #delay: (() => Micros) | undefined

  constructor(host: Host, options: NetworkBootServiceOptions) {
    this.#host = host
    this.#options = options
    this.#boot4011 = options.boot4011 ?? 'alive'
    this.#delay = options.pxe?.delay
    this.#stamps = options.stamps ?? new Stamps(host.name)
  }

  /** Starts what is to be on. Resolves when all ports are bound. */
  async start(): Promise<void> {
    const { services } = this.#options
    const names = ['pxe', 'tftp', 'bsdp'] as const
    await Promise.all(names.map(name => this.startService(name, services?.[name] ?? 'on')))
  }

  stop(): void {
    for (const name of this.#running.keys()) this.stopService(name)
  }

  /** `state` is what it is to be from now on; a service that runs is stopped first. */
  async startService(name: NbsServiceName, state: ServiceState = 'on'): Promise<void> {
    if (name === 'boot4011') return this.#setBootServer(state === 'on' ? 'alive' : 'dead')
    this.stopService(name)
    if (state === 'off' || state === 'closed') return
    const service = state === 'silent' ? this.#openSilently(name) : this.#launch(name)
    if (!service) return
    this.#running.set(name, service)
    this.#tell(NBS_EVENTS[name], { type: state === 'silent' ? 'silent' : 'started' })
    await service.ready
  }

  stopService(name: NbsServiceName): void {
    if (name === 'boot4011') return this.#setBootServer('dead')
    const service = this.#running.get(name)
    if (!service) return
    this.#running.delete(name)
    service.stop()
    this.#tell(NBS_EVENTS[name], { type: 'stopped' })
  }

  /** How long the PXE service waits before each answer, from now on. */
  set responseDelay(delay: () => Micros) {
    this.#delay = delay
    if (this.#pxe) this.#pxe.delay = delay
  }

  #setBootServer(state: 'alive' | 'dead'): void {
    this.#boot4011 = state
    if (this.#pxe) this.#pxe.boot4011 = state
    this.#tell(NBS_EVENTS.pxe, { type: 'boot-server', state })
  }

  #launch(name: 'pxe' | 'bsdp' | 'tftp'): RunningService | undefined {
    switch (name) {
      case 'pxe':
        return this.#launchPxe()
      case 'tftp':
        return this.#launchTftp()
      case 'bsdp':
        return this.#options.bsdp?.(this.#host, event => this.#tell(BSDP_EVENTS, event))
    }
  }

  #launchPxe(): RunningService {
    const { pxe, decisions, trace, observe, bootFile = bootstrapFile } = this.#options
    const clock = this.#host.clock
    const whenUnreachable = this.#decisionWhenUnreachable()
    const machine = new PxeService({
      ...pxe,
      addressOn: iface => addressOn(this.#host, iface),
      bootFile,
      boot4011: this.#boot4011,
      ...(this.#delay && { delay: this.#delay }),
      ...(whenUnreachable && { whenUnreachable }),
    })
    this.#pxe = machine
    const onEvent = (event: PxeEvent): void => {
      if (trace.enabled) this.#tellPxe(event)
      this.#stamps.observe(event)
      observe?.pxe(event)
      if (event.kind !== 'ask') return
      const { id } = event
      decisions.ask(event.question, answer => runner.perform(machine.answer(clock.now(), id, answer)))
    }
    const runner = runStateMachine(this.#host, machine, onEvent)
    return runner
  }

  #launchTftp(): RunningService {
    const { tftp, images, observe } = this.#options
    const machine = new TftpService({
      isOwnAddress: ip => isOwnAddress(this.#host, ip),
      later: act => runner.perform(act(this.#host.clock.now())),
      ...tftp,
      files: this.#stamps.over(images),
    })
    const told = this.#options.overTftp?.(machine) ?? machine
    const runner = runStateMachine(this.#host, told, event => {
      this.#tell(TFTP_EVENTS, event)
      observe?.tftp(event)
    })
    const stop = (): void => {
      runner.perform(machine.stop(this.#host.clock.now()))
      runner.stop()
    }
    return { ready: runner.ready, stop }
  }

  #openSilently(name: 'pxe' | 'bsdp' | 'tftp'): RunningService | undefined {
    const { pxe, tftp } = this.#options
    const { server, bootServer } = pxe?.ports ?? DHCP_PORT
    if (name === 'bsdp') return undefined // it has no port of its own
    const ports =
      name === 'tftp' ? [{ port: tftp?.port ?? TFTP_PORT }] : [{ port: server }, { port: bootServer }]
    return runStateMachine(this.#host, silentPorts(ports), () => {})
  }

  #decisionWhenUnreachable(): Decision | undefined {
    const { whenUnreachable = 'silent', unknownImage = '' } = this.#options
    if (whenUnreachable === 'silent') return undefined
    const common = { client: 'unknown', arch: 'x64', jobRunning: false } as const
    return whenUnreachable === 'production'
      ? { ...common, boot: 'production', image: '' }
      : { ...common, boot: 'pxe', image: unknownImage }
  }

  #tellPxe(event: PxeEvent): void {
    this.#tell(PXE_EVENTS, event)
    const { file } = event.kind === 'answered' ? event : {}
    if (file !== undefined && isRefusal(this.#options.images.open(file)))
      this.#tell(NBS_EVENTS.pxe, { type: 'missing-file', file })
  }

  #tell<Event>(events: EventProjection<Event>, event: Event): void {
    const { trace } = this.#options
    const { name, clock } = this.#host
    if (trace.enabled) trace.add(serviceEvent(clock.now(), name, events, event))
  }
}
