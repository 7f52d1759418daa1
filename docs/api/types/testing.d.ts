import { PacketFilter, Packet, FunctionServer } from './shared.js';
import { Scenario, Result, Outcome, ClientResult, ScenarioObject, ScenarioChanges, ScenarioLike } from './index.js';
export { AddressedReply, RespondFunction, RespondOptions, ResponderContext, ResponderPacket, ResponderReply, respond } from './shared.js';

/**
 * Which findings somebody does not want: `expect.noFindings`, `nbs run --fail-on` and the assertions mean the same by it.
 * Finds nothing.
 */

/** `all`; those of a severity or worse; or those of these rules. */
declare const UNWANTED: readonly ["all", "error", "warning"];
type Unwanted = (typeof UNWANTED)[number] | readonly string[];

/**
 * Times as tests write them: seconds, or text with a unit as in a scenario.
 */

/** `10` are seconds; `'10s'`, `'200ms'`. */
type Duration = number | string;

/**
 * What an assertion is about: a result, or a lab, which has one at any time. Knows who keeps the evidence when an
 * assertion fails. Asserts nothing.
 */

/** A lab, in its present state, or the result of a run. */
type Subject = Result | Judgeable;
interface Judgeable {
    readonly scenario: Scenario;
    result(): Result;
}

/** A machine, a group, or several of them. */
type Machines = string | readonly string[];

/** Each machine booted, with boot information from this server, or from one of these. */
declare const bootedFrom: (subject: Subject, machines: Machines, server: string | readonly string[]) => void;
/** Each machine came to this end: `booted`, `localDisk`, `failed` or `pending`. */
declare const outcome: (subject: Subject, machines: Machines, wanted: Outcome) => void;
/** Each machine received this file; `*` is any run of characters. */
declare const file: (subject: Subject, machines: Machines, pattern: string) => void;
/** The screen of each machine shows this code, such as PXE-E53; `*` is any run of characters. */
declare const code: (subject: Subject, machines: Machines, pattern: string) => void;
/** Each machine came to its end, whatever it was, so long after it was switched on. */
declare const within: (subject: Subject, machines: Machines, time: Duration) => void;
/** `error`: none of that severity; `warning`: none of that or a worse one; `all`: none at all; or none of these rules. */
declare const noFindings: (subject: Subject, which?: Unwanted) => void;
/** There is a finding of this rule; `about` narrows it to one that names all these servers and machines. */
declare const finding: (subject: Subject, rule: string, about?: {
    readonly servers?: readonly string[];
    readonly clients?: readonly string[];
}) => void;
/** What the scenario itself expects (`expect:`) is met. */
declare const expectations: (subject: Subject) => void;

declare const assert_bootedFrom: typeof bootedFrom;
declare const assert_code: typeof code;
declare const assert_expectations: typeof expectations;
declare const assert_file: typeof file;
declare const assert_finding: typeof finding;
declare const assert_noFindings: typeof noFindings;
declare const assert_outcome: typeof outcome;
declare const assert_within: typeof within;
declare namespace assert {
  export {
    assert_bootedFrom as bootedFrom,
    assert_code as code,
    assert_expectations as expectations,
    assert_file as file,
    assert_finding as finding,
    assert_noFindings as noFindings,
    assert_outcome as outcome,
    assert_within as within,
  };
}

/** Holds unless it throws, rejects, or comes to `false`. */
type Check = (result: Result, seed: number) => unknown;

interface FailureOptions {
    /**
     * Folder for what failed tests leave, one below it for each test; false: leave nothing. Default: the environment's
     * `NBS_LAB_FAILURES`, else `nbs-lab-failures`, to be ignored by version control.
     */
    readonly failures?: string | false | undefined;
    /** Of the folder of this test; default: the test's own name. */
    readonly name?: string | undefined;
}

/**
 * The context that a test framework hands to a test, as far as a lab uses it: node:test, tap and vitest have one, each
 * with other names for the same; jest has none. Does not import any of them.
 */
/** `t` of node:test or tap, the context of vitest; undefined where there is none. */
interface TestContext {
    /** node:test, tap. */
    after?(close: () => unknown): unknown;
    /** tap. */
    teardown?(close: () => unknown): unknown;
    /** vitest. */
    onTestFinished?(close: () => unknown): unknown;
    /** node:test, tap. */
    readonly name?: string;
    /** node:test: with the names of its suites. */
    readonly fullName?: string;
    /** vitest. */
    readonly task?: {
        readonly name?: string;
        readonly result?: {
            readonly state?: string;
        } | undefined;
    };
    /** node:test, when the test is over. */
    readonly passed?: boolean;
    /** tap. */
    passing?(): boolean;
}

interface LabOptions extends ScenarioChanges, FailureOptions {
}
/** What happens to a network, in the form that a scenario file has, without its time. */
type LabFault = Omit<NonNullable<ScenarioObject['faults']>[number], 'at'>;
/**
 * Machines are off until `boot`; servers run, and the scenario's own faults happen at their times. A lab that nobody
 * led anywhere is run as its scenario says when a result of it is wanted.
 */
interface Lab {
    readonly scenario: Scenario;
    /** Of virtual time since the start. */
    readonly seconds: number;
    /**
     * Switches on machines and lets the time pass until they have their outcome, or have tried for the scenario's limit.
     * One machine at once; those of a group, or all of them, in the order and distance that the scenario gives them. A
     * machine that is on is restarted.
     */
    boot(who?: string | readonly string[]): Promise<readonly ClientResult[]>;
    /** Lets the time pass until so long after the start. */
    until(time: Duration): Promise<void>;
    /** Lets so much time pass. */
    wait(time: Duration): Promise<void>;
    /** A server, or one of its services: `nbs-a.tftp`. */
    stop(server: string): void;
    start(server: string): void;
    /** `{ cut: 'office' }`, `{ set: { target: 'pc', loss: 0.1 } }`. */
    fault(fault: LabFault): void;
    /** An Ethernet frame, or a DHCP request, which its client broadcasts. `on`: where there are several subnets. */
    send(bytes: Uint8Array, options?: {
        readonly on?: string;
    }): void;
    packets(filter?: PacketFilter): readonly Packet[];
    /** What it came to so far, of the machines that were switched on. */
    result(): Result;
    client(name: string): ClientResult;
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}
/**
 * `context` is what the framework hands to the test (`t`), by which the lab closes itself; without one, use `await
 * using` or `close`. Rejects with `InvalidScenarioError`.
 */
declare const lab: (context: TestContext | null | undefined, scenario: ScenarioLike, options?: LabOptions) => Promise<Lab>;

interface ListenOptions {
    /** Of this computer; default 127.0.0.1. */
    readonly address?: string;
    /** Added to the ports of the protocols: DHCP 67 is 10067 then. Default 10000 on loopback, else 0. */
    readonly portOffset?: number;
}
interface Listening {
    readonly address: string;
    /** Where the port of a protocol is: `port(67)` is 10067. */
    port(of: number): number;
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}
/**
 * Resolves when it hears. `context` is what the framework hands to the test, by which it closes itself. Rejects with
 * `NetworkError` where a port is taken or needs a right, with `UsageError` for an address that is not this computer's.
 */
declare const listen: (context: TestContext | null | undefined, server: FunctionServer, options?: ListenOptions) => Promise<Listening>;

interface SeedOptions extends FailureOptions, Pick<ScenarioChanges, 'set'> {
    /** How many, from 1 on, or a range such as `'11..20'`; default 100. */
    readonly seeds?: number | string | undefined;
}
interface AlwaysOptions extends SeedOptions {
    /** False: a failing seed is not made small. Default true. */
    readonly shrink?: boolean | undefined;
}
/**
 * The check holds for every seed. Else rejects with `AssertionError`, which names the first seed that fails, with the
 * check's own words, a small scenario that fails in the same way, and how to run it again.
 */
declare const always: (scenario: ScenarioLike, options: AlwaysOptions, check: Check) => Promise<void>;
/** The check holds for at least one seed, which is what it comes to. Else rejects with `AssertionError`. */
declare const sometimes: (scenario: ScenarioLike, options: SeedOptions, check: Check) => Promise<{
    readonly seed: number;
}>;

export { FunctionServer, always, assert, lab, listen, sometimes };
export type { AlwaysOptions, Check, Duration, FailureOptions, Judgeable, Lab, LabFault, LabOptions, ListenOptions, Listening, Machines, SeedOptions, Subject, TestContext };
