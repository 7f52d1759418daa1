/**
 * Where two documents differ, as paths: two JSON values, two files of JSON lines, or two captures. Elements of a list
 * that say who they are (a machine, a finding) are paired by that, so that one more of them is one difference.
 */

export type Change = 'added' | 'removed' | 'changed' | 'moved'

export interface Difference {
  /** `clients[].attempts`: without the places in lists, so that equal differences have equal paths. */
  readonly path: string
  readonly change: Change
  /** What stood there, and what stands there, in a few words. */
  readonly text: string
}

const MAX_TEXT = 100

/** `name` says by its ending what the bytes are. */
export const differencesOf = (name: string, before: Buffer, after: Buffer): Difference[] => {
  if (before.equals(after)) return []
  const found: Difference[] = []
  if (name.endsWith('.pcapng')) captureDifference(before, after, found)
  else walk(valueOf(name, before), valueOf(name, after), '', found)
  return found.length > 0 ? found : [{ path: '', change: 'changed', text: 'order of fields, or white space' }]
}

const valueOf = (name: string, bytes: Buffer): unknown => {
  const text = bytes.toString()
  if (text === '') return null
  if (!name.endsWith('.jsonl')) return JSON.parse(text) as unknown
  return text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as unknown)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const walk = (before: unknown, after: unknown, path: string, found: Difference[]): void => {
  if (Array.isArray(before) && Array.isArray(after)) walkList(before, after, path, found)
  else if (isObject(before) && isObject(after)) walkObject(before, after, path, found)
  else if (before !== after)
    found.push({ path, change: 'changed', text: `${short(before)} -> ${short(after)}` })
}

const walkObject = (
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  path: string,
  found: Difference[],
): void => {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const place = path === '' ? key : `${path}.${key}`
    if (!Object.hasOwn(after, key)) found.push({ path: place, change: 'removed', text: short(before[key]) })
    else if (!Object.hasOwn(before, key))
      found.push({ path: place, change: 'added', text: short(after[key]) })
    else walk(before[key], after[key], place, found)
  }
}

const walkList = (
  before: readonly unknown[],
  after: readonly unknown[],
  path: string,
  found: Difference[],
): void => {
  const place = `${path}[]`
  const [was, is] = [identified(before), identified(after)]
  for (const [key, value] of was)
    if (is.has(key)) walk(value, is.get(key), place, found)
    else found.push({ path: place, change: 'removed', text: short(value) })
  for (const [key, value] of is)
    if (!was.has(key)) found.push({ path: place, change: 'added', text: short(value) })
  const isThere = (key: string): boolean => was.has(key) && is.has(key)
  const order = [...is.keys()].filter(isThere)
  const moved = [...was.keys()].filter(isThere).findIndex((key, at) => key !== order[at])
  if (moved >= 0) found.push({ path: place, change: 'moved', text: `from element ${moved} on` })
}

/** What names an element, the first of these that it has. */
const NAMES = ['label', 'rule', 'name', 'file', 'seed']

/** A text is its own name. */
const nameOf = (element: unknown): string => {
  const name = isObject(element) ? NAMES.map(key => element[key]).find(value => value !== undefined) : element
  return typeof name === 'string' || (isObject(element) && typeof name === 'number') ? String(name) : ''
}

/** Elements by what they say they are, otherwise by their place; equal ones are numbered. */
const identified = (list: readonly unknown[]): Map<string, unknown> => {
  const elements = new Map<string, unknown>()
  const count = new Map<string, number>()
  for (const element of list) {
    const name = nameOf(element)
    const number = count.get(name) ?? 0
    count.set(name, number + 1)
    elements.set(`${name} ${number}`, element)
  }
  return elements
}

const short = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${text.length} characters)`
}

/** The first block of the two captures that is another one. */
const captureDifference = (before: Buffer, after: Buffer, found: Difference[]): void => {
  const [was, is] = [blocksOf(before), blocksOf(after)]
  const first = was.findIndex((block, at) => !is[at]?.equals(block))
  const at = first < 0 ? was.length : first
  found.push({
    path: 'block',
    change: 'changed',
    text: `block ${at} is the first that differs; ${was.length} -> ${is.length} blocks, ${before.length} -> ${after.length} bytes`,
  })
}

/** A pcapng block has its type, then its whole length; nbs writes little-endian. */
const blocksOf = (bytes: Buffer): Buffer[] => {
  const blocks: Buffer[] = []
  for (let at = 0; at + 12 <= bytes.length;) {
    const length = Math.max(12, bytes.readUInt32LE(at + 4))
    blocks.push(bytes.subarray(at, at + length))
    at += length
  }
  return blocks
}
