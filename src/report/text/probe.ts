/**
 * A probe for people at a terminal: findings, who answers, what each firmware would do, and the files. Does not print;
 * returns lines.
 */
import { formatSpan, fromSeconds } from '../../core/micros.ts'
import { NO_VENDORS, type VendorOf, withVendor } from '../../core/vendor.ts'
import type { ProbeFile, ProbeOutcome, ProbePrediction, ProbeResponder, ProbeResult } from '../probe.ts'
import { findingLines } from './finding-lines.ts'
import type { Palette } from './palette.ts'
import { plainTable } from './run.ts'
import { OUTCOME_FORECAST } from '../../core/outcome.ts'

/** More are in `--json`. */
const ROWS_SHOWN = 64
const OFFERS_SHOWN = 4

export const probeText = (
  result: ProbeResult,
  colour: Palette,
  vendorOf: VendorOf = NO_VENDORS,
): string[] => [
  `${colour.bold(`probe on ${result.interface}`)} (${result.address}): ${counted(result.machines.length, 'machine')}, ${counted(result.rounds, 'round')}, ${result.seconds.toFixed(1)} s; ${counted(result.responders.length, 'server')} ${result.responders.length === 1 ? 'answers' : 'answer'}`,
  '',
  ...findingLines(result.findings, colour),
  ...(result.findings.length === 0 ? [colour.green('No findings.'), ''] : []),
  ...(result.responders.length > 0 ? [...responderTable(result.responders, colour, vendorOf), ''] : []),
  colour.bold('What each firmware would do with these OFFERs:'),
  ...predictionTable(result.predictions, result.rounds, colour),
  ...assumptions(result.predictions).map(text => colour.dim(`assumed: ${text}`)),
  ...(result.files ? ['', ...fileTable(result.files, colour)] : []),
  ...result.notes.map(note => `${colour.yellow('note')} ${note}`),
]

const counted = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`

const responderTable = (
  responders: readonly ProbeResponder[],
  colour: Palette,
  vendorOf: VendorOf,
): string[] => {
  const table = plainTable(
    ['server', 'MAC or relay', 'roles', 'offered (machines)', 'answered', 'min / median / p95'],
    colour,
  )
  for (const responder of responders.slice(0, ROWS_SHOWN)) {
    const { offers, latencySeconds: times } = responder
    const shown = offers.slice(0, OFFERS_SHOWN).map(({ text, boots }) => `${text} (${boots})`)
    if (offers.length > OFFERS_SHOWN) shown.push(`and ${offers.length - OFFERS_SHOWN} more`)
    const places = [
      ...responder.macs.map(mac => withVendor(mac, vendorOf)),
      ...responder.relays.map(relay => `relay ${relay}`),
    ]
    table.push([
      responder.address,
      places.length === 0 ? '-' : places,
      responder.roles,
      shown.length === 0 ? '-' : shown,
      `${responder.answered} of ${responder.asked}`,
      times ? [times.min, times.median, times.p95].map(spanText).join(' / ') : '-',
    ])
  }
  return table.lines()
}

const spanText = (seconds: number): string => formatSpan(fromSeconds(seconds))

const OUTCOMES: Record<ProbeOutcome['outcome'], string> = {
  ...OUTCOME_FORECAST,
  noAnswer: 'no server answers',
}

const predictionTable = (
  predictions: readonly ProbePrediction[],
  rounds: number,
  colour: Palette,
): string[] => {
  const table = plainTable(
    ['firmware', 'outcome', 'boot server', 'file or code', 'lease from', 'rounds', 'rule'],
    colour,
  )
  for (const { firmware, arch, outcomes } of predictions)
    for (const outcome of outcomes)
      table.push([
        `${firmware} ${arch}`,
        outcomeText(outcome, colour),
        serverText(outcome),
        (outcome.outcome === 'failed' ? outcome.code : outcome.file) ?? outcome.code ?? '-',
        outcome.leaseFrom ?? '-',
        `${outcome.rounds} of ${rounds}`,
        outcome.rule ?? '-',
      ])
  return table.lines()
}

const outcomeText = ({ outcome }: ProbeOutcome, colour: Palette): string => {
  const text = OUTCOMES[outcome]
  if (outcome === 'booted') return colour.green(text)
  return outcome === 'failed' || outcome === 'noAnswer' ? colour.red(text) : colour.yellow(text)
}

const serverText = ({ pxeServer, tftpServer }: ProbeOutcome): string => {
  if (pxeServer === null) return tftpServer ?? '-'
  return tftpServer === null || tftpServer === pxeServer ? pxeServer : `${pxeServer}, file from ${tftpServer}`
}

const ASSUMPTIONS_SHOWN = 8

const assumptions = (predictions: readonly ProbePrediction[]): string[] => {
  const all = [...new Set(predictions.flatMap(({ outcomes }) => outcomes.flatMap(({ assumed }) => assumed)))]
  const more = all.length - ASSUMPTIONS_SHOWN
  return [...all.slice(0, ASSUMPTIONS_SHOWN), ...(more > 0 ? [`and ${more} more, see --json`] : [])]
}

const fileTable = (files: readonly ProbeFile[], colour: Palette): string[] => {
  if (files.length === 0) return ['No OFFER names a file that can be fetched by TFTP.']
  const table = plainTable(['TFTP server', 'file', 'bytes', 'SHA-256', 'time'], colour)
  for (const { server, file, bytes, sha256, seconds, error } of files.slice(0, ROWS_SHOWN))
    table.push([
      server,
      file,
      bytes === null ? '-' : { right: String(bytes) },
      sha256 ?? colour.red(error ?? ''),
      spanText(seconds),
    ])
  return table.lines()
}
