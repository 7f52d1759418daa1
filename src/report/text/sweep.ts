/**
 * What a sweep showed, for people at a terminal: how often who won, with 95 % intervals. One block per firmware where
 * nothing was varied; otherwise a table with a row per combination. Does not print; returns lines.
 */
import { OUTCOMES, OUTCOME_TEXT } from '../../core/outcome.ts'
import { JOB_STATES } from '../../scenario/model.ts'
import { NO_SERVER, type SweepIdentity } from '../../experiments/sweep/record.ts'
import {
  type CellSummary,
  type FirmwareSummary,
  type Share,
  wilson,
} from '../../experiments/sweep/summary.ts'
import { type Palette, plainTable } from './run.ts'

export const reportSweep = (
  sweep: Pick<SweepIdentity, 'title' | 'seeds' | 'vary'>,
  cells: readonly CellSummary[],
  planned: number,
  colour: Palette,
): string[] => {
  const runs = cells.reduce((sum, cell) => sum + cell.runs, 0)
  const machines = cells.reduce(
    (sum, cell) => sum + cell.firmwares.reduce((inner, firmware) => inner + firmware.machines, 0),
    0,
  )
  const done = runs === planned ? numberText(runs) : `${numberText(runs)} of ${numberText(planned)}`
  const head = `${done} runs, seeds ${sweep.seeds.join('..')}, ${numberText(machines)} machines; shares with 95 % intervals`
  const firmwares = firmwaresOf(cells)
  return [
    `${colour.bold(sweep.title)}  ${colour.dim(head)}`,
    ...[...firmwares].flatMap(([name, of]) => [
      '',
      ...(sweep.vary.length === 0 && of.length === 1
        ? firmwareLines(name, of[0]!.firmware, colour)
        : cellTable(
            name,
            sweep.vary.map(({ path }) => path),
            of,
            colour,
          )),
      ...warning(of, colour),
    ]),
  ]
}

export interface CellOfFirmware {
  readonly vary: Record<string, string>
  readonly firmware: FirmwareSummary
}

/** Firmware -> its summary in each cell. Profile and architecture are named where they tell two apart. */
export const firmwaresOf = (cells: readonly CellSummary[]): Map<string, CellOfFirmware[]> => {
  const all = cells.flatMap(cell => cell.firmwares)
  const several = (family: string, key: 'profile' | 'arch'): boolean =>
    new Set(all.filter(({ firmware }) => firmware === family).map(firmware => firmware[key])).size > 1
  const named = new Map<string, CellOfFirmware[]>()
  for (const { vary, firmwares } of cells)
    for (const firmware of firmwares) {
      const { firmware: family, profile, arch } = firmware
      const name = [
        family,
        ...(several(family, 'profile') ? [profile] : []),
        ...(several(family, 'arch') ? [arch] : []),
      ].join(' ')
      const same = named.get(name)
      if (same) same.push({ vary, firmware })
      else named.set(name, [{ vary, firmware }])
    }
  return named
}

/** Servers that won a machine anywhere, the most successful first; those whom no server got come last. */
export const serversOf = (cells: readonly CellOfFirmware[]): string[] => {
  const wins = new Map<string, number>()
  for (const { firmware } of cells)
    for (const { server, won } of firmware.servers) wins.set(server, (wins.get(server) ?? 0) + won.machines)
  const rank = (server: string, count: number): number => (server === NO_SERVER ? -1 : count)
  return [...wins]
    .sort(([a, m], [b, n]) => rank(b, n) - rank(a, m) || (a < b ? -1 : 1))
    .map(([server]) => server)
}

export const wonBy = (server: string, { servers, machines }: FirmwareSummary): Share =>
  servers.find(candidate => candidate.server === server)?.won ?? wilson(0, machines)

export const serverText = (server: string): string => (server === NO_SERVER ? 'no server' : server)

const firmwareLines = (name: string, firmware: FirmwareSummary, colour: Palette): string[] => {
  const servers = serversOf([{ vary: {}, firmware }]).map(server =>
    firmware.servers.find(candidate => candidate.server === server)!,
  )
  const listed = (label: string, parts: readonly string[]): string[] =>
    parts.length === 0 ? [] : [`  ${colour.dim(label.padEnd(9))} ${parts.join(', ')}`]
  const codes = Object.entries(firmware.codes).sort(([, a], [, b]) => b - a)
  return [
    `${colour.bold(name)}: ${servers.map(({ server, won }) => `${serverText(server)} ${shareText(won)}`).join(', ')}`,
    ...listed(
      'outcomes',
      OUTCOMES.filter(outcome => firmware.outcomes[outcome].machines > 0 || outcome === 'failed').map(
        outcome => `${OUTCOME_TEXT[outcome]} ${shareText(firmware.outcomes[outcome])}`,
      ),
    ),
    ...servers.flatMap(({ server, outcomes }) =>
      listed(
        serverText(server),
        OUTCOMES.flatMap(outcome => {
          const share = outcomes[outcome]
          return share ? [`${OUTCOME_TEXT[outcome]} ${shareText(share)}`] : []
        }),
      ),
    ),
    ...listed('jobs', jobTexts(firmware)),
    ...listed(
      'codes',
      codes.map(([code, count]) => `${code} ${numberText(count)}`),
    ),
    ...listed('seconds', [secondsText(firmware)]),
  ]
}

/** Where machines have jobs. */
const jobTexts = ({ jobs }: FirmwareSummary): string[] =>
  JOB_STATES.flatMap(state =>
    jobs && (jobs[state].machines > 0 || state === 'lost') ? [`${state} ${shareText(jobs[state])}`] : [],
  )

const secondsText = ({ seconds }: FirmwareSummary): string =>
  `median ${seconds.median.toFixed(2)}, slowest ${seconds.max.toFixed(2)}`

const cellTable = (
  name: string,
  paths: readonly string[],
  cells: readonly CellOfFirmware[],
  colour: Palette,
): string[] => {
  const servers = serversOf(cells)
  const outcomes = OUTCOMES.filter(outcome =>
    cells.some(({ firmware }) => firmware.outcomes[outcome].machines > 0),
  )
  const states = JOB_STATES.filter(state =>
    cells.some(({ firmware }) => (firmware.jobs?.[state].machines ?? 0) > 0),
  )
  const table = plainTable(
    [
      ...paths,
      'machines',
      ...servers.map(server => (server === NO_SERVER ? 'won by nobody' : `won by ${server}`)),
      ...outcomes.map(outcome => OUTCOME_TEXT[outcome]),
      ...states.map(state => `job ${state}`),
      'median s',
    ],
    colour,
  )
  const right = (text: string) => ({ right: text })
  for (const { vary, firmware } of cells) {
    table.push([
      ...paths.map(path => right(vary[path] ?? '')),
      right(numberText(firmware.machines)),
      ...servers.map(server => right(shareText(wonBy(server, firmware)))),
      ...outcomes.map(outcome => right(percent(firmware.outcomes[outcome].share, 1))),
      ...states.map(state => right(firmware.jobs ? shareText(firmware.jobs[state]) : '')),
      right(firmware.seconds.median.toFixed(2)),
    ])
  }
  return [colour.bold(name), ...table.lines()]
}

/** From here on, the intervals say less than they seem to. */
const WORTH_SAYING = 2
/** With fewer runs, the estimate itself is chance. */
const LEAST_RUNS = 30

const warning = (cells: readonly CellOfFirmware[], colour: Palette): string[] => {
  const effects = cells
    .filter(({ firmware }) => firmware.runs >= LEAST_RUNS)
    .map(c => c.firmware.designEffect)
  const worst = effects.reduce((a, b) => Math.max(a, b), 1)
  if (worst < WORTH_SAYING) return []
  const times = Math.sqrt(worst).toFixed(1)
  return [
    colour.yellow(
      `  machines of one run share their fate: read the intervals as up to ${times} times as wide, or use more seeds`,
    ),
  ]
}

/** `52.1 % (51.8–52.4)`, with as many decimals as the width of the interval deserves. */
export const shareText = ({ share, low, high }: Share): string => {
  const width = 100 * (high - low)
  const decimals = width === 0 ? 1 : Math.min(4, Math.max(1, -Math.floor(Math.log10(width))))
  const interval = `${(100 * low).toFixed(decimals)}–${(100 * high).toFixed(decimals)}`
  return `${percent(share, decimals)} (${interval})`
}

const percent = (share: number, decimals: number): string => `${(100 * share).toFixed(decimals)} %`

/** `200,000` */
export const numberText = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',')
