/**
 * `nbs analyze`: findings from captures of any origin. Does not know how frames are judged.
 */
import process from 'node:process'
import pc from '../outlet/palette.ts'
import type { Argv } from 'yargs'
import { metasOf } from '../analysis/finding.ts'
import { analyze } from '../library/analyze.ts'
import type { AnalysisResult } from '../report/analysis-result.ts'
import { analysisText } from '../report/text/analysis.ts'
import { reportFindingsJunit } from '../report/findings-junit.ts'
import { reportSarif } from '../report/sarif.ts'
import { EXIT, UsageError } from '../core/exit.ts'
import { print, printJson } from '../outlet/print.ts'
import { writeOut } from './write-out.ts'
import { VERSION } from '../document/home.ts'
import { vendors } from '../outlet/vendors.ts'
import { ALLOWED_SERVERS, FINDING_FILES, JSON_OUTPUT, ending } from './options.ts'

export const builder = (yargs: Argv) =>
  yargs
    .positional('files', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'pcap or pcapng files, merged by time into one capture; - is standard input',
    })
    .options({ ...JSON_OUTPUT, ...FINDING_FILES, ...ALLOWED_SERVERS })
    .option('as', {
      type: 'string',
      requiresArg: true,
      describe: 'Predict what other firmware would have done, each as family or family:profile',
    })
    .option('explain', {
      type: 'string',
      requiresArg: true,
      describe: 'Explain step by step the boots of the machine with this MAC, end of a MAC, or IP address',
    })
    .epilogue(
      ending(
        [
          [
            'nbs analyze office.pcapng --explain 10.0.0.117',
            'what this machine was offered, by which servers, and why it ended that way',
          ],
          [
            'nbs analyze office.pcapng --as edk2,ipxe',
            'which servers contend, and what other firmware would have done',
          ],
          ['tcpdump -i eth0 -w - udp or icmp or arp | nbs analyze -', 'analyse a live capture'],
        ],
        { failed: 'a finding of severity error' },
      ),
    )

type Arguments = Awaited<ReturnType<typeof builder>['argv']>

export const handler = async (args: Arguments): Promise<void> => {
  // The argument parser loses a dash that stands alone.
  const files = namesStandardInput(process.argv) ? ['-', ...args.files] : args.files
  if (files.includes('-') && files.length > 1)
    throw new UsageError('- reads standard input and cannot be combined with files')
  const result = await analyze(files[0] === '-' ? standardInput() : files, {
    as: args.as,
    allow: args.allow,
    explain: args.explain,
    hashes: args.json === true,
    name: '-',
  })
  if (args.junit !== undefined) writeOut(args.junit, junitOf(result))
  if (args.sarif !== undefined) writeOut(args.sarif, sarifOf(result))
  if (args.json) printJson(result)
  else print(analysisText(result, pc, vendors()))
  const failed = result.findings.some(({ severity }) => severity === 'error')
  process.exitCode = failed ? EXIT.failed : EXIT.ok
}

const OPTIONS_WITH_VALUE = ['--junit', '--sarif', '--as', '--allow', '--explain']

const namesStandardInput = (words: readonly string[]): boolean =>
  words.some((word, i) => word === '-' && !OPTIONS_WITH_VALUE.includes(words[i - 1] ?? ''))

const standardInput = (): AsyncIterable<Uint8Array> => {
  if (process.stdin.isTTY)
    throw new UsageError('- reads a capture from standard input: tcpdump -w - … | nbs analyze -')
  return process.stdin
}

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
    result.findings.map(
      ({ rule, severity, message, remedy, subnet, servers, evidence, details, causedBy }) => ({
        rule,
        severity,
        message: `${message} ${remedy}${evidence[0] ? ` First seen in frame ${evidence[0].frame}.` : ''}`,
        file: evidence[0]?.file || (result.files[0]?.file ?? ''),
        key: `${subnet ?? ''} ${servers.join(' ')}`,
        properties: { details, causedBy: causedBy.map(cause => cause.rule) },
      }),
    ),
  )
