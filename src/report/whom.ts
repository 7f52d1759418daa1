/**
 * Which machine somebody means by a name, a MAC or an IPv4 address, or by the end of a MAC as it stands on a label.
 * Does not guess: what could be meant otherwise is listed.
 */
import { parseMac } from '../core/address.ts'
import { nearestName } from '../document/nearest.ts'

export interface Known {
  /** Undefined in captures. */
  readonly name?: string
  /** `00:50:56:00:00:01`. */
  readonly mac: string
  /** It had them, or was offered them. */
  readonly addresses: readonly string[]
  /** Machines of a scenario that were written together. */
  readonly group?: string
}

export type Meant<K extends Known> =
  | { readonly ok: true; readonly machine: K }
  /** A sentence with what could be meant. */
  | { readonly ok: false; readonly why: string }

const SHOWN = 8
/** Digits of a MAC that are worth looking for. */
const SHORTEST_END = 4

export const whoIsMeant = <K extends Known>(who: string, machines: readonly K[]): Meant<K> => {
  const found = machinesMeant(who, machines)
  if (found.length === 1) return { ok: true, machine: found[0]! }
  if (found.length > 1)
    return { ok: false, why: `"${who}" may be any of ${found.length} machines: ${listOf(found)}` }
  return { ok: false, why: `there is no machine "${who}"${mayBe(who, machines)}` }
}

/** The first way of calling it by which there is one. */
const machinesMeant = <K extends Known>(who: string, machines: readonly K[]): readonly K[] => {
  const mac = parseMac(macOfDigits(who) ?? who)
  const end = digitsOf(who)
  const ways: readonly ((machine: K) => boolean)[] = [
    ({ name }) => name === who,
    machine => mac !== undefined && parseMac(machine.mac) === mac,
    ({ addresses }) => addresses.includes(who),
    ({ group }) => group === who,
    machine => end !== undefined && machine.mac.replaceAll(':', '').endsWith(end),
  ]
  for (const way of ways) {
    const found = machines.filter(way)
    if (found.length > 0) return found
  }
  return []
}

/** `0050.5600.0001` and `005056000001`, as switches and labels have them. */
const macOfDigits = (who: string): string | undefined => {
  const digits = who.replaceAll(/[.:-]/g, '')
  return /^[\da-f]{12}$/i.test(digits) ? digits.match(/../g)!.join(':') : undefined
}

const digitsOf = (who: string): string | undefined => {
  const digits = who.replaceAll(/[.:-]/g, '').toLowerCase()
  return /^[\da-f]{4,11}$/.test(digits) && digits.length >= SHORTEST_END ? digits : undefined
}

const mayBe = (who: string, machines: readonly Known[]): string => {
  if (machines.length === 0) return '; no machine asked here'
  const nearest = nearestName(
    who,
    machines.flatMap(({ name }) => name ?? []),
  )
  return `${nearest === undefined ? '' : `; did you mean ${nearest}?`}; there are ${listOf(machines)}`
}

const listOf = (machines: readonly Known[]): string => {
  const shown = machines.slice(0, SHOWN).map(({ name, mac, addresses }) => {
    const others = [...(name === undefined ? [] : [mac]), ...addresses.slice(0, 2)]
    return `${name ?? mac}${others.length === 0 ? '' : ` (${others.join(', ')})`}`
  })
  return `${shown.join(', ')}${machines.length > SHOWN ? ` and ${machines.length - SHOWN} more` : ''}`
}
