/**
 * `nbs sweep`: one scenario with many seeds and varied parameters, on all cores; and the files such sweeps write,
 * merged and summarised. Does not know how a run works, nor how shares are counted.
 */
import { performance } from 'node:perf_hooks'
import process from 'node:process'
import pc from '../outlet/palette.ts'
import type { Argv } from 'yargs'
import { drawCurves } from '../report/curve.ts'
import { chartOf } from '../report/text/sweep-chart.ts'
import { reportHtml } from '../report/html.ts'
import { numberText, reportSweep } from '../report/text/sweep.ts'
import type { Parsed } from '../document/quantities.ts'
import {
  type SweepPlan,
  parseSeeds,
  parseShard,
  parseVariation,
  planMistake,
  runCount,
} from '../experiments/sweep/plan.ts'
import { type SweepIdentity, wholePlan } from '../experiments/sweep/record.ts'
import { SweepSummary, sweepReport } from '../experiments/sweep/summary.ts'
import { UsageError } from '../core/exit.ts'
import { viewerPage } from '../document/home.ts'
import { print, printJson, warn } from '../outlet/print.ts'
import { type Progress, startProgress } from '../report/text/progress.ts'
import { writeOut } from './write-out.ts'
import { mergeSweeps, summariseSweeps } from '../experiments/sweep/gather.ts'
import { MAX_WORKERS } from '../experiments/sweep/pool.ts'
import { startSweep } from '../experiments/sweep/sweep.ts'
import { ALLOWED_PATHS, ending } from './options.ts'
import { trustedSource } from './trusted-source.ts'

export const builder = (yargs: Argv) =>
  yargs
    .positional('file', { type: 'string', describe: 'Scenario file' })
    .options(ALLOWED_PATHS)
    .option('seeds', {
      type: 'string',
      requiresArg: true,
      describe: 'Number of seeds, starting at 1, or a range such as 11..20; default 100',
    })
    .option('vary', {
      type: 'string',
      array: true,
      nargs: 1,
      describe:
        'path=a,b,c or path=0ms..10ms/11: run with each of these values; several --vary give all combinations',
    })
    .option('shard', {
      type: 'string',
      requiresArg: true,
      describe: 'i/n: run only part i of n, to divide a sweep among several computers',
    })
    .option('out', {
      type: 'string',
      requiresArg: true,
      describe: 'Write one JSON line per run to this file; continues where an earlier run stopped',
    })
    .option('workers', { type: 'number', requiresArg: true, describe: 'Threads; default: one per core' })
    .option('svg', {
      type: 'string',
      requiresArg: true,
      describe: 'Draw the shares of the servers over one varied parameter',
    })
    .option('report', {
      type: 'string',
      requiresArg: true,
      describe: 'Write a self-contained page with shares and curves',
    })
    .option('json', {
      type: 'boolean',
      describe: 'Print the summary as one JSON document on standard output',
    })
    .option('merge', {
      type: 'string',
      array: true,
      describe: 'Merge the files of all shards, into --out or standard output',
    })
    .option('summary', {
      type: 'string',
      array: true,
      describe: 'Summarise existing files; runs nothing',
    })
    .conflicts('merge', ['summary', 'file', 'seeds', 'vary', 'shard', 'workers', 'svg', 'report', 'json'])
    .conflicts('summary', ['seeds', 'vary', 'shard', 'workers', 'out'])
    .epilogue(
      ending([
        ['nbs sweep s.yaml --seeds 1000 --vary servers.nbs-b.responseDelay=0ms..10ms/11 --svg curve.svg', ''],
      ]),
    )

type Arguments = Awaited<ReturnType<typeof builder>['argv']>

export const handler = async (args: Arguments): Promise<void> => {
  if (args.merge) return mergeSweeps(args.merge, args.out)
  if (args.summary) {
    const { sweep, summary } = summariseSweeps(args.summary, args.file)
    return tell(args, sweep, summary, runCount(wholePlan(sweep)))
  }
  if (args.file === undefined)
    throw new UsageError('No scenario given: nbs sweep FILE; see nbs sweep --help.')
  if (
    args.workers !== undefined &&
    !(Number.isInteger(args.workers) && args.workers >= 1 && args.workers <= MAX_WORKERS)
  )
    throw new UsageError(`--workers must be a whole number from 1 to ${MAX_WORKERS}`)
  const plan = planFrom(args)
  if (args.svg !== undefined) checkDrawable(plan.vary)
  await run(args, args.file, plan)
}

const run = async (args: Arguments, file: string, plan: SweepPlan): Promise<void> => {
  const start = performance.now()
  let progress: Progress | undefined
  const started = startSweep(await trustedSource(file, args), plan, {
    out: args.out,
    workers: args.workers,
    onProgress: ({ summary, before }) => progress?.show(summary.runs, summary.machines - before.machines),
  })
  const { sweep, summary, total, before } = started
  if (before.runs > 0) warn([`${numberText(before.runs)} runs are in ${args.out} already`])
  progress = startProgress(before.runs, total)
  const interrupted = untilSignal(() => started.stop())
  try {
    await started.finished
  } finally {
    interrupted.forget()
    progress.end()
  }
  tellRate(summary.runs - before.runs, summary.machines - before.machines, performance.now() - start)
  if (summary.runs > 0) tell(args, sweep, summary, total)
  if (interrupted.status !== undefined && summary.runs < total)
    throw new UsageError(
      `stopped after ${numberText(summary.runs)} of ${numberText(total)} runs; ${args.out === undefined ? 'with --out, the next start would continue from there' : 'start it again with the same --out to continue'}`,
      interrupted.status,
    )
}

/** Apart from the summary, which is the same however long it took. */
const tellRate = (runs: number, machines: number, milliseconds: number): void => {
  if (runs === 0) return
  const seconds = milliseconds / 1000
  const rate = `${numberText(Math.round(machines / seconds))} boots/s`
  warn([`${numberText(runs)} runs, ${numberText(machines)} boots in ${seconds.toFixed(1)} s: ${rate}`])
}

/** Told on a terminal, to a file, or as JSON; the same for runs just done and for files. */
const tell = (args: Arguments, sweep: SweepIdentity, summary: SweepSummary, planned: number): void => {
  const report = sweepReport(sweep, planned, summary)
  const { cells } = report
  if (args.svg !== undefined) {
    checkDrawable(sweep.vary)
    writeOut(args.svg, drawCurves(chartOf(sweep, cells)))
  }
  if (args.report !== undefined) writeOut(args.report, reportHtml(viewerPage(), [report]))
  if (args.json) printJson(report)
  else print(reportSweep(sweep, cells, planned, pc))
}

/** The first interrupt stops in good order, with the shell's status for it; the second as the system does it. */
const untilSignal = (stop: () => unknown): { readonly status: number | undefined; forget(): void } => {
  let status: number | undefined
  const interrupt = (): void => ((status = 130), void stop())
  const terminate = (): void => ((status = 143), void stop())
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', terminate)
  return {
    get status() {
      return status
    },
    forget: () => {
      process.off('SIGINT', interrupt)
      process.off('SIGTERM', terminate)
    },
  }
}

const planFrom = (args: Arguments): SweepPlan => {
  const plan: SweepPlan = {
    seeds: valueOf('seeds', args.seeds ?? '100', parseSeeds),
    vary: (args.vary ?? []).map(text => valueOf('vary', text, parseVariation)),
    shard: valueOf('shard', args.shard ?? '1/1', parseShard),
  }
  const mistake = planMistake(plan)
  if (mistake !== undefined) throw new UsageError(mistake)
  return plan
}

/** An option given twice comes as a list. */
const valueOf = <T>(option: string, text: unknown, parse: (text: string) => Parsed<T>): T => {
  if (typeof text !== 'string') throw new UsageError(`--${option}: may be given once only`)
  const value = parse(text)
  if (value.ok) return value.value
  const nearest = value.nearest === undefined ? '' : `; did you mean ${value.nearest}?`
  throw new UsageError(`--${option} ${text}: ${value.message}${nearest}`)
}

const checkDrawable = (vary: SweepPlan['vary']): void => {
  if (vary.length !== 1 || vary[0]!.values.length < 2)
    throw new UsageError('--svg plots over one parameter: give one --vary with at least two values')
}
