/**
 * An analysis for people at a terminal: what was read, the worst first, the servers side by side, and what was not
 * seen. Does not print; returns lines.
 */
import { MAX_MACHINES_PER_SERVER } from '../../analysis/limits.ts'
import { formatSpan, fromSeconds } from '../../core/micros.ts'
import { NO_VENDORS, type VendorOf, withVendor } from '../../core/vendor.ts'
import type { AnalysisResult, CaptureFinding } from '../analysis-result.ts'
import { captureExplanationText } from './capture-explanation.ts'
import { predictionLines } from './predictions.ts'
import { type FindingText, findingLines } from './finding-lines.ts'
import type { Cell } from '../../outlet/table.ts'
import type { Palette } from './palette.ts'
import { plainTable } from './run.ts'

/** More are in `--json`. */
const SERVERS_SHOWN = 32
const OFFERS_SHOWN = 3
const PACKETS_SHOWN = 8

/** Of the one machine that was asked for, or of all. `vendorOf` names network cards. */
export const analysisText = (
  result: AnalysisResult,
  colour: Palette,
  vendorOf: VendorOf = NO_VENDORS,
): string[] => {
  const { explanation } = result
  if (explanation) return captureExplanationText(result, explanation, colour, vendorOf)
  const shown = result.findings.map(finding => withFiles(finding, result))
  return [
    ...headLines(result, colour),
    '',
    ...findingLines(shown, colour, packetsOnce()),
    ...(result.findings.length === 0 ? [noFindings(result, colour), ''] : []),
    ...serverLines(result, colour, vendorOf),
    ...(result.predictions ? ['', ...predictionLines(result.predictions, colour)] : []),
    ...result.notes.map(note => `${colour.yellow('note')} ${note}`),
  ]
}

/** Nothing was found is nothing said, where not everything could be seen. */
const noFindings = ({ notes }: AnalysisResult, colour: Palette): string =>
  notes.length === 0
    ? colour.green('No findings.')
    : colour.yellow('No findings in what this capture shows, which is not everything: see the notes.')

/** Enough for the story of one machine, told once: findings of one race have the same packets. */
const packetsOnce = (): ((finding: FindingText) => number) => {
  const told = new Set<string>()
  return ({ evidence }) => {
    const packets = evidence.map(({ frame, text }) => `${frame} ${text}`).join()
    if (told.has(packets)) return 0
    told.add(packets)
    return PACKETS_SHOWN
  }
}

const headLines = (result: AnalysisResult, colour: Palette): string[] => {
  const [first] = result.files
  const name = result.files.length === 1 && first ? first.file : `${result.files.length} files`
  const from = result.startedAt === null ? '' : ` from ${result.startedAt}`
  return [
    `${colour.bold(name)}: ${count(result.frames, 'frame')}, ${result.seconds.toFixed(3)} s${from}; ${count(result.clients.length, 'machine')}, ${count(result.conversationCount, 'boot')}, ${count(result.servers.length, 'server')}`,
    ...result.files.flatMap(({ file, issues }) =>
      issues.map(issue => `${colour.yellow('note')} ${file}: ${issue}`),
    ),
  ]
}

const count = (number: number, noun: string): string =>
  `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`

/** Frame numbers are those of a file: with several files it has to be said of which. */
const withFiles = (finding: CaptureFinding, result: AnalysisResult) => ({
  ...finding,
  evidence: finding.evidence.map(item => ({
    ...item,
    text: result.files.length > 1 ? `${item.text} (${item.file})` : item.text,
  })),
})

const serverLines = ({ servers }: AnalysisResult, colour: Palette, vendorOf: VendorOf): string[] => {
  if (servers.length === 0) return ['No answer from a DHCP, PXE or TFTP server was captured.']
  const table = plainTable(
    ['server', 'MAC or relay', 'roles', 'offered (boots)', 'to', 'answers', 'answer time', 'transfers'],
    colour,
  )
  for (const server of servers.slice(0, SERVERS_SHOWN)) table.push(serverRow(server, vendorOf))
  const more = servers.length - SERVERS_SHOWN
  return [...table.lines(), ...(more > 0 ? [`and ${count(more, 'more server')}`] : []), '']
}

const serverRow = (server: AnalysisResult['servers'][number], vendorOf: VendorOf): readonly Cell[] => {
  const { offers, transfers, answerSeconds } = server
  const shown = offers.slice(0, OFFERS_SHOWN).map(({ text, boots }) => `${text} (${boots})`)
  if (offers.length > OFFERS_SHOWN) shown.push(`and ${offers.length - OFFERS_SHOWN} more`)
  const places = [
    ...server.macs.map(mac => withVendor(mac, vendorOf)),
    ...server.relays.map(relay => `relay ${relay}`),
  ]
  return [
    server.address,
    places.length > 0 ? places.slice(0, 2) : '-',
    server.roles,
    shown.length > 0 ? shown : '-',
    machinesText(server.machines, vendorOf),
    String(server.answers),
    answerSeconds
      ? [answerSeconds.min, answerSeconds.median, answerSeconds.max].map(spanText).join(' / ')
      : '-',
    transferText(transfers),
  ]
}

const machinesText = (machines: readonly string[], vendorOf: VendorOf): string => {
  const [first] = machines
  if (machines.length < 2) return first === undefined ? '-' : withVendor(first, vendorOf)
  return `${machines.length}${machines.length >= MAX_MACHINES_PER_SERVER ? ' or more' : ''} machines`
}

const spanText = (seconds: number): string => formatSpan(fromSeconds(seconds))

const transferText = ({
  completed,
  failed,
  bytes,
  seconds,
}: AnalysisResult['servers'][number]['transfers']): string => {
  if (completed + failed === 0) return '-'
  const rate = seconds > 0 && bytes > 0 ? `, ${sizeText(bytes / seconds)}/s` : ''
  return `${completed} complete${failed > 0 ? `, ${failed} failed` : ''}, ${sizeText(bytes)}${rate}`
}

const sizeText = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
