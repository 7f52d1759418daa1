/**
 * YAML as a tree in which every node knows where it was written, so that any later complaint can name a line and a
 * column, also of a value that came from `--set`. Does not know what a scenario is.
 */
import {
  type Alias,
  type Document,
  LineCounter,
  type Node,
  type YAMLError,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  visit,
} from 'yaml'

export interface Place {
  /** A file, or `--set path=value`. */
  readonly file: string
  readonly line: number
  readonly column: number
}

export type Located =
  | { readonly kind: 'map'; readonly place: Place; readonly entries: Map<string, Entry> }
  | { readonly kind: 'list'; readonly place: Place; readonly items: Located[] }
  | { readonly kind: 'scalar'; readonly place: Place; readonly value: Scalar }

/** What a scalar is: of a document that was never text, also what is called back. */
export type Scalar = string | number | boolean | null | Callback
export type Callback = (...args: never[]) => unknown

export interface Entry {
  readonly key: Place
  readonly value: Located
}

/** Keys and indices from the root. */
export type Path = readonly (string | number)[]

export interface Complaint {
  readonly place: Place
  readonly path: Path
  readonly message: string
  readonly nearest?: string
}

/** Named limits of a scenario file (docs/limits.md): a file is written by people. */
export const MAX_TEXT = 1 << 20
/** The same as bytes, before it is known what they mean. */
export const MAX_FILE_BYTES = 4 << 20
/** Values in one document, aliases expanded; a larger one is refused. */
export const MAX_NODES = 100_000
/** Nesting of maps and lists in a document; a deeper one is refused. */
export const MAX_DEPTH = 16

export interface ReadTree {
  /** Undefined where nothing could be read. */
  readonly root: Located | undefined
  readonly complaints: readonly Complaint[]
}

export interface Origin {
  readonly file: string
  /** Of the text's first character; a file starts at column 1, a value of `--set` further right. */
  readonly column?: number
}

export const readTree = (text: string, origin: Origin): ReadTree => {
  const start: Place = { file: origin.file, line: 1, column: origin.column ?? 1 }
  if (text.length > MAX_TEXT) return failed(start, `the file is larger than ${MAX_TEXT} characters`)
  const lines = new LineCounter()
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(Math.max(0, offset))
    // A counter that saw no character says line 0.
    return line < 1 ? start : { file: origin.file, line, column: col + (line === 1 ? start.column - 1 : 0) }
  }
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      merge: true,
      stringKeys: false,
    })
    // What follows the first mistake of syntax is mostly its echo.
    const [broken] = [...document.errors, ...document.warnings]
    if (broken) return { root: undefined, complaints: [syntaxComplaint(broken, text, placeAt)] }
    if (document.contents === null) return failed(start, 'the file is empty')
    const converter = new Converter(placeAt, text.includes('*') ? anchorsOf(document) : NO_ANCHORS)
    return { root: converter.convert(document.contents, 0, []), complaints: converter.complaints }
  } catch (error) {
    // The composer recurses: thousands of brackets end its stack, and that is the file's fault, not ours.
    if (error instanceof RangeError || error instanceof TooMuch)
      return failed(start, error instanceof TooMuch ? error.message : 'nested too deeply')
    throw error
  }
}

const failed = (place: Place, message: string): ReadTree => ({
  root: undefined,
  complaints: [{ place, path: [], message }],
})

class TooMuch extends Error {}

type Anchors = ReadonlyMap<Alias, Node>

const NO_ANCHORS: Anchors = new Map()

/** What each alias means: the last node before it with that anchor. One walk; the library's own answer is one per alias. */
const anchorsOf = (document: Document): Anchors => {
  const anchors = new Map<string, Node>()
  const meant = new Map<Alias, Node>()
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source)
        if (target) meant.set(node, target)
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node)
    },
  })
  return meant
}

class Converter {
  readonly complaints: Complaint[] = []
  readonly #placeAt: (offset: number) => Place
  readonly #anchors: Anchors
  #nodes = 0

  constructor(placeAt: (offset: number) => Place, anchors: Anchors) {
    this.#placeAt = placeAt
    this.#anchors = anchors
  }

  convert(node: unknown, depth: number, path: Path): Located {
    if (++this.#nodes > MAX_NODES) throw new TooMuch(`more than ${MAX_NODES} values after expanding aliases`)
    if (depth > MAX_DEPTH) throw new TooMuch(`nested deeper than ${MAX_DEPTH} levels`)
    const place = this.#placeAt((node as Node | null)?.range?.[0] ?? 0)
    if (isAlias(node)) {
      const target = this.#anchors.get(node)
      if (target) return this.convert(target, depth + 1, path)
      const name = node.source
      this.complaints.push({ place, path, message: `the alias *${name} has no anchor &${name}` })
      return { kind: 'scalar', place, value: null }
    }
    if (isMap(node)) return this.#map(node.items, place, depth, path)
    if (isSeq(node)) {
      return {
        kind: 'list',
        place,
        items: node.items.map((item, index) => this.convert(item, depth + 1, [...path, index])),
      }
    }
    const value: unknown = isScalar(node) ? node.value : null
    return {
      kind: 'scalar',
      place,
      value:
        typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null,
    }
  }

  #map(items: readonly { key: unknown; value: unknown }[], place: Place, depth: number, path: Path): Located {
    const entries = new Map<string, Entry>()
    const merged: Located[] = []
    for (const { key, value } of items) {
      const at = this.#placeAt((key as Node | null)?.range?.[0] ?? 0)
      const name = isScalar(key) ? keyText(key.value) : undefined
      if (name === undefined || name === '__proto__') {
        this.complaints.push({
          place: at,
          path,
          message: name === undefined ? 'a key must be a name or a number' : `"${name}" cannot be a key`,
        })
        continue
      }
      const earlier = entries.get(name)
      if (earlier) {
        const where =
          earlier.key.line === at.line ? `column ${earlier.key.column}` : `line ${earlier.key.line}`
        this.complaints.push({
          place: at,
          path: [...path, name],
          message: `"${name}" is given twice; the first is in ${where}`,
        })
        continue
      }
      const child =
        value === null
          ? ({ kind: 'scalar', place: at, value: null } as const)
          : this.convert(value, depth + 1, [...path, name])
      if (name === '<<') merged.push(...(child.kind === 'list' ? child.items : [child]))
      else entries.set(name, { key: at, value: child })
    }
    // YAML merge keys: what is written here counts before what is merged in, and an earlier source before a later.
    for (const source of merged) {
      if (source.kind !== 'map')
        this.complaints.push({ place: source.place, path, message: '<< can merge maps only' })
      else for (const [name, entry] of source.entries) if (!entries.has(name)) entries.set(name, entry)
    }
    return { kind: 'map', place, entries }
  }
}

const keyText = (value: unknown): string | undefined => {
  if (typeof value === 'symbol') return '<<'
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
}

/** The parser's own words are for people who know YAML's grammar; these are the mistakes people make. */
const SYNTAX: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'tabs cannot be used for indentation; use spaces',
  MULTIPLE_DOCS: 'a file holds one scenario; remove everything after ---',
  MULTIPLE_ANCHORS: 'more than one anchor on one value',
  BAD_ALIAS: 'an alias (*name) needs a name; quote the text if you mean a literal *',
  BLOCK_IN_FLOW: 'block syntax cannot be used inside { } or [ ]',
  TAG_RESOLVE_FAILED: 'tags (!name) are not used in scenarios',
}

const syntaxComplaint = (error: YAMLError, text: string, placeAt: (offset: number) => Place): Complaint => {
  const place = placeAt(Math.min(error.pos[0], text.length))
  const known = SYNTAX[error.code]
  const message =
    known ??
    `not valid YAML: ${(error.message.split('\n')[0] ?? '').replace(/^[A-Z]/, first => first.toLowerCase())}`
  return { place, path: [], message }
}

// Reading the tree.

/** The values alone, for validation. Keys with numbers come first, as JavaScript orders them. */
export const plain = (node: Located): unknown => {
  switch (node.kind) {
    case 'map':
      return Object.fromEntries([...node.entries].map(([name, entry]) => [name, plain(entry.value)]))
    case 'list':
      return node.items.map(plain)
    case 'scalar':
      return node.value
  }
}

const child = (node: Located, step: string | number): Located | undefined => {
  if (node.kind === 'map') return node.entries.get(String(step))?.value
  return node.kind === 'list' ? node.items[Number(step)] : undefined
}

/** Where a path's key or value stands; of a path that is not there, where its nearest ancestor stands. */
export const placeOf = (root: Located, path: Path, side: 'key' | 'value' = 'value'): Place => {
  let node = root
  let key: Place = root.place
  for (const [index, step] of path.entries()) {
    const next = child(node, step)
    // What is missing is missed by its parent, and that is best shown by the parent's name.
    if (!next) return index === 0 ? node.place : key
    key = node.kind === 'map' ? node.entries.get(String(step))!.key : next.place
    node = next
  }
  return side === 'key' ? key : node.place
}

export const nodeAt = (root: Located, path: Path): Located | undefined => {
  let node: Located | undefined = root
  for (const step of path) node = node && child(node, step)
  return node
}

/** `clients.pc.powerOn`, `faults[0].at`. */
export const formatPath = (path: Path): string =>
  path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join('')
