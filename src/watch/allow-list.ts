/**
 * The servers and relays that are meant to be there, from a YAML file: whoever is listed is no stranger, and partners
 * that are listed as such may answer side by side. Does not excuse what does damage: a split decision stays one.
 */
import { z } from 'zod'
import type { FindingRule } from '../analysis/finding.ts'
import { type Ip4, type Mac, formatIp4 } from '../core/address.ts'
import { ip4, label, mac, oneOrMore, word } from '../document/parts.ts'
import { type Mistake, readConfig, textOf } from '../document/config-file.ts'

/** Entries of one list; a site has dozens. */
const MAX_ALLOWED = 4_096

const entry = z.strictObject({
  address: ip4.describe('Whom clients know: option 54, or the address of the relay'),
  mac: oneOrMore(mac)
    .optional()
    .describe('Answers from another MAC are told; several for a pair behind one address'),
  role: oneOrMore(word('dhcp', 'pxe', 'bsdp', 'relay', 'failover')).describe(
    'What it may do. failover: it is one of several that answer side by side on purpose',
  ),
  name: label.optional().describe('How it is called in messages'),
})

export const allowFormat = z.strictObject({
  servers: z.array(entry).max(MAX_ALLOWED).describe('Servers and relays that are meant to be there'),
})

type Entry = z.output<typeof entry>
export type AllowedRole = 'dhcp' | 'pxe' | 'bsdp' | 'relay'

/** `listed`: in this role, from this MAC as far as one is named and known. */
export type AllowStatus = 'listed' | 'stranger' | 'other-role' | 'other-mac'

/** Contention of servers that are partners. */
const EXCUSED: readonly FindingRule[] = [
  'multiple-dhcp-servers',
  'multiple-pxe-responders',
  'stray-relay-target',
]

export class AllowList {
  readonly #entries: ReadonlyMap<Ip4, Entry>

  constructor(entries: readonly Entry[]) {
    this.#entries = new Map(entries.map(one => [one.address, one]))
  }

  standing(address: Ip4, role: AllowedRole, from: Mac | undefined): AllowStatus {
    const found = this.#entries.get(address)
    if (!found) return 'stranger'
    // A partner that says nothing more is one of a DHCP pair.
    const roles = found.role.some(one => one !== 'failover') ? found.role : ['dhcp']
    if (!roles.includes(role)) return 'other-role'
    return from === undefined || !found.mac || found.mac.includes(from) ? 'listed' : 'other-mac'
  }

  arePartners(servers: readonly Ip4[]): boolean {
    return servers.every(server => this.#entries.get(server)?.role.includes('failover'))
  }

  excuses({ rule, servers }: { readonly rule: FindingRule; readonly servers: readonly Ip4[] }): boolean {
    return EXCUSED.includes(rule) && this.arePartners(servers)
  }

  /** `10.20.1.2 (dhcp-1)`. */
  nameOf(address: Ip4): string {
    const name = this.#entries.get(address)?.name
    return name === undefined ? formatIp4(address) : `${formatIp4(address)} (${name})`
  }
}

/** Throws `UsageError` with every mistake on a line of its own. */
export const readAllowList = (file: string): AllowList => allowListFrom(textOf(file), file)

export const allowListFrom = (text: string, file: string): AllowList =>
  new AllowList(readConfig(text, file, allowFormat, ({ servers }) => doubles(servers)).servers)

const doubles = (servers: readonly Entry[]): Mistake[] =>
  servers.flatMap(({ address }, i): Mistake[] =>
    servers.findIndex(other => other.address === address) < i
      ? [[['servers', i, 'address'], `${formatIp4(address)} is listed already: give it several roles there`]]
      : [],
  )
