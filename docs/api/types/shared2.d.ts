/**
 * IP and MAC addresses as values that are cheap map keys: `===`, Map, Set and switch work on all of them. At run time
 * an IPv4 address is an unsigned 32-bit integer and an IPv6 address a string of its 16 bytes, so that `typeof` tells
 * them apart. To the compiler both are opaque: arithmetic on addresses is done here, and nowhere else.
 */
declare const ip4: unique symbol;
declare const mac: unique symbol;
/** An IPv4 address: 10.0.0.1 is the unsigned 32-bit integer 0x0a000001 (`ip4Number`). */
interface Ip4 {
    readonly [ip4]: true;
}
/** An EUI-48 as an unsigned 48-bit integer. */
type Mac = number & {
    readonly [mac]: true;
};
interface Cidr {
    readonly network: Ip4;
    readonly prefixLength: number;
}
/** An address and a UDP port. */
interface Endpoint {
    readonly ip: Ip4;
    readonly port: number;
}
declare const ANY_IP4: Ip4;
declare const LIMITED_BROADCAST: Ip4;
declare const BROADCAST_MAC: Mac;
declare const parseIp4: (text: string) => Ip4 | undefined;
declare const formatIp4: (ip: Ip4) => string;
/** Accepts `00:50:56:00:00:01` and the same with dashes. */
declare const parseMac: (text: string) => Mac | undefined;
declare const formatMac: (address: Mac) => string;
/** `10.20.1.0/24`; undefined if it is no CIDR or has host bits set. */
declare const parseCidr: (text: string) => Cidr | undefined;

/**
 * Time as the whole project counts it: integer microseconds since the start of a run.
 * Does not read any clock, and knows nothing of dates.
 */
type Micros = number;
declare const MILLISECOND: Micros;
declare const SECOND: Micros;

/**
 * The contract of every protocol state machine: told the time and given bytes, it returns what to send and when to be
 * woken. It owns no clock, no socket and no promise, so the same machine runs in virtual, paced and real time.
 * Does not run anything: `network/runner.ts` does.
 */

/** A UDP datagram as it was received. */
interface Datagram {
    /** Name of the interface it came in by. */
    readonly iface: string;
    readonly source: Endpoint;
    /** The address it was sent to: own, 255.255.255.255, directed broadcast, or a group. */
    readonly target: Endpoint;
    readonly payload: Uint8Array;
}
/** Where a datagram goes. */
interface Destination extends Endpoint {
    /** Send to this MAC without asking ARP: a client that has no address yet cannot answer it (RFC 2131 §4.1). */
    readonly mac?: Mac;
    /** By which interface; needed for 255.255.255.255 and groups on a host with several. */
    readonly iface?: string;
}
/** Something this socket sent could not be delivered. */
interface Unreachable {
    /** `port`, `host`, `net`: ICMP type 3 codes 3, 1, 0; `other`: its other codes; `arp`: nobody answered ARP. */
    readonly cause: 'port' | 'host' | 'net' | 'other' | 'arp';
    /** Whom the lost datagram was for. */
    readonly target: Endpoint;
}
interface OpenSocket {
    /** 0 = a fresh ephemeral port, as TFTP wants for each transfer (RFC 1350 §4). */
    readonly port: number;
    /** Receive only what was sent to this own address (broadcasts and groups are then not received). */
    readonly address?: Ip4;
    /** Receive only from this address; anything else is met as a closed port. */
    readonly from?: Ip4;
    /** Multicast groups to join. */
    readonly groups?: readonly Ip4[];
}
/** What a machine wants done. `Socket` names its sockets; `Event` is what it has to tell. */
type Action<Socket, Event> = {
    readonly type: 'send';
    readonly via: Socket;
    readonly to: Destination;
    readonly payload: Uint8Array;
} | {
    readonly type: 'open';
    readonly socket: Socket;
    readonly options: OpenSocket;
} | {
    readonly type: 'close';
    readonly socket: Socket;
} | {
    readonly type: 'event';
    readonly event: Event;
};
interface StateMachine<Socket, Event> {
    /** Called once, before anything else. */
    start(now: Micros): readonly Action<Socket, Event>[];
    receive(now: Micros, via: Socket, datagram: Datagram): readonly Action<Socket, Event>[];
    /** ICMP or ARP says that something sent did not arrive. */
    unreachable(now: Micros, via: Socket, what: Unreachable): readonly Action<Socket, Event>[];
    /** The system has no socket for one that was opened after the start; `why` in words. It is closed already. */
    lost?(now: Micros, via: Socket, why: string): readonly Action<Socket, Event>[];
    /** Called at or after `wakeAt`. */
    wake(now: Micros): readonly Action<Socket, Event>[];
    /** When it wants to be woken; undefined = never. May change with every call. */
    readonly wakeAt: Micros | undefined;
}
declare const NOTHING: readonly never[];

/**
 * A DHCP message as a value (RFC 2131 §2). Options are an ordered list with duplicates kept, because which of two
 * counts differs from firmware to firmware; typed accessors (`options.ts`) are views of it. Types only.
 */

interface DhcpOption {
    readonly code: number;
    readonly value: Uint8Array;
    /** Which field carried it: `options`, or `file`/`sname` by option overload (52). Absent = `options`. */
    readonly area?: 'options' | 'file' | 'sname';
}
interface DhcpMessage {
    readonly op: number;
    readonly htype: number;
    readonly hlen: number;
    readonly hops: number;
    readonly xid: number;
    readonly secs: number;
    readonly flags: number;
    readonly ciaddr: Ip4;
    readonly yiaddr: Ip4;
    readonly siaddr: Ip4;
    readonly giaddr: Ip4;
    /** All 16 bytes; the first `hlen` are the hardware address. */
    readonly chaddr: Uint8Array;
    /** Text up to the first NUL; empty where the field is overloaded with options. */
    readonly sname: string;
    readonly file: string;
    /** Without pads and END. */
    readonly options: readonly DhcpOption[];
    /** The option list was closed by END (255). Strict firmware drops a message that is not (E-11). */
    readonly ended: boolean;
}
declare const BOOTREQUEST = 1;
declare const BOOTREPLY = 2;
/** RFC 2131 §2: the leftmost bit of `flags`. */
declare const BROADCAST_FLAG = 32768;
/** RFC 2132 §9.6. */
declare const MESSAGE_TYPE: {
    readonly discover: 1;
    readonly offer: 2;
    readonly request: 3;
    readonly decline: 4;
    readonly ack: 5;
    readonly nak: 6;
    readonly release: 7;
    readonly inform: 8;
};
type MessageType = keyof typeof MESSAGE_TYPE;
declare const DHCP_PORT: {
    readonly server: 67;
    readonly client: 68;
    readonly bootServer: 4011;
};

/**
 * Ethernet frames as values. The virtual network passes these about and encodes them (`encodeFrame`) only where
 * somebody looks at bytes. Types only; no IPv6, no TCP: those travel as raw bodies.
 */

interface Frame {
    readonly target: Mac;
    readonly source: Mac;
    readonly packet: ArpPacket | Ip4Packet | OtherPacket;
}
/** RFC 826, for Ethernet and IPv4. */
interface ArpPacket {
    readonly kind: 'arp';
    readonly operation: 'request' | 'reply';
    readonly senderMac: Mac;
    readonly senderIp: Ip4;
    readonly targetMac: Mac;
    readonly targetIp: Ip4;
}
/** RFC 791. Header options are skipped on decoding and never sent. */
interface Ip4Packet {
    readonly kind: 'ip4';
    readonly source: Ip4;
    readonly target: Ip4;
    readonly ttl: number;
    readonly identification: number;
    readonly dontFragment: boolean;
    readonly moreFragments: boolean;
    /** In bytes, a multiple of 8. */
    readonly fragmentOffset: number;
    /** A fragment (offset > 0 or more to come) always has a raw body. */
    readonly body: UdpPacket | IcmpPacket | RawBody;
}
interface UdpPacket {
    readonly kind: 'udp';
    readonly sourcePort: number;
    readonly targetPort: number;
    readonly payload: Uint8Array;
}
/** RFC 792; `rest` is the second 32-bit word, `payload` what follows it. */
interface IcmpPacket {
    readonly kind: 'icmp';
    readonly type: number;
    readonly code: number;
    readonly rest: number;
    readonly payload: Uint8Array;
}
interface RawBody {
    readonly kind: 'raw';
    readonly protocol: number;
    readonly bytes: Uint8Array;
}
interface OtherPacket {
    readonly kind: 'other';
    readonly etherType: number;
    readonly bytes: Uint8Array;
}

/**
 * TFTP packets as values (RFC 1350 §5, RFC 2347). Types only.
 */
/** Option names as they came; RFC 2347 compares them without case. Order and duplicates are kept. */
type TftpOptions = readonly (readonly [name: string, value: string])[];
type TftpPacket = {
    readonly kind: 'rrq' | 'wrq';
    readonly file: string;
    readonly mode: string;
    readonly options: TftpOptions;
} | {
    readonly kind: 'data';
    readonly block: number;
    readonly bytes: Uint8Array;
} | {
    readonly kind: 'ack';
    readonly block: number;
} | {
    readonly kind: 'error';
    readonly code: number;
    readonly message: string;
} | {
    readonly kind: 'oack';
    readonly options: TftpOptions;
};
/** RFC 1350 appendix, RFC 2347 §4. */
declare const TFTP_ERROR: {
    readonly undefined: 0;
    readonly fileNotFound: 1;
    readonly accessViolation: 2;
    readonly diskFull: 3;
    readonly illegalOperation: 4;
    readonly unknownTid: 5;
    readonly fileExists: 6;
    readonly noSuchUser: 7;
    readonly optionRefused: 8;
};
declare const TFTP_PORT = 69;

export { ANY_IP4, BOOTREPLY, BOOTREQUEST, BROADCAST_FLAG, BROADCAST_MAC, DHCP_PORT, LIMITED_BROADCAST, MESSAGE_TYPE, MILLISECOND, NOTHING, SECOND, TFTP_ERROR, TFTP_PORT, formatIp4, formatMac, parseCidr, parseIp4, parseMac };
export type { Action, ArpPacket, Cidr, Datagram, Destination, DhcpMessage, DhcpOption, Endpoint, Frame, IcmpPacket, Ip4, Ip4Packet, Mac, MessageType, Micros, OpenSocket, OtherPacket, StateMachine, TftpOptions, TftpPacket, UdpPacket, Unreachable };
