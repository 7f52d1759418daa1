/**
 * Where something from outside is plugged into a virtual segment: a station that passes frames on as bytes, both ways, by
 * the wall clock. Does not know what is plugged in, and lets it be changed for another.
 */
import type { Mac } from '../../core/address.ts'
import type { Frame } from '../../wire/frame.ts'
import { decodeFrame, encodeFrame } from '../../wire/frames.ts'
import type { Port, Station } from '../virtual/segment.ts'
import type { Attachment, Ethernet, WallClockWorld } from './attachment.ts'

export interface JackOptions {
  readonly name: string
  /** Of the card that is plugged in. */
  readonly mac: Mac
  readonly world: WallClockWorld
  /** Puts the station on its segment. */
  readonly join: (station: Station) => Port
  /** Which of its frames get through; default: all that can be read. */
  readonly admits?: (frame: Frame) => boolean
}

export class Jack implements Station, Ethernet {
  readonly name: string
  readonly mac: Mac
  /** Its sockets are not ours to index. */
  readonly hearsAll = true
  readonly port: Port
  readonly #world: WallClockWorld
  readonly #admits: (frame: Frame) => boolean
  #plugged: Attachment | undefined

  constructor({ name, mac, world, join, admits = () => true }: JackOptions) {
    this.name = name
    this.mac = mac
    this.#world = world
    this.#admits = admits
    this.port = join(this)
  }

  /** In place of what was there, which is stopped by whoever plugged it in. */
  plug<A extends Attachment>(attachment: A): A {
    this.#plugged = attachment
    attachment.attach(this)
    return attachment
  }

  unplug(): void {
    this.#plugged = undefined
  }

  /** Something that the world has not planned happens now. */
  happen(what: () => void): void {
    this.#world.happen(what)
  }

  receive(frame: Frame): void {
    this.#plugged?.send(encodeFrame(frame))
  }

  transmit(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes)
    if (!this.#plugged || !frame.ok || !this.#admits(frame.value)) return
    this.#world.happen(() => this.port.transmit(frame.value))
  }
}
