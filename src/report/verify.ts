/**
 * Verifications for people: a line for each, what differs, and both stories side by side where something does.
 */
import type { Fate } from '../experiments/verify/fate.ts'
import type { Verified } from '../experiments/verify/verify.ts'
import { serverNames } from '../simulation/server-names.ts'
import { recordOf } from '../simulation/machine.ts'
import type { Run } from '../simulation/run.ts'
import { explain } from './explain.ts'
import { type Palette } from './text/run.ts'

const COLUMNS = [
  { head: 'guest', width: 6 },
  { head: 'scenario', width: 46 },
  { head: 'lease', width: 7 },
  { head: 'file or code', width: 24 },
  { head: 'REQUEST', width: 14 },
  { head: 'first read', width: 14 },
  { head: 'end', width: 14 },
  { head: '', width: 0 },
] as const

const row = (cells: readonly string[]): string =>
  cells
    .map((cell, i) => fit(cell, COLUMNS[i]?.width ?? 0))
    .join('  ')
    .trimEnd()

const fit = (text: string, width: number): string =>
  width === 0 ? text : text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width)

export const verifyHead = (colour: Palette): string => colour.dim(row(COLUMNS.map(({ head }) => head)))

/** Times as model / real machine. */
export const verifyLine = ({ guest, title, model, real, agrees, tried }: Verified, colour: Palette): string =>
  row([
    guest,
    title,
    real.leaseFrom ?? '-',
    ending(real),
    both(model.request, real.request),
    both(model.readRequest, real.readRequest),
    both(model.end, real.end),
    (agrees ? colour.green('agrees') : colour.red('DIFFERS')) + (tried > 1 ? ` (run ${tried})` : ''),
  ])

const ending = ({ outcome, code, file, tftpServer }: Fate): string =>
  outcome === 'booted'
    ? `${file} of ${tftpServer}`
    : outcome === 'localDisk'
      ? `disk ${code ?? ''}`
      : (code ?? outcome)

const both = (model: number | null, real: number | null): string =>
  model === null && real === null ? '-' : `${seconds(model)} / ${seconds(real)}`

const seconds = (time: number | null): string => (time === null ? '-' : time.toFixed(2))

export const verifyDetails = (verified: Verified, colour: Palette, width: number): string[] =>
  verified.agrees
    ? []
    : [
        ...verified.differences.map(
          ({ what, model, real }) =>
            `  ${what}: the model ${colour.cyan(model)}, the machine ${colour.yellow(real)}`,
        ),
        '',
        ...sideBySide(verified, width).map(line => `  ${line}`),
        '',
      ]

const sideBySide = (verified: Verified, width: number): string[] => {
  const half = Math.floor((width - 5) / 2)
  const model = ['the model', ...storyOf(verified, verified.runs.model)].flatMap(line => wrap(line, half))
  const real = ['the machine', ...storyOf(verified, verified.runs.real)].flatMap(line => wrap(line, half))
  return Array.from({ length: Math.max(model.length, real.length) }, (_, i) =>
    `${(model[i] ?? '').padEnd(half)} | ${real[i] ?? ''}`.trimEnd(),
  )
}

const storyOf = ({ copy, machine }: Verified, run: Run): string[] => {
  const found = run.machines.find(({ client }) => client.name === machine)!
  const lease = recordOf(found)?.lease?.address
  const nameOf = serverNames(copy)
  return explain(found.client, run.trace, ip => (ip === lease ? machine : nameOf(ip))).slice(1)
}

/** Lines of a story are indented by their time: what does not fit is indented as well. */
const wrap = (line: string, width: number): string[] => {
  const lines: string[] = []
  for (let rest = line; ; rest = `             ${rest.slice(width).trimStart()}`) {
    lines.push(rest.slice(0, width))
    if (rest.length <= width) return lines
  }
}

/** `edk2: 47 of 47 agree (ovmf 2022.11-6+deb12u2, QEMU emulator version 7.2.22)`. */
export const verifySummary = (all: readonly Verified[]): string[] =>
  [...new Set(all.map(({ guest }) => guest))].map(guest => {
    const own = all.filter(one => one.guest === guest)
    const { firmware } = own[0]!
    const agree = own.filter(({ agrees }) => agrees).length
    const what = firmware.package ?? firmware.version
    return `${guest}: ${agree} of ${own.length} agree (${what}; ${firmware.emulator.replace(/ \(.*/, '')})`
  })
