/**
 * Predictions for people: machines that would fare alike share a line; what was assumed stands below. Does not predict.
 */
import { OUTCOME_TEXT } from '../../core/outcome.ts'
import type { Prediction } from '../../experiments/predict/predict.ts'
import { type Palette, plainTable } from './run.ts'

/** More are in `--json`. */
const ROWS_SHOWN = 40
const ASSUMPTIONS_SHOWN = 8

export const predictionLines = (predictions: readonly Prediction[], colour: Palette): string[] => {
  if (predictions.length === 0)
    return ['No OFFERs were captured that could be replayed to other firmware.', '']
  const groups = groupsOf(predictions)
  const table = plainTable(
    ['as firmware', 'machines', 'lease from', 'PXE server', 'file', 'outcome', 'code', 'rule'],
    colour,
  )
  for (const group of groups.slice(0, ROWS_SHOWN)) table.push(rowOf(group))
  const assumed = [...new Set(predictions.flatMap(prediction => prediction.assumed))]
  return [
    colour.bold('What other firmware would do with the captured OFFERs:'),
    ...table.lines(),
    ...(groups.length > ROWS_SHOWN ? [`and ${groups.length - ROWS_SHOWN} more rows`] : []),
    ...assumed.slice(0, ASSUMPTIONS_SHOWN).map(text => colour.dim(`assumed: ${text}`)),
    ...(assumed.length > ASSUMPTIONS_SHOWN
      ? [colour.dim(`and ${assumed.length - ASSUMPTIONS_SHOWN} more assumptions`)]
      : []),
    '',
  ]
}

const groupsOf = (predictions: readonly Prediction[]): Prediction[][] => {
  const groups = new Map<string, Prediction[]>()
  for (const prediction of predictions) {
    const { firmware, arch, leaseFrom, pxeServer, file, outcome, code, rule } = prediction
    const key = JSON.stringify([firmware, arch, leaseFrom, pxeServer, file, outcome, code, rule])
    const group = groups.get(key)
    if (group) group.push(prediction)
    else groups.set(key, [prediction])
  }
  const order = [...new Set(predictions.map(({ firmware }) => firmware))]
  return [...groups.values()].sort(
    ([a, ...as], [b, ...bs]) =>
      order.indexOf(a!.firmware) - order.indexOf(b!.firmware) || bs.length - as.length,
  )
}

const rowOf = (group: readonly Prediction[]): string[] => {
  const [first] = group as readonly [Prediction]
  return [
    `${first.firmware} ${first.arch}`,
    group.length === 1 ? first.client : String(new Set(group.map(({ client }) => client)).size),
    first.leaseFrom ?? '-',
    first.pxeServer ?? '-',
    first.file === null ? '-' : first.file,
    OUTCOME_TEXT[first.outcome],
    first.code ?? '-',
    first.rule ?? '-',
  ]
}
