/**
 * The interfaces that are to be served, and a station on each that is there now: one that comes later is served then, one
 * whose address changes is served at the new one, one that is gone is waited for. Does not know what a station does.
 */
import { type Ip4, formatIp4 } from '../core/address.ts'
import type { AddressedInterface } from '../network/kernel/network.ts'

/** As the settings call it, and as it is now; undefined while it has no link or no address. */
export interface WantedInterface {
  readonly name: string
  readonly now: () => AddressedInterface | undefined
}

/** One that never changes, as on loopback. */
export const alwaysThere = (iface: AddressedInterface): WantedInterface => ({
  name: iface.name,
  now: () => iface,
})

/** By name, or by an address that may move from interface to interface. */
export const wantedInterface = (
  name: string,
  list: () => readonly AddressedInterface[],
): WantedInterface => ({
  name,
  now: () => list().find(iface => iface.name === name || formatIp4(iface.address.ip) === name),
})

export interface Servable {
  start(): Promise<void>
  /** The interface was away for a while: groups are joined again. */
  renew(): Promise<void>
  stopAnswering(): void
  stop(): void
}

export interface StationNews {
  waiting(name: string): void
  serving(iface: AddressedInterface): void
  lost(name: string, address: Ip4): void
  back(iface: AddressedInterface): void
  moved(iface: AddressedInterface, from: Ip4): void
  /** Told again only when the reason changes. */
  failed(name: string, why: string): void
}

interface Slot<S> {
  readonly wanted: WantedInterface
  open: { readonly station: S; readonly iface: AddressedInterface } | undefined
  isThere: boolean
  failure: string | undefined
}

export class Stations<S extends Servable> {
  readonly #slots: readonly Slot<S>[]
  readonly #open: (iface: AddressedInterface) => S
  readonly #news: StationNews
  #stopped = false

  constructor(wanted: readonly WantedInterface[], open: (iface: AddressedInterface) => S, news: StationNews) {
    this.#slots = wanted.map(each => ({ wanted: each, open: undefined, isThere: false, failure: undefined }))
    this.#open = open
    this.#news = news
  }

  /** All that were opened and not stopped, also those whose interface is gone for now. */
  get all(): readonly S[] {
    return this.#slots.flatMap(({ open }) => (open ? [open.station] : []))
  }

  get served(): readonly AddressedInterface[] {
    return this.#slots.flatMap(({ open, isThere }) => (open && isThere ? [open.iface] : []))
  }

  /** Names of those that are wanted and not served. */
  get missing(): readonly string[] {
    return this.#slots.filter(({ isThere }) => !isThere).map(({ wanted }) => wanted.name)
  }

  /** Opens what is there; rejects with the first that cannot be opened. The rest is waited for. */
  async start(): Promise<void> {
    for (const slot of this.#slots) {
      const iface = slot.wanted.now()
      if (iface) await this.#serve(slot, iface)
      else this.#news.waiting(slot.wanted.name)
    }
  }

  /** Once more: what has changed since the last time. Not to be called again before it resolves. */
  async look(): Promise<void> {
    for (const slot of this.#slots) {
      if (this.#stopped) return
      await this.#lookAt(slot)
    }
  }

  stop(): void {
    this.#stopped = true
    for (const station of this.all) station.stop()
  }

  async #lookAt(slot: Slot<S>): Promise<void> {
    const { wanted, open, isThere } = slot
    const iface = wanted.now()
    if (!iface) {
      slot.isThere = false
      if (open && isThere) this.#news.lost(wanted.name, open.iface.address.ip)
      return
    }
    if (open && isThere && isSame(open.iface, iface)) return
    try {
      if (open && isSame(open.iface, iface)) await this.#renew(slot, open)
      else await this.#replace(slot, iface)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      if (slot.failure !== why) this.#news.failed(wanted.name, why)
      slot.failure = why
    }
  }

  async #renew(slot: Slot<S>, { station, iface }: NonNullable<Slot<S>['open']>): Promise<void> {
    await station.renew()
    slot.isThere = true
    slot.failure = undefined
    this.#news.back(iface)
  }

  async #replace(slot: Slot<S>, iface: AddressedInterface): Promise<void> {
    const { open } = slot
    slot.open = undefined
    slot.isThere = false
    open?.station.stop()
    if (open) this.#news.moved(iface, open.iface.address.ip)
    await this.#serve(slot, iface)
  }

  async #serve(slot: Slot<S>, iface: AddressedInterface): Promise<void> {
    const station = this.#open(iface)
    try {
      await station.start()
    } catch (error) {
      station.stop()
      throw error
    }
    if (this.#stopped) return station.stop()
    slot.open = { station, iface }
    slot.isThere = true
    slot.failure = undefined
    this.#news.serving(iface)
  }
}

const isSame = (a: AddressedInterface, b: AddressedInterface): boolean =>
  a.name === b.name && a.address.ip === b.address.ip && a.address.prefixLength === b.address.prefixLength
