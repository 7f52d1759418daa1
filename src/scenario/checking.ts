/**
 * What the checks that look beyond one field share: the form, all names that were declared (also by parts that are
 * wrong themselves, so that one mistake is not reported twice), and a place to complain. Checks nothing itself.
 */
import type { FirmwareFamilies } from '../firmware/catalogue.ts'
import type { ServerKinds } from '../servers/kind-list.ts'
import type { ScenarioForm } from './format.ts'
import { Checker } from '../document/checker.ts'
import type { Located, Path } from '../document/located.ts'

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
  /** All kinds of server there are. */
  readonly kinds: ServerKinds
  /** Whether a directory or a file, as written in the scenario, is there; `outside`: it is, and may not be read. */
  readonly exists: (path: string, what: 'directory' | 'file') => boolean | 'outside'
}

/** For the lists of a form from which wrong items were left out: where each item stood in the file. */
export type Kept = Readonly<Record<'faults' | 'steps', readonly number[] | undefined>>

export class Checking extends Checker {
  readonly form: ScenarioForm
  readonly surroundings: Surroundings
  readonly #kept: Kept

  constructor(root: Located, form: ScenarioForm, kept: Kept, surroundings: Surroundings) {
    super(root)
    this.#kept = kept
    this.form = form
    this.surroundings = surroundings
  }

  itemPath(list: keyof Kept, index: number): Path {
    return [list, this.#kept[list]?.[index] ?? index]
  }

  declared(collection: Collection): readonly string[] {
    return this.keysAt([collection])
  }

  isDeclared(collection: Collection, name: string): boolean {
    return this.hasKey([collection], name)
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
}

export const entriesOf = <T>(record: Readonly<Record<string, T>>): [string, T][] => Object.entries(record)
