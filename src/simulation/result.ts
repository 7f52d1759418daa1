/**
 * What a run says, in the shape that programs rely on (docs/result.md): plain values in a fixed order of keys, so that the same
 * run is the same JSON to the byte. Types only.
 */

import type { BootMethod, TransferKind } from '../core/boot-option.ts'
import type { Outcome } from '../core/outcome.ts'
import type { FindingLinks } from '../analysis/causes.ts'
import type { CaptureDetails, DeploymentDetails, RunDetails } from '../../schema/findings.d.ts'
import type { OutsideFinding, WithDetails } from '../analysis/finding.ts'
import type { FindingFacts } from '../analysis/finding-text.ts'
import type { JobState } from '../scenario/model.ts'

export interface RunResult {
  /** The file as it was named. */
  readonly scenario: string
  readonly title: string
  readonly seed: number
  readonly version: string
  /** When the last machine had its outcome, or the limit. */
  readonly virtualSeconds: number
  readonly clients: readonly ClientResult[]
  readonly findings: readonly FindingResult[]
  readonly expectations: readonly ExpectationResult[]
}

export interface ClientResult {
  readonly name: string
  readonly mac: string
  readonly subnet: string
  readonly firmware: string
  readonly profile: string
  readonly arch: string
  /** Real firmware in a virtual machine, and which; `firmware` and `profile` name the model of it. */
  readonly guest?: string
  readonly outcome: Outcome
  readonly code: string | null
  /** Servers by name; by address where the scenario has no server of that address. */
  readonly leaseFrom: string | null
  readonly address: string | null
  readonly pxeServer: string | null
  readonly tftpServer: string | null
  /** How the boot file was fetched, or was to be; null where it never came to that. */
  readonly transfer: TransferKind | null
  readonly file: string | null
  readonly sha256: string | null
  readonly bytes: number | null
  /** From power-on to the outcome. */
  readonly seconds: number
  readonly screen: readonly string[]
  /** One per boot option tried, in order; none where the machine was never switched on or never sent to the network. */
  readonly attempts: readonly AttemptResult[]
  /**
   * Of a site: every boot, of which the fields above tell the last that a job sent to the network, else the last.
   * A machine that was never sent through its firmware has none, and is on its disk.
   */
  readonly boots?: readonly BootResult[]
  readonly jobs?: readonly JobResult[]
}

export interface AttemptResult {
  readonly method: BootMethod
  readonly outcome: Outcome
  readonly code: string | null
  readonly seconds: number
}

/** Times are seconds since the start of the run. */
export interface BootResult {
  /** The task that sent it there; null: it was switched on. */
  readonly task: string | null
  readonly outcome: Outcome
  readonly code: string | null
  readonly pxeServer: string | null
  readonly file: string | null
  readonly startedAt: number
  readonly endedAt: number | null
}

/** Times are seconds since the start of the run; null: it did not come to that. */
export interface JobResult {
  readonly name: string
  readonly state: JobState
  /** The task it is at, as the console calls it; null: all are done. */
  readonly task: string | null
  /** Where it stopped, and why; for a lost job, why. */
  readonly step: string | null
  readonly message: string | null
  readonly orderedAt: number | null
  readonly tickledAt: number | null
  readonly restartedAt: number | null
  /** Done, or lost. */
  readonly endedAt: number | null
}

/** `rule` tells which `details` there are. */
export type UnlinkedFinding =
  | WithDetails<RunFacts, CaptureDetails>
  | WithDetails<RunFacts, DeploymentDetails>
  | WithDetails<RunFacts, RunDetails>
  | OutsideFinding<RunFacts>

/** With the findings of the same result that it explains, and that explain it. */
export type FindingResult = UnlinkedFinding & FindingLinks

/** `frame` is its number in the capture of the run, from 1. */
type RunFacts = FindingFacts<{ readonly frame: number }>
export type Evidence = RunFacts['evidence'][number]

export interface ExpectationResult {
  readonly text: string
  readonly met: boolean
  readonly got: string
}
