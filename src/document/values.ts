/**
 * Values of a program as a tree like that of a file, so that a document that was never text is checked by the same
 * rules. Its complaints name fields; line and column are 0, since there is no text to point at. Does not know what
 * the values mean.
 */
import {
  type Complaint,
  type Located,
  MAX_DEPTH,
  MAX_NODES,
  type Path,
  type Place,
  type ReadTree,
  type Scalar,
} from './located.ts'

/** `file` is what messages call the document. Fields that are `undefined` count as left out. */
export const readValues = (value: unknown, file: string): ReadTree => {
  const place: Place = { file, line: 0, column: 0 }
  const reader = new ValueReader(place)
  const root = reader.read(value, [])
  return { root: reader.isTooMuch ? undefined : root, complaints: reader.complaints }
}

class ValueReader {
  readonly complaints: Complaint[] = []
  isTooMuch = false
  readonly #place: Place
  #nodes = 0

  constructor(place: Place) {
    this.#place = place
  }

  read(value: unknown, path: Path): Located {
    const place = this.#place
    const nothing: Located = { kind: 'scalar', place, value: null }
    if (this.isTooMuch) return nothing
    if (++this.#nodes > MAX_NODES) return this.#tooMuch(path, `more than ${MAX_NODES} values`)
    // An object that holds itself ends here.
    if (path.length > MAX_DEPTH) return this.#tooMuch(path, `nested deeper than ${MAX_DEPTH} levels`)
    if (isScalar(value)) return { kind: 'scalar', place, value }
    if (Array.isArray(value))
      return { kind: 'list', place, items: value.map((item, index) => this.read(item, [...path, index])) }
    if (isPlainObject(value)) {
      const entries = Object.entries(value).filter(([, field]) => field !== undefined)
      return {
        kind: 'map',
        place,
        entries: new Map(
          entries.map(([key, field]) => [key, { key: place, value: this.read(field, [...path, key]) }]),
        ),
      }
    }
    this.complaints.push({
      place,
      path,
      message: `holds ${nameOf(value)}, which cannot be written in a file`,
    })
    return nothing
  }

  #tooMuch(path: Path, message: string): Located {
    this.isTooMuch = true
    this.complaints.push({ place: this.#place, path: path.slice(0, 1), message })
    return { kind: 'scalar', place: this.#place, value: null }
  }
}

const isScalar = (value: unknown): value is Scalar =>
  value === null ||
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  typeof value === 'function' ||
  (typeof value === 'number' && Number.isFinite(value))

const isPlainObject = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

const nameOf = (value: unknown): string => {
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`
  return `a ${value.constructor.name}`
}
