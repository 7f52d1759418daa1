/**
 * Keeps the boots of one machine while a capture is read, and tells them at its end; says which machines there are where
 * it is not clear which one is meant. Does not judge.
 */
import type { Analysis, Boot, Finding } from '../analysis/analyzer.ts'
import { allOffers, isLease } from '../analysis/conversations/conversation.ts'
import { UsageError } from '../core/exit.ts'
import { formatIp4, formatMac } from '../core/address.ts'
import type { CaptureExplanation } from '../report/analysis-result.ts'
import { capturedBoot } from '../report/capture-story.ts'
import { type Known, whoIsMeant } from '../report/whom.ts'

/** Later boots are not told: a machine that boots without end says the same each time. */
const MAX_BOOTS = 64

interface Kept {
  readonly boot: Boot
  readonly rules: Set<string>
}

export class ExplainedMachine {
  readonly #who: string
  /** By MAC, or by address where no MAC was seen. */
  readonly #kept = new Map<string, Kept[]>()
  #last: Kept | undefined

  /** A MAC, the end of one, or an IPv4 address. */
  constructor(who: string) {
    this.#who = who
  }

  note(boot: Boot): void {
    this.#last = undefined
    const machine = machineOf([boot])
    if (!whoIsMeant(this.#who, [machine]).ok) return
    const key = machine.mac || machine.addresses[0]!
    const boots = this.#kept.get(key) ?? []
    this.#kept.set(key, boots)
    if (boots.length >= MAX_BOOTS) return
    this.#last = { boot, rules: new Set() }
    boots.push(this.#last)
  }

  /** About the boot that was noted last. */
  found(finding: Finding): void {
    this.#last?.rules.add(finding.rule)
  }

  /** Throws `UsageError` where none is meant, or more than one. */
  explanation(
    analysis: Analysis,
    placeOf: (frame: number) => { readonly file: string; readonly frame: number },
  ): CaptureExplanation {
    const kept = this.#withUnknown()
    const machines = kept.map(boots => machineOf(boots.map(({ boot }) => boot)))
    const meant = whoIsMeant(this.#who, machines.length === 0 ? seenIn(analysis) : machines)
    if (!meant.ok) throw new UsageError(`--explain: ${meant.why}${this.#isServer(analysis)}`)
    const boots = kept[machines.indexOf(meant.machine)] ?? []
    const { mac, addresses } = meant.machine
    return {
      mac: mac === '' ? null : mac,
      addresses,
      boots: boots
        .sort((a, b) => a.boot.openedAt - b.boot.openedAt)
        .map(({ boot, rules }) => capturedBoot(boot, [...rules], placeOf)),
    }
  }

  /** What was seen behind a router belongs to the one machine that has this address. */
  #withUnknown(): Kept[][] {
    const all = [...this.#kept.values()]
    const known = all.filter(([first]) => first!.boot.client !== undefined)
    const [only, ...more] = known
    return only && more.length === 0 ? [all.flat()] : known.length === 0 ? all : known
  }

  #isServer({ servers }: Analysis): string {
    return servers.some(({ ip }) => formatIp4(ip) === this.#who)
      ? `; ${this.#who} is a server: the table without --explain tells of it`
      : ''
  }
}

/** Of one machine; the address it had, else those that it was offered. */
const machineOf = (boots: readonly Boot[]): Known => {
  const mac = boots.find(({ client }) => client !== undefined)?.client
  const had = boots.flatMap(({ address }) => address ?? [])
  const offered = boots.flatMap(allOffers).filter(isLease)
  const addresses = had.length > 0 ? had : offered.map(({ yiaddr }) => yiaddr)
  return {
    mac: mac === undefined ? '' : formatMac(mac),
    addresses: [...new Set(addresses.map(formatIp4))],
  }
}

const seenIn = ({ clients }: Analysis): Known[] =>
  clients.map(({ mac, address }) => ({
    mac: formatMac(mac),
    addresses: address === undefined ? [] : [formatIp4(address)],
  }))
