/**
 * What `analyze` says, in the shape that programs rely on: plain values, addresses as text, times in seconds from
 * the first frame. Types only.
 */
import type { FindingLinks } from '../analysis/causes.ts'
import type { CaptureDetails } from '../../schema/findings.d.ts'
import type { OutsideFinding, WithDetails } from '../analysis/finding.ts'
import type { FindingFacts } from '../analysis/finding-text.ts'
import type { Prediction } from '../experiments/predict/predict.ts'

export interface AnalysisResult {
  readonly files: readonly CaptureFileResult[]
  readonly frames: number
  /** Of the first frame, UTC with microseconds; everything else counts from there. */
  readonly startedAt: string | null
  readonly seconds: number
  readonly servers: readonly CaptureServer[]
  readonly clients: readonly CaptureClient[]
  readonly conversations: readonly CaptureConversation[]
  /** May be more than are listed. */
  readonly conversationCount: number
  readonly findings: readonly CaptureFinding[]
  readonly notes: readonly string[]
  readonly predictions?: readonly Prediction[]
  /** Of the machine that was asked for. */
  readonly explanation?: CaptureExplanation
}

export interface CaptureExplanation {
  /** Null: it was seen through a router only. */
  readonly mac: string | null
  /** That it had or was offered. */
  readonly addresses: readonly string[]
  /** In order of time. */
  readonly boots: readonly CapturedBoot[]
}

/** One boot of the machine, step by step. */
export interface CapturedBoot {
  /** Of its first step. */
  readonly startSeconds: number
  readonly endSeconds: number
  readonly subnet: string
  readonly firmware: string
  readonly arch: string | null
  /** `seconds` since the first one. */
  readonly steps: readonly {
    readonly file: string
    readonly frame: number
    readonly seconds: number
    readonly text: string
  }[]
  /** A sentence. */
  readonly outcome: string
  /** Rules of the findings about this boot. */
  readonly findings: readonly string[]
}

export interface CaptureFileResult {
  readonly file: string
  readonly frames: number
  readonly interfaces: readonly string[]
  readonly issues: readonly string[]
}

export interface CaptureServer {
  readonly address: string
  readonly macs: readonly string[]
  /** Relays by which it answered. */
  readonly relays: readonly string[]
  readonly subnets: readonly string[]
  readonly roles: readonly string[]
  /** What it offered, the most frequent first, and in how many boots. */
  readonly offers: readonly { readonly text: string; readonly boots: number }[]
  /** MACs of those it answered or sent files to, the first ones. */
  readonly machines: readonly string[]
  readonly answers: number
  readonly answerSeconds: { readonly min: number; readonly median: number; readonly max: number } | undefined
  readonly transfers: {
    readonly completed: number
    readonly failed: number
    readonly bytes: number
    readonly seconds: number
  }
  readonly firstSeconds: number
  readonly lastSeconds: number
}

export interface CaptureClient {
  readonly mac: string
  /** Each stage that was seen: a ROM, then the iPXE that it loaded. */
  readonly firmware: readonly string[]
  readonly arch: string | null
  readonly subnet: string
  readonly address: string | null
  readonly boots: number
  readonly firstSeconds: number
  readonly lastSeconds: number
}

/** One boot of one machine. */
export interface CaptureConversation {
  readonly client: string | null
  readonly subnet: string
  readonly firmware: string
  readonly arch: string | null
  readonly startSeconds: number
  readonly endSeconds: number
  readonly address: string | null
  /** Who offered what and when, in order of arrival. */
  readonly answers: readonly {
    readonly server: string
    readonly afterSeconds: number
    readonly lease: boolean
    readonly pxe: boolean
    readonly offer: string
  }[]
  readonly leaseFrom: string | null
  readonly asked4011: readonly string[]
  readonly files: readonly {
    readonly server: string
    readonly file: string
    /** `complete`, or how it failed. */
    readonly end: string
    readonly bytes: number
    readonly seconds: number
    readonly blockSize: number | null
    readonly sha256: string | null
  }[]
}

/** Of a finding in packets, as results have it: `frame` is numbered within its file, from 1, as Wireshark counts. */
export type CaptureFacts = FindingFacts<{ readonly file: string; readonly frame: number }>

/** `rule` tells which `details` there are. */
export type UnlinkedCaptureFinding = WithDetails<CaptureFacts, CaptureDetails> | OutsideFinding<CaptureFacts>

/** With the findings of the same result that it explains, and that explain it. */
export type CaptureFinding = UnlinkedCaptureFinding & FindingLinks
