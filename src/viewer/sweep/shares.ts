/**
 * A sweep's summary by firmware and by server, and its numbers as text. Does not count runs.
 */
import type { FirmwareSummary, Share, SweepReport } from '../../experiments/sweep/summary.ts'

/** Like `NO_SERVER` of the records: machines that took nobody's boot information. */
export const NOBODY = '-'
export interface Found {
  readonly vary: Readonly<Record<string, string>>
  readonly firmware: FirmwareSummary
}

export const firmwaresOf = (cells: SweepReport['cells']): [name: string, found: Found[]][] => {
  const named = new Map<string, Found[]>()
  for (const { vary, firmwares } of cells)
    for (const firmware of firmwares) {
      const name = `${firmware.firmware} ${firmware.profile} ${firmware.arch}`
      named.set(name, [...(named.get(name) ?? []), { vary, firmware }])
    }
  return [...named]
}

/** By name; those whom nobody got come last. */
export const winnersOf = ({ cells }: SweepReport): string[] => {
  const names = new Set(
    cells.flatMap(({ firmwares }) => firmwares.flatMap(({ servers }) => servers.map(({ server }) => server))),
  )
  const nobody = names.delete(NOBODY)
  return [...[...names].sort(), ...(nobody ? [NOBODY] : [])]
}

/** Who won nothing is left out of a summary; Wilson's interval of nothing has an upper end nevertheless. */
const Z_SQUARED = 1.959963984540054 ** 2

export const wonBy = (server: string, { servers, machines }: FirmwareSummary): Share =>
  servers.find(one => one.server === server)?.won ?? {
    machines: 0,
    share: 0,
    low: 0,
    high: Z_SQUARED / (machines + Z_SQUARED),
  }

export const serverText = (server: string): string => (server === NOBODY ? 'no server' : server)

/** `52.1 %` */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
export const intervalText = ({ low, high }: Share): string =>
  `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}`
