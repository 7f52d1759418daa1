/**
 * The summary of a sweep over one parameter as curves: the share of machines that each server won. Does not draw.
 */
import type { SweepIdentity } from '../../experiments/sweep/record.ts'
import type { CellSummary } from '../../experiments/sweep/summary.ts'
import type { CurveChart } from '../curve.ts'
import { firmwaresOf, serverText, serversOf, wonBy } from './sweep.ts'

export const chartOf = (
  { title, vary }: Pick<SweepIdentity, 'title' | 'vary'>,
  cells: readonly CellSummary[],
): CurveChart => {
  const { path, values } = vary[0]!
  return {
    title,
    parameter: path,
    values,
    panels: [...firmwaresOf(cells)].map(([name, found]) => {
      const byValue = new Map(found.map(cell => [cell.vary[path], cell.firmware]))
      return {
        name,
        series: serversOf(found).map(server => ({
          name: serverText(server),
          points: values.map(value => {
            const firmware = byValue.get(value)
            return firmware && wonBy(server, firmware)
          }),
        })),
      }
    }),
  }
}
