/**
 * A finding as results have it: addresses as people call them, times in seconds since the start. Who and where things
 * are is the caller's to say.
 */
import type { Ip4, Mac } from '../core/address.ts'
import { toSeconds } from '../core/micros.ts'
import type { Confidence, Severity } from './finding-meta.ts'
import type { Finding } from './finding.ts'

/** What a result says of a finding besides rule and details. `Place` tells where a frame stands. */
export interface FindingFacts<Place> {
  readonly severity: Severity
  readonly confidence: Confidence
  readonly subnet: string | null
  readonly servers: readonly string[]
  readonly clients: readonly string[]
  readonly message: string
  readonly because: string
  readonly remedy: string
  readonly evidence: readonly (Place & { readonly seconds: number; readonly text: string })[]
}

export interface FindingNames<Place> {
  server(ip: Ip4): string
  client(mac: Mac): string
  place(frame: number): Place
}

export const namedFinding = <Place extends object>(finding: Finding, names: FindingNames<Place>) => ({
  rule: finding.rule,
  severity: finding.severity,
  confidence: finding.confidence,
  subnet: finding.subnet ?? null,
  servers: finding.servers.map(ip => names.server(ip)),
  clients: finding.clients.map(mac => names.client(mac)),
  message: finding.message,
  because: finding.because,
  remedy: finding.remedy,
  evidence: finding.evidence.map(({ frame, at, text }) => ({
    ...names.place(frame),
    seconds: toSeconds(at),
    text,
  })),
  details: finding.details,
})
