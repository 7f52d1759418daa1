/**
 * `nbs analyze`: findings from captures of any origin. Does not know how frames are judged.
 */
import { createHash } from 'node:crypto'
import process from 'node:process'
import pc from './palette.ts'
import type { Argv } from 'yargs'
import { Analyzer } from '../analysis/analyzer.ts'
import { metasOf } from '../analysis/finding.ts'
import { type AnalysisResult, type CaptureFileResult, analysisResult } from '../report/analysis.ts'
import { analysisText } from '../report/analysis-text.ts'
import { reportFindingsJunit } from '../report/findings-junit.ts'
import { reportSarif } from '../report/sarif.ts'
import type { Predictor } from '../experiments/predict/predict.ts'
import { CaptureFeed } from '../captures/feed.ts'
import {
  type CaptureSource,
  MAX_CAPTURE_FILES,
  newSource,
  readCaptureFiles,
  readCaptureStream,
} from '../captures/files.ts'
import type { AllowList } from '../watch/allow-list.ts'
import { EXIT, UsageError } from '../core/exit.ts'
import { writeOut } from './write-out.ts'
import { VERSION } from '../simulation/home.ts'

export const builder = (yargs: Argv) =>
  yargs
    .positional('files', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'pcap or pcapng files, told in order of time as one capture; - is standard input',
    })
    .option('json', { type: 'boolean', describe: 'One JSON document on standard output, nothing else' })
    .option('junit', { type: 'string', requiresArg: true, describe: 'Write a JUnit case for each rule' })
    .option('sarif', { type: 'string', requiresArg: true, describe: 'Write the findings as SARIF 2.1.0' })
    .option('as', {
      type: 'string',
      requiresArg: true,
      describe: 'Predict what these firmwares would have done: edk2,ipxe,u-boot,bios-rom, each with :profile',
    })
    .option('allow', {
      type: 'string',
      requiresArg: true,
      describe: 'YAML list of servers that are meant to be there: partners among them are no finding',
    })
    .example('$0 analyze office.pcapng --as edk2,ipxe', 'who fought, and what other firmware would have done')
    .example('tcpdump -i eth0 -w - udp or icmp or arp | $0 analyze -', 'from a capture that is being made')

type Arguments = Awaited<ReturnType<typeof builder>['argv']>

export const handler = async (args: Arguments): Promise<void> => {
  // The argument parser loses a dash that stands alone.
  const files = namesStandardInput(process.argv) ? ['-', ...args.files] : args.files
  if (files.includes('-') && files.length > 1)
    throw new UsageError('- reads standard input, and cannot be joined with files')
  if (files.length > MAX_CAPTURE_FILES)
    throw new UsageError(`at most ${MAX_CAPTURE_FILES} files: join them first (mergecap -w all.pcapng FILE…)`)
  const predictor = args.as === undefined ? undefined : await predictorOf(args.as)
  const allow = args.allow === undefined ? undefined : await allowListOf(args.allow)
  const result = await analyse(files.map(newSource), predictor, args.json === true, allow)
  if (args.junit !== undefined) writeOut(args.junit, junitOf(result))
  if (args.sarif !== undefined) writeOut(args.sarif, sarifOf(result))
  process.stdout.write(
    args.json ? `${JSON.stringify(result, null, 2)}\n` : `${analysisText(result, pc).join('\n')}\n`,
  )
  const failed = result.findings.some(({ severity }) => severity === 'error')
  process.exitCode = failed ? EXIT.failed : EXIT.ok
}

const OPTIONS_WITH_VALUE = ['--junit', '--sarif', '--as', '--allow']

const namesStandardInput = (words: readonly string[]): boolean =>
  words.some((word, i) => word === '-' && !OPTIONS_WITH_VALUE.includes(words[i - 1] ?? ''))

/** The simulator is loaded only if it is asked: it takes longer than most captures. */
const predictorOf = async (text: string): Promise<Predictor> => {
  const { Predictor, parsePersonas } = await import('../experiments/predict/predict.ts')
  const personas = parsePersonas(text)
  if (typeof personas === 'string') throw new UsageError(`--as ${text}: ${personas}`)
  return new Predictor(personas)
}

/** Checking YAML is loaded only if it is asked for, too. */
const allowListOf = async (file: string): Promise<AllowList> =>
  (await import('../watch/allow-list.ts')).readAllowList(file)

/** Throws `UsageError` if nothing at all could be read. */
export const analyse = async (
  sources: readonly CaptureSource[],
  predictor: Predictor | undefined,
  hashes: boolean,
  allow?: AllowList,
): Promise<AnalysisResult> => {
  const analyzer = new Analyzer({
    ...(hashes && { newHash: sha256 }),
    ...(predictor && { onBoot: boot => predictor.note(boot), keepMessages: true }),
  })
  const feed = new CaptureFeed(analyzer)
  const [first] = sources
  if (first?.file === '-') await readStandardInput(first, feed)
  else readCaptureFiles(sources, feed.take)
  refuseNothing(sources)
  const analysis = analyzer.finish()
  const findings = allow ? analysis.findings.filter(finding => !allow.excuses(finding)) : analysis.findings
  return analysisResult({
    files: sources.map(fileResult),
    analysis: { ...analysis, findings },
    startedAt: feed.startedAt,
    lastAt: feed.lastAt,
    placeOf: frame => {
      const place = feed.placeOf(frame)
      return place ? { file: place.source.file, frame: place.number } : { file: '', frame }
    },
    notes: [...cutNotes(sources), ...excusedNotes(analysis.findings.length - findings.length)],
    ...(predictor && { predictions: predictor.predictions() }),
  })
}

const sha256 = () => {
  const hash = createHash('sha256')
  return { update: (bytes: Uint8Array) => void hash.update(bytes), digest: () => hash.digest('hex') }
}

const readStandardInput = async (source: CaptureSource, feed: CaptureFeed): Promise<void> => {
  if (process.stdin.isTTY)
    throw new UsageError('- reads a capture from standard input: tcpdump -w - … | nbs analyze -')
  await readCaptureStream(source, process.stdin, feed.take)
}

/** A part that was read is worth telling; nothing at all is a wrong call. */
const refuseNothing = (sources: readonly CaptureSource[]): void => {
  if (sources.some(({ frames, issues }) => frames > 0 || issues.length === 0)) return
  throw new UsageError(sources.map(({ file, issues }) => `${file}: ${issues.join('; ')}`).join('\n'))
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

const CAPTURE_RULES = metasOf('capture')

const junitOf = (result: AnalysisResult): string =>
  reportFindingsJunit([
    {
      name: result.files.map(({ file }) => file).join(' '),
      seconds: result.seconds,
      rules: CAPTURE_RULES.map(({ id }) => id),
      findings: result.findings,
    },
  ])

const sarifOf = (result: AnalysisResult): string =>
  reportSarif(
    VERSION,
    CAPTURE_RULES,
    result.findings.map(({ rule, severity, message, remedy, subnet, servers, evidence }) => ({
      rule,
      severity,
      message: `${message} ${remedy}${evidence[0] ? ` First seen in frame ${evidence[0].frame}.` : ''}`,
      file: evidence[0]?.file || (result.files[0]?.file ?? ''),
      key: `${subnet ?? ''} ${servers.join(' ')}`,
    })),
  )
