/**
 * What `nbs probe --json` says: plain values, addresses as text, times in seconds. Makes them from the probe's own;
 * does not print.
 */
import type { FindingLinks } from '../analysis/causes.ts'
import type { Prediction } from '../experiments/predict/predict.ts'
import type { CaptureFacts, CaptureServer, UnlinkedCaptureFinding } from './analysis-result.ts'

export interface ProbeResult {
  readonly interface: string
  readonly address: string
  readonly startedAt: string
  readonly seconds: number
  readonly rounds: number
  readonly machines: readonly ProbeMachineResult[]
  readonly responders: readonly ProbeResponder[]
  /** In the order of the machines. */
  readonly predictions: readonly ProbePrediction[]
  /** Absent without `--fetch`. */
  readonly files?: readonly ProbeFile[]
  /** Worst first. */
  readonly findings: readonly ProbeFinding[]
  readonly notes: readonly string[]
}

export interface ProbeMachineResult {
  readonly firmware: string
  readonly profile: string
  readonly arch: string
  readonly mac: string
  /** Messages sent, all rounds together. */
  readonly asked: number
}

export interface ProbeResponder extends Pick<
  CaptureServer,
  'address' | 'macs' | 'relays' | 'roles' | 'offers'
> {
  /** Of the messages of the machines that it answers at all, and how many of those it answered. */
  readonly asked: number
  readonly answered: number
  readonly latencySeconds: { readonly min: number; readonly median: number; readonly p95: number } | null
}

export interface ProbePrediction {
  readonly firmware: string
  readonly arch: string
  readonly mac: string
  /** Different outcomes, the most frequent first: the rounds differ where a race decides. */
  readonly outcomes: readonly ProbeOutcome[]
}

/** As a prediction from a capture has it, or nobody answered. */
export interface ProbeOutcome extends Pick<
  Prediction,
  'code' | 'leaseFrom' | 'pxeServer' | 'tftpServer' | 'file' | 'rule' | 'because' | 'assumed'
> {
  readonly rounds: number
  readonly outcome: Prediction['outcome'] | 'noAnswer'
}

export interface ProbeFile {
  readonly server: string
  readonly file: string
  readonly offeredBy: string
  readonly bytes: number | null
  readonly sha256: string | null
  readonly seconds: number
  readonly error: string | null
}

/** The files that servers hold under one name. */
export type FileContentConflict = {
  readonly file: string
  readonly held: readonly { readonly server: string; readonly bytes: number; readonly sha256: string }[]
}

export type FileNotFetched = {
  readonly server: string
  readonly file: string
  readonly offeredBy: string
  readonly error: string
}

export type UnlinkedProbeFinding =
  | UnlinkedCaptureFinding
  | (CaptureFacts & { readonly rule: 'boot-file-content-conflict'; readonly details: FileContentConflict })
  | (CaptureFacts & {
      readonly rule: 'missing-boot-file' | 'tftp-refused' | 'unreachable-tftp-server'
      readonly details: FileNotFetched
    })

export type ProbeFinding = UnlinkedProbeFinding & FindingLinks
