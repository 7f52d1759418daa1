import { Outcome, TransferKind, BootMethod, WithDetails, FindingFacts, OutsideFinding, FindingLinks, ScenarioChanges, ScenarioLike, RunResult, Comparison, Severity, Result, JobState } from './shared.js';
export { AddressedReply, BootResult, ClientResult, ComparedMachine, Evidence, ExpectationResult, Explanation, FateGroup, FindingResult, FunctionServer, JobResult, RespondFunction, RespondOptions, ResponderContext, ResponderPacket, ResponderReply, Scenario, ScenarioClient, ScenarioObject, loadScenario, parseScenario, respond } from './shared.js';
import { CaptureDetails, LintDetails } from '../../schema/findings.js';
import { Ip4, Micros } from './protocol.js';

/** Told to the user as one message without a stack trace; says what to do. */
declare class UsageError extends Error {
    readonly name: string;
    readonly status: number;
    /** What is printed, line by line; `message` has them with line feeds between. */
    readonly lines: readonly string[];
    constructor(message: string | readonly string[], status?: number);
}

/**
 * What is wrong with a scenario, in the form people and editors read. Does not find mistakes.
 */

interface ScenarioError {
    /** The scenario file, or `--set path=value`; what a scenario that is an object was called. */
    readonly file: string;
    /** Both from 1; 0 where there is no text, as in an object. */
    readonly line: number;
    readonly column: number;
    /** `servers.nbs-a.images`; empty for the file as a whole. */
    readonly field: string;
    readonly message: string;
    /** The nearest valid spelling, if there is one worth naming. */
    readonly nearest?: string;
}
/** Everything that is wrong with a scenario. `message` has a line for each of `errors`, as the command line prints them. */
declare class InvalidScenarioError extends UsageError {
    readonly name = "InvalidScenarioError";
    readonly errors: readonly [ScenarioError, ...ScenarioError[]];
    constructor(errors: readonly [ScenarioError, ...ScenarioError[]]);
}

/**
 * What a firmware script sees of the machine it runs on. A boot is sequential, so a script is a generator: it sends
 * and prints as it goes, yields the time until which it wants to listen, and is resumed with what came in, or with
 * undefined when that time has come. Types only; `run.ts` runs a script on a host.
 *
 *     const incoming = yield until        // Micros; resumes with Incoming, or undefined at `until`
 */

/** What is known of a boot, filled in as it goes, so that a failure keeps what came before it. */
interface BootRecord {
    outcome: Outcome;
    /** What the screen shows: `PXE-E53`, `PXE-M0F`, `2d03e13b`; undefined where it shows none. */
    code: string | undefined;
    lease: {
        readonly server: Ip4;
        readonly address: Ip4;
    } | undefined;
    /** Whose boot information the machine acted on (server identity: option 54, else siaddr, else source). */
    pxeServer: Ip4 | undefined;
    /** How the machine fetches its boot file, and from whom; undefined until it has begun to. */
    transfer: FileTransfer | undefined;
    file: string | undefined;
    /** The file as received, complete. */
    content: Uint8Array | undefined;
    /** Boot options tried, in order, where there was more than one; of the last one, the end may be missing. */
    attempts: readonly BootAttempt[];
}
interface FileTransfer {
    readonly kind: TransferKind;
    readonly server: Ip4;
}
interface BootAttempt {
    readonly method: BootMethod;
    readonly startedAt: Micros;
    /** Undefined: it is under way. */
    readonly end: AttemptEnd | undefined;
}
interface AttemptEnd {
    readonly at: Micros;
    readonly outcome: Outcome;
    readonly code: string | undefined;
}

/**
 * What other firmware would have done in the place of a captured machine: its script, run in virtual time on the
 * offers that the capture holds. Assumes that servers would have answered it alike, and says what else is assumed.
 * Does not judge the network; the analyser does.
 */

interface Prediction {
    readonly client: string;
    readonly subnet: string;
    readonly firmware: string;
    readonly profile: string;
    readonly arch: string;
    readonly outcome: BootRecord['outcome'];
    readonly code: string | null;
    readonly leaseFrom: string | null;
    readonly pxeServer: string | null;
    readonly tftpServer: string | null;
    readonly file: string | null;
    /** The choice among servers, or what ended the boot. */
    readonly rule: string | null;
    readonly because: string | null;
    readonly seconds: number;
    /** What the capture does not hold and was taken to work, or to be alike. */
    readonly assumed: readonly string[];
}

/**
 * What `analyze` says, in the shape that programs rely on: plain values, addresses as text, times in seconds from
 * the first frame. Types only.
 */

interface AnalysisResult {
    readonly files: readonly CaptureFileResult[];
    readonly frames: number;
    /** Of the first frame, UTC with microseconds; everything else counts from there. */
    readonly startedAt: string | null;
    readonly seconds: number;
    readonly servers: readonly CaptureServer[];
    readonly clients: readonly CaptureClient[];
    readonly conversations: readonly CaptureConversation[];
    /** May be more than are listed. */
    readonly conversationCount: number;
    readonly findings: readonly CaptureFinding[];
    readonly notes: readonly string[];
    readonly predictions?: readonly Prediction[];
    /** Of the machine that was asked for. */
    readonly explanation?: CaptureExplanation;
}
interface CaptureExplanation {
    /** Null: it was seen through a router only. */
    readonly mac: string | null;
    /** That it had or was offered. */
    readonly addresses: readonly string[];
    /** In order of time. */
    readonly boots: readonly CapturedBoot[];
}
/** One boot of the machine, step by step. */
interface CapturedBoot {
    /** Of its first step. */
    readonly startSeconds: number;
    readonly endSeconds: number;
    readonly subnet: string;
    readonly firmware: string;
    readonly arch: string | null;
    /** `seconds` since the first one. */
    readonly steps: readonly {
        readonly file: string;
        readonly frame: number;
        readonly seconds: number;
        readonly text: string;
    }[];
    /** A sentence. */
    readonly outcome: string;
    /** Rules of the findings about this boot. */
    readonly findings: readonly string[];
}
interface CaptureFileResult {
    readonly file: string;
    readonly frames: number;
    readonly interfaces: readonly string[];
    readonly issues: readonly string[];
}
interface CaptureServer {
    readonly address: string;
    readonly macs: readonly string[];
    /** Relays by which it answered. */
    readonly relays: readonly string[];
    readonly subnets: readonly string[];
    readonly roles: readonly string[];
    /** What it offered, the most frequent first, and in how many boots. */
    readonly offers: readonly {
        readonly text: string;
        readonly boots: number;
    }[];
    /** MACs of those it answered or sent files to, the first ones. */
    readonly machines: readonly string[];
    readonly answers: number;
    readonly answerSeconds: {
        readonly min: number;
        readonly median: number;
        readonly max: number;
    } | undefined;
    readonly transfers: {
        readonly completed: number;
        readonly failed: number;
        readonly bytes: number;
        readonly seconds: number;
    };
    readonly firstSeconds: number;
    readonly lastSeconds: number;
}
interface CaptureClient {
    readonly mac: string;
    /** Each stage that was seen: a ROM, then the iPXE that it loaded. */
    readonly firmware: readonly string[];
    readonly arch: string | null;
    readonly subnet: string;
    readonly address: string | null;
    readonly boots: number;
    readonly firstSeconds: number;
    readonly lastSeconds: number;
}
/** One boot of one machine. */
interface CaptureConversation {
    readonly client: string | null;
    readonly subnet: string;
    readonly firmware: string;
    readonly arch: string | null;
    readonly startSeconds: number;
    readonly endSeconds: number;
    readonly address: string | null;
    /** Who offered what and when, in order of arrival. */
    readonly answers: readonly {
        readonly server: string;
        readonly afterSeconds: number;
        readonly lease: boolean;
        readonly pxe: boolean;
        readonly offer: string;
    }[];
    readonly leaseFrom: string | null;
    readonly asked4011: readonly string[];
    readonly files: readonly {
        readonly server: string;
        readonly file: string;
        /** `complete`, or how it failed. */
        readonly end: string;
        readonly bytes: number;
        readonly seconds: number;
        readonly blockSize: number | null;
        readonly sha256: string | null;
    }[];
}
/** Of a finding in packets, as results have it: `frame` is numbered within its file, from 1, as Wireshark counts. */
type CaptureFacts = FindingFacts<{
    readonly file: string;
    readonly frame: number;
}>;
/** `rule` tells which `details` there are. */
type UnlinkedCaptureFinding = WithDetails<CaptureFacts, CaptureDetails> | OutsideFinding<CaptureFacts>;
/** With the findings of the same result that it explains, and that explain it. */
type CaptureFinding = UnlinkedCaptureFinding & FindingLinks;

/**
 * Captures as callers hand them over: files, a stream, or bytes at hand. Does not look into them.
 */

/** Paths of pcap or pcapng files, told in order of time as one capture; or the bytes of one, whole or as a stream. */
type CaptureLike = string | readonly string[] | Uint8Array | AsyncIterable<Uint8Array>;

interface AnalyzeOptions {
    /** Predict what these firmwares would have done: `'edk2,ipxe'`, each with `:profile` where another is meant. */
    readonly as?: string | undefined;
    /** File of the servers that are meant to be there: partners among them are no finding. */
    readonly allow?: string | undefined;
    /** SHA-256 of the files that were sent; default true. */
    readonly hashes?: boolean | undefined;
    /** A MAC, the end of one, or an IPv4 address: tell this machine's boots step by step. */
    readonly explain?: string | undefined;
    /** What results call a capture that is no file; default `capture`. */
    readonly name?: string | undefined;
}
/**
 * What `nbs analyze --json` prints. Rejects with `UsageError` if nothing at all could be read, or if it is not clear which
 * machine is to be explained.
 */
declare const analyze: (capture: CaptureLike, options?: AnalyzeOptions) => Promise<AnalysisResult>;

/**
 * What a clause of the conformance suite is: something that a server for network boot must do, where that is known
 * from, which firmware is hurt where it does not, and a procedure that finds out. Types, and the one way to write a
 * clause; does not run any.
 */

/**
 * `MUST` and `SHOULD`: in the words of the standard or specification named. `FIRMWARE`: no standard says so, and a
 * firmware in use fails without it. `PEER`: what servers in use do for each other's and their clients' good.
 * `HARDENING`: what keeps a server from being used against its network.
 */
declare const LEVELS: readonly ["MUST", "SHOULD", "FIRMWARE", "PEER", "HARDENING"];
type Level = (typeof LEVELS)[number];

/**
 * How a procedure ends other than by passing: it throws one of these, so that a check reads as a list of what must hold.
 */

type Verdict = 'passed' | 'failed' | 'notApplicable' | 'notRun';

/** What `--json` has of a clause. */
interface ClauseResult {
    readonly id: string;
    readonly level: Level;
    readonly verdict: Verdict;
    readonly requirement: string;
    readonly source: string;
    readonly because: string;
    /** Numbers of packets of the clause's capture. */
    readonly frames: readonly number[];
}
/** What `--json` prints. */
interface CheckResult {
    readonly target: string;
    /** Of nbs-lab: the suite grows. */
    readonly version: string;
    readonly clauses: readonly ClauseResult[];
}

interface CheckOptions extends ScenarioChanges {
    /** The server's name; needed where there are several. */
    readonly server?: string | undefined;
    /** Files that its TFTP service has, besides the boot file that it names. */
    readonly files?: readonly string[] | undefined;
    /** Ids of clauses, or letters of chapters: `['T05', 'B']`. Default: all. */
    readonly only?: readonly string[] | undefined;
    /** `['MUST', 'SHOULD']`. Default: all. */
    readonly level?: readonly string[] | undefined;
}
/**
 * Holds a server of the scenario against the clauses of docs/conformance.md, in virtual time; without a scenario, the
 * servers of nbs-lab. What `nbs check --json` prints. Rejects with `InvalidScenarioError`, or with `UsageError` where
 * there is no such server or clause.
 */
declare const check: (scenario?: ScenarioLike, options?: CheckOptions) => Promise<CheckResult>;

interface MachineFacts {
    /** `discover offer request ack bootServer ack`, then `rrq name`; each kind once in a row. */
    readonly kinds: readonly string[];
    readonly lease: string | null;
    readonly leaseFrom: string | null;
    /** Servers that it asked by name: in REQUESTs, on port 4011, by TFTP. */
    readonly asked: readonly string[];
    readonly files: readonly string[];
    /** Whose file it fetched, or tried to, last. */
    readonly winner: string | null;
    readonly file: string | null;
    /** As far as seen. */
    readonly outcome: SeenOutcome;
    /** From its first question to its last packet. */
    readonly span: Micros;
}
type SeenOutcome = 'loaded' | 'file refused' | 'no file' | 'denied' | 'leased only' | 'unanswered' | 'no lease';

/**
 * `all` were heard; of a question that was repeated `none`; besides, of one that was not, only those of servers that the
 * machine turned to (`chosen`); or nothing at all (`deaf`).
 */
declare const HEARINGS: readonly ["all", "unrepeated", "chosen", "unrepeatedChosen", "deaf"];
type Hearing = (typeof HEARINGS)[number];

/**
 * A capture held against the run of the scenario that was made of it, machine by machine and fact by fact. Does not run.
 */

/** Facts that are compared, in the order in which they are told. */
declare const FACTS: readonly ["winner", "lease", "leaseFrom", "file", "outcome", "asked", "files", "kinds", "time"];
type Fact = (typeof FACTS)[number];
interface ImportDifference {
    readonly fact: Fact;
    readonly captured: string;
    readonly imported: string;
}
interface ImportedMachine {
    readonly name: string;
    readonly mac: string;
    readonly firmware: string;
    readonly profile: string;
    /** `all`, or what of its answers it evidently did not hear. */
    readonly hearing: Hearing;
    /** None: it did in the run what it did in the capture. */
    readonly differences: readonly ImportDifference[];
    /** What the capture shows. */
    readonly facts: CapturedFacts;
}
interface CapturedFacts extends Omit<MachineFacts, 'span' | 'kinds'> {
    readonly seconds: number;
}

interface ImportOptions {
    /** Only this machine, by its MAC. */
    readonly client?: string | undefined;
    /** Seconds since the first frame: what is before, or after, is left out. */
    readonly from?: number | undefined;
    readonly to?: number | undefined;
    /** Of the scenario; default: says what it was made of. */
    readonly title?: string | undefined;
    /** What the scenario is called in its own messages; default `imported.yaml`. */
    readonly file?: string | undefined;
    /** Texts of router configurations, of which the helper lists are taken (Cisco, Arista, Juniper). */
    readonly routers?: readonly string[] | undefined;
    /** Takes out what is not needed for the machines to do as they did; takes many runs. */
    readonly simplify?: boolean | undefined;
    /** What results call a capture that is no file; default `capture`. */
    readonly name?: string | undefined;
    /** Told how many runs a simplification has taken. */
    readonly onProgress?: ((runs: number) => void) | undefined;
}
/** What `nbs import --json` prints. */
interface ImportResult {
    readonly files: readonly string[];
    /** The scenario, as a file holds it. */
    readonly yaml: string;
    readonly machines: readonly ImportedMachine[];
    /** Machines that do in the run what they did in the capture, and all. */
    readonly agreeing: number;
    readonly total: number;
    /** What the capture does not show, and what else is to be known. */
    readonly notes: readonly string[];
    /** Of the imported scenario's run. */
    readonly result: RunResult;
}
/** Rejects with `UsageError` where nothing could be read, or no machine of the capture boots. */
declare const importCapture: (capture: CaptureLike, options?: ImportOptions) => Promise<ImportResult>;

interface CompareOptions extends ScenarioChanges {
    /** The machine whose MAC and place they take; default: the scenario's first. */
    readonly client?: string | undefined;
    /** `usual`, each family as it usually is (the default), or in every profile. */
    readonly profiles?: 'usual' | 'all' | undefined;
}
/** What `nbs compare --json` prints. */
interface CompareResult extends Comparison {
    /** One sentence: who boots from whom. */
    readonly verdict: string;
}
/** Rejects with `InvalidScenarioError`, or `UsageError` where there is no such machine. */
declare const compare: (scenario: ScenarioLike, options?: CompareOptions) => Promise<CompareResult>;

/**
 * Rules that need no run: a scenario's file against what the vendor and the protocols demand, each finding with line
 * and column. Does not run anything and does not say what is wrong with the file's form: `load.ts` does.
 */

interface LintFacts {
    readonly severity: Severity;
    readonly file: string;
    readonly line: number;
    readonly column: number;
    /** `servers.nbs-b`. */
    readonly field: string;
    readonly servers: readonly string[];
    readonly message: string;
    readonly because: string;
    readonly remedy: string;
}
/** `rule` tells which `details` there are. */
type LintFinding = WithDetails<LintFacts, LintDetails>;

/**
 * Scenarios against rules that need no run. Does not know the rules.
 */

/** What `nbs lint --json` prints. */
interface LintResult {
    readonly files: readonly string[];
    /** Those of a file together, the worst first. */
    readonly findings: readonly LintFinding[];
}
/** Rejects with `InvalidScenarioError` where one cannot be read. */
declare const lint: (scenarios: ScenarioLike | readonly ScenarioLike[]) => Promise<LintResult>;

interface RunOptions extends ScenarioChanges {
    /** Ends a run by the wall clock early, with an error. */
    readonly signal?: AbortSignal | undefined;
}
/** Rejects with `InvalidScenarioError`; with `GuestError` where real firmware is wanted and cannot be had. */
declare const run: (scenario: ScenarioLike, options?: RunOptions) => Promise<Result>;

/**
 * What a sweep keeps of a run: one JSON line with keys in a fixed order, so that the same run is the same line on
 * every machine and in every shard. Each line says which sweep it is of. Does not read or write files.
 */

/** Records belong together if they agree in all of it. */
interface SweepIdentity {
    readonly version: string;
    readonly title: string;
    /** Of the SHA-256 of the scenario file's text the first 16 digits. */
    readonly scenario: string;
    /** The same over the image folders that the runs use. */
    readonly images: string;
    /** First and last, both included. */
    readonly seeds: readonly [first: number, last: number];
    readonly vary: readonly {
        readonly path: string;
        readonly values: readonly string[];
    }[];
}

/** A share with its 95 % interval; all three between 0 and 1. */
interface Share {
    readonly machines: number;
    readonly share: number;
    readonly low: number;
    readonly high: number;
}
interface ServerSummary {
    /** Name, or `-` for machines that took nobody's boot information. */
    readonly server: string;
    readonly won: Share;
    /** What became of the machines it won; shares of all machines. Outcomes that did not happen are left out. */
    readonly outcomes: Partial<Record<Outcome, Share>>;
}
interface FirmwareSummary {
    readonly firmware: string;
    readonly profile: string;
    readonly arch: string;
    readonly runs: number;
    readonly machines: number;
    readonly outcomes: Record<Outcome, Share>;
    /** Of a site: shares of the machines that have a job. */
    readonly jobs?: Record<JobState, Share>;
    /** By name. */
    readonly servers: readonly ServerSummary[];
    /** Code on the screen -> machines. */
    readonly codes: Record<string, number>;
    /** `median`: of the runs' medians the mean. */
    readonly seconds: {
        readonly median: number;
        readonly max: number;
    };
    /**
     * How many times greater the variance between runs is than that of machines that fare independently; about 1
     * where they do. The intervals take machines as independent.
     */
    readonly designEffect: number;
}
interface CellSummary {
    readonly vary: Record<string, string>;
    readonly runs: number;
    readonly firmwares: readonly FirmwareSummary[];
}
/** What `nbs sweep --json` prints, and what the viewer shows. */
interface SweepReport extends SweepIdentity {
    readonly planned: number;
    readonly done: number;
    /** In the order of the plan; a combination without a run is left out. */
    readonly cells: readonly CellSummary[];
}

interface SweepOptions {
    /** How many, from 1 on, or a range such as `'11..20'`; default 100. */
    readonly seeds?: number | string | undefined;
    /** Values by path, all combinations: `{ 'servers.nbs-b.responseDelay': ['0ms', '20ms'] }`, or text as `--vary` has it. */
    readonly vary?: Readonly<Record<string, readonly (string | number | boolean)[] | string>> | undefined;
    /** `'2/5'`: only the second of five parts. */
    readonly shard?: string | undefined;
    /** Threads; default: one for each core. */
    readonly workers?: number | undefined;
    /** Keeps a record of each run in this file, and goes on where an earlier call ended. */
    readonly out?: string | undefined;
    /** Told of the runs done so far, now and then. */
    readonly onProgress?: ((done: number, total: number) => void) | undefined;
    /** Ends the sweep; the result then tells of the runs that were done. */
    readonly signal?: AbortSignal | undefined;
}
/** What `nbs sweep --json` prints. Rejects with `InvalidScenarioError`, or `UsageError` for a plan that is wrong. */
declare const sweep: (scenario: ScenarioLike, options?: SweepOptions) => Promise<SweepReport>;

declare const VERSION: string;

export { Comparison, InvalidScenarioError, Outcome, Result, RunResult, ScenarioChanges, ScenarioLike, UsageError, analyze, check, compare, importCapture, lint, run, sweep, VERSION as version };
export type { AnalysisResult, AnalyzeOptions, CaptureClient, CaptureConversation, CaptureExplanation, CaptureFileResult, CaptureFinding, CaptureLike, CaptureServer, CapturedBoot, CheckOptions, CheckResult, ClauseResult, CompareOptions, CompareResult, ImportDifference, ImportOptions, ImportResult, ImportedMachine, LintFinding, LintResult, Prediction, RunOptions, ScenarioError, SweepOptions, SweepReport };
