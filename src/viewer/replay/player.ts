/**
 * The moment that all views show: seek, play, pause, speed. Whoever subscribes is told of every change. Knows no
 * clock: the page tells it how long a picture was shown.
 */
import type { Micros } from '../../core/micros.ts'

/** Virtual time for each second of the viewer's. A race is decided within a millisecond. */
export const SPEEDS = [0.0002, 0.001, 0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30] as const

export const speedText = (speed: number): string => (speed >= 1 ? `${speed}×` : `1/${Math.round(1 / speed)}`)

export class Player {
  at: Micros
  playing = false
  speed = 1
  end: Micros
  /** The end is not the end: more comes. Playing waits there for it. */
  growing = false
  readonly #listeners = new Set<() => void>()

  /** It stands at the end: how everything turned out is the first thing to see. */
  constructor(end: Micros) {
    this.end = end
    this.at = end
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  seek(at: Micros): void {
    const next = Math.min(this.end, Math.max(0, Math.round(at)))
    if (next === this.at) return
    this.at = next
    this.#tell()
  }

  /** More of the run is known. */
  extend(end: Micros, growing: boolean): void {
    this.end = Math.max(end, this.at)
    this.growing = growing
    this.#tell()
  }

  play(): void {
    if (this.at >= this.end && !this.growing) this.at = 0
    this.playing = true
    this.#tell()
  }

  pause(): void {
    if (!this.playing) return
    this.playing = false
    this.#tell()
  }

  toggle(): void {
    if (this.playing) this.pause()
    else this.play()
  }

  setSpeed(speed: number): void {
    this.speed = speed
    this.#tell()
  }

  faster(steps: 1 | -1): void {
    const index = SPEEDS.findIndex(speed => speed === this.speed)
    const next = SPEEDS[index + steps]
    if (next !== undefined) this.setSpeed(next)
  }

  /** A picture was shown for so many milliseconds. */
  advance(milliseconds: number): void {
    if (!this.playing) return
    this.at = Math.min(this.end, this.at + milliseconds * 1000 * this.speed)
    if (this.at >= this.end && !this.growing) this.playing = false
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
