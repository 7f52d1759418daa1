/**
 * The contract of every protocol state machine: told the time and given bytes, it returns what to send and when to be
 * woken. It owns no clock, no socket and no promise, so the same machine runs in virtual, paced and real time.
 * Does not run anything: `network/runner.ts` does.
 */
import type { Endpoint, Ip4, Mac } from './address.ts'
import type { Micros } from './micros.ts'

/** A UDP datagram as it was received. */
export interface Datagram {
  /** Name of the interface it came in by. */
  readonly iface: string
  readonly source: Endpoint
  /** The address it was sent to: own, 255.255.255.255, directed broadcast, or a group. */
  readonly target: Endpoint
  readonly payload: Uint8Array
}

/** Where a datagram goes. */
export interface Destination extends Endpoint {
  /** Send to this MAC without asking ARP: a client that has no address yet cannot answer it (RFC 2131 §4.1). */
  readonly mac?: Mac
  /** By which interface; needed for 255.255.255.255 and groups on a host with several. */
  readonly iface?: string
}

/** Something this socket sent could not be delivered. */
export interface Unreachable {
  /** `port`, `host`, `net`: ICMP type 3 codes 3, 1, 0; `other`: its other codes; `arp`: nobody answered ARP. */
  readonly cause: 'port' | 'host' | 'net' | 'other' | 'arp'
  /** Whom the lost datagram was for. */
  readonly target: Endpoint
}

export interface OpenSocket {
  /** 0 = a fresh ephemeral port, as TFTP wants for each transfer (RFC 1350 §4). */
  readonly port: number
  /** Receive only what was sent to this own address (broadcasts and groups are then not received). */
  readonly address?: Ip4
  /** Receive only from this address; anything else is met as a closed port. */
  readonly from?: Ip4
  /** Multicast groups to join. */
  readonly groups?: readonly Ip4[]
}

/** What a machine wants done. `Socket` names its sockets; `Event` is what it has to tell. */
export type Action<Socket, Event> =
  | { readonly type: 'send'; readonly via: Socket; readonly to: Destination; readonly payload: Uint8Array }
  | { readonly type: 'open'; readonly socket: Socket; readonly options: OpenSocket }
  | { readonly type: 'close'; readonly socket: Socket }
  | { readonly type: 'event'; readonly event: Event }

export interface StateMachine<Socket, Event> {
  /** Called once, before anything else. */
  start(now: Micros): readonly Action<Socket, Event>[]
  receive(now: Micros, via: Socket, datagram: Datagram): readonly Action<Socket, Event>[]
  /** ICMP or ARP says that something sent did not arrive. */
  unreachable(now: Micros, via: Socket, what: Unreachable): readonly Action<Socket, Event>[]
  /** The system has no socket for one that was opened after the start; `why` in words. It is closed already. */
  lost?(now: Micros, via: Socket, why: string): readonly Action<Socket, Event>[]
  /** Called at or after `wakeAt`. */
  wake(now: Micros): readonly Action<Socket, Event>[]
  /** When it wants to be woken; undefined = never. May change with every call. */
  readonly wakeAt: Micros | undefined
}

export const NOTHING: readonly never[] = []
