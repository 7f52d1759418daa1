/**
 * Makes what `analyze` says from the analyser's own values. Does not print.
 */
import type { Analysis, ConversationSummary, Finding, ServerSummary } from '../analysis/analyzer.ts'
import { linkFindings } from '../analysis/causes.ts'
import type { ListedRule } from '../analysis/finding.ts'
import { namedFinding } from '../analysis/finding-text.ts'
import { FINDING_RULES } from '../analysis/findings/index.ts'
import { formatIp4, formatMac } from '../core/address.ts'
import { type Micros, toSeconds } from '../core/micros.ts'
import type { Prediction } from '../experiments/predict/predict.ts'
import { architectureName } from '../wire/pxe/client.ts'
import type {
  AnalysisResult,
  CaptureClient,
  CaptureConversation,
  CaptureExplanation,
  CaptureFileResult,
  CaptureFinding,
  CaptureServer,
  UnlinkedCaptureFinding,
} from './analysis-result.ts'

export interface AnalysisInput {
  readonly files: readonly CaptureFileResult[]
  readonly analysis: Analysis
  /** Microseconds since 1970 of the first frame. */
  readonly startedAt: Micros | undefined
  readonly lastAt: Micros
  /** The file and the number in it of the frame with this number in the analysis. */
  readonly placeOf: (frame: number) => { readonly file: string; readonly frame: number }
  readonly notes: readonly string[]
  readonly predictions?: readonly Prediction[]
  readonly explanation?: CaptureExplanation
  /** Those that were looked for; default: all there are. */
  readonly rules?: readonly ListedRule[]
}

export const analysisResult = (input: AnalysisInput): AnalysisResult => {
  const { analysis, placeOf } = input
  return {
    files: input.files,
    frames: analysis.frames,
    startedAt: input.startedAt === undefined ? null : utcText(input.startedAt),
    seconds: toSeconds(input.lastAt),
    servers: analysis.servers.map(serverResult),
    clients: analysis.clients.map(clientResult),
    conversations: analysis.conversations.map(conversationResult),
    conversationCount: analysis.conversationCount,
    findings: linked(
      analysis.findings.map(finding => findingResult(finding, placeOf)),
      input.rules,
    ),
    notes: [...input.notes, ...analysis.notes],
    ...(input.predictions && { predictions: input.predictions }),
    ...(input.explanation && { explanation: input.explanation }),
  }
}

/** `2024-05-01T10:00:00.000123Z`. */
export const utcText = (micros: Micros): string => {
  const millis = Math.floor(micros / 1000)
  const date = new Date(millis)
  // A clock that no calendar knows; the times between packets are right all the same.
  if (Number.isNaN(date.getTime())) return 'unknown'
  return date.toISOString().replace('Z', `${String(micros - millis * 1000).padStart(3, '0')}Z`)
}

const archText = (number: number | undefined): string | null =>
  number === undefined ? null : (architectureName(number) ?? String(number))

export const serverResult = (server: ServerSummary): CaptureServer => ({
  address: formatIp4(server.ip),
  macs: server.macs.map(formatMac),
  relays: server.relays.map(formatIp4),
  subnets: server.segments,
  roles: server.roles,
  offers: server.offers,
  machines: server.machines.map(formatMac),
  answers: server.answers,
  answerSeconds: server.answerTimes && {
    min: toSeconds(server.answerTimes.min),
    median: toSeconds(server.answerTimes.median),
    max: toSeconds(server.answerTimes.max),
  },
  transfers: {
    completed: server.transfers.completed,
    failed: server.transfers.failed,
    bytes: server.transfers.bytes,
    seconds: toSeconds(server.transfers.span),
  },
  firstSeconds: toSeconds(server.firstAt),
  lastSeconds: toSeconds(server.lastAt),
})

const clientResult = (client: Analysis['clients'][number]): CaptureClient => ({
  mac: formatMac(client.mac),
  firmware: client.firmware,
  arch: archText(client.architecture),
  subnet: client.subnet,
  address: client.address === undefined ? null : formatIp4(client.address),
  boots: client.boots,
  firstSeconds: toSeconds(client.firstAt),
  lastSeconds: toSeconds(client.lastAt),
})

const conversationResult = (conversation: ConversationSummary): CaptureConversation => ({
  client: conversation.client === undefined ? null : formatMac(conversation.client),
  subnet: conversation.subnet,
  firmware: conversation.firmware,
  arch: archText(conversation.architecture),
  startSeconds: toSeconds(conversation.startedAt),
  endSeconds: toSeconds(conversation.endedAt),
  address: conversation.address === undefined ? null : formatIp4(conversation.address),
  answers: conversation.answers.map(answer => ({
    server: formatIp4(answer.server),
    afterSeconds: toSeconds(answer.after),
    lease: answer.lease,
    pxe: answer.pxe,
    offer: answer.offer,
  })),
  leaseFrom: conversation.leaseFrom === undefined ? null : formatIp4(conversation.leaseFrom),
  asked4011: conversation.asked4011.map(formatIp4),
  files: conversation.files.map(file => ({
    server: formatIp4(file.server),
    file: file.file,
    end: file.end,
    bytes: file.bytes,
    seconds: toSeconds(file.span),
    blockSize: file.blockSize ?? null,
    sha256: file.sha256 ?? null,
  })),
})

export const findingResult = (finding: Finding, placeOf: AnalysisInput['placeOf']): UnlinkedCaptureFinding =>
  // Rule and details are those of one finding.
  namedFinding(finding, {
    server: formatIp4,
    client: formatMac,
    place: placeOf,
  }) as UnlinkedCaptureFinding

const linked = (
  findings: readonly UnlinkedCaptureFinding[],
  rules: readonly ListedRule[] = FINDING_RULES,
): CaptureFinding[] => {
  const links = linkFindings(findings, rules)
  return findings.map((finding, i) => ({ ...finding, ...links[i]! }))
}
