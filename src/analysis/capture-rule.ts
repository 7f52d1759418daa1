/**
 * A rule that is found in packets: its meta data, its test, and the sentences that tell its details. What the test is
 * given beside the boot it judges, and what it gives back: one report per boot, which `finding-table.ts` merges into
 * one finding for all machines that share it.
 */
import type { Ip4, Mac } from '../core/address.ts'
import type { Micros } from '../core/micros.ts'
import type { BsdpServers, BsdpTalk } from './conversations/bsdp-talk.ts'
import type { Boot } from './conversations/conversation.ts'
import type { Role } from './conversations/servers.ts'
import type { Details } from './details.ts'
import type { Confidence, FindingMeta, Severity } from './finding-meta.ts'
import type { Names } from './words.ts'

export interface RuleContext {
  /** Time of the first record, and of the last. */
  readonly startedAt: Micros
  readonly now: Micros
  readonly names: Names
  /** What the machine and BSDP servers said to each other in this boot, if anything. */
  readonly bsdp: { readonly talk: BsdpTalk; readonly servers: BsdpServers } | undefined
  hasRole(ip: Ip4, role: Role): boolean
  /** False = unicasts cannot be seen on this segment, and a missing one means nothing. */
  showsUnicasts(segment: string): boolean
  /** The two offered the same address at some time. */
  overlap(a: Ip4, b: Ip4): boolean
  /** To whom an address was given last, in the whole capture so far. */
  holderOf(address: Ip4): { readonly client: Mac; readonly server: Ip4 } | undefined
  /** It answers ARP for others. */
  isProxyArp(mac: Mac): boolean
}

export interface Evidence {
  /** Number of the frame in the capture, from 1. */
  readonly frame: number
  readonly at: Micros
  readonly text: string
}

/** Whom the machine followed among several, and how close it was. */
export interface RaceOutcome {
  readonly winner: Ip4 | undefined
  readonly margin: Micros
  readonly wasFirst: boolean
}

export interface Report<D extends Details = Details> {
  /** Default: the rule's own. */
  readonly severity?: Severity
  readonly confidence: Confidence
  readonly servers: readonly Ip4[]
  /** Machines beside the one that boots. */
  readonly alsoClients?: readonly Mac[]
  readonly details: D
  readonly evidence: readonly Evidence[]
  readonly race?: RaceOutcome
}

export interface Sentences {
  /** What happened, about "the machine"; the same for all machines that share the finding. */
  readonly text: string
  readonly because: string
  readonly remedy: string
}

/** A pure function from one boot to what it shows. */
export type RuleTest<D extends Details> = (boot: Boot, context: RuleContext) => readonly Report<D>[]

export const NO_REPORTS: readonly never[] = []

/** What the module of a rule exports. */
export interface RuleModule<Id extends string, D extends Details> {
  readonly meta: FindingMeta<Id>
  readonly test: RuleTest<D>
  readonly sentences: (details: D) => Sentences
}

/** A report that can tell itself. */
export interface BoundReport<D extends Details = Details> extends Report<D> {
  readonly tell: () => Sentences
}

export interface CaptureRule<Id extends string = string, D extends Details = Details> {
  readonly meta: FindingMeta<Id>
  readonly test: (boot: Boot, context: RuleContext) => readonly BoundReport<D>[]
}

/** Binds sentences to reports, so that rules with different details stand in one list. */
export const captureRule = <const Id extends string, D extends Details>({
  meta,
  test,
  sentences,
}: RuleModule<Id, D>): CaptureRule<Id, D> => ({
  meta,
  test: (boot, context) => {
    const reports = test(boot, context)
    return reports.length === 0
      ? NO_REPORTS
      : reports.map(report => ({ ...report, tell: () => sentences(report.details) }))
  },
})
