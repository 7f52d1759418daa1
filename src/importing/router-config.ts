/**
 * Helper lists out of a router's configuration: the lines of Cisco, Arista and Juniper that say which interface has
 * which address and relays DHCP to whom. Every other line is counted and left alone. Does not know the capture.
 */
import {
  type Cidr,
  type Ip4,
  formatCidr,
  formatIp4,
  netmask,
  networkOf,
  parseIp4,
  prefixLengthOf,
} from '../core/address.ts'

export interface RelayingInterface {
  readonly name: string
  readonly address: Ip4 | undefined
  readonly cidr: Cidr | undefined
  readonly to: readonly Ip4[]
}

export interface RouterConfig {
  /** Those that have an address or relay. */
  readonly interfaces: readonly RelayingInterface[]
  /** Lines that say something else. */
  readonly ignored: number
}

/** Longest configuration that is read, in lines. */
const MAX_LINES = 200_000
/** Interfaces that are remembered; further ones are left alone. */
const MAX_INTERFACES = 4096

interface Draft {
  address?: Ip4
  cidr?: Cidr
  readonly to: Set<Ip4>
}

export const readRouterConfig = (text: string): RouterConfig => {
  const lines = text.split(/\r?\n/).slice(0, MAX_LINES)
  const reader = new Reader()
  for (const line of isBraced(lines) ? flattened(lines) : lines) reader.take(line)
  return reader.config()
}

/** `set` lines come as they are; a configuration in braces is made of such lines. */
const isBraced = (lines: readonly string[]): boolean => lines.some(line => /\{\s*$/.test(line))

const flattened = (lines: readonly string[]): string[] => {
  const path: string[] = []
  return lines.flatMap(raw => {
    const line = raw
      .replace(/\/\*.*?\*\//g, '')
      .replace(/#.*/, '')
      .trim()
    if (line.endsWith('{')) path.push(line.slice(0, -1).trim())
    else if (line.startsWith('}')) path.pop()
    else if (line !== '') return [`set ${[...path, line.replace(/;$/, '')].join(' ')}`]
    return []
  })
}

class Reader {
  readonly #interfaces = new Map<string, Draft>()
  /** Juniper: server groups, and which relay group uses which on which interfaces. */
  readonly #servers = new Map<string, Set<Ip4>>()
  readonly #active = new Map<string, string>()
  readonly #members = new Map<string, Set<string>>()
  #current: string | undefined
  #ignored = 0

  take(raw: string): void {
    const line = raw.trim().replace(/\s+/g, ' ')
    if (line === '' || line.startsWith('!')) return
    const words = line.split(' ')
    const known = words[0] === 'set' ? this.#set(words.slice(1)) : this.#indented(raw, words)
    if (!known) this.#ignored++
  }

  config(): RouterConfig {
    for (const [group, members] of this.#members)
      for (const member of members)
        for (const ip of this.#servers.get(this.#active.get(group) ?? '') ?? [])
          this.#draft(member)?.to.add(ip)
    const interfaces = [...this.#interfaces]
      .filter(([, { address, to }]) => address !== undefined || to.size > 0)
      .map(([name, { address, cidr, to }]) => ({ name, address, cidr, to: [...to] }))
    return { interfaces, ignored: this.#ignored }
  }

  #draft(name: string): Draft | undefined {
    let draft = this.#interfaces.get(name)
    if (!draft && this.#interfaces.size < MAX_INTERFACES)
      this.#interfaces.set(name, (draft = { to: new Set() }))
    return draft
  }

  /** Cisco IOS, IOS XE, NX-OS and Arista EOS: what is indented belongs to the interface above. */
  #indented(raw: string, words: readonly string[]): boolean {
    if (words[0] === 'interface' && words[1] !== undefined) {
      this.#current = words.slice(1).join('')
      return this.#draft(this.#current) !== undefined
    }
    if (!/^\s/.test(raw)) this.#current = undefined
    const draft = this.#current === undefined ? undefined : this.#draft(this.#current)
    if (!draft || words[0] !== 'ip') return false
    if (words[1] === 'address') return setAddress(draft, words[2], words[3])
    const target = words[1] === 'helper-address' ? words.slice(2) : isNexus(words) ? words.slice(4) : []
    const ip = target.map(word => parseIp4(word)).find(found => found !== undefined)
    if (ip !== undefined) draft.to.add(ip)
    return ip !== undefined
  }

  /** Junos: `forwarding-options dhcp-relay`, `helpers bootp`, and addresses of units. */
  #set(words: readonly string[]): boolean {
    const text = words.join(' ')
    const address = /^interfaces (\S+) unit (\d+) family inet address (\S+)/.exec(text)
    if (address) {
      const draft = this.#draft(`${address[1]}.${address[2]}`)
      return draft !== undefined && setAddress(draft, address[3], undefined)
    }
    const relay = /(?:^| )dhcp-relay (.*)$/.exec(text)?.[1]
    if (relay !== undefined) return this.#relay(relay)
    const bootp = /(?:^| )helpers bootp (?:interface (\S+) )?server (\S+)/.exec(text)
    const ip = bootp ? parseIp4(bootp[2]!) : undefined
    if (!bootp || ip === undefined) return false
    this.#servers.set(BOOTP, (this.#servers.get(BOOTP) ?? new Set()).add(ip))
    if (bootp[1] !== undefined) this.#draft(bootp[1])?.to.add(ip)
    return true
  }

  #relay(text: string): boolean {
    const server = /^server-group (\S+) (\S+)/.exec(text)
    const ip = server ? parseIp4(server[2]!) : undefined
    if (server && ip !== undefined) {
      this.#servers.set(server[1]!, (this.#servers.get(server[1]!) ?? new Set()).add(ip))
      return true
    }
    const active = /^(?:group (\S+) )?active-server-group (\S+)/.exec(text)
    if (active) {
      this.#active.set(active[1] ?? '', active[2]!)
      return true
    }
    const member = /^group (\S+) interface (\S+)/.exec(text)
    if (!member) return false
    const [, group, name] = member
    this.#members.set(group!, (this.#members.get(group!) ?? new Set()).add(name!))
    if (!this.#active.has(group!) && this.#active.has('')) this.#active.set(group!, this.#active.get('')!)
    return true
  }
}

const BOOTP = ' bootp'

const isNexus = (words: readonly string[]): boolean =>
  words[1] === 'dhcp' && words[2] === 'relay' && words[3] === 'address'

/** With a prefix length, or a mask as the next word. */
const setAddress = (draft: Draft, address: string | undefined, mask: string | undefined): boolean => {
  const [text = '', length] = (address ?? '').split('/')
  const ip = parseIp4(text)
  if (ip === undefined) return false
  const given = mask === undefined ? undefined : parseIp4(mask)
  const prefixLength =
    length === undefined ? (given === undefined ? undefined : prefixLengthOf(given)) : Number(length)
  draft.address ??= ip
  if (
    prefixLength !== undefined &&
    prefixLength >= 1 &&
    prefixLength <= 30 &&
    (given === undefined || netmask(prefixLength) === given)
  )
    draft.cidr ??= { network: networkOf(ip, prefixLength), prefixLength }
  return true
}

/** `Vlan10 10.20.1.1/24 -> 10.20.9.2, 10.20.9.5`. */
export const describeInterface = ({ name, address, cidr, to }: RelayingInterface): string => {
  const place = cidr ? formatCidr(cidr) : address === undefined ? 'no address' : formatIp4(address)
  return `${name} (${place})${to.length > 0 ? ` -> ${to.map(formatIp4).join(', ')}` : ''}`
}
