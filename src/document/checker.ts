/**
 * A place in a document and what is wrong there: whoever checks a part of it complains by paths from that part on, and
 * need not know where the part stands. Checks nothing itself.
 */
import { type Complaint, type Entry, type Located, type Path, nodeAt, placeOf } from './located.ts'
import { nearestName } from './nearest.ts'

export interface Details {
  readonly nearest?: string | undefined
  /** Show the key instead of the value. */
  readonly side?: 'key' | 'value'
}

export class Checker {
  readonly complaints: Complaint[]
  readonly #root: Located
  readonly #path: Path

  constructor(root: Located, path: Path = [], complaints: Complaint[] = []) {
    this.#root = root
    this.#path = path
    this.complaints = complaints
  }

  /** For a part of this part; its complaints are among these. */
  at(...steps: Path): Checker {
    return new Checker(this.#root, [...this.#path, ...steps], this.complaints)
  }

  complain(path: Path, message: string, { nearest, side = 'value' }: Details = {}): void {
    const whole = [...this.#path, ...path]
    const place = placeOf(this.#root, whole, side)
    this.complaints.push({ place, path: whole, message, ...(nearest === undefined ? {} : { nearest }) })
  }

  unknownName(
    noun: string,
    name: string,
    path: Path,
    candidates: readonly string[],
    side: 'key' | 'value' = 'value',
  ): void {
    const nearest = nearestName(name, candidates)
    // A short list is the best answer where nothing is near.
    const choices =
      nearest === undefined && candidates.length > 0 && candidates.length <= 8
        ? `; known here: ${candidates.join(', ')}`
        : ''
    this.complain(path, `there is no ${noun} "${name}"${choices}`, { nearest, side })
  }

  /** Keys of a map as they were written, also of parts that are wrong themselves. */
  keysAt(path: Path): readonly string[] {
    return [...(this.#entriesAt(path)?.keys() ?? [])]
  }

  hasKey(path: Path, key: string): boolean {
    return this.#entriesAt(path)?.has(key) ?? false
  }

  #entriesAt(path: Path): ReadonlyMap<string, Entry> | undefined {
    const node = nodeAt(this.#root, [...this.#path, ...path])
    return node?.kind === 'map' ? node.entries : undefined
  }
}
