/**
 * What a finding rule says of itself. One such value per rule is the source of the registry, of docs/findings.md
 * (`npm run findings`), of the JSON Schema's list of names, and of the SARIF descriptions. Judges nothing.
 */
export type Severity = 'error' | 'warning' | 'info'
/** Worst first. */
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info']

/**
 * `seen`: all the packets that prove it are in the capture. `inferred`: an absence, or a step that leaves no packet.
 * `possible`: depends on where the capture was taken (D-8).
 */
export type Confidence = 'seen' | 'inferred' | 'possible'
/** Strongest first. */
export const CONFIDENCES: readonly Confidence[] = ['seen', 'inferred', 'possible']

/** Where a rule is tested: in packets, in a scenario file, in a site's journal, in the trace of a run, by downloading. */
export const ORIGINS = ['capture', 'lint', 'deployment', 'run', 'probe'] as const
export type Origin = (typeof ORIGINS)[number]

/** By name of a kind of client: what a finding means for it; a clause that begins with the kind's name. */
export type Effects = Readonly<Partial<Record<string, string>>>

/** The texts are Markdown, of one paragraph each. */
export interface OriginMeta {
  /** One line, where it differs from the rule's own. */
  readonly meaning?: string
  /** When it is less severe than the rule says, or more. */
  readonly severity?: string
  readonly holdsWhen: string
  /** What looks like it and is not reported. */
  readonly isNot?: string
  /** Default: always `seen`. */
  readonly confidence?: string
  readonly remedy: string
}

/** What a cause and its consequence have in common: machines, a server, `details.file`. */
export type Shared = 'clients' | 'servers' | 'file'

export interface Consequence {
  /** The rule of the cause. */
  readonly of: string
  readonly share: readonly Shared[]
}

export interface FindingMeta<Id extends string = string> {
  /** Ids are contract: they do not change. A rule from outside is named `<whose>/<rule>`. */
  readonly id: Id
  /** Unless the case says otherwise. */
  readonly severity: Severity
  /** One line without a full stop. */
  readonly meaning: string
  readonly origins: Partial<Readonly<Record<Origin, OriginMeta>>>
  /** For kinds of clients that do not say so themselves (`clients/`). */
  readonly affects?: Effects
  /** Rules whose findings can explain one of this rule; `causes.ts` links them. */
  readonly consequences?: readonly Consequence[]
}
