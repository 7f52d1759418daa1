/**
 * One machine of a capture for people at a terminal: each boot step by step, how it ended, and the findings about it.
 * Does not print; returns lines.
 */
import { linkFindings } from '../../analysis/causes.ts'
import { FINDING_RULES } from '../../analysis/findings/index.ts'
import { NO_VENDORS, type VendorOf, withVendor } from '../../core/vendor.ts'
import type { AnalysisResult, CapturedBoot, CaptureExplanation } from '../analysis-result.ts'
import { findingLines } from './finding-lines.ts'
import type { Palette } from './palette.ts'

export const captureExplanationText = (
  result: AnalysisResult,
  explanation: CaptureExplanation,
  colour: Palette,
  vendorOf: VendorOf = NO_VENDORS,
): string[] => {
  const { mac, addresses, boots } = explanation
  const who = mac === null ? 'a machine behind a router' : withVendor(mac, vendorOf)
  const files = result.files.length > 1
  return [
    `${colour.bold(who)}${addresses.length === 0 ? '' : ` as ${addresses.join(', ')}`}: ${boots.length} ${boots.length === 1 ? 'boot' : 'boots'} in ${result.files.map(({ file }) => file).join(' ')}`,
    ...boots.flatMap((boot, i) => bootLines(boot, i, files, colour)),
    '',
    ...aboutLines(result, mac, colour),
    ...result.notes.map(note => `${colour.yellow('note')} ${note}`),
  ]
}

const bootLines = (boot: CapturedBoot, index: number, files: boolean, colour: Palette): string[] => {
  const { firmware, arch, subnet, startSeconds, steps, outcome } = boot
  return [
    '',
    `${colour.bold(`boot ${index + 1}`)} at ${startSeconds.toFixed(3)} s on ${subnet}, ${firmware}${arch === null ? '' : ` ${arch}`}`,
    ...steps.map(
      ({ seconds, frame, file, text }) =>
        `${seconds.toFixed(4).padStart(10)}  ${text}${colour.dim(` [frame ${frame}${files ? ` of ${file}` : ''}]`)}`,
    ),
    `  ${colour.bold('=>')} ${outcome}${boot.findings.length === 0 ? '' : ` Findings: ${boot.findings.join(', ')}.`}`,
  ]
}

/** Those of the result that name this machine, linked anew among themselves. */
const aboutLines = (result: AnalysisResult, mac: string | null, colour: Palette): string[] => {
  const about = result.findings.filter(({ clients }) => mac !== null && clients.includes(mac))
  if (about.length === 0)
    return [
      'No finding is about this machine. --as edk2,ipxe tells by which rule firmware decides between these offers.',
      '',
    ]
  const links = linkFindings(about, FINDING_RULES)
  return findingLines(
    about.map((finding, i) => ({ ...finding, ...links[i]! })),
    colour,
  )
}
