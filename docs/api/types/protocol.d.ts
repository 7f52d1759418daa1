import { Ip4, DhcpOption, DhcpMessage, Micros, Mac, Destination, Unreachable, StateMachine, Action, Datagram, Endpoint, TftpOptions, MessageType, TftpPacket, Frame, Cidr } from './shared2.js';
export { ANY_IP4, ArpPacket, BOOTREPLY, BOOTREQUEST, BROADCAST_FLAG, BROADCAST_MAC, DHCP_PORT, IcmpPacket, Ip4Packet, LIMITED_BROADCAST, MESSAGE_TYPE, MILLISECOND, NOTHING, OpenSocket, OtherPacket, SECOND, TFTP_ERROR, TFTP_PORT, UdpPacket, formatIp4, formatMac, parseCidr, parseIp4, parseMac } from './shared2.js';

/**
 * The result of decoding remote bytes: a value and what was wrong with it, never a throw.
 */
interface Issue {
    /** Stable id, dotted: `dhcp.option.truncated`. */
    readonly code: string;
    /** `fatal`: no value; `violation`: against a standard; `oddity`: legal, but seldom meant. */
    readonly severity: 'fatal' | 'violation' | 'oddity';
    /** Where, in bytes from the start of what was decoded. */
    readonly offset: number;
    readonly message: string;
    /** The text that says so: `RFC 2132 §2`. */
    readonly reference: string;
}
type Decoded<T> = {
    readonly ok: true;
    readonly value: T;
    readonly issues: readonly Issue[];
} | {
    readonly ok: false;
    readonly issues: readonly [Issue, ...Issue[]];
};

/**
 * Boot image ids: 32 bits that say install or not, what kind of system, and which. Two ids are the same
 * image only if all 32 bits agree. Does not know any image.
 */
type ImageId = number;

/**
 * What a BSDP message says in its options 43, as a value. Types and numbers only.
 */

declare const BSDP_MESSAGE: {
    readonly list: 1;
    readonly select: 2;
    readonly failed: 3;
};
/** Sub-options of option 43. */
declare const BSDP_TAG: {
    readonly messageType: 1;
    readonly version: 2;
    readonly serverIdentifier: 3;
    readonly priority: 4;
    readonly replyPort: 5;
    readonly imageListPath: 6;
    readonly defaultImage: 7;
    readonly selectedImage: 8;
    readonly images: 9;
    readonly netBoot1: 10;
    readonly attributesFilter: 11;
    readonly maxMessageSize: 12;
    readonly shadowMountPath: 128;
    readonly shadowFilePath: 129;
    readonly machineName: 130;
};
interface BootImage {
    readonly id: ImageId;
    readonly name: string;
}
interface BsdpContent {
    /** One of `BSDP_MESSAGE`; absent in DISCOVER, REQUEST and the BSDP OFFER. */
    readonly messageType?: number;
    readonly version?: number;
    /** In a SELECT: whom it is for. */
    readonly serverIdentifier?: Ip4;
    /** 0 … 65535, the highest is preferred. */
    readonly priority?: number;
    /** Where the client wants its answer; below 1024. */
    readonly replyPort?: number;
    readonly imageListPath?: string;
    readonly defaultImage?: ImageId;
    readonly selectedImage?: ImageId;
    /** All instances of the list, joined in packet order. */
    readonly images?: readonly BootImage[];
    /** An old Mac on whose firmware NetBoot 1.0 runs. */
    readonly netBoot1?: true;
    /** Upper halves of image ids. */
    readonly attributesFilter?: readonly number[];
    readonly maxMessageSize?: number;
    /** `afp://user:password@address/volume`. */
    readonly shadowMountPath?: string;
    readonly shadowFilePath?: string;
    readonly machineName?: string;
    readonly others: readonly {
        readonly tag: number;
        readonly value: Uint8Array;
    }[];
    /** All tags, in packet order, repetitions included. */
    readonly tags: readonly number[];
    /** False: a sub-option overruns its option 43. Apple's server and library then take nothing from the message. */
    readonly intact: boolean;
    /** False: a descriptor overruns the image list. Apple's library then throws the whole list away. */
    readonly listIntact: boolean;
}

/**
 * Option 43 as PXE fills it (PXE 2.1 §2.2.3, table 2-1 ff.): bytes <-> values, and the readings by which clients
 * differ when a message carries several END-closed instances. Does not decide what a client does with them.
 */

declare const PXE_TAG: {
    readonly mtftpAddress: 1;
    readonly mtftpClientPort: 2;
    readonly mtftpServerPort: 3;
    readonly mtftpTimeout: 4;
    readonly mtftpDelay: 5;
    readonly discoveryControl: 6;
    readonly discoveryMulticastAddress: 7;
    readonly bootServers: 8;
    readonly bootMenu: 9;
    readonly menuPrompt: 10;
    readonly bootItem: 71;
};
/** Bits of 43.6 (B-18). */
declare const DISCOVERY_CONTROL: {
    readonly noBroadcast: 1;
    readonly noMulticast: 2;
    readonly listedServersOnly: 4;
    readonly bootFileAtOnce: 8;
};
interface BootServerEntry {
    readonly type: number;
    /** Empty = any server of this type may answer (B-19). */
    readonly addresses: readonly Ip4[];
}
interface BootMenuEntry {
    readonly type: number;
    readonly text: string;
}
interface PxeVendorOptions {
    readonly discoveryControl?: number;
    readonly multicastAddress?: Ip4;
    readonly bootServers?: readonly BootServerEntry[];
    readonly bootMenu?: readonly BootMenuEntry[];
    /** `timeout` in seconds; 0 = first entry at once, 255 = wait without limit. */
    readonly prompt?: {
        readonly timeout: number;
        readonly text: string;
    };
    /** The most significant bit of `layer` asks for credentials. */
    readonly bootItem?: {
        readonly type: number;
        readonly layer: number;
    };
    /** Tags without a field above: MTFTP 1-5, the private 224 of old engines, and anything unknown. */
    readonly others: readonly {
        readonly tag: number;
        readonly value: Uint8Array;
    }[];
    /** All tags present, in order, repetitions included. */
    readonly tags: readonly number[];
    readonly ended: boolean;
}
/** Reads up to the first END (RFC 2132 §8.4). A tag that occurs twice: the last one counts, lists are joined. */
declare const decodePxeVendor: (bytes: Uint8Array) => Decoded<PxeVendorOptions>;
/**
 * In the order of `tags` if that is given (each tag once), else by tag number with `others` last. A list of over
 * 255 bytes continues in a second instance of its tag, cut between entries.
 */
declare const encodePxeVendor: (vendor: Partial<PxeVendorOptions>, { end }?: {
    readonly end?: boolean;
}) => Uint8Array;
declare const pxeVendorOption: (vendor: Partial<PxeVendorOptions>, encoding?: {
    readonly end?: boolean;
}) => DhcpOption;

interface Random {
    /** Uniform in 0 … 2^32-1. */
    u32(): number;
    /** Uniform integer in 0 … limit-1; `limit` at most 2^32. */
    below(limit: number): number;
    /** Uniform integer in low … high, both included. */
    between(low: number, high: number): number;
    /** True with the given probability (0 … 1). Draws nothing for 0 and for 1. */
    chance(probability: number): boolean;
    /** An independent stream; the same label always gives the same stream. */
    fork(label: string): Random;
}

/**
 * Addresses of either family, for code that does not care which: `Ip` is an `Ip4` or an `Ip6`, and `typeof` tells them
 * apart. What only IPv4 has (broadcast, classes) stays in `address.ts`.
 */

declare const ip6: unique symbol;
/** An IPv6 address: a string of 16 characters, one for each byte, so that `===`, Map and Set work on it. */
type Ip6 = string & {
    readonly [ip6]: true;
};
type Ip = Ip4 | Ip6;

/**
 * Addresses in sentences. An event keeps them as values; whoever writes the sentence decides how they read: plainly,
 * or by the names of a scenario. Nothing searches a finished sentence for addresses.
 */

/** A sentence or part of one; where it has addresses, it is not written yet. Made by `phrase`. */
type Phrase = string | PhraseParts;
interface PhraseParts {
    readonly texts: readonly string[];
    readonly values: readonly PhraseValue[];
}
type PhraseValue = Phrase | number | Named;
interface Named {
    readonly ip: Ip;
}

/** IANA "Processor Architecture Types" (RFC 4578 §2.1, RFC 5970 §3.3). */
declare const ARCHITECTURES: readonly [{
    readonly name: "x86-bios";
    readonly number: 0;
}, {
    readonly name: "pc98";
    readonly number: 1;
}, {
    readonly name: "itanium-uefi";
    readonly number: 2;
}, {
    readonly name: "alpha";
    readonly number: 3;
}, {
    readonly name: "arc-x86";
    readonly number: 4;
}, {
    readonly name: "intel-lean-client";
    readonly number: 5;
}, {
    readonly name: "ia32-uefi";
    readonly number: 6;
}, {
    readonly name: "x64-uefi";
    readonly number: 7;
}, {
    readonly name: "xscale-uefi";
    readonly number: 8;
}, {
    readonly name: "ebc";
    readonly number: 9;
}, {
    readonly name: "arm32-uefi";
    readonly number: 10;
}, {
    readonly name: "arm64-uefi";
    readonly number: 11;
}, {
    readonly name: "powerpc-open-firmware";
    readonly number: 12;
}, {
    readonly name: "powerpc-epapr";
    readonly number: 13;
}, {
    readonly name: "power-opal";
    readonly number: 14;
}, {
    readonly name: "ia32-uefi-http";
    readonly number: 15;
}, {
    readonly name: "x64-uefi-http";
    readonly number: 16;
}, {
    readonly name: "ebc-http";
    readonly number: 17;
}, {
    readonly name: "arm32-uefi-http";
    readonly number: 18;
}, {
    readonly name: "arm64-uefi-http";
    readonly number: 19;
}, {
    readonly name: "x86-bios-http";
    readonly number: 20;
}, {
    readonly name: "arm32-u-boot";
    readonly number: 21;
}, {
    readonly name: "arm64-u-boot";
    readonly number: 22;
}, {
    readonly name: "arm32-u-boot-http";
    readonly number: 23;
}, {
    readonly name: "arm64-u-boot-http";
    readonly number: 24;
}, {
    readonly name: "riscv32-uefi";
    readonly number: 25;
}, {
    readonly name: "riscv32-uefi-http";
    readonly number: 26;
}, {
    readonly name: "riscv64-uefi";
    readonly number: 27;
}, {
    readonly name: "riscv64-uefi-http";
    readonly number: 28;
}, {
    readonly name: "riscv128-uefi";
    readonly number: 29;
}, {
    readonly name: "riscv128-uefi-http";
    readonly number: 30;
}, {
    readonly name: "s390-basic";
    readonly number: 31;
}, {
    readonly name: "s390-extended";
    readonly number: 32;
}, {
    readonly name: "mips32-uefi";
    readonly number: 33;
}, {
    readonly name: "mips64-uefi";
    readonly number: 34;
}, {
    readonly name: "sunway32-uefi";
    readonly number: 35;
}, {
    readonly name: "sunway64-uefi";
    readonly number: 36;
}, {
    readonly name: "loongarch32-uefi";
    readonly number: 37;
}, {
    readonly name: "loongarch32-uefi-http";
    readonly number: 38;
}, {
    readonly name: "loongarch64-uefi";
    readonly number: 39;
}, {
    readonly name: "loongarch64-uefi-http";
    readonly number: 40;
}, {
    readonly name: "arm-rpi";
    readonly number: 41;
}];
type ArchitectureName = (typeof ARCHITECTURES)[number]['name'];
declare const architectureNumber: (name: ArchitectureName) => number;
/** The table is dense: the number is the index. */
declare const architectureName: (number: number) => ArchitectureName | undefined;
/** `PXEClient:Arch:00007:UNDI:003000` (PXE 2.1 §2.2.2.1): 32 characters. */
declare const pxeClassIdentifier: (architecture: number, undiMajor: number, undiMinor: number) => string;
/** S-1, E-16: option 60 starts with `PXEClient`; what follows does not matter. */
declare const isPxeClient: (message: DhcpMessage) => boolean;
/** UEFI HTTP boot: option 60 starts with `HTTPClient`. */
declare const isHttpClient: (message: DhcpMessage) => boolean;
/** Option 93 (its first type), else what the class identifier says. */
declare const clientArchitecture: (message: DhcpMessage) => number | undefined;
declare const architectureOption: (number: number) => DhcpOption;
/** Option 97 (RFC 4578 §2.3): the 16 bytes after the type byte 0. Some ROMs leave it out and still want to boot. */
declare const clientMachineIdentifier: (message: DhcpMessage) => Uint8Array | undefined;
declare const clientMachineIdentifierOption: (uuid: Uint8Array) => DhcpOption;

/**
 * What a capture file holds, whatever its format. Does not know any format.
 */

/** https://www.tcpdump.org/linktypes.html */
declare const LINK_TYPE: {
    readonly bsdNull: 0;
    readonly ethernet: 1;
    readonly ppp: 9;
    readonly rawIp: 101;
    readonly ieee80211: 105;
    readonly bsdLoop: 108;
    readonly linuxSll: 113;
    readonly radiotap: 127;
    readonly rawIp4: 228;
    readonly linuxSll2: 276;
};
interface CaptureRecord {
    /** Since CAPTURE_EPOCH_SECONDS; negative for what was captured before. */
    readonly at: Micros;
    /** Index of the interface: the segment it was seen on. */
    readonly iface: number;
    readonly bytes: Uint8Array;
    /** Of the frame on the wire, where the capture holds less of it. */
    readonly originalLength?: number;
    /** A remark that Wireshark shows with the packet; pcapng only. */
    readonly comment?: string;
}
/** A record as read, with the link type of its interface: `decodeLink(linkType, bytes)`. */
interface CapturedFrame extends CaptureRecord {
    readonly linkType: number;
}
interface CaptureInterface {
    readonly name: string;
    readonly linkType: number;
}

/**
 * Reads capture files of any size in chunks: pcap and pcapng. A damaged file gives one issue and everything that was
 * read before. Memory does not grow with the file, if what can be taken is taken after each push. Does not decode
 * frames (`decodeLink`) and does not unpack compressed files.
 */

/** The whole of a capture that is in memory already. */
declare const readCapture: (bytes: Uint8Array) => {
    readonly frames: readonly CapturedFrame[];
    readonly interfaces: readonly CaptureInterface[];
    readonly issues: readonly Issue[];
};

declare const encodePcap: (records: readonly CaptureRecord[], { linkType }?: {
    readonly linkType?: number;
}) => Uint8Array;

/** A whole file in one piece. */
declare const encodePcapng: (interfaces: readonly CaptureInterface[], records: readonly CaptureRecord[]) => Uint8Array;

/**
 * Patterns over hardware addresses, as administrators write them: `00:50:56:00:00:01`, `00:50:56:*` (a trailing star
 * stands for all that follows), `00:50:56:*:*:01`, `*`. Does not do ranges.
 */

/** A MAC matches if it equals the value where the mask has ones: 16 high and 32 low bits, as bit operations allow. */
interface MacPattern {
    readonly text: string;
    readonly high: number;
    readonly highMask: number;
    readonly low: number;
    readonly lowMask: number;
}

/**
 * What a Notification Server tells an NBS about one machine, and how an NBS asks it. The values are those of the
 * vendor's answer (NBS-16). Types and their plain-text form only; the XML is in `nbs/decision.ts`.
 */

/** What the machine is to do: the preboot image at will, the image because of a job, or its own disk. */
declare const BOOT_KINDS: readonly ["pxe", "automation", "production"];
type BootKind = (typeof BOOT_KINDS)[number];
/** How well the machine is known. */
declare const COMPUTER_CLASSES: readonly ["managed", "predefined", "unknown"];
type ComputerClass = (typeof COMPUTER_CLASSES)[number];
/** Which build of the image. */
declare const IMAGE_ARCHITECTURES: readonly ["x86", "x64"];
type ImageArchitecture = (typeof IMAGE_ARCHITECTURES)[number];
interface Decision {
    readonly boot: BootKind;
    readonly client: ComputerClass;
    /** Name of the preboot image; empty for production. */
    readonly image: string;
    readonly arch: ImageArchitecture;
    readonly jobRunning: boolean;
    /** Seconds of prompt in style `menu`, where they differ from the NBS's own (0 = none, 255 = no limit). */
    readonly prompt?: number | undefined;
}
/** What an NBS tells about the machine that asked. */
interface Question {
    readonly mac: Mac;
    /** The 16 bytes of option 97, if the client sent them. */
    readonly uuid: Uint8Array | undefined;
    /** IANA number (option 93, else the class identifier). */
    readonly architecture: number;
    /** 0 = the client is on the NBS's own subnet. */
    readonly giaddr: Ip4;
}
/** `refused`: this machine is not to be served at all; `unreachable`: there was nobody to ask. */
type Answer = Decision | 'refused' | 'unreachable';

/**
 * What a TFTP service needs to know of files: names are opened, sizes known, bytes read by offset. Types only.
 */

interface TftpFiles {
    /** `path` as the client sent it; the store normalises and confines it. `client`: who asks. Never throws. */
    open(path: string, client?: Ip4): TftpFile | TftpRefusal;
}
/** Compared, never interpreted. */
type FileVersion = string | number;
interface TftpFile {
    /** As it is to be shown. */
    readonly name: string;
    readonly size: number;
    /** In memory and never changed. */
    readonly lasting?: true;
    /** Another value once the content has changed; without it, it never does. */
    readonly version?: () => FileVersion;
    /**
     * As `read`, for a disk that may take its time: fills `into`, and says later (never from within this call) how many
     * bytes it had, and of which version they are: undefined if the file can no longer be read.
     */
    readonly load?: (offset: number, into: Uint8Array, done: (length: number, version: FileVersion | undefined) => void) => void;
    /**
     * A view, valid until the next read. Fewer bytes than asked (and than the size promises) mean that the file can
     * no longer be read. Never throws.
     */
    read(offset: number, length: number): Uint8Array;
}
/** Why not: becomes an ERROR packet. */
interface TftpRefusal {
    /** One of `TFTP_ERROR`. */
    readonly code: number;
    readonly message: string;
}

/**
 * What a BSDP service has to tell, and how it reads in a trace: Apple's own log lines where there are any.
 * Does not decide anything.
 */

/** Why a request got no answer. The texts end the sentence "ignored, because …". */
declare const BSDP_IGNORED: {
    readonly malformed: "it is no DHCP message";
    readonly 'no-request': "it is no request of an Ethernet client";
    readonly 'not-bsdp': "its class identifier (60) does not start with AAPLBSDPC";
    readonly 'bad-class': "its class identifier (60) names no architecture and model";
    readonly 'no-address': "the interface it came by has no address";
    readonly denied: "the machine is on the deny list";
    readonly 'not-allowed': "the machine is not on the allow list";
    readonly 'for-other-server': "siaddr or sname name another server";
    readonly 'bad-vendor': "its vendor options (43) are missing or overrun";
    readonly 'bad-version': "its version (sub-option 2) is none that is known";
    readonly 'netboot-1': "it asks for NetBoot 1.0, which is off";
    readonly 'other-message': "such a message is not for a BSDP server";
    readonly 'reply-port': "its reply port (sub-option 5) is not privileged";
    readonly 'no-client-address': "ciaddr is 0 in an INFORM";
    readonly 'no-message-type': "it says neither LIST nor SELECT (sub-option 1)";
    readonly 'no-image': "no image is for this architecture, model, machine and filter";
    readonly 'no-server-identifier': "the SELECT names no server (sub-option 3)";
    readonly 'selected-other': "it selected another server";
    readonly unbound: "the client is not bound to this server";
    readonly 'image-gone': "the image of its binding is not for it any more";
    readonly 'no-resources': "the resources of its image cannot be prepared";
    readonly 'unknown-image': "the image it selected is unknown";
    readonly 'dhcp-request': "a REQUEST is for the DHCP server";
    readonly 'too-many-waiting': "too many answers wait";
};
type BsdpIgnoredReason = keyof typeof BSDP_IGNORED;
type BsdpEvent = {
    readonly kind: 'ignored';
    readonly mac: Mac | undefined;
    readonly reason: BsdpIgnoredReason;
} | {
    readonly kind: 'answered';
    readonly message: 'list' | 'select' | 'failed' | 'offer';
    readonly mac: Mac;
    readonly to: Destination;
    readonly size: number;
    readonly image: ImageId | undefined;
    readonly because: string | undefined;
    /** Images listed, where not all found room. */
    readonly truncatedTo: number | undefined;
    readonly file: string | undefined;
}
/** The client selected another server, so its record here is gone. */
 | {
    readonly kind: 'forgot';
    readonly mac: Mac;
    readonly server: Ip4;
} | {
    readonly kind: 'undelivered';
    readonly what: Unreachable;
};

/**
 * What a PXE service has to tell, and how it reads in a trace. Does not decide anything.
 */

/** Why a request got no answer. The texts end the sentence "ignored, because …". */
declare const IGNORED: {
    readonly malformed: "it is no DHCP message";
    readonly 'no-request': "it is a reply, not a request";
    readonly 'no-pxe-client': "its class identifier (60) does not start with PXEClient";
    readonly 'no-address': "the interface it came by has no address";
    readonly 'other-message': "such a message is not for a PXE service";
    readonly 'for-dhcp-server': "this REQUEST is for the DHCP server";
    readonly 'for-other-server': "its server identifier (54) names another server";
    readonly 'other-boot-server-type': "it asks for another boot server type";
    readonly 'other-layer': "it asks for a layer that is not served";
    readonly 'boot-server-dead': "the boot server on 4011 is set to be dead";
    readonly 'no-broadcast-discovery': "it is not to answer broadcast discovery";
    readonly denied: "the machine is on the deny list";
    readonly 'not-allowed': "the machine is not on the allow list";
    readonly 'too-early': "the client has not been trying for long enough (secs)";
    readonly 'other-architecture': "machines of its architecture are not served";
    readonly 'no-boot-file': "there is no boot file for its architecture";
    readonly 'already-asked': "the answer to the same request is under way";
    readonly 'too-many-waiting': "too many requests wait for an answer";
    readonly undecided: "the Notification Server did not say what to do";
    readonly refused: "the Notification Server does not allow the machine";
    readonly unreachable: "the Notification Server is unreachable";
    readonly production: "the machine is to start its own disk, not a boot server";
};
type IgnoredReason = keyof typeof IGNORED;
type PxeEvent = 
/** Answer with `PxeService.answer(now, id, …)`. */
{
    readonly kind: 'ask';
    readonly id: number;
    readonly question: Question;
} | {
    readonly kind: 'answered';
    readonly message: 'offer' | 'ack';
    readonly mac: Mac;
    /** The client's own, if it has one already (ciaddr). */
    readonly address: Ip4 | undefined;
    readonly architecture: number;
    readonly self: Ip4;
    readonly to: Destination;
    readonly decision: Decision;
    /** The Notification Server was unreachable; this is what the NBS does then. */
    readonly assumed: boolean;
    readonly file: string | undefined;
} | {
    readonly kind: 'ignored';
    readonly mac: Mac | undefined;
    readonly reason: IgnoredReason;
    /** What the machine asks the DHCP server for (reason `for-dhcp-server`). */
    readonly address?: Ip4 | undefined;
} | {
    readonly kind: 'undelivered';
    readonly what: Unreachable;
};

/**
 * Reads a client's PXE request: is it one, is it for this server, who asks for what. Does not decide whether the
 * machine may be served: `service.ts` does.
 */

type PxeSocket = 'dhcp' | 'bootServer';

/**
 * The option 43 an NBS sends, per style and decision (PXE 2.1 §2.2.3–2.2.5). Returns one value per instance of the
 * option, because the legacy quirk has three. Does not know the rest of the message.
 */

interface Prompt {
    readonly text: string;
    /** Seconds by class of computer; 0 = first item at once, 255 = wait for ever. */
    readonly seconds: Readonly<Record<ComputerClass, number>>;
}
/** How the menu sends clients to look for its boot server, besides asking it directly. */
interface DiscoveryWays {
    /** `answer`: broadcast discovery is answered, but nobody is told to use it. */
    readonly broadcast?: 'off' | 'answer' | 'advertise' | undefined;
    /** The group is joined, and put into 43.7. The standard names none (S-10). */
    readonly multicast?: Ip4 | undefined;
}

declare const PXE_STYLES: readonly ["complete", "redirect", "menu", "legacy-quirk"];
/**
 * `complete`: the OFFER has all the client needs. `redirect`: it has only option 60; the client comes to 4011.
 * `menu`: prompt and menu, then discovery on 4011. `legacy-quirk`: three instances of option 43.
 */
type PxeStyle = (typeof PXE_STYLES)[number];
interface PxePorts {
    readonly server: number;
    readonly client: number;
    readonly bootServer: number;
}

/**
 * The PXE service of an NBS as one machine: proxy DHCP on port 67 and boot server on 4011 (PXE 2.1 §2.2, S-1 … S-11).
 * It asks what each machine is to do (`ask` event, then `answer`) and replies. Does not lease addresses, does not ACK
 * or NAK anything meant for the DHCP server, does not send files, and does not know who decides.
 */

interface PxeServiceOptions {
    /** Our address on an interface; undefined = requests by it are ignored. Asked for each request. */
    readonly addressOn: (iface: string) => Ip4 | undefined;
    /** Path of the first boot file for an architecture. */
    readonly bootFile: (architecture: number, request: DhcpMessage) => string | undefined;
    readonly style?: PxeStyle;
    readonly bootServerType?: number;
    readonly prompt?: Prompt;
    /** Between the decision and the answer; drawn once per answer. */
    readonly delay?: (() => Micros) | undefined;
    /** Ways of boot-server discovery besides unicast. Default: broadcast is answered, no group is joined. */
    readonly discovery?: DiscoveryWays | undefined;
    /** Further multicast groups to hear discovery on, without advertising them. */
    readonly groups?: readonly Ip4[];
    /** `dead`: 4011 takes requests and never answers. */
    readonly boot4011?: 'alive' | 'dead';
    /** False: a DHCP server on this host owns port 67, only 4011 is served (S-2). */
    readonly dhcpPort?: boolean;
    readonly ports?: PxePorts;
    /** Absent = every machine. Deny goes before allow. */
    readonly allow?: readonly MacPattern[] | undefined;
    readonly deny?: readonly MacPattern[];
    /** Architecture numbers served; absent = all that have a boot file. */
    readonly arches?: readonly number[] | undefined;
    /** Answer a DISCOVER only if its `secs` is at least this, as Microsoft's servers can (NBS-27). */
    readonly minimumSecs?: number;
    /** What a machine is told while the Notification Server is unreachable; absent = silence. Our assumption. */
    readonly whenUnreachable?: Decision;
}
type PxeAction = Action<PxeSocket, PxeEvent>;
declare class PxeService implements StateMachine<PxeSocket, PxeEvent> {
    #private;
    /** Changed at run time by faults. */
    boot4011: 'alive' | 'dead';
    delay: (() => Micros) | undefined;
    constructor(options: PxeServiceOptions);
    get wakeAt(): Micros | undefined;
    start(): readonly PxeAction[];
    receive(now: Micros, via: PxeSocket, datagram: Datagram): readonly PxeAction[];
    /** The decision on an `ask`. An id that is no longer waited for is ignored. */
    answer(now: Micros, id: number, answer: Answer): readonly PxeAction[];
    wake(now: Micros): readonly PxeAction[];
    unreachable(_now: Micros, _via: PxeSocket, what: Unreachable): readonly PxeAction[];
}

/**
 * What a TFTP service has to tell, and how it reads in a trace. Does not decide anything.
 */

/**
 * Why a transfer failed. `superseded`: its client asked anew from the same port. `evicted`: it made room for another.
 * `no-socket`: the system has no socket for it.
 */
type TransferFault = 'timeout' | 'deadline' | 'client-error' | 'unreachable' | 'unreadable' | 'superseded' | 'evicted' | 'no-socket' | 'stopped';
interface Ended {
    /** Acknowledged by the client. */
    readonly bytes: number;
    readonly seconds: number;
}
type TftpEvent = {
    readonly client: Endpoint; /** As asked. */
    readonly file: string;
} & ({
    readonly type: 'requested';
    readonly kind: 'rrq' | 'wrq';
    readonly mode: string;
    readonly options: TftpOptions;
} | {
    readonly type: 'started';
    readonly size: number;
    readonly blockSize: number;
    readonly windowSize: number;
}
/** `confirmed` is false if the last ACK never came, but the client's port was closed by then. */
 | ({
    readonly type: 'completed';
    readonly confirmed: boolean;
} & Ended) | ({
    readonly type: 'failed';
    readonly reason: TransferFault;
    readonly text: string;
} & Ended)
/** Not a failure: firmware asks for the size, and ends that transfer with an ERROR once it has the OACK. */
 | ({
    readonly type: 'aborted-after-size-query';
    readonly text: string;
} & Ended) | {
    readonly type: 'refused';
    readonly code: number;
    readonly reason: string;
} | {
    readonly type: 'ignored';
    readonly reason: string;
});

/**
 * When a sender of DATA resends, and when it gives up. Values only.
 */

interface SenderTiming {
    /** Until the first resend, if the client named no `timeout`, while its round trip is not known. */
    readonly resendAfter: Micros;
    /** Once the round trip is known, the first resend comes after four of them, but not before this. */
    readonly minResendAfter: Micros;
    /** The wait doubles with each resend, up to this. */
    readonly maxResendAfter: Micros;
    /** Resends without any progress before the transfer fails. */
    readonly retries: number;
    /** Without progress for so long the transfer fails, however long the client's `timeout` is. */
    readonly maxSilence: Micros;
    /** The same before the first ACK: until then the request may be somebody else's, and a client that waits asks again. */
    readonly maxUnanswered: Micros;
    /** Resends before the first ACK: what a request in somebody's name costs that one. */
    readonly unansweredRetries: number;
    /** A transfer that has not ended by then fails. */
    readonly maxDuration: Micros;
    /** What follows block 65535. Nearly everybody says 0. */
    readonly rollover: 0 | 1;
}

/**
 * What a TFTP service can be told, and every limit on what a client can make it hold. No behaviour.
 */

interface TftpServiceOptions {
    readonly files: TftpFiles;
    readonly port?: number;
    /** Serve only what was sent to this own address. */
    readonly address?: Ip4;
    /** Tells own addresses from directed broadcasts; without it only 255.255.255.255 and groups are known as such. */
    readonly isOwnAddress?: (ip: Ip4) => boolean;
    /**
     * Requests to a broadcast address. Ignored by default: stray broadcast TFTP of other network gear is what made
     * the vendor's service stop listening (KB275767), and two servers that both answer confuse the client.
     */
    readonly broadcast?: 'ignore' | 'answer';
    readonly netascii?: 'serve' | 'refuse';
    readonly maxBlockSize?: number;
    readonly maxWindowSize?: number;
    readonly maxWindowBytes?: number;
    readonly maxBytesInFlight?: number;
    /** Options never acknowledged, in lower case. */
    readonly refuseOptions?: readonly string[];
    readonly maxTransfers?: number;
    readonly maxTransfersPerClient?: number;
    /** Of `maxTransfers`, those without a first ACK. Default: three quarters. */
    readonly maxUnanswered?: number;
    /**
     * For files that take their time (`TftpFile.load`): runs what becomes of it, with the time, and performs the actions.
     * Without it such files are read at once.
     */
    readonly later?: (act: (now: Micros) => readonly Action<string, TftpEvent>[]) => void;
    readonly timing?: Partial<SenderTiming>;
}

declare class TftpService implements StateMachine<string, TftpEvent> {
    #private;
    constructor(options: TftpServiceOptions);
    get wakeAt(): Micros | undefined;
    /** Transfers now open. */
    get transfers(): number;
    start(_now: Micros): readonly Action<string, TftpEvent>[];
    receive(now: Micros, via: string, datagram: Datagram): readonly Action<string, TftpEvent>[];
    unreachable(now: Micros, via: string, what: Unreachable): readonly Action<string, TftpEvent>[];
    /** No socket for a transfer: its client is told from the port that is there. */
    lost(now: Micros, via: string, why: string): readonly Action<string, TftpEvent>[];
    wake(now: Micros): readonly Action<string, TftpEvent>[];
    /** Ends every transfer and closes every socket; `start` may follow. */
    stop(now: Micros): readonly Action<string, TftpEvent>[];
}

/**
 * The points on which BSDP responders differ from Apple's server, each a switch, so that a product is
 * a row of `servers/parts/bsdp-products.ts`. Contains no logic.
 */
interface BsdpBehavior {
    /** Sub-option 4 is `base` less the number of records, or always `base`. */
    readonly priority: {
        readonly base: number;
        readonly falls: boolean;
    };
    /** Answers a SELECT that names another server as if it were its own: true contention. */
    readonly ignoresServerIdentifier: boolean;
    /** Keeps its record when the client selects elsewhere, and so goes on to claim the client. */
    readonly keepsRecords: boolean;
    /** Looks for an image by the low 16 bits of its id. */
    readonly comparesIndexOnly: boolean;
    /** Sub-option 8 for everybody, as a fixed answer has it. */
    readonly claimsEveryone: boolean;
    /** Answers the DISCOVER of a bound client with a BSDP OFFER. */
    readonly offersToBound: boolean;
    /** Lists an image only to the models it is for; without it, to every client. */
    readonly checksModel: boolean;
    /** Answers only clients whose option 60 is that of a Mac. */
    readonly checksClass: boolean;
    readonly repliesTo: 'reply-port' | 'source-port';
    /** Sub-option 3 in an ACK, where it has no business. */
    readonly sendsServerIdentifier: boolean;
    /** Option 60 of answers. */
    readonly classIdentifier: 'exact' | 'architecture' | 'echo';
    /** Names go to header fields, or to options 66 and 67 (then siaddr is 0 too). */
    readonly names: 'header' | 'options';
    readonly serverName: 'host' | 'address' | 'empty';
    /** Sub-option 130. */
    readonly machineName: 'numbered' | 'mac' | 'fixed' | 'none';
    /** A list longer than one option 43 holds. */
    readonly split: 'descriptors' | 'truncate';
    /** A SELECT of an image that is not there. */
    readonly unknownImage: 'failed' | 'silent' | 'empty-file';
    /** Every SELECT fails: fault injection. */
    readonly failsSelect: boolean;
    /** A fixed reply port check: requests with a port from here on are ignored. */
    readonly replyPortLimit: number;
}

/**
 * What a BSDP server remembers of its clients: the binding that brings a Mac back to the same server and image. The
 * interface, and records in memory; `cli/serve` keeps them in a file.
 */

interface BsdpRecord {
    readonly mac: Mac;
    /** `NetBoot001`: the computer name of a diskless client. */
    readonly name: string;
    readonly number: number;
    readonly architecture: string;
    readonly systemId: string;
    readonly image: ImageId;
    readonly bound: boolean;
    /** Where it was last seen. */
    readonly address: Ip4;
    /** On the clock of this run; a record from before has 0. */
    readonly lastBoot: Micros;
}
interface BsdpRecords {
    /** Every record counts as load, whether its Mac runs or not. */
    readonly size: number;
    /** Of all records there ever were. */
    readonly highestNumber: number;
    get(mac: Mac): BsdpRecord | undefined;
    /** Returns when the record is as safe as it gets: an ACK may follow. */
    put(record: BsdpRecord): void;
    delete(mac: Mac): void;
}

/** Exactly what a server sends. */
declare const BSDP_CLASS = "AAPLBSDPC";
interface MacIdentity {
    /** `ppc`, `i386`. */
    readonly architecture: string;
    /** The model: `MacBookPro11,2`. */
    readonly systemId: string;
}
declare const bsdpClassIdentifier: ({ architecture, systemId }: MacIdentity) => string;
/** Option 60 starts with the marker, as firmware and tshark test it. */
declare const isBsdp: (message: DhcpMessage) => boolean;

/**
 * NetBoot images as a server knows them: to whom each applies, in which order they are listed, and how their boot
 * file and root are named on the wire. Does not read image folders and does not send files.
 */

/** An image folder's description, with every default filled in. */
interface NetBootImage {
    readonly id: ImageId;
    readonly name: string;
    readonly enabled: boolean;
    readonly isDefault: boolean;
    readonly type: 'classic' | 'nfs' | 'http' | 'boot-file-only';
    /** Name of the folder: `Lab.nbi`. */
    readonly folder: string;
    /** Share point: `NetBootSP0`. */
    readonly sharePoint: string;
    /** Where the share points stand for TFTP: `/private/tftpboot/NetBoot`. */
    readonly tftpRoot: string;
    readonly bootFile: string;
    /** PowerPC images may lie in the folder itself. */
    readonly architectureFolders: boolean;
    /** In the folder, or a whole URL (`type: http`). */
    readonly rootPath: string;
    readonly architectures: readonly string[];
    /** Empty: every model. */
    readonly enabledSystemIds: readonly string[];
    readonly disabledSystemIds: readonly string[];
    /** Empty: every machine. */
    readonly enabledMacs: readonly MacPattern[];
    /** Counts before `enabledMacs`. */
    readonly disabledMacs: readonly MacPattern[];
    /** The client has its writable volume on the server. */
    readonly diskless: boolean;
    /** Shown only to clients that filter for it, as diagnostics are. */
    readonly filterOnly: boolean;
    /** Boot file and root come from this machine instead. */
    readonly loadBalanceServer: Ip4 | undefined;
}

declare const decodeDhcp: (bytes: Uint8Array) => Decoded<DhcpMessage>;
interface DhcpEncoding {
    /** Zeros are added up to this length; 0 = none. */
    readonly padTo?: number;
    /** Raw door: stands after the cookie in place of all options and END. */
    readonly rawOptions?: Uint8Array;
    /** Raw door: another magic cookie. */
    readonly cookie?: number;
}
/** Values over 255 bytes are split (RFC 3396 §5); the codes 0 and 255 are not options and are left out. */
declare const encodeDhcp: (message: DhcpMessage, encoding?: DhcpEncoding) => Uint8Array;

/**
 * The option codes and their names, in the field's words (camel case). Does not know their formats.
 */
/** RFC 2132 unless a comment names another text. */
declare const OPTION: {
    readonly subnetMask: 1;
    readonly timeOffset: 2;
    readonly router: 3;
    readonly timeServer: 4;
    readonly nameServer: 5;
    readonly domainNameServer: 6;
    readonly logServer: 7;
    readonly cookieServer: 8;
    readonly lprServer: 9;
    readonly impressServer: 10;
    readonly resourceLocationServer: 11;
    readonly hostName: 12;
    readonly bootFileSize: 13;
    readonly meritDumpFile: 14;
    readonly domainName: 15;
    readonly swapServer: 16;
    readonly rootPath: 17;
    readonly extensionsPath: 18;
    readonly ipForwarding: 19;
    readonly nonLocalSourceRouting: 20;
    readonly policyFilter: 21;
    readonly maximumDatagramReassemblySize: 22;
    readonly defaultTimeToLive: 23;
    readonly pathMtuAgingTimeout: 24;
    readonly pathMtuPlateauTable: 25;
    readonly interfaceMtu: 26;
    readonly allSubnetsAreLocal: 27;
    readonly broadcastAddress: 28;
    readonly performMaskDiscovery: 29;
    readonly maskSupplier: 30;
    readonly performRouterDiscovery: 31;
    readonly routerSolicitationAddress: 32;
    readonly staticRoute: 33;
    readonly trailerEncapsulation: 34;
    readonly arpCacheTimeout: 35;
    readonly ethernetEncapsulation: 36;
    readonly tcpDefaultTimeToLive: 37;
    readonly tcpKeepaliveInterval: 38;
    readonly tcpKeepaliveGarbage: 39;
    readonly nisDomain: 40;
    readonly nisServers: 41;
    readonly ntpServers: 42;
    readonly vendorSpecific: 43;
    readonly netBiosNameServer: 44;
    readonly netBiosDatagramServer: 45;
    readonly netBiosNodeType: 46;
    readonly netBiosScope: 47;
    readonly xWindowFontServer: 48;
    readonly xWindowDisplayManager: 49;
    readonly requestedIpAddress: 50;
    readonly leaseTime: 51;
    readonly optionOverload: 52;
    readonly messageType: 53;
    readonly serverIdentifier: 54;
    readonly parameterRequestList: 55;
    readonly message: 56;
    readonly maximumMessageSize: 57;
    readonly renewalTime: 58;
    readonly rebindingTime: 59;
    readonly classIdentifier: 60;
    readonly clientIdentifier: 61;
    readonly nisPlusDomain: 64;
    readonly nisPlusServers: 65;
    readonly tftpServerName: 66;
    readonly bootFileName: 67;
    readonly mobileIpHomeAgent: 68;
    readonly smtpServer: 69;
    readonly pop3Server: 70;
    readonly nntpServer: 71;
    readonly wwwServer: 72;
    readonly fingerServer: 73;
    readonly ircServer: 74;
    readonly streetTalkServer: 75;
    readonly streetTalkDirectoryAssistance: 76;
    /** RFC 3004. */
    readonly userClass: 77;
    /** RFC 4039. */
    readonly rapidCommit: 80;
    /** RFC 4702. */
    readonly clientFqdn: 81;
    /** RFC 3046. */
    readonly relayAgentInformation: 82;
    /** RFC 3118. */
    readonly authentication: 90;
    /** RFC 4578, as the next one and 97. */
    readonly clientSystemArchitecture: 93;
    readonly clientNetworkInterface: 94;
    readonly clientMachineIdentifier: 97;
    /** RFC 4833, as the next one. */
    readonly posixTimeZone: 100;
    readonly tzdbTimeZone: 101;
    /** RFC 8910. */
    readonly captivePortal: 114;
    /** RFC 2563. */
    readonly autoConfigure: 116;
    /** RFC 3011. */
    readonly subnetSelection: 118;
    /** RFC 3397. */
    readonly domainSearch: 119;
    /** RFC 3442. */
    readonly classlessStaticRoute: 121;
    /** RFC 3925, as the next one. */
    readonly vendorIdentifyingClass: 124;
    readonly vendorIdentifyingVendorSpecific: 125;
    /** RFC 5859. */
    readonly tftpServerAddress: 150;
    /** iPXE's own encapsulated options. */
    readonly ipxeEncapsulated: 175;
    /** RFC 5071, as the next three. */
    readonly pxelinuxMagic: 208;
    readonly pxelinuxConfigFile: 209;
    readonly pathPrefix: 210;
    readonly rebootTime: 211;
    /** Microsoft's copy of 121. */
    readonly microsoftClasslessStaticRoute: 249;
    readonly webProxyAutoDiscovery: 252;
};

/**
 * DHCP options: the codes by name, typed views of a message's option list, and builders of options and messages.
 * A view never changes the list; where firmware differs on which of several instances counts, it chooses the view
 * (`first`, `all`, `concatenated`). Does not know what a value must look like: `option-formats.ts` does.
 */

/** The first instance, as EDK2 reads it (E-17). */
declare const first: (message: DhcpMessage, code: number) => Uint8Array | undefined;
/** Every instance, in the order of the message. */
declare const all: (message: DhcpMessage, code: number) => Uint8Array[];
/** All instances joined (RFC 3396 §7). */
declare const concatenated: (message: DhcpMessage, code: number) => Uint8Array | undefined;
/** RFC 2132 §9.6; undefined for BOOTP and for types this project does not know. */
declare const messageType: (message: DhcpMessage) => MessageType | undefined;
/** RFC 2132 §9.7. */
declare const serverIdentifier: (message: DhcpMessage) => Ip4 | undefined;
/** RFC 2132 §9.1. */
declare const requestedIpAddress: (message: DhcpMessage) => Ip4 | undefined;
/** RFC 2132 §9.13. */
declare const classIdentifier: (message: DhcpMessage) => string | undefined;
/** RFC 2132 §9.5: option 67, not the header field `file`. */
declare const bootFileName: (message: DhcpMessage) => string | undefined;
/** The first six bytes of chaddr, whatever hlen says. */
declare const clientMac: (message: DhcpMessage) => Mac;
/** A chaddr field for an Ethernet address. */
declare const chaddrOf: (mac: Mac) => Uint8Array;
declare const bytesOption: (code: number, value: Uint8Array) => DhcpOption;
declare const textOption: (code: number, text: string) => DhcpOption;
declare const u8Option: (code: number, value: number) => DhcpOption;
declare const u16Option: (code: number, value: number) => DhcpOption;
declare const u32Option: (code: number, value: number) => DhcpOption;
declare const ip4Option: (code: number, ...addresses: readonly Ip4[]) => DhcpOption;
declare const messageTypeOption: (type: MessageType) => DhcpOption;
/** A BOOTREQUEST on Ethernet; everything not given is zero or empty. */
declare const bootRequest: (fields: Partial<DhcpMessage>) => DhcpMessage;
/** A BOOTREPLY with what a reply must copy (RFC 2131 §4.3.1 table 3); `fields` overrides. */
declare const bootReply: (request: DhcpMessage, fields: Partial<DhcpMessage>) => DhcpMessage;

/**
 * `first`: only the first instance (EDK2, E-17). `last`: a later one replaces it. `concatenated`: joined, then read
 * up to the first END (RFC 3396, RFC 2132 §8.4): what stands in later END-closed instances is missed.
 * `perInstance`: each is read up to its own END and the results are joined: sees everything.
 */
type VendorReading = 'first' | 'last' | 'concatenated' | 'perInstance';
/** Undefined if the message has no option 43. */
declare const pxeVendor: (message: DhcpMessage, reading?: VendorReading) => Decoded<PxeVendorOptions> | undefined;

/** Offsets in issues count through the values of all instances. */
declare const decodeBsdp: (instances: readonly Uint8Array[], { joined }?: {
    readonly joined?: boolean;
}) => Decoded<BsdpContent>;
/** Of a whole message: its own instances of option 43. */
declare const bsdpContent: (message: DhcpMessage, how?: {
    readonly joined?: boolean;
}) => Decoded<BsdpContent>;

interface EncodedBsdp {
    /** Values of options 43, in order. */
    readonly instances: readonly Uint8Array[];
    /** How many of the images found room; they are the first ones. */
    readonly images: number;
}
/**
 * In the order of `tags` if given, else in that of Apple's code. `room`: bytes for all options 43 with their headers;
 * images that do not fit are left out.
 */
declare const encodeBsdp: (content: Partial<BsdpContent>, { room }?: {
    readonly room?: number;
}) => EncodedBsdp;
declare const bsdpOptions: (content: Partial<BsdpContent>, how?: {
    readonly room?: number;
}) => DhcpOption[];

declare const decodeTftp: (bytes: Uint8Array) => Decoded<TftpPacket>;
declare const encodeTftp: (packet: TftpPacket) => Uint8Array;

/** Real checksums, padded to the Ethernet minimum. Throws RangeError only for an IPv4 packet above 65,535 bytes. */
declare const encodeFrame: (frame: Frame) => Uint8Array;
/**
 * Never throws. Only a frame without an Ethernet header has no value; whatever cannot be read further in is given as
 * raw bytes, with issues. Payloads are views of `bytes`.
 */
declare const decodeFrame: (bytes: Uint8Array) => Decoded<Frame>;

/**
 * A UDP datagram in its frame, for whoever sends single packets by hand. Does not fragment and does not route.
 */

interface FrameEndpoint extends Endpoint {
    readonly mac: Mac;
}
declare const udpFrame: (source: FrameEndpoint, target: FrameEndpoint, payload: Uint8Array) => Frame;

/**
 * One line of plain text per frame, for the explanation of a boot and the viewer. Names hosts where it can. Does not judge: the
 * analyser does that.
 */

type NameOf = (ip: Ip4) => string;
interface Described {
    readonly from: string;
    readonly to: string;
    readonly text: string;
    /** The machine that a message of DHCP or of agents is about, whoever sent it. */
    readonly about?: Mac;
    /** A DATA or ACK in the middle of a transfer: long runs of these are worth one line. */
    readonly bulk?: {
        readonly bytes: number;
        readonly what: string;
    };
    /** Names a packet of agents, which is one message for whoever reads, also where a router passes it on. */
    readonly packet?: string;
}
declare const describeFrame: (frame: Frame, nameOf: NameOf) => Described;

/**
 * Which addresses of some ranges are free: a bitmap, so that the lowest free one is found in a few word reads even
 * in a large pool. Does not know who has the others.
 */

/** Both ends included. */
interface AddressRange {
    readonly first: Ip4;
    readonly last: Ip4;
}

/**
 * Who has which address of one pool, and until when (RFC 2131 §4.3.1). The choice is deterministic: the client's
 * own address, then the one it asks for, then the lowest free, then perhaps an offer that nobody took. Does not speak DHCP and probes nothing.
 */

/** A number = MAC address, a text = client identifier (RFC 2131 §2: "the 'client identifier' … or chaddr"). */
type ClientKey = Mac | string;
/** `idle`: the time is over, but the address is kept in mind for this client until another one needs it. */
type LeaseState = 'offered' | 'bound' | 'declined' | 'idle';
interface Lease {
    readonly address: Ip4;
    readonly client: ClientKey;
    state: LeaseState;
    until: Micros;
}
/** All tables are as large as the pool at most: one lease per address, one address per client. */
declare class LeasePool {
    #private;
    /**
     * `overbooks`: with no free address left, the oldest offer is made again to somebody else, and who asks for it first has
     * it. Without, machines that never ask for what they were offered empty the pool for `OFFER_HOLD`. `reserved`: for
     * clients that are told so, and never free for others.
     */
    constructor(ranges: readonly AddressRange[], excluded?: readonly Ip4[], overbooks?: boolean, reserved?: readonly Ip4[]);
    /** The client's lease, also an idle one. */
    of(client: ClientKey): Lease | undefined;
    at(address: Ip4): Lease | undefined;
    covers(address: Ip4): boolean;
    /** Reserves an address for the client; undefined if the pool is exhausted. */
    offer(now: Micros, client: ClientKey, wish: Ip4 | undefined, reserved?: Ip4): Ip4 | undefined;
    /** Binds `address` to the client if it is its own, reserved for it, or free; false otherwise. */
    bind(now: Micros, client: ClientKey, address: Ip4, until: Micros, reserved?: Ip4): boolean;
    /** The client does not want it any more, but may get it again (RFC 2131 §4.3.4). */
    release(client: ClientKey): Ip4 | undefined;
    /** Somebody else uses the address (RFC 2131 §4.3.3). False if the client does not hold it. */
    decline(now: Micros, client: ClientKey, address: Ip4): boolean;
    /** Addresses of the ranges, whoever has them. */
    get size(): number;
    /** All leases, by address. */
    list(): Lease[];
}

/**
 * What a DHCP server says beside the lease itself, and to whom else it says it: classes of clients, reservations, an ACK
 * that differs from the OFFER, options in the fields `file` and `sname`. Puts the layers together; does not answer.
 */

/**
 * Codes and encoded values, a map or pairs; sent unasked, in this order, several instances of a code as several.
 */
type OptionValues = Iterable<readonly [code: number, value: Uint8Array]>;
/** What is not there is as the layer below has it. */
interface ReplyWords {
    readonly options?: OptionValues | undefined;
    /** Header field `file`. */
    readonly bootFile?: string | undefined;
    /** siaddr. */
    readonly nextServer?: Ip4 | undefined;
    /** Lease time (51), with T1 and T2. */
    readonly leaseSeconds?: number | undefined;
}
/** Several may match one client: of each field and option the first counts. */
interface ClientClass extends ReplyWords {
    readonly matches: (message: DhcpMessage) => boolean;
    /** The first class that says so decides whether the client is answered at all. */
    readonly silent?: boolean | undefined;
}
interface Reservation extends ReplyWords {
    readonly mac: Mac;
    /** Of the subnet; need not be of its pool. */
    readonly address: Ip4;
}
/** Where an ACK differs from the OFFER before it. */
interface AckWords extends ReplyWords {
    /** Option 54. */
    readonly serverIdentifier?: Ip4 | undefined;
    /** Options left out. */
    readonly omit?: readonly number[] | undefined;
}
/** Codes of the options that go into header fields (52). */
interface Overload {
    readonly file: readonly number[];
    readonly sname: readonly number[];
}
/** A reply as far as it is configured. */
interface Said {
    readonly options: readonly DhcpOption[];
    readonly bootFile: string;
    readonly nextServer: Ip4 | undefined;
}

/**
 * How a DHCP server is set up, and what of its replies can be prepared before the first request. Does not answer.
 */

interface DhcpSubnet {
    readonly cidr: Cidr;
    readonly pool: readonly AddressRange[];
    /** Option 3, unless `options` has one. */
    readonly router?: Ip4 | undefined;
    /** Override those of the server. */
    readonly options?: OptionValues;
    /** Of this subnet, over those of the server. */
    readonly words?: ReplyWords | undefined;
    /** Looked at before those of the server. */
    readonly classes?: readonly ClientClass[] | undefined;
    readonly reservations?: readonly Reservation[] | undefined;
}
interface DelayRange {
    readonly low: Micros;
    readonly high: Micros;
}
interface DhcpServerOptions {
    /** Own address by interface name: the server identifier towards clients of that interface (S-9). */
    readonly addresses: ReadonlyMap<string, Ip4>;
    readonly subnets: readonly DhcpSubnet[];
    /** Default a day. */
    readonly leaseSeconds?: number;
    readonly options?: OptionValues;
    /** Header field `file`, not option 67. */
    readonly bootFile?: string | undefined;
    /** siaddr; 0 if not given. */
    readonly nextServer?: Ip4 | undefined;
    /** `offer-only` is silent on REQUEST; `nak` refuses every REQUEST that is meant for this server. */
    readonly answers?: 'normal' | 'offer-only' | 'nak' | undefined;
    /** With no address left, offers that nobody asked for are made again (`LeasePool`). Default: silence. */
    readonly overbooks?: boolean;
    /** Drawn for each reply from `random`; low = high needs no `random`. */
    readonly responseDelay?: DelayRange | undefined;
    readonly random?: Random;
    /** Whom it tells something else; the first counts. */
    readonly classes?: readonly ClientClass[] | undefined;
    /** Where an ACK differs from the OFFER. */
    readonly ack?: AckWords | undefined;
    /** How a product puts what it is to say into a reply: the last word, before options are moved into header fields. */
    readonly finish?: ((said: Said, self: Ip4) => Said) | undefined;
    /** Options that stand in header fields. */
    readonly overload?: Overload | undefined;
    /** Clients whose every REQUEST is refused. */
    readonly refuses?: ((mac: Mac) => boolean) | undefined;
}
/** A subnet with all that does not change from reply to reply. */
interface ServedSubnet {
    readonly cidr: Cidr;
    readonly words: ReplyWords;
    readonly classes: readonly ClientClass[];
    readonly reservations: ReadonlyMap<Mac, Reservation>;
    readonly pool: LeasePool;
    /** Lease times (51, 58, 59); not in an answer to INFORM. */
    readonly leaseOptions: readonly DhcpOption[];
    /** Everything else that is configured. */
    readonly otherOptions: readonly DhcpOption[];
}

/**
 * Replies that leave a while after they were decided on, as those of a slow server do. Does not reorder replies
 * whose time is the same.
 */

type Send = Extract<Action<'dhcp', never>, {
    type: 'send';
}>;
declare class DelayedSends {
    #private;
    /** For replies decided on from now on; undefined = at once. */
    range: DelayRange | undefined;
    constructor(range: DelayRange | undefined, random: Random | undefined);
    get next(): Micros | undefined;
    /** The server starts anew: what it had not sent is lost. */
    clear(): void;
    /** Returns the action if it is to be done now. */
    send(now: Micros, action: Send): Send | undefined;
    due(now: Micros): Send[];
}

/**
 * What a DHCP server and a relay agent tell of their work, and how it reads in a trace. Kept as values, because a run
 * that nobody traces should not format text.
 */

type DhcpEventKind = 'offered' | 'acknowledged'
/** Answered with DHCPNAK. */
 | 'refused' | 'informed' | 'released' | 'declined'
/** No answer, and it is meant so. */
 | 'ignored'
/** No answer, because the pool is empty. */
 | 'exhausted';
interface DhcpEvent {
    readonly kind: DhcpEventKind;
    readonly client: Mac | undefined;
    readonly address?: Ip4;
    /** Why; one clause without a full stop. */
    readonly because: Phrase;
}
interface RelayEvent {
    readonly kind: 'relayed' | 'delivered' | 'ignored';
    readonly client: Mac | undefined;
    /** The server it went to, or the address it was delivered to. */
    readonly to?: Ip4;
    readonly because: Phrase;
}

/**
 * What servers that lease addresses have in common, whoever's engine answers: one port, answers that may wait, and what
 * they tell. Does not read a message.
 */

type DhcpActions = readonly Action<'dhcp', DhcpEvent>[];
declare abstract class LeaseServer implements StateMachine<'dhcp', DhcpEvent> {
    protected readonly options: DhcpServerOptions;
    protected readonly delayed: DelayedSends;
    protected readonly leaseTime: Micros;
    constructor(options: DhcpServerOptions);
    /** Of answers from now on. */
    set responseDelay(range: DelayRange | undefined);
    get wakeAt(): Micros | undefined;
    start(): DhcpActions;
    abstract receive(now: Micros, via: 'dhcp', received: Datagram): DhcpActions;
    wake(now: Micros): DhcpActions;
    unreachable(): DhcpActions;
}

declare class DhcpServer extends LeaseServer {
    #private;
    constructor(serverOptions: DhcpServerOptions);
    /** For views and tests; in the order of the configuration. */
    get subnets(): readonly ServedSubnet[];
    receive(now: Micros, _via: 'dhcp', received: Datagram): DhcpActions;
}

interface RelayInterface {
    readonly name: string;
    /** Own address there: the giaddr. */
    readonly address: Ip4;
    /** Servers to which requests from there are carried; empty = not relayed. */
    readonly servers: readonly Ip4[];
    /** Option 82 sub-options to add to requests from there and to take off the replies; none = option 82 untouched. */
    readonly agentInformation?: Uint8Array;
}
type Actions = readonly Action<'relay', RelayEvent>[];
declare class RelayAgent implements StateMachine<'relay', RelayEvent> {
    #private;
    readonly wakeAt: undefined;
    constructor(interfaces: readonly RelayInterface[]);
    start(): Actions;
    wake(): Actions;
    unreachable(): Actions;
    receive(_now: Micros, _via: 'relay', received: Datagram): Actions;
}

/**
 * The BSDP service of an NBS as one machine: LIST, SELECT, FAILED, and the OFFER to bound clients, by the algorithm of
 * Apple's server (A-7 … A-17). Deviating responders are the same machine with other `manners`. Does not lease addresses,
 * does not send files, and is silent to everything that is not BSDP.
 */

interface BsdpServiceOptions {
    /** Our address on an interface; undefined = requests by it are ignored. */
    readonly addressOn: (iface: string) => Ip4 | undefined;
    readonly isOwnAddress: (ip: Ip4) => boolean;
    /** sname of answers. */
    readonly hostName: string;
    /** In the order of their folders. */
    readonly images: readonly NetBootImage[];
    readonly records?: BsdpRecords;
    readonly behavior?: Partial<BsdpBehavior>;
    readonly ports?: {
        readonly server: number;
        readonly client: number;
    };
    /** Before each answer. */
    readonly delay?: (() => Micros) | undefined;
    readonly allow?: readonly MacPattern[] | undefined;
    readonly deny?: readonly MacPattern[];
    /** Old Macs whose firmware speaks NetBoot 1.0 are served too. */
    readonly netBoot1?: boolean;
    readonly shadow?: {
        readonly accounts?: number;
        readonly random?: Random;
    };
}
type BsdpAction = Action<'bsdp', BsdpEvent>;
declare class BsdpService implements StateMachine<'bsdp', BsdpEvent> {
    #private;
    /** Changed at run time by faults. */
    delay: (() => Micros) | undefined;
    constructor(options: BsdpServiceOptions);
    get wakeAt(): Micros | undefined;
    start(): readonly BsdpAction[];
    receive(now: Micros, _via: 'bsdp', datagram: Datagram): readonly BsdpAction[];
    wake(now: Micros): readonly BsdpAction[];
    unreachable(_now: Micros, _via: 'bsdp', what: Unreachable): readonly BsdpAction[];
}

export { ARCHITECTURES, Action, BSDP_CLASS, BSDP_MESSAGE, BSDP_TAG, BsdpService, Cidr, DISCOVERY_CONTROL, Datagram, Destination, DhcpMessage, DhcpOption, DhcpServer, Endpoint, Frame, Ip4, LINK_TYPE, Mac, MessageType, Micros, OPTION, PXE_TAG, PxeService, RelayAgent, StateMachine, TftpPacket, TftpService, Unreachable, all as allOptions, architectureName, architectureNumber, architectureOption, bootFileName, bootReply, bootRequest, bsdpClassIdentifier, bsdpContent, bsdpOptions, bytesOption, chaddrOf, classIdentifier, clientArchitecture, clientMac, clientMachineIdentifier, clientMachineIdentifierOption, decodeBsdp, decodeDhcp, decodeFrame, decodePxeVendor, decodeTftp, describeFrame, encodeBsdp, encodeDhcp, encodeFrame, encodePcap, encodePcapng, encodePxeVendor, encodeTftp, first as firstOption, ip4Option, isBsdp, isHttpClient, isPxeClient, messageType, messageTypeOption, pxeClassIdentifier, pxeVendor, pxeVendorOption, readCapture, requestedIpAddress, serverIdentifier, textOption, u16Option, u32Option, u8Option, udpFrame, concatenated as wholeOption };
export type { ArchitectureName, BootImage, BootMenuEntry, BootServerEntry, BsdpContent, BsdpServiceOptions, CaptureInterface, CaptureRecord, CapturedFrame, Decision, Decoded, Described, DhcpServerOptions, DhcpSubnet, FrameEndpoint, Issue, NetBootImage, PxeServiceOptions, PxeVendorOptions, RelayInterface, TftpFile, TftpFiles, TftpRefusal, TftpServiceOptions, VendorReading };
