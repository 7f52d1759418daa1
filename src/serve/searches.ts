/**
 * Machines that look for their configuration under many names: pxelinux by UUID, MAC and address, GRUB and U-Boot likewise.
 * That is no failure of anybody, and one line tells of it. Does not log by itself.
 */
import { type Ip4, formatIp4 } from '../core/address.ts'
import { RecentMap } from '../core/recent-map.ts'

/** Machines whose misses are put together; those that were heard least recently are forgotten first. */
const MAX_SEARCHING = 1_024
/** Names that one line lists; the rest is counted. */
const MAX_LISTED_NAMES = 4
/** So many misses in a row, whatever their names, are a search. */
const SEARCH = 3
/** A search is over when nothing more is asked for so long. */
export const QUIET_MILLIS = 10_000

/** What loaders look for and are often not given. */
const CONFIGURATION =
  /(^|[/\\])(pxelinux\.cfg[/\\]|grub\.cfg|grub[/\\]|boot\.scr|autoexec\.ipxe|revocations|shim_certificate)|\.(lst|mo|mo\.gz|pf2)$/i

interface Search {
  readonly names: string[]
  count: number
  last: number
}

export class Searches {
  readonly #now: () => number
  readonly #tell: (line: string) => void
  readonly #of = new RecentMap<Ip4, Search>(MAX_SEARCHING)

  /** `now` in milliseconds. */
  constructor(now: () => number, tell: (line: string) => void) {
    this.#now = now
    this.#tell = tell
  }

  /** True if this miss belongs to a search, of which one line is told when it ends. */
  missed(client: Ip4, name: string): boolean {
    const known = this.#of.get(client)
    if (known && this.#isOver(known)) this.#end(client, known)
    const search = known && !this.#isOver(known) ? known : { names: [], count: 0, last: 0 }
    if (search.names.length < MAX_LISTED_NAMES) search.names.push(name)
    search.count++
    search.last = this.#now()
    this.#of.set(client, search)
    return CONFIGURATION.test(name) || search.count >= SEARCH
  }

  found(client: Ip4, name: string): void {
    const search = this.#of.get(client)
    if (search) this.#end(client, search, name)
  }

  /** Ends those that are over. */
  sweep(): void {
    for (const [client, search] of this.#of.entries()) if (this.#isOver(search)) this.#end(client, search)
  }

  #isOver({ last }: Search): boolean {
    return this.#now() - last > QUIET_MILLIS
  }

  #end(client: Ip4, { names, count }: Search, found?: string): void {
    this.#of.delete(client)
    if (count < SEARCH && !names.some(name => CONFIGURATION.test(name))) return
    const more = count > names.length ? `, and ${count - names.length} more` : ''
    const ended = found === undefined ? '; it found none' : `; it found ${found}`
    this.#tell(`${formatIp4(client)} looked for ${names.join(', ')}${more}${ended}`)
  }
}
