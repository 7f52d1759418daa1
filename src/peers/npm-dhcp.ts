/**
 * `engine: npm-dhcp`: the DHCP server of the npm package `dhcp` 0.2.20 (P-9), hosted without an operating-system
 * socket, so that it runs in virtual time as well. It stands for the DHCP server that is there already and knows nothing of
 * PXE. It parses, chooses options and formats; which address a client gets is decided by our lease pool. Each
 * workaround names its finding (#n) in docs/npm-dhcp.md. Does not serve relayed clients (#6), INFORM (#5) or 4011.
 */
import { Buffer } from 'node:buffer'
import { createRequire } from 'node:module'
import {
  type Ip4,
  LIMITED_BROADCAST,
  contains,
  directedBroadcast,
  formatIp4,
  netmask,
  ANY_IP4,
} from '../core/address.ts'
import { concat } from '../core/bytes.ts'
import { NOTHING, type Datagram } from '../core/state-machine.ts'
import type { Micros } from '../core/micros.ts'
import { named, phrase } from '../core/wording.ts'
import type { DhcpEventKind } from '../protocol/dhcp/events.ts'
import { type DhcpActions, LeaseServer, ignored, tell } from '../protocol/dhcp/lease-server.ts'
import { LeasePool, clientKey } from '../protocol/dhcp/leases.ts'
import { DEFAULT_LEASE_SECONDS, configuredOptions } from '../protocol/dhcp/server-options.ts'
import type { DhcpServerOptions, DhcpSubnet } from '../protocol/dhcp/server-options.ts'
import { decodeDhcp, encodeDhcp } from '../wire/dhcp/codec.ts'
import { BOOTREQUEST, DHCP_PORT, type DhcpMessage } from '../wire/dhcp/message.ts'
import { lengthFits, optionShape } from '../wire/dhcp/option-formats.ts'
import * as options from '../wire/dhcp/options.ts'
import { OPTION } from '../wire/dhcp/options.ts'

/** The package ships no types; these are the names used here, private ones included (test: 'contract'). */
interface Package {
  createServer(config: Record<string, unknown>): PackageServer
  addOption(code: number, option: { name: string; type: string; config: string }): void
}

interface PackageServer {
  on(event: 'error', listener: (error: unknown) => void): void
  /** An unbound dgram socket: the messages come in by its event, the replies leave by its `send`. */
  readonly _sock: {
    emit(event: 'message', bytes: Buffer): void
    send(bytes: Buffer, offset: number, length: number, port: number, host: string, done: () => void): void
    close(): void
  }
  _send(host: string, reply: { siaddr: string; file: string }): void
  _state: Record<string, unknown>
}

const dhcp = createRequire(import.meta.url)('dhcp') as Package

/** What the package itself fills in or reads; it keeps its own types for these. */
const KEPT: ReadonlySet<number> = new Set([1, 3, 6, 28, 51, 53, 54, 57, 58, 59])

const nameOf = (code: number): string => `option${code}`

// #1, #2, #9, #12: an option without a `config` name kills the process when a client asks for it, an unknown one is
// an error, and only lists of bytes are read by their declared length. The table is global to the process, so
// this is done once, for all servers alike.
for (let code = 1; code < 255; code++)
  if (!KEPT.has(code)) dhcp.addOption(code, { name: nameOf(code), type: 'UInt8s', config: nameOf(code) })

/** #10: the package's encoder cannot write more. */
const MAX_NPM_OPTION_VALUE = 255

export class NpmDhcpServer extends LeaseServer {
  readonly #subnet: DhcpSubnet
  readonly #self: Ip4
  readonly #iface: string
  readonly #pool: LeasePool
  readonly #server: PackageServer
  /** What the package did with the message it is being fed. */
  #sent: Uint8Array | undefined
  #error: string | undefined
  /** The address it is told to give. */
  #address = ''

  /** Throws if the options ask for what the package cannot do. */
  constructor(serverOptions: DhcpServerOptions) {
    super(serverOptions)
    const [misfit] = npmDhcpMisfits(serverOptions)
    const served = servedBy(serverOptions)
    if (misfit || !served) throw new RangeError(misfit?.because)
    this.#subnet = served.subnet
    this.#self = served.self
    this.#iface = served.iface
    this.#pool = new LeasePool(served.subnet.pool, [served.self, served.subnet.router ?? served.self])
    this.#server = this.#hosted()
  }

  receive(now: Micros, _via: 'dhcp', received: Datagram): DhcpActions {
    const result = decodeDhcp(received.payload)
    if (!result.ok || result.value.op !== BOOTREQUEST || received.iface !== this.#iface) return NOTHING
    const message = result.value
    if (message.giaddr !== ANY_IP4) return ignored(message, 'relayed: not known to npm dhcp (#6)')
    const type = options.messageType(message)
    if (type === 'discover') return this.#discover(now, message)
    if (type === 'request') return this.#request(now, message)
    return ignored(message, `npm dhcp does not know ${type ?? 'BOOTP'} (#5)`)
  }

  #discover(now: Micros, message: DhcpMessage): DhcpActions {
    // #4: an empty pool would make the package spin forever, so it is not asked.
    const address = this.#pool.offer(now, clientKey(message), options.requestedIpAddress(message))
    if (address === undefined) return tell('exhausted', message, undefined, 'no free address in the pool')
    return this.#feed(now, message, 'offered', address)
  }

  #request(now: Micros, message: DhcpMessage): DhcpActions {
    // #5: the package acknowledges requests that are for other servers, and refuses nothing.
    const to = options.serverIdentifier(message)
    if (to !== undefined && to !== this.#self)
      return ignored(message, phrase`names another server, ${named(to)}`)
    if (this.options.answers === 'offer-only') return ignored(message, 'set up to offer only')
    const address = options.requestedIpAddress(message) ?? message.ciaddr
    const known = to !== undefined || this.#pool.of(clientKey(message))?.address === address
    if (!known) return ignored(message, 'no record of this client')
    if (!this.#pool.bind(now, clientKey(message), address, now + this.leaseTime))
      return tell(
        'ignored',
        message,
        undefined,
        phrase`${named(address)} is not free; npm dhcp never refuses (#5)`,
      )
    return this.#feed(now, message, 'acknowledged', address)
  }

  /** Hands the package one message and takes what it would have sent. */
  #feed(now: Micros, message: DhcpMessage, kind: DhcpEventKind, address: Ip4): DhcpActions {
    this.#sent = undefined
    this.#error = undefined
    this.#address = formatIp4(address)
    // #4: the package never forgets a lease; ours is asked each time instead.
    this.#server._state = {}
    try {
      this.#server._sock.emit('message', Buffer.from(plainBytes(message)))
    } catch (error) {
      this.#error = String(error)
    }
    if (!this.#sent) return ignored(message, `npm dhcp: ${this.#error ?? 'no answer'}`)
    // #6, #7: it only ever broadcasts.
    const to = { ip: LIMITED_BROADCAST, port: DHCP_PORT.client, iface: this.#iface }
    const send = this.delayed.send(now, { type: 'send', via: 'dhcp', to, payload: this.#sent })
    const told = tell(kind, message, address, 'by npm dhcp')
    return send ? [...told, send] : told
  }

  #hosted(): PackageServer {
    const server = dhcp.createServer(this.#config())
    // #3: without this listener a bad datagram ends the process.
    server.on('error', error => (this.#error = String(error)))
    const send = server._send.bind(server)
    server._send = (host, reply) => {
      // #8: siaddr is always the server itself and `file` always empty.
      if (this.options.nextServer !== undefined) reply.siaddr = formatIp4(this.options.nextServer)
      if (this.options.bootFile !== undefined) reply.file = this.options.bootFile
      send(host, reply)
    }
    server._sock.send = (bytes, offset, length) => {
      this.#sent = Uint8Array.from(bytes.subarray(offset, offset + length))
    }
    return server
  }

  #config(): Record<string, unknown> {
    const { cidr, pool, router } = this.#subnet
    const self = formatIp4(this.#self)
    const values = valuesOf(this.options, this.#subnet)
    const configured = [...values].filter(([code]) => !KEPT.has(code))
    const seconds = this.options.leaseSeconds ?? DEFAULT_LEASE_SECONDS
    return {
      range: [formatIp4(pool[0]!.first), formatIp4(pool.at(-1)!.last)],
      // #4: `randomIP` draws from the process's own randomness and may spin; `static` takes every decision away.
      randomIP: false,
      static: () => () => this.#address,
      server: self,
      netmask: formatIp4(netmask(cidr.prefixLength)),
      broadcast: formatIp4(directedBroadcast(cidr)),
      // #7: it insists on a router and on name servers.
      router: addressesIn(values.get(OPTION.router)) ?? [formatIp4(router ?? this.#self)],
      dns: addressesIn(values.get(OPTION.domainNameServer)) ?? [self],
      leaseTime: seconds,
      renewalTime: Math.floor(seconds * 0.5),
      rebindingTime: Math.floor(seconds * 0.875),
      ...Object.fromEntries(configured.map(([code, value]) => [nameOf(code), [...value]])),
      forceOptions: configured.map(([code]) => nameOf(code)),
    }
  }
}

/** What is wanted of the package and it cannot do: the answers, the subnets, or an option by its code. */
export interface Misfit {
  readonly of: 'answers' | 'subnets' | number
  readonly because: string
}

export const npmDhcpMisfits = (setup: DhcpServerOptions): Misfit[] => {
  const served = servedBy(setup)
  const misfits: Misfit[] = []
  if (setup.answers === 'nak')
    misfits.push({ of: 'answers', because: 'npm dhcp never refuses (#5): answers: nak needs engine: own' })
  if (!served) misfits.push({ of: 'subnets', because: 'npm dhcp serves only a subnet it is on (#6)' })
  for (const [code, { length }] of served ? valuesOf(setup, served.subnet) : [])
    if (length === 0 || length > MAX_NPM_OPTION_VALUE)
      misfits.push({ of: code, because: `npm dhcp cannot send ${length} bytes of option ${code} (#10)` })
  return misfits
}

interface Served {
  readonly iface: string
  readonly self: Ip4
  readonly subnet: DhcpSubnet
}

/** The one interface and subnet the package can serve. */
const servedBy = (setup: DhcpServerOptions): Served | undefined => {
  for (const [iface, self] of setup.addresses)
    for (const subnet of setup.subnets)
      if (contains(subnet.cidr, self) && subnet.pool.length > 0) return { iface, self, subnet }
  return undefined
}

/** One value per code: the package keeps its options in an object. */
const valuesOf = (setup: DhcpServerOptions, subnet: DhcpSubnet): ReadonlyMap<number, Uint8Array> => {
  const values = new Map<number, Uint8Array>()
  for (const { code, value } of configuredOptions(setup.options ?? [], subnet.options ?? []))
    values.set(code, concat([values.get(code) ?? new Uint8Array(0), value]))
  return values
}

const addressesIn = (value: Uint8Array | undefined): string[] | undefined => {
  if (!value) return undefined
  const addresses: string[] = []
  for (let at = 0; at + 4 <= value.length; at += 4) addresses.push(value.subarray(at, at + 4).join('.'))
  return addresses
}

/** #9: pads and wrong lengths put the package's decoder out of step, so it is given a message without them. */
const plainBytes = (message: DhcpMessage): Uint8Array =>
  encodeDhcp({
    ...message,
    sname: '',
    file: '',
    ended: true,
    options: message.options
      .filter(({ code, value }) => {
        const shape = optionShape(code)
        return code !== OPTION.optionOverload && (shape === undefined || lengthFits(shape, value.length))
      })
      .map(({ code, value }) => ({ code, value })),
  })
