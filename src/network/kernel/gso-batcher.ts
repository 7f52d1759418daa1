/**
 * Gathers consecutive datagrams of one size to one destination into a batch, which the kernel takes in one call and
 * splits again (UDP generic segmentation offload, UDP_SEGMENT). The order of all sends is kept: a datagram that does not
 * fit the batch ends it. Does not send.
 */

/** UDP_MAX_SEGMENTS of Linux 4.18; later kernels take more. */
export const MAX_GSO_SEGMENTS = 64
/** Bytes of a whole batch: the largest IPv4 packet without its headers. */
export const MAX_GSO_BYTES = 65_507

export interface Flow {
  /** False once the kernel has refused to segment on this flow. */
  readonly supportsGso: boolean
  /** One datagram, or several of the size of the first, of which only the last may be shorter. */
  transmit(payloads: readonly Uint8Array[]): void
}

export class GsoBatcher {
  #flow: Flow | undefined
  #payloads: Uint8Array[] = []
  #bytes = 0
  #isCorked = false

  /** Sent when the batch ends: by another datagram, by `uncork`, or at the end of this microtask. */
  send(flow: Flow, payload: Uint8Array): void {
    if (this.#continues(flow, payload)) {
      this.#payloads.push(payload)
      this.#bytes += payload.length
      return
    }
    this.flush()
    this.#flow = flow
    this.#payloads = [payload]
    this.#bytes = payload.length
    if (!this.#isCorked) queueMicrotask(this.flush)
  }

  /** Keeps gathering until `uncork`; callers put that in a `finally`. */
  cork(): void {
    this.#isCorked = true
  }

  uncork(): void {
    this.#isCorked = false
    this.flush()
  }

  readonly flush = (): void => {
    const flow = this.#flow
    if (!flow) return
    const payloads = this.#payloads
    this.#flow = undefined
    this.#payloads = []
    this.#bytes = 0
    flow.transmit(payloads)
  }

  #continues(flow: Flow, payload: Uint8Array): boolean {
    const count = this.#payloads.length
    if (flow !== this.#flow || !flow.supportsGso || count >= MAX_GSO_SEGMENTS) return false
    const size = this.#payloads[0]!.length
    return (
      payload.length > 0 &&
      payload.length <= size &&
      // A shorter datagram can only be the last of a batch.
      this.#payloads[count - 1]!.length === size &&
      this.#bytes + payload.length <= MAX_GSO_BYTES
    )
  }
}
