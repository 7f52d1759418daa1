import { ScenarioFile } from '../../schema/scenario.js';
import { DhcpMessage, TftpPacket, Destination, Datagram, Ip4, Micros, Frame } from './shared2.js';
import { CaptureDetails, DeploymentDetails, RunDetails } from '../../schema/findings.js';

/**
 * How a network boot can end, and the words for it in tables. Sentences say more and are made where they stand.
 */
/**
 * `localDisk`: told (or left) to go on to the next boot device without an error of the network boot itself;
 * `pending`: still trying when the run ended.
 */
declare const OUTCOMES: readonly ["booted", "localDisk", "failed", "pending"];
type Outcome = (typeof OUTCOMES)[number];

/**
 * What a finding rule says of itself. One such value per rule is the source of the registry, of docs/findings.md
 * (`npm run findings`), of the JSON Schema's list of names, and of the SARIF descriptions. Judges nothing.
 */
type Severity = 'error' | 'warning' | 'info';
/**
 * `seen`: all the packets that prove it are in the capture. `inferred`: an absence, or a step that leaves no packet.
 * `possible`: depends on where the capture was taken (D-8).
 */
type Confidence = 'seen' | 'inferred' | 'possible';

/**
 * Which finding explains which: after all tests, the findings of a result are linked by what their rules say of
 * themselves. A consequence is linked only if its causes explain it whole, that is for every machine it names; else it
 * is news of its own. Works on findings of any origin.
 */

/** A place in the list of findings of the same result. */
interface FindingLink {
    readonly rule: string;
    readonly index: number;
}
interface FindingLinks {
    /** Findings that this one explains. */
    readonly causes: readonly FindingLink[];
    /** Findings that explain this one. */
    readonly causedBy: readonly FindingLink[];
}

/**
 * The facts of a finding as plain values, ready for JSON: servers and machines as they are called in messages, times
 * in seconds. Sentences are made from them and from nothing else.
 */
type Detail = string | number | boolean | null | readonly Detail[] | Details;
/** A field that is absent is not known, or does not apply. */
interface Details {
    readonly [field: string]: Detail | undefined;
}

/**
 * What a finding is, for every rule with the details of that rule; and the ids there are. Judges nothing.
 */

/** A rule that comes from outside: `<whose>/<rule>`. */
type OutsideRule = `${string}/${string}`;
/** `Base` with a rule and its details, for each rule of `DetailsByRule`: `rule` tells which details there are. */
type WithDetails<Base, DetailsByRule> = {
    readonly [Id in keyof DetailsByRule]: Base & {
        readonly rule: Id;
        readonly details: DetailsByRule[Id];
    };
}[keyof DetailsByRule];
type OutsideFinding<Base> = Base & {
    readonly rule: OutsideRule;
    readonly details: Details;
};

/** What a result says of a finding besides rule and details. `Place` tells where a frame stands. */
interface FindingFacts<Place> {
    readonly severity: Severity;
    readonly confidence: Confidence;
    readonly subnet: string | null;
    readonly servers: readonly string[];
    readonly clients: readonly string[];
    readonly message: string;
    readonly because: string;
    readonly remedy: string;
    readonly evidence: readonly (Place & {
        readonly seconds: number;
        readonly text: string;
    })[];
}

/**
 * What a machine can be told to boot by, and how its boot file travels. Names only.
 */
/**
 * Boot options of a firmware. `pxe4`: its own network boot over IPv4, be it PXE, or BSDP on a Mac; `http4`: UEFI HTTP boot
 * over IPv4.
 */
declare const BOOT_METHODS: readonly ["pxe4", "http4"];
type BootMethod = (typeof BOOT_METHODS)[number];
/** How a file is fetched. */
declare const TRANSFER_KINDS: readonly ["tftp", "http"];
type TransferKind = (typeof TRANSFER_KINDS)[number];

/**
 * A scenario as it was checked: plain, immutable values, every reference known to exist, every default filled in.
 * `load.ts` makes it from a file; the runner builds a network from it. Types only; draws no random number: a range
 * stays a range until the run draws from it.
 */

/**
 * `lost`: the machine was sent past its job, which stays pending on the console. `stopped`: a step could not be done.
 * `pending`: still under way.
 */
declare const JOB_STATES: readonly ["done", "lost", "stopped", "pending"];
type JobState = (typeof JOB_STATES)[number];

/**
 * A responder that is a function of a packet, as a state machine: it runs in a virtual network as on real sockets. What
 * the function throws is thrown on. Does not know what it answers.
 */

/** A datagram as a responder sees it. */
interface ResponderPacket extends Datagram {
    readonly protocol: 'DHCP' | 'BSDP' | 'TFTP' | 'UDP';
    /** `DISCOVER`, `REQUEST`, `RRQ`, `ACK` …; empty where there is none. */
    readonly type: string;
    readonly dhcp: DhcpMessage | undefined;
    readonly tftp: TftpPacket | undefined;
}
interface ResponderContext {
    /** The server's name in the scenario. */
    readonly name: string;
    /** Its own address on the interface that the packet came by. */
    readonly address: Ip4;
    /** Of the clock of the network. */
    readonly seconds: number;
    /** From 0 up to 1, from the seed of the run. */
    readonly random: () => number;
    /** For what it has to remember: empty at the start of each run, unlike variables of the function's own. */
    readonly memory: Map<unknown, unknown>;
}
/** A message, or its bytes, with where it goes where that is not usual. */
interface AddressedReply {
    readonly message: DhcpMessage | TftpPacket | Uint8Array;
    /** Default: as RFC 2131 §4.1 has it for DHCP, else whoever sent the packet. */
    readonly to?: Destination | undefined;
    /** `20ms`: that much later. */
    readonly after?: string | undefined;
    /** Default: from the port that the packet came to. `fresh`: from a new one, as TFTP does for each transfer. */
    readonly from?: 'fresh' | undefined;
}
type ResponderReply = DhcpMessage | TftpPacket | Uint8Array | AddressedReply;
/** What it answers: nothing, one reply, or several in their order. */
type RespondFunction = (packet: ResponderPacket, context: ResponderContext) => ResponderReply | readonly ResponderReply[] | undefined | void;

/**
 * Servers of a scenario that are functions: what a test writes where no kind of server does what it needs. Does not run
 * them.
 */

interface RespondOptions {
    /** Its subnet; may be left out where there is only one. */
    readonly on?: string;
    /** Its address there; default: the last that nobody else is given. */
    readonly address?: string;
    /** UDP ports on which it hears; default 67 and 4011. */
    readonly ports?: readonly number[];
    /** Waits before each reply, on top of what a reply says itself: `'2ms'`, `'0ms..5ms'`. */
    readonly responseDelay?: string;
    /** Files of a TFTP service beside it: name to size in bytes or text. */
    readonly files?: Readonly<Record<string, number | string>>;
}
interface FunctionServer extends RespondOptions {
    readonly kind: 'function';
    readonly respond: RespondFunction;
}
/**
 * A server that answers by a function: `servers: { rogue: respond((packet, context) => …) }`. The function is called with
 * each packet to one of its ports, and gives nothing, a reply, or several.
 */
declare const respond: (answer: RespondFunction, options?: RespondOptions) => FunctionServer;

/**
 * A scenario as an object: in the shape of a scenario file, by the type that is generated from the format's own schema,
 * and with servers that are functions. Does not check it.
 */

type WrittenServer = NonNullable<ScenarioFile['servers']>[string];
/** The same fields and values as in YAML, so that a file's text, parsed, is one; and servers made by `respond`. */
interface ScenarioObject extends Omit<ScenarioFile, 'servers'> {
    servers?: {
        [name: string]: WrittenServer | FunctionServer;
    };
}

/** A checked scenario. */
interface Scenario {
    /** As it was named; what an object was called. */
    readonly file: string;
    readonly title: string;
    readonly teaches: string | undefined;
    readonly seed: number;
    readonly subnets: readonly string[];
    readonly servers: readonly string[];
    /** Each machine, in the order of the file. */
    readonly clients: readonly ScenarioClient[];
    /** As YAML: the file's own text; of an object, what a file would hold, which leaves out functions. */
    readonly yaml: string;
}
interface ScenarioClient {
    readonly name: string;
    /** The group it belongs to. */
    readonly group: string;
    readonly mac: string;
}
/** Whatever a scenario can be taken from: the path of a file or a name of the library, an object, a loaded one. */
type ScenarioLike = string | ScenarioObject | Scenario;
/** What differs from the scenario as it is written. */
interface ScenarioChanges {
    /** Seed to use instead of the one in the scenario: a whole number, 0 or more. */
    readonly seed?: number | undefined;
    /**
     * Fields by path, as `--set` has them: `{ 'servers.nbs-b.responseDelay': '20ms' }`. A string is read as it would be in
     * a file; null removes the field. What has a name (a server, a group of machines) can be changed, not added.
     */
    readonly set?: Readonly<Record<string, unknown>> | undefined;
}
/** Rejects with `InvalidScenarioError`, which has everything that is wrong. */
declare const loadScenario: (file: string) => Promise<Scenario>;
/**
 * Of YAML, or of an object. `file` is what messages and results call it; paths in it are relative to that file. Throws
 * `InvalidScenarioError`.
 */
declare const parseScenario: (scenario: string | ScenarioObject, options?: {
    readonly file?: string;
}) => Scenario;

/**
 * What a run says, in the shape that programs rely on (docs/result.md): plain values in a fixed order of keys, so that the same
 * run is the same JSON to the byte. Types only.
 */

interface RunResult {
    /** The file as it was named. */
    readonly scenario: string;
    readonly title: string;
    readonly seed: number;
    readonly version: string;
    /** When the last machine had its outcome, or the limit. */
    readonly virtualSeconds: number;
    readonly clients: readonly ClientResult[];
    readonly findings: readonly FindingResult[];
    readonly expectations: readonly ExpectationResult[];
}
interface ClientResult {
    readonly name: string;
    readonly mac: string;
    readonly subnet: string;
    readonly firmware: string;
    readonly profile: string;
    readonly arch: string;
    /** Real firmware in a virtual machine, and which; `firmware` and `profile` name the model of it. */
    readonly guest?: string;
    readonly outcome: Outcome;
    readonly code: string | null;
    /** Servers by name; by address where the scenario has no server of that address. */
    readonly leaseFrom: string | null;
    readonly address: string | null;
    readonly pxeServer: string | null;
    readonly tftpServer: string | null;
    /** How the boot file was fetched, or was to be; null where it never came to that. */
    readonly transfer: TransferKind | null;
    readonly file: string | null;
    readonly sha256: string | null;
    readonly bytes: number | null;
    /** From power-on to the outcome. */
    readonly seconds: number;
    readonly screen: readonly string[];
    /** One per boot option tried, in order; none where the machine was never switched on or never sent to the network. */
    readonly attempts: readonly AttemptResult[];
    /**
     * Of a site: every boot, of which the fields above tell the last that a job sent to the network, else the last.
     * A machine that was never sent through its firmware has none, and is on its disk.
     */
    readonly boots?: readonly BootResult[];
    readonly jobs?: readonly JobResult[];
}
interface AttemptResult {
    readonly method: BootMethod;
    readonly outcome: Outcome;
    readonly code: string | null;
    readonly seconds: number;
}
/** Times are seconds since the start of the run. */
interface BootResult {
    /** The task that sent it there; null: it was switched on. */
    readonly task: string | null;
    readonly outcome: Outcome;
    readonly code: string | null;
    readonly pxeServer: string | null;
    readonly file: string | null;
    readonly startedAt: number;
    readonly endedAt: number | null;
}
/** Times are seconds since the start of the run; null: it did not come to that. */
interface JobResult {
    readonly name: string;
    readonly state: JobState;
    /** The task it is at, as the console calls it; null: all are done. */
    readonly task: string | null;
    /** Where it stopped, and why; for a lost job, why. */
    readonly step: string | null;
    readonly message: string | null;
    readonly orderedAt: number | null;
    readonly tickledAt: number | null;
    readonly restartedAt: number | null;
    /** Done, or lost. */
    readonly endedAt: number | null;
}
/** `rule` tells which `details` there are. */
type UnlinkedFinding = WithDetails<RunFacts, CaptureDetails> | WithDetails<RunFacts, DeploymentDetails> | WithDetails<RunFacts, RunDetails> | OutsideFinding<RunFacts>;
/** With the findings of the same result that it explains, and that explain it. */
type FindingResult = UnlinkedFinding & FindingLinks;
/** `frame` is its number in the capture of the run, from 1. */
type RunFacts = FindingFacts<{
    readonly frame: number;
}>;
type Evidence = RunFacts['evidence'][number];
interface ExpectationResult {
    readonly text: string;
    readonly met: boolean;
    readonly got: string;
}

/** A UDP packet as it was seen in a run: told apart by its sender, its payload, and how many of the kind came before. */
interface SeenPacket {
    readonly segment: string;
    readonly at: Micros;
    readonly frame: Frame;
    /** Among equal ones on this segment, from 0: servers repeat themselves to the byte. */
    readonly nth: number;
}

interface ComparedMachine extends ClientResult {
    /** `edk2`, or `ipxe-efi` for the other platform of a family; with its profile where several are compared. */
    readonly label: string;
}
interface Comparison {
    readonly scenario: string;
    readonly title: string;
    readonly seed: number;
    readonly version: string;
    /** Whose MAC and place all of them had. */
    readonly machine: {
        readonly name: string;
        readonly mac: string;
        readonly subnet: string;
    };
    readonly machines: readonly ComparedMachine[];
    /** In order of size; one group means that all firmware agrees. */
    readonly groups: readonly FateGroup[];
}
/** Machines with the same end. The file may differ: each architecture has its own. */
interface FateGroup {
    readonly outcome: ClientResult['outcome'];
    readonly pxeServer: string | null;
    readonly labels: readonly string[];
}

/**
 * What a machine was offered in a run, read from the frames of its subnet: every DHCP reply to it, by whom and when,
 * and when the machine looked for servers and made its choice. Does not judge who wins.
 */

interface SeenReply {
    readonly packet: SeenPacket;
    readonly server: Ip4;
    readonly kind: 'offer' | 'ack';
    readonly xid: number;
    /** It gives an address. */
    readonly leases: boolean;
    /** It says what to boot, or where to ask for it. */
    readonly boots: boolean;
}

/**
 * Which servers answered one machine's question at the same time, so that time may have decided between them. Does
 * not say that it did.
 */

interface Contest {
    readonly over: 'boot' | 'lease' | 'bootServer';
    readonly winner: string | null;
    /** In order of arrival of their decisive packets. */
    readonly contenders: readonly Contender[];
    /** Others whose packet ends the contest: the lease offer, for firmware that leaves as soon as it has one. */
    readonly referees: readonly Contender[];
    /** When any reply of this contest was there. */
    readonly moments: readonly Micros[];
}
interface Contender {
    readonly server: string;
    /** Of its decisive packet: the first, or the last before the choice for firmware that keeps the last (I-8). */
    readonly at: Micros;
    /** Its packets of this contest, copies included. */
    readonly replies: readonly SeenReply[];
}

/**
 * Counterfactuals of a race: which server would have won had one offer come earlier or later. Runs the same seed again with that
 * one packet moved, and nothing else, until it has the flip point between two runs 0.1 ms apart. Does not guess: what
 * it says has been run on both sides.
 */

interface Fate {
    readonly outcome: ClientResult['outcome'];
    readonly code: string | null;
    readonly leaseFrom: string | null;
    readonly pxeServer: string | null;
    readonly tftpServer: string | null;
    readonly file: string | null;
}
interface Flip {
    /** Whose offer is moved. */
    readonly server: string;
    /** Later, or earlier where negative: with this the fate is another one. */
    readonly seconds: number;
    /** The nearest move that was run and changed nothing; 0 is the run itself. */
    readonly unchangedAt: number;
    readonly fate: Fate;
    /** The offer then comes after a firmware with a fixed window has chosen; it is not another one that overtakes it. */
    readonly missesWindow: boolean;
}
interface Race {
    /** What it is about: boot information, the lease, or the answer of a boot server to discovery. */
    readonly over: Contest['over'];
    readonly winner: string | null;
    /** In order of arrival; seconds since the machine was switched on. */
    readonly contenders: readonly {
        readonly server: string;
        readonly seconds: number;
    }[];
    /** Whose decisive packet was nearest to the winner's. */
    readonly rival: string | null;
    /** The rival's packet minus the winner's: positive where the winner's came first. */
    readonly marginSeconds: number | null;
    /** How long the machine listened, or would have. */
    readonly windowSeconds: number;
    /** Smallest first. */
    readonly flips: readonly Flip[];
    /** False: the limit of runs was reached before every move was tried. */
    readonly complete: boolean;
}

interface Explanation {
    readonly client: string;
    readonly firmware: string;
    /** The last choice among servers. */
    readonly decided: Choice | null;
    /** What ended a boot that failed, where it was not that choice. */
    readonly ended: Choice | null;
    /** What other firmware would have done in its place, among the same machines. */
    readonly otherFirmware: readonly Omit<ComparedMachine, 'screen'>[];
    /** Empty where no other server competed. */
    readonly races: readonly Race[];
    /** How often the seed was run again to find out. */
    readonly reruns: number;
}
interface Choice {
    readonly rule: string;
    readonly text: string;
    /** Since power-on. */
    readonly seconds: number;
}

/** Findings of this severity, or a worse one, count as failed. */
declare const FAIL_ON: readonly ["error", "warning"];
type FailOn = (typeof FAIL_ON)[number];

type PacketProtocol = 'ARP' | 'BSDP' | 'DHCP' | 'ICMP' | 'TFTP' | 'UDP' | 'other';
interface Packet {
    /** Its number in the capture of the run, from 1. */
    readonly frame: number;
    /** Since the start of the run, when it was at the subnet's switch. */
    readonly seconds: number;
    readonly subnet: string;
    /** Server, router or machine by name, else the address; `everyone` is a broadcast. */
    readonly from: string;
    readonly to: string;
    readonly protocol: PacketProtocol;
    /** `DISCOVER`, `OFFER`, `ACK`, `RRQ`, `DATA` …; of ARP `REQUEST` or `REPLY`; empty where there is none. */
    readonly type: string;
    /** The machine that a DHCP message is about, whoever sent it. */
    readonly client: string | undefined;
    /** In a few words. */
    readonly text: string;
    /** The Ethernet frame. */
    readonly bytes: Uint8Array;
    /** What UDP carried. */
    readonly payload: Uint8Array | undefined;
    /** Of DHCP and BSDP. */
    readonly dhcp: DhcpMessage | undefined;
}
/**
 * All that is given must hold; of a list, one. Machines may be named by their group. A host that no scenario has is an
 * error: a test that waits for nothing from nobody would pass for ever.
 */
interface PacketFilter {
    readonly from?: string | readonly string[] | undefined;
    readonly to?: string | readonly string[] | undefined;
    readonly client?: string | readonly string[] | undefined;
    readonly subnet?: string | readonly string[] | undefined;
    readonly protocol?: PacketProtocol | readonly PacketProtocol[] | undefined;
    /** Upper or lower case. */
    readonly type?: string | readonly string[] | undefined;
    /** Seconds since the start of the run. */
    readonly since?: number | undefined;
}

/** The fields are those of `nbs run --json`. */
interface Result extends RunResult {
    /** One machine's; throws `RangeError` where there is none of that name. */
    client(name: string): ClientResult;
    /** Those of a group, or the one machine of that name, as far as they were switched on; throws `RangeError` for another name. */
    clientsOf(who: string): readonly ClientResult[];
    /** Of the scenario, by name. */
    servers(): readonly string[];
    /** Packets that were on the subnets, in order; throws `RangeError` for a host that the scenario does not have. */
    packets(filter?: PacketFilter): readonly Packet[];
    /** Exactly what `nbs run --json` prints. */
    toJSON(): RunResult;
    /** All frames, as a pcapng file with an interface for each subnet. */
    capture(): Uint8Array;
    /**
     * What `nbs run --junit` writes: a case for each expectation and each finding. Findings of the severity `failOn`, or a
     * worse one, are failed cases.
     */
    junit(options?: {
        readonly failOn?: FailOn;
    }): string;
    /** A page that replays the run in a browser, without network: HTML. */
    report(): string;
    /** What `nbs run --explain` prints: the machine's boot packet by packet, what decided, and how close it was. */
    explain(client: string): string;
    /** The same as values; throws for a lab, and where real firmware took part: what was led by hand is not repeated. */
    explanation(client: string): Explanation;
}

export { loadScenario, parseScenario, respond };
export type { AddressedReply, BootMethod, BootResult, ClientResult, ComparedMachine, Comparison, Evidence, ExpectationResult, Explanation, FateGroup, FindingFacts, FindingLinks, FindingResult, FunctionServer, JobResult, JobState, Outcome, OutsideFinding, Packet, PacketFilter, RespondFunction, RespondOptions, ResponderContext, ResponderPacket, ResponderReply, Result, RunResult, Scenario, ScenarioChanges, ScenarioClient, ScenarioLike, ScenarioObject, Severity, TransferKind, WithDetails };
