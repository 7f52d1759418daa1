/**
 * What runs on one interface: the NBS, and a DHCP server where one is wanted. Settings of its PXE side can change
 * while its transfers go on. Does not choose interfaces, does not log.
 */
import type { Datagram } from '../core/state-machine.ts'
import { type TraceSink, noTrace } from '../core/trace.ts'
import { type BsdpSetup, bsdpService } from '../nbs/bsdp.ts'
import type { DecisionSource } from '../nbs/decision.ts'
import { type NbsObserver, NetworkBootService } from '../nbs/service.ts'
import { Stamps } from '../nbs/stamps.ts'
import type { AddressedInterface } from '../network/kernel/network.ts'
import type { Host } from '../network/port.ts'
import { sharedPorts } from '../network/shared-ports.ts'
import { Admission, type Inadmissible } from '../protocol/dhcp/admission.ts'
import type { DhcpEvent } from '../protocol/dhcp/events.ts'
import type { LeasePool } from '../protocol/dhcp/leases.ts'
import type { TftpFiles } from '../protocol/tftp/files.ts'
import { DhcpService } from '../servers/dhcp/dhcp-service.ts'
import { DHCP_ENGINES } from '../servers/dhcp/engines.ts'
import { pxePolicy } from '../servers/parts/pxe.ts'
import { DHCP_PORT } from '../wire/dhcp/message.ts'
import type { ServeConfig } from './config.ts'
import { dhcpSetup } from './dhcp-setup.ts'
import { firstFileBy } from './first-files.ts'

export interface StationParts {
  readonly files: TftpFiles
  readonly decisions: DecisionSource
  readonly observe: NbsObserver
  readonly trace: TraceSink
  /** Undefined: there is no image for Macs. */
  readonly bsdp: (config: ServeConfig) => BsdpSetup | undefined
  /** Sees what comes to port 67 and may be answered. */
  readonly look: (datagram: Datagram) => void
  /** Is told what may not. */
  readonly refused: (why: Inadmissible, datagram: Datagram) => void
  readonly dhcp: (event: DhcpEvent) => void
}

export class Station {
  readonly iface: AddressedInterface
  readonly #host: Host
  readonly #parts: StationParts
  readonly #stamps: Stamps
  readonly #files: NetworkBootService
  readonly #dhcp: DhcpService | undefined
  #pxe: NetworkBootService
  #config: ServeConfig

  /** `config.dhcp` and the TFTP limits are those of the start. */
  constructor(host: Host, iface: AddressedInterface, config: ServeConfig, parts: StationParts) {
    this.iface = iface
    this.#parts = parts
    this.#config = config
    this.#stamps = new Stamps(config.name)
    this.#host = sharedPorts(host, admitting(host, iface, parts))
    this.#files = this.#service(config, { tftp: 'on', pxe: 'off' })
    this.#pxe = this.#service(config, { tftp: 'off', pxe: 'on' })
    const { dhcp } = config
    if (!dhcp) return
    const { create } = DHCP_ENGINES[dhcp.engine]
    this.#dhcp = new DhcpService(this.#host, dhcpSetup(iface, dhcp), parts.trace, create, parts.dhcp)
  }

  /** Whose addresses are leased here. */
  get pools(): readonly LeasePool[] {
    return this.#dhcp?.pools ?? []
  }

  async start(): Promise<void> {
    // One after the other, so that the first port that cannot be had is the one that is named.
    await this.#dhcp?.start()
    await this.#pxe.start()
    await this.#files.start()
  }

  /** The new PXE service has the sockets before the old one lets go of them, so that no request is lost. */
  async reload(config: ServeConfig): Promise<void> {
    this.#config = config
    const old = this.#pxe
    this.#pxe = this.#service(config, { tftp: 'off', pxe: 'on' })
    // A multicast group's socket is not shared.
    const isShared = config.discovery.multicast === undefined
    if (!isShared) old.stop()
    const started = this.#pxe.start()
    if (isShared) old.stop()
    await started
  }

  /** Transfers go on, if their machines are still there. */
  renew(): Promise<void> {
    return this.reload(this.#config)
  }

  /** No new boots; transfers go on until `stop`. */
  stopAnswering(): void {
    this.#pxe.stop()
    this.#dhcp?.stop()
  }

  stop(): void {
    this.stopAnswering()
    this.#files.stop()
  }

  #bsdp(config: ServeConfig): BsdpSetup | undefined {
    const setup = this.#parts.bsdp(config)
    const delay = delayOf(config, this.#host)
    const { allow, deny } = config
    return setup && { ...setup, deny, allow, delay }
  }

  #service(config: ServeConfig, services: { tftp: 'on' | 'off'; pxe: 'on' | 'off' }): NetworkBootService {
    const { files, decisions, observe } = this.#parts
    const { blockSize, windowSize, transfers, transfersPerClient, refuseOptions } = config.tftp
    const bsdp = services.pxe === 'on' && config.proxyDhcp ? this.#bsdp(config) : undefined
    return new NetworkBootService(this.#host, {
      bsdp: bsdp && bsdpService(bsdp),
      images: withoutPrefix(files, config.tftp.prefix),
      bootFile: firstFileBy(config.files),
      decisions,
      observe,
      services,
      stamps: this.#stamps,
      whenUnreachable: config.whenUnreachable,
      ...(config.classes.unknown.image !== undefined && { unknownImage: config.classes.unknown.image }),
      pxe: { ...pxePolicy(config, delayOf(config, this.#host)), dhcpPort: config.proxyDhcp },
      tftp: {
        maxBlockSize: blockSize, // NBS-10
        maxWindowSize: windowSize,
        maxTransfers: transfers,
        maxTransfersPerClient: Math.min(transfersPerClient, transfers),
        refuseOptions: refuseOptions.map(name => name.toLowerCase()),
      },
      trace: noTrace,
    })
  }
}

/** Before any service sees a request: whether it may be answered. TFTP has limits of its own. */
const admitting = (
  host: Host,
  { addresses }: AddressedInterface,
  { look, refused }: StationParts,
): ((datagram: Datagram) => boolean) => {
  const admission = new Admission(addresses)
  return datagram => {
    const { port } = datagram.target
    if (port !== DHCP_PORT.server && port !== DHCP_PORT.bootServer) return true
    const why = admission.refusal(host.clock.now(), datagram)
    if (why) refused(why, datagram)
    else if (port === DHCP_PORT.server) look(datagram)
    return why === undefined
  }
}

const delayOf = ({ responseDelay: { low, high } }: ServeConfig, host: Host): (() => number) | undefined => {
  const random = host.random.fork('response delay')
  return high > 0 ? () => low + random.below(high - low + 1) : undefined
}

/** `/srv/tftp/x` is `x`, for machines that were told names of a server whose root is another. */
const withoutPrefix = (files: TftpFiles, prefix: string | undefined): TftpFiles => {
  if (prefix === undefined) return files
  const folder = `${tidy(prefix)}/`
  return {
    open: (path, client) => {
      const name = tidy(path)
      return files.open(name.startsWith(folder) ? name.slice(folder.length) : path, client)
    },
  }
}

const tidy = (path: string): string => path.replaceAll('\\', '/').replace(/^\/+|\/+$/g, '')
