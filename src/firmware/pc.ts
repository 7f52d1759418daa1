/**
 * What a firmware script sees of the machine it runs on. A boot is sequential, so a script is a generator: it sends
 * and prints as it goes, yields the time until which it wants to listen, and is resumed with what came in, or with
 * undefined when that time has come. Types only; `run.ts` runs a script on a host.
 *
 *     const incoming = yield until        // Micros; resumes with Incoming, or undefined at `until`
 */
import type { Endpoint, Ip4, Mac } from '../core/address.ts'
import type { BootMethod, TransferKind } from '../core/boot-option.ts'
import type { Datagram, Destination, Unreachable } from '../core/state-machine.ts'
import type { Micros } from '../core/micros.ts'
import type { Outcome } from '../core/outcome.ts'
import type { Random } from '../core/random.ts'
import type { Phrase } from '../core/wording.ts'
import type { Address, SendStatus } from '../network/port.ts'
import type { TcpEvent } from '../protocol/tcp/connection.ts'

export interface PcSocket {
  send(to: Destination, payload: Uint8Array): SendStatus
  close(): void
}

/** A TCP connection. */
export interface PcStream {
  send(bytes: Uint8Array): void
  /** Nothing more to send. */
  end(): void
  /** Ends it at once. */
  reset(): void
}

export type Incoming =
  | { readonly kind: 'datagram'; readonly socket: PcSocket; readonly datagram: Datagram }
  | { readonly kind: 'unreachable'; readonly socket: PcSocket; readonly what: Unreachable }
  | { readonly kind: 'stream'; readonly stream: PcStream; readonly event: TcpEvent }

export type Script<Result = void> = Generator<Micros, Result, Incoming | undefined>

export interface Pc {
  readonly name: string
  readonly mac: Mac
  /** SMBIOS UUID as it stands in the table: 16 bytes. */
  readonly uuid: Uint8Array
  readonly random: Random
  now(): Micros
  /** `match` is the client's own chaddr on DHCP ports. What arrives between two yields waits in order. */
  openUdp(options: {
    readonly port: number
    readonly from?: Ip4
    readonly ownChaddrOnly?: boolean
    readonly groups?: readonly Ip4[]
  }): PcSocket
  /** Undefined: there is no way to `to`. Every event of the connection comes in as `stream`. */
  connectTcp(to: Endpoint): PcStream | undefined
  /** Takes the lease into use, or drops it. */
  configure(address: Address | undefined): void
  /** A new line on the screen. */
  print(line: string): void
  /** Adds to the line printed last (`.` per packet, ` ok`). */
  append(text: string): void
  /** The choice just made, for the explanation: id of its rule (docs/rules) and one sentence. */
  because(rule: string, text: Phrase): void
}

/** What is known of a boot, filled in as it goes, so that a failure keeps what came before it. */
export interface BootRecord {
  outcome: Outcome
  /** What the screen shows: `PXE-E53`, `PXE-M0F`, `2d03e13b`; undefined where it shows none. */
  code: string | undefined
  lease: { readonly server: Ip4; readonly address: Ip4 } | undefined
  /** Whose boot information the machine acted on (server identity: option 54, else siaddr, else source). */
  pxeServer: Ip4 | undefined
  /** How the machine fetches its boot file, and from whom; undefined until it has begun to. */
  transfer: FileTransfer | undefined
  file: string | undefined
  /** The file as received, complete. */
  content: Uint8Array | undefined
  /** Boot options tried, in order, where there was more than one; of the last one, the end may be missing. */
  attempts: readonly BootAttempt[]
}

export interface FileTransfer {
  readonly kind: TransferKind
  readonly server: Ip4
}

export interface BootAttempt {
  readonly method: BootMethod
  readonly startedAt: Micros
  /** Undefined: it is under way. */
  readonly end: AttemptEnd | undefined
}

export interface AttemptEnd {
  readonly at: Micros
  readonly outcome: Outcome
  readonly code: string | undefined
}

/** How a firmware's own IP stack behaves; the virtual host is built with it. */
export interface StackTraits {
  /** While it has no address: does it take a unicast to any address sent to its MAC? (E-13: EDK2 does not.) */
  readonly acceptsUnicastUnconfigured: boolean
  /** Answers a datagram to a closed port with ICMP port unreachable. */
  readonly sendsPortUnreachable: boolean
  readonly ttl: number
  readonly arp: { readonly tries: number; readonly interval: Micros }
}

/** One build of one firmware: which script, with which timers and quirks. */
export interface Firmware {
  /** `edk2`, `ipxe`, `u-boot`, `bios-rom`, `apple`. */
  readonly family: string
  /** Name of the profile: `2022`, `2010-2017`, `head`. */
  readonly profile: string
  readonly stack: StackTraits
  /** The boot option it tries first; default `pxe4`. */
  readonly method?: BootMethod
  boot(pc: Pc, record: BootRecord): Script
}
