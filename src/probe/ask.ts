/**
 * Asks a network round by round and writes down what was said, both ways. Sends DISCOVERs and BSDP LISTs, and nothing
 * else: no REQUEST, no SELECT, no question to port 4011, so that no server leases, binds or counts a boot (D-10). Machines
 * ask one after another, so that a DHCP server that pings each address before it offers it (dnsmasq: 3 s, one after
 * another) is not asked faster than it can answer. Does not judge answers.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Endpoint, Mac } from '../core/address.ts'
import { ANY_IP4 } from '../core/address.ts'
import { SECOND, type Micros } from '../core/micros.ts'
import type { Random } from '../core/random.ts'
import { openClientPort } from '../network/kernel/client-port.ts'
import type { AddressedInterface } from '../network/kernel/interfaces.ts'
import { asked } from '../experiments/predict/questions.ts'
import { decodeDhcp } from '../wire/dhcp/codec.ts'
import { BOOTREPLY } from '../wire/dhcp/message.ts'
import { clientMac } from '../wire/dhcp/options.ts'
import type { ProbeMachine } from './machines.ts'

/** Answers written down; a network that sends more in a few seconds is being flooded. */
const MAX_PROBE_ANSWERS = 16_384

export interface Said {
  /** Since the probe began. */
  readonly at: Micros
  readonly round: number
  readonly machine: ProbeMachine
  readonly payload: Uint8Array
  /** Undefined: it is the machine's own message. */
  readonly from: Endpoint | undefined
}

export interface Talk {
  /** In order of time. */
  readonly said: readonly Said[]
  /** When it stopped listening. */
  readonly until: Micros
  /** Answers that were not written down. */
  readonly dropped: number
}

export interface Asking {
  readonly iface: AddressedInterface
  readonly portOffset: number
  readonly machines: readonly ProbeMachine[]
  readonly rounds: number
  readonly window: Micros
  readonly random: Random
  /** Microseconds, monotonic. */
  readonly now: () => Micros
  readonly onRound?: (round: number) => void
}

/** Between two machines of a round, so that they do not wait for each other at the server. */
const STAGGER_MILLIS = 30

/** A DHCP server that pings an address first has answered by then: dnsmasq after 3 s, ISC dhcpd after 1 s. */
const PING_PATIENCE: Micros = 4 * SECOND

/** Rejects with NetworkError where it may not listen. */
export const askRounds = async (asking: Asking): Promise<Talk> => {
  const { machines, rounds, now } = asking
  const begin = now()
  const said: Said[] = []
  let dropped = 0
  const leases = new Leases()
  const open = new Map<string, { readonly round: number; readonly machine: ProbeMachine }>()
  const port = await openClientPort(asking.iface, asking.portOffset, (payload, from) => {
    const at = now() - begin
    const read = decodeDhcp(payload)
    if (!read.ok || read.value.op !== BOOTREPLY) return
    const transaction = open.get(keyOf(clientMac(read.value), read.value.xid))
    if (!transaction) return
    if (read.value.yiaddr !== ANY_IP4) leases.offered(transaction.machine)
    if (said.length < MAX_PROBE_ANSWERS) said.push({ ...transaction, at, from, payload: payload.slice() })
    else dropped++
  })
  const ask = async (machine: ProbeMachine, round: number, salt: number): Promise<void> => {
    const started = now()
    for (const { after, xid, payload } of machine.questions.toSorted((a, b) => a.after - b.after)) {
      await pause(Math.max(0, (started + after - now()) / 1000))
      const own = (xid ^ salt) >>> 0
      open.set(keyOf(machine.mac, own), { round, machine })
      const message = asked(payload, own)
      said.push({ at: now() - begin, round, machine, payload: message, from: undefined })
      port.broadcast(message)
    }
    await pause(Math.max(0, (started + asking.window - now()) / 1000))
    await leases.of(machine, started + PING_PATIENCE - now())
  }
  try {
    for (let round = 0; round < rounds; round++) {
      asking.onRound?.(round)
      const salt = asking.random.u32()
      leases.beginRound()
      const ends: Promise<void>[] = []
      for (const machine of machines) {
        ends.push(ask(machine, round, salt))
        await leases.of(machine, PING_PATIENCE)
        await pause(STAGGER_MILLIS)
      }
      await Promise.all(ends)
    }
  } finally {
    port.close()
  }
  return { said, until: now() - begin, dropped }
}

const keyOf = (mac: Mac, xid: number): string => `${mac} ${xid}`

/** Who was offered an address in this round, and who waits for that. */
class Leases {
  readonly #offered = new Set<ProbeMachine>()
  readonly #waiting = new Map<ProbeMachine, (() => void)[]>()
  /** Somebody has waited in vain: nobody leases here, and nobody else need wait. */
  #isGivenUp = false

  beginRound(): void {
    this.#offered.clear()
    this.#isGivenUp = false
  }

  offered(machine: ProbeMachine): void {
    this.#offered.add(machine)
    this.#isGivenUp = false
    for (const go of this.#waiting.get(machine) ?? []) go()
    this.#waiting.delete(machine)
  }

  /** Resolves when this machine was offered an address, or after `patience`; at once for one that asks for none. */
  async of(machine: ProbeMachine, patience: Micros): Promise<void> {
    if (machine.persona.family.asks !== 'pxe' || this.#isGivenUp || this.#offered.has(machine)) return
    if (patience <= 0) return
    const stop = new AbortController()
    const came = new Promise<void>(resolve => {
      this.#waiting.set(machine, [...(this.#waiting.get(machine) ?? []), resolve])
    })
    const inVain = pause(patience / 1000, undefined, { signal: stop.signal }).then(
      () => void (this.#isGivenUp = true),
      () => {},
    )
    await Promise.race([came, inVain])
    stop.abort()
  }
}
