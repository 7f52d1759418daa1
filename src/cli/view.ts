/**
 * `nbs view`: a result, or a sweep, in the viewer. A result has no packets in it; where its scenario still gives the same result,
 * it is run again for them. Does not draw.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import type { Argv } from 'yargs'
import { reportHtml } from '../report/html.ts'
import { readScenario } from '../scenario/read-file.ts'
import { type Recording, recordingOf } from '../simulation/recording.ts'
import type { RunResult } from '../simulation/result.ts'
import { runScenario } from '../simulation/run.ts'
import { runCount } from '../experiments/sweep/plan.ts'
import { parseRecord, wholePlan } from '../experiments/sweep/record.ts'
import { sweepReport } from '../experiments/sweep/summary.ts'
import { type Document, openResult } from '../viewer/replay/open-result.ts'
import { UsageError } from '../core/exit.ts'
import { print, warn } from '../outlet/print.ts'
import { openBrowser } from './open-browser.ts'
import { writeOut } from './write-out.ts'
import { summariseSweeps } from '../experiments/sweep/gather.ts'
import { boundedText } from '../document/bounded-file.ts'
import { viewerPage } from '../document/home.ts'
import { surroundingsOf } from '../simulation/node.ts'
import { OPEN_BROWSER, ending } from './options.ts'

export const builder = (yargs: Argv) =>
  yargs
    .positional('file', {
      type: 'string',
      demandOption: true,
      describe: 'Result of run or sweep, records of a sweep, a report, or - for standard input',
    })
    .option('out', { type: 'string', requiresArg: true, describe: 'Write the page to this file' })
    .options(OPEN_BROWSER)
    .epilogue(
      ending([
        ['nbs view race.jsonl', 'records of nbs sweep --out: which server won how often'],
        ['nbs view result.json', 'replay the output of nbs run --json'],
      ]),
    )

type Arguments = Awaited<ReturnType<typeof builder>['argv']>

export const handler = (args: Arguments): void => {
  const { file } = args
  const documents = documentsOf(file)
  const page = resolve(args.out ?? join(mkdtempSync(join(tmpdir(), 'nbs-view-')), 'view.html'))
  writeOut(page, reportHtml(viewerPage(), documents))
  for (const document of documents)
    if ('result' in document && !document.trace) warn([withoutTrace(document.result)])
  print([pathToFileURL(page).href])
  if (args.open) openBrowser(pathToFileURL(page).href)
}

const documentsOf = (file: string): readonly Document[] => {
  const text = textOf(file)
  if (isSweepFile(text)) {
    if (file === '-')
      throw new UsageError('the records of a sweep must be read from a file, not from standard input')
    const { sweep, summary } = summariseSweeps([file], undefined)
    return [sweepReport(sweep, runCount(wholePlan(sweep)), summary)]
  }
  const opened = openResult(text)
  if (!opened.ok) throw new UsageError(`${file}: ${opened.message}`)
  return opened.documents.map(document =>
    'result' in document && !document.trace ? withTrace(document) : document,
  )
}

/** What `nbs sweep --out` writes: a record on each line. */
const isSweepFile = (text: string): boolean => {
  const end = text.indexOf('\n')
  return end > 0 && parseRecord(text.slice(0, end)) !== undefined
}

/** A recording of thousands of machines, with their packets. */
const MAX_VIEWED_FILE = 256 * 1024 * 1024

const textOf = (file: string): string => {
  try {
    return boundedText(file === '-' ? 0 : file, { max: MAX_VIEWED_FILE, regular: file !== '-' })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new UsageError(`${file}: ${code === 'ENOENT' ? 'no such file' : message}`)
  }
}

const withoutTrace = ({ title, scenario }: RunResult): string =>
  `nbs: "${title}" is shown without packets: ${scenario} does not reproduce this result (another version, other values, or the file is missing)`

/** Same scenario, same seed: the same run. Unless the file or the program changed since. */
const withTrace = (recording: Recording): Recording => {
  const { result } = recording
  const loaded = readScenario(result.scenario, { seed: result.seed, named: true })
  if (!loaded.ok) return recording
  const run = runScenario(loaded.scenario, surroundingsOf(loaded.scenario))
  const { explanation: _, ...told } = result as RunResult & { explanation?: unknown }
  return isDeepStrictEqual(run.result, told) ? recordingOf(loaded.scenario, run) : recording
}
