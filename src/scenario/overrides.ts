/**
 * `--set path=value`: puts a value into the tree of a scenario before it is checked, so that what is wrong with it
 * is found by the same checks and blamed on the command line. A value of nothing (`~`) removes the field. Does not
 * add things that have a name: a sweep over `client.pc.count` is a misspelling, not a new client.
 */
import { UsageError } from '../core/exit.ts'
import { COLLECTIONS, NOUN } from './checking.ts'
import { fieldsAt } from '../document/explain.ts'
import type { ScenarioFormat } from './format.ts'
import {
  type Complaint,
  type Located,
  type Path,
  type Place,
  nodeAt,
  plain,
  readTree,
} from '../document/located.ts'
import { nearestName } from '../document/nearest.ts'

/** `['clients.pc.count', '30']`. */
export type Override = readonly [path: string, valueText: string]

/** Of `path=value` texts; the value may hold more equals signs. Throws `UsageError`. */
export const overridesOf = (texts: readonly string[]): Override[] =>
  texts.map(text => {
    const at = text.indexOf('=')
    if (at <= 0) throw new UsageError(`--set ${text}: write it as path=value, such as clients.pc.count=5`)
    return [text.slice(0, at), text.slice(at + 1)]
  })

export const applyOverrides = (
  root: Located,
  overrides: readonly Override[],
  format: ScenarioFormat,
): Complaint[] => overrides.flatMap(override => applyOverride(root, override, format))

const applyOverride = (
  root: Located,
  [pathText, valueText]: Override,
  format: ScenarioFormat,
): Complaint[] => {
  const file = `--set ${pathText}=${valueText}`
  const path = parsePath(pathText)
  const complain = (index: number, message: string, nearest?: string): Complaint[] => [
    {
      place: { file, line: 1, column: columnOf(pathText, index) },
      path: path.slice(0, index + 1),
      message,
      ...(nearest === undefined ? {} : { nearest }),
    },
  ]
  if (pathText.trim() === '' || path.some(step => step === ''))
    return complain(0, `"${pathText}" is not a path such as clients.pc.count`)
  if (root.kind !== 'map') return []
  const value = readTree(valueText, { file, column: `${SET} ${pathText}=`.length + 1 })
  if (value.complaints.length > 0 && valueText.trim() !== '')
    return value.complaints.map(complaint => ({ ...complaint, path }))

  let node: Located = root
  for (const [index, step] of path.entries()) {
    const place: Place = { file, line: 1, column: columnOf(pathText, index) }
    const isLast = index === path.length - 1
    if (node.kind === 'list') {
      const item: Located | undefined = node.items[Number(step)]
      const count = node.items.length
      if (!item)
        return complain(
          index,
          `there is no item ${step}; there ${count === 1 ? 'is only item 0' : `are ${count}, numbered from 0`}`,
        )
      if (isLast)
        return put(
          value.root,
          put => void (node as List).items.splice(Number(step), 1, ...(put ? [put] : [])),
        )
      node = item
      continue
    }
    if (node.kind === 'scalar')
      return complain(index, `${path.slice(0, index).join('.')} is a single value; it has no field ${step}`)
    const complaint = unknownStep(root, path, index, format)
    if (complaint) return complain(index, complaint.message, complaint.nearest)
    const entries: Map<string, { key: Place; value: Located }> = node.entries
    if (isLast)
      return put(
        value.root,
        put =>
          void (put ? entries.set(String(step), { key: place, value: put }) : entries.delete(String(step))),
      )
    if (!entries.has(String(step)))
      entries.set(String(step), { key: place, value: { kind: 'map', place, entries: new Map() } })
    node = entries.get(String(step))!.value
  }
  return []
}

type List = Extract<Located, { kind: 'list' }>
const SET = '--set'

const put = (value: Located | undefined, into: (value: Located | undefined) => void): Complaint[] => {
  into(value?.kind === 'scalar' && value.value === null ? undefined : value)
  return []
}

/** `faults[0].at` and `faults.0.at` are the same. */
const parsePath = (text: string): (string | number)[] => text.replace(/\[(\d+)\]/g, '.$1').split('.')

/** In the text `--set path=value`. */
const columnOf = (pathText: string, index: number): number => {
  let at = 0
  for (let step = 0; step < index; step++) at = pathText.slice(at).search(/[.[]/) + at + 1
  return SET.length + 2 + at
}

const unknownStep = (
  root: Located,
  path: Path,
  index: number,
  format: ScenarioFormat,
): { message: string; nearest: string | undefined } | undefined => {
  const step = String(path[index])
  const before = path.slice(0, index)
  const here = nodeAt(root, before)
  const collection = index === 1 ? COLLECTIONS.find(name => name === path[0]) : undefined
  if (collection) {
    const names = here?.kind === 'map' ? [...here.entries.keys()] : []
    if (names.includes(step)) return undefined
    return { message: `there is no ${NOUN[collection]} "${step}"`, nearest: nearestName(step, names) }
  }
  const fields = fieldsAt(format, before, plain(root))
  // Where the format has no fixed fields (options, files, expected outcomes), any is new.
  if (fields.length === 0 || fields.includes(step)) return undefined
  return { message: `unknown field "${step}"`, nearest: nearestName(step, fields) }
}
