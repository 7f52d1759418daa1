/**
 * Findings from captures of any origin: files, a stream, or bytes at hand. Does not know how frames are judged.
 */
import { createHash } from 'node:crypto'
import { Analyzer } from '../analysis/analyzer.ts'
import { CaptureFeed } from '../captures/feed.ts'
import type { CaptureSource } from '../captures/files.ts'
import { UsageError } from '../core/exit.ts'
import type { Predictor } from '../experiments/predict/predict.ts'
import { analysisResult } from '../report/analysis.ts'
import type { AnalysisResult, CaptureFileResult } from '../report/analysis-result.ts'
import type { AllowList } from '../watch/allow-list.ts'
import { ExplainedMachine } from './explained-machine.ts'
import { type CaptureLike, readCapture, refuseNothing } from './read-capture.ts'

export interface AnalyzeOptions {
  /** Predict what these firmwares would have done: `'edk2,ipxe'`, each with `:profile` where another is meant. */
  readonly as?: string | undefined
  /** File of the servers that are meant to be there: partners among them are no finding. */
  readonly allow?: string | undefined
  /** SHA-256 of the files that were sent; default true. */
  readonly hashes?: boolean | undefined
  /** A MAC, the end of one, or an IPv4 address: tell this machine's boots step by step. */
  readonly explain?: string | undefined
  /** What results call a capture that is no file; default `capture`. */
  readonly name?: string | undefined
}

/**
 * What `nbs analyze --json` prints. Rejects with `UsageError` if nothing at all could be read, or if it is not clear which
 * machine is to be explained.
 */
export const analyze = async (
  capture: CaptureLike,
  options: AnalyzeOptions = {},
): Promise<AnalysisResult> => {
  const { as, allow, explain, hashes = true, name = 'capture' } = options
  const explained = explain === undefined ? undefined : new ExplainedMachine(explain)
  const predictor = as === undefined ? undefined : await predictorOf(as)
  const allowed = allow === undefined ? undefined : await allowListOf(allow)
  const analyzer = new Analyzer({
    ...(hashes && { newHash: sha256 }),
    ...(predictor && { keepMessages: true }),
    ...((predictor ?? explained) && {
      onBoot: boot => {
        predictor?.note(boot)
        explained?.note(boot)
      },
    }),
    ...(explained && { onFinding: finding => explained.found(finding) }),
  })
  const feed = new CaptureFeed(analyzer)
  const sources = await readCapture(capture, name, feed)
  refuseNothing(sources)
  const analysis = analyzer.finish()
  const findings = allowed
    ? analysis.findings.filter(finding => !allowed.excuses(finding))
    : analysis.findings
  const placeOf = (frame: number) => {
    const place = feed.placeOf(frame)
    return place ? { file: place.source.file, frame: place.number } : { file: '', frame }
  }
  return analysisResult({
    files: sources.map(fileResult),
    analysis: { ...analysis, findings },
    startedAt: feed.startedAt,
    lastAt: feed.lastAt,
    placeOf,
    ...(explained && { explanation: explained.explanation(analysis, placeOf) }),
    notes: [...cutNotes(sources), ...excusedNotes(analysis.findings.length - findings.length)],
    ...(predictor && { predictions: predictor.predictions() }),
  })
}

/** The simulator is loaded only if it is asked: it takes longer than most captures. */
const predictorOf = async (text: string): Promise<Predictor> => {
  const { Predictor, parsePersonas } = await import('../experiments/predict/predict.ts')
  const personas = parsePersonas(text)
  if (typeof personas === 'string') throw new UsageError(`as ${text}: ${personas}`)
  return new Predictor(personas)
}

/** Checking YAML is loaded only if it is asked for, too. */
const allowListOf = async (file: string): Promise<AllowList> =>
  (await import('../watch/allow-list.ts')).readAllowList(file)

const sha256 = () => {
  const hash = createHash('sha256')
  return { update: (bytes: Uint8Array) => void hash.update(bytes), digest: () => hash.digest('hex') }
}

const fileResult = ({ file, frames, issues, reader }: CaptureSource): CaptureFileResult => ({
  file,
  frames,
  interfaces: reader.interfaces.map(({ name }) => name),
  issues,
})

const cutNotes = (sources: readonly CaptureSource[]): string[] => {
  const cut = sources.reduce((sum, source) => sum + source.cut, 0)
  return cut === 0
    ? []
    : [
        `${cut} frames were cut by the capture's snap length: what DHCP said in them is not seen, and files have no hash. Capture again with snap length 0 (tcpdump -s 0).`,
      ]
}

const excusedNotes = (count: number): string[] =>
  count === 0 ? [] : [`${count} findings about partners of the allow list are not told.`]
