/**
 * Datagrams on their way out, gathered while they follow each other to one place with one size: the operating system
 * takes such a run in one call and cuts it into the same datagrams (UDP segmentation offload). The order of all sends
 * is kept: whatever does not continue the run ends it. Does not send.
 */

/** UDP_MAX_SEGMENTS of Linux since 4.18; later kernels take more. */
export const SEGMENTS_MAX = 64
/** Of all datagrams of a run: an IPv4 packet less its headers. */
export const RUN_BYTES_MAX = 65_507

export interface Way {
  /** False once the system has said that it cannot cut datagrams on this way. */
  readonly takesRuns: boolean
  /** One datagram, or several of the size of the first, of which only the last may be shorter. */
  transmit(payloads: readonly Uint8Array[]): void
}

export class Runs {
  #way: Way | undefined
  #payloads: Uint8Array[] = []
  #bytes = 0
  #isHeld = false

  /** Goes out at the end of the turn at the latest; at once if somebody waits for nothing. */
  send(way: Way, payload: Uint8Array): void {
    if (this.#continues(way, payload)) {
      this.#payloads.push(payload)
      this.#bytes += payload.length
      return
    }
    this.flush()
    this.#way = way
    this.#payloads = [payload]
    this.#bytes = payload.length
    if (!this.#isHeld) queueMicrotask(this.flush)
  }

  /** Gathers until `release`, which must come however it ends. */
  hold(): void {
    this.#isHeld = true
  }

  release(): void {
    this.#isHeld = false
    this.flush()
  }

  readonly flush = (): void => {
    const way = this.#way
    if (!way) return
    const payloads = this.#payloads
    this.#way = undefined
    this.#payloads = []
    this.#bytes = 0
    way.transmit(payloads)
  }

  #continues(way: Way, payload: Uint8Array): boolean {
    const count = this.#payloads.length
    if (way !== this.#way || !way.takesRuns || count >= SEGMENTS_MAX) return false
    const size = this.#payloads[0]!.length
    return (
      payload.length > 0 &&
      payload.length <= size &&
      // A shorter one was the last.
      this.#payloads[count - 1]!.length === size &&
      this.#bytes + payload.length <= RUN_BYTES_MAX
    )
  }
}
