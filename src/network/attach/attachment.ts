/**
 * What is outside of this program and speaks Ethernet: real firmware, a machine from its disk, a program with a network
 * card of its own. All of them are attached to a segment in this one way. Types only; `qemu/` and `program/` have them.
 */

/** The end of the cable that is on the segment's side. */
export interface Ethernet {
  /** A frame from outside, from the target's MAC on, without the check sequence. */
  transmit(frame: Uint8Array): void
}

/** The world that has the segment (`PacedNetwork`). */
export interface WallClockWorld {
  /** Something that it has not planned happens now. */
  happen(what: () => void): void
}

export interface Attachment {
  /** Joins it to a segment: its frames go there from now on. Once. */
  attach(segment: Ethernet): void
  /** A frame of the segment. Lost while there is nobody yet, or nobody any more. */
  send(frame: Uint8Array): void
  /** Resolves when it can be spoken to; rejects with `AttachmentError`, and then nothing of it is left. */
  readonly ready: Promise<void>
  /** Resolves with how it ended, where it was there and nobody has stopped it. */
  readonly lost: Promise<string>
  /** Pulls the plug. Resolves when nothing of it is left: no process, no interface, no socket. */
  stop(): Promise<void>
}

/**
 * Why an attachment cannot be had: `missing` (a program, a right; the message has the remedy) or `failed` (it was there
 * and has come to grief).
 */
export class AttachmentError extends Error {
  override readonly name: string = 'AttachmentError'
  readonly reason: 'missing' | 'failed'

  constructor(message: string, reason: 'missing' | 'failed' = 'missing') {
    super(message)
    this.reason = reason
  }
}

/** A promise, and who settles it. Nobody needs to listen. */
export interface Settling<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: Error): void
}

export const settling = <T>(): Settling<T> => {
  let resolve: (value: T) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  promise.catch(() => {})
  return { promise, resolve: value => resolve(value), reject: error => reject(error) }
}
