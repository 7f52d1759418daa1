/**
 * Is this the summary of a sweep? Says in one sentence what is wrong with it. Does not judge its numbers.
 */

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isShare = (value: unknown): boolean =>
  isObject(value) && ['machines', 'share', 'low', 'high'].every(key => typeof value[key] === 'number')

const isFirmware = (value: unknown): boolean =>
  isObject(value) &&
  ['firmware', 'profile', 'arch'].every(key => typeof value[key] === 'string') &&
  isObject(value['outcomes']) &&
  Object.values(value['outcomes']).every(isShare) &&
  isObject(value['codes']) &&
  isObject(value['seconds']) &&
  typeof value['designEffect'] === 'number' &&
  Array.isArray(value['servers']) &&
  value['servers'].every(
    one =>
      isObject(one) && typeof one['server'] === 'string' && isShare(one['won']) && isObject(one['outcomes']),
  )

const isCell = (value: unknown): boolean =>
  isObject(value) &&
  isObject(value['vary']) &&
  Array.isArray(value['firmwares']) &&
  value['firmwares'].every(isFirmware)

export const problemOfSweep = (value: Record<string, unknown>): string | undefined => {
  const { cells, vary, seeds } = value
  if (
    typeof value['title'] !== 'string' ||
    !Array.isArray(cells) ||
    !Array.isArray(vary) ||
    !Array.isArray(seeds)
  )
    return 'This is JSON, but not the summary of a sweep: it lacks title, seeds, vary or cells.'
  if (typeof value['done'] !== 'number' || typeof value['planned'] !== 'number')
    return 'The summary of this sweep does not say how many runs it has.'
  if (!vary.every(one => isObject(one) && typeof one['path'] === 'string' && Array.isArray(one['values'])))
    return 'The summary of this sweep does not say what was varied.'
  const cell = cells.findIndex(one => !isCell(one))
  return cell >= 0 ? `Combination ${cell + 1} of the sweep is incomplete.` : undefined
}
