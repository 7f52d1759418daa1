/**
 * What runs on one interface: the NBS, and a DHCP server where one is wanted. Settings of its PXE side can change
 * while its transfers go on. Does not choose interfaces, does not log.
 */
import { directedBroadcast, networkOf, ip4Distance, ip4After } from '../core/address.ts'
import { contains, ip4Bytes } from '../core/address.ts'
import { concat } from '../core/bytes.ts'
import type { Datagram } from '../core/state-machine.ts'
import { SECOND } from '../core/micros.ts'
import { type TraceSink, noTrace } from '../core/trace.ts'
import { type BsdpSetup, bsdpService } from '../nbs/bsdp.ts'
import type { DecisionSource } from '../nbs/decision.ts'
import { type NbsObserver, NetworkBootService } from '../nbs/service.ts'
import { Stamps } from '../nbs/stamps.ts'
import type { AddressedInterface } from '../network/kernel/network.ts'
import type { Host } from '../network/port.ts'
import { sharedPorts } from '../network/shared-ports.ts'
import { Admission, type Inadmissible } from '../protocol/dhcp/admission.ts'
import type { AddressRange } from '../protocol/dhcp/free-addresses.ts'
import type { TftpFiles } from '../protocol/tftp/files.ts'
import { type DhcpSetup, DhcpService } from '../servers/dhcp/dhcp-service.ts'
import { DHCP_ENGINES } from '../servers/dhcp/engines.ts'
import { pxePolicy } from '../servers/parts/pxe.ts'
import { DHCP_PORT } from '../wire/dhcp/message.ts'
import { OPTION } from '../wire/dhcp/options.ts'
import { UsageError } from '../core/exit.ts'
import type { ServeConfig } from './config.ts'
import type { DhcpForm } from './format.ts'

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
    if (config.dhcp) this.#dhcp = dhcpService(this.#host, iface, config.dhcp, parts.trace)
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
      images: files,
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

const dhcpService = (
  host: Host,
  { address: { ip, prefixLength } }: AddressedInterface,
  config: DhcpForm,
  trace: TraceSink,
): DhcpService => {
  const cidr = { network: networkOf(ip, prefixLength), prefixLength }
  const pool = config.pool ?? poolOf(cidr)
  if (!pool || !contains(cidr, pool.first) || !contains(cidr, pool.last))
    throw new UsageError('dhcp.pool: these addresses are not of the subnet that is served')
  const setup: DhcpSetup = {
    subnets: [{ cidr, pool: [pool], router: config.router }],
    leaseSeconds: Math.round(config.leaseTime / SECOND),
    overbooks: true,
    options: config.dns.length === 0 ? [] : [[OPTION.domainNameServer, concat(config.dns.map(ip4Bytes))]],
  }
  return new DhcpService(host, setup, trace, DHCP_ENGINES[config.engine].create)
}

const DEFAULT_POOL_SIZE = 100

/** The end of the subnet, where people give fixed addresses least. */
export const poolOf = (cidr: Parameters<typeof directedBroadcast>[0]): AddressRange | undefined => {
  if (cidr.prefixLength > 29) return undefined
  const end = directedBroadcast(cidr)
  const half = Math.floor(ip4Distance(cidr.network, end) / 2)
  return { first: ip4After(end, -Math.min(DEFAULT_POOL_SIZE, half)), last: ip4After(end, -1) }
}
