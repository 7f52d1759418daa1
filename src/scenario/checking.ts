/**
 * What the checks that look beyond one field share: the form, all names that were declared (also by parts that are
 * wrong themselves, so that one mistake is not reported twice), and a place to complain. Checks nothing itself.
 */
import type { FirmwareFamilies } from '../firmware/catalogue.ts'
import type { ScenarioForm } from './format.ts'
import { type Complaint, type Located, type Path, nodeAt, placeOf } from '../document/located.ts'
import { nearestName } from '../document/nearest.ts'

export const COLLECTIONS = ['subnets', 'routers', 'notificationServers', 'servers', 'clients'] as const
export type Collection = (typeof COLLECTIONS)[number]

/** What one thing in a collection is called. */
export const NOUN: Readonly<Record<Collection, string>> = {
  subnets: 'subnet',
  routers: 'router',
  notificationServers: 'Notification Server',
  servers: 'server',
  clients: 'group of clients',
}

export interface Surroundings {
  readonly file: string
  /** Firmware that machines may have. */
  readonly families: FirmwareFamilies
  /** Ids of all findings there are. */
  readonly findingRules: readonly string[]
  /** Whether an image directory, as written in the file, is there. */
  readonly exists: (directory: string) => boolean
}

export interface Details {
  readonly nearest?: string | undefined
  /** Show the key instead of the value. */
  readonly side?: 'key' | 'value'
}

/** For the lists of a form from which wrong items were left out: where each item stood in the file. */
export type Kept = Readonly<Record<'faults' | 'steps', readonly number[] | undefined>>

export class Checking {
  readonly form: ScenarioForm
  readonly surroundings: Surroundings
  readonly complaints: Complaint[] = []
  readonly #root: Located
  readonly #kept: Kept

  constructor(root: Located, form: ScenarioForm, kept: Kept, surroundings: Surroundings) {
    this.#root = root
    this.#kept = kept
    this.form = form
    this.surroundings = surroundings
  }

  complain(path: Path, message: string, { nearest, side = 'value' }: Details = {}): void {
    const place = placeOf(this.#root, path, side)
    this.complaints.push({ place, path, message, ...(nearest === undefined ? {} : { nearest }) })
  }

  itemPath(list: keyof Kept, index: number): Path {
    return [list, this.#kept[list]?.[index] ?? index]
  }

  declared(collection: Collection): readonly string[] {
    const node = nodeAt(this.#root, [collection])
    return node?.kind === 'map' ? [...node.entries.keys()] : []
  }

  isDeclared(collection: Collection, name: string): boolean {
    const node = nodeAt(this.#root, [collection])
    return node?.kind === 'map' && node.entries.has(name)
  }

  /** `pc-3` of a group that is wrong itself, so that its machines are not known. */
  mayBeMember(name: string): boolean {
    const group = /^(.+)-\d+$/.exec(name)?.[1]
    return (
      group !== undefined && this.isDeclared('clients', group) && !Object.hasOwn(this.form.clients, group)
    )
  }

  /** Complains if the name is in none of the collections. */
  known(collections: readonly Collection[], name: string, path: Path): boolean {
    if (collections.some(collection => this.isDeclared(collection, name))) return true
    this.unknownName(
      collections.map(collection => NOUN[collection]).join(' or '),
      name,
      path,
      collections.flatMap(c => this.declared(c)),
    )
    return false
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
        ? `; there is ${candidates.join(', ')}`
        : ''
    this.complain(path, `there is no ${noun} "${name}"${choices}`, { nearest, side })
  }
}

export const entriesOf = <T>(record: Readonly<Record<string, T>>): [string, T][] => Object.entries(record)
