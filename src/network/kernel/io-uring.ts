/**
 * An io_uring(7) instance: a submission queue whose entries are submitted many at a time in one call, and a completion
 * queue. With DEFER_TASKRUN the kernel completes work only inside that call, so the queues never change under our hands;
 * an eventfd signals pending work. Needs Linux 6.1. Knows nothing of sockets.
 */
import { EFD_NONBLOCK_CLOEXEC, SOCKADDR_SIZE } from './libc.ts'
import type { Libc, Mapping, Pointer } from './libc.ts'

/** Size of the submission queue. */
export const RING_ENTRIES = 256
/** Size of the completion queue: all buffers and all requests may complete at once. Locked memory is limited (64 KiB on old systems). */
const COMPLETIONS = 1_024

// `struct io_uring_params`, in words of 32 bits; sq_off begins at 10, cq_off at 20.
const PARAMETERS = { words: 30, completions: 1, flags: 2, features: 5 } as const
const SUBMISSION = { head: 10, tail: 11, array: 16 } as const
const COMPLETION = { head: 20, tail: 21, mask: 22, entries: 25, flags: 26 } as const
const SUBMISSIONS_OFFSET = 0x1000_0000
const ENTRY_WORDS = 16
const COMPLETION_WORDS = 4

/** CQSIZE, SUBMIT_ALL, SINGLE_ISSUER, DEFER_TASKRUN. */
const SETUP_FLAGS = (1 << 3) | (1 << 7) | (1 << 12) | (1 << 13)
/** SINGLE_MMAP, NODROP, EXT_ARG, CQE_SKIP. */
const FEATURES = (1 << 0) | (1 << 1) | (1 << 8) | (1 << 11)
/** GETEVENTS, EXT_ARG. */
const ENTER_FLAGS = (1 << 0) | (1 << 3)
const REGISTER_EVENTFD = 4
/** IORING_CQ_EVENTFD_DISABLED, in the flags word of the completion ring. */
const CQ_EVENTFD_DISABLED = 1
const ARGUMENT_SIZE = 24
const ARGUMENT_TIME = 16

/** `struct io_uring_sqe`; omitted fields are 0. */
export interface SubmissionEntry {
  readonly operation: number
  readonly descriptor: number
  readonly flags?: number
  readonly priority?: number
  readonly address?: Pointer
  readonly length?: number
  readonly operationFlags?: number
  /** Destination of IORING_OP_SEND: a `struct sockaddr_in`. */
  readonly to?: Pointer | undefined
  /** Both come back in `user_data` of the completion. */
  readonly kind: number
  readonly id: number
}

/** `flags`: those of `struct io_uring_cqe`. `result`: negative is an error number. */
export type OnCompletion = (kind: number, id: number, result: number, flags: number) => void

interface Opened {
  readonly descriptor: number
  readonly eventfd: number
  readonly parameters: Uint32Array
  readonly rings: Mapping
  readonly entries: Mapping
}

export class IoUring {
  readonly descriptor: number
  /** Readable when work is pending and notification is enabled. */
  readonly eventfd: number
  readonly #libc: Libc
  readonly #mappings: readonly Mapping[]
  readonly #rings: Uint32Array
  readonly #entries: Uint32Array
  readonly #at: {
    submitHead: number
    submitTail: number
    head: number
    tail: number
    flags: number
    completions: number
  }
  readonly #mask: number
  /** `struct io_uring_getevents_arg` and the `struct __kernel_timespec` that it points to. */
  readonly #argument = new Uint8Array(new ArrayBuffer(ARGUMENT_SIZE + 16))
  readonly #argumentView = new DataView(this.#argument.buffer)
  readonly #count = new Uint8Array(new ArrayBuffer(8))
  #tail: number

  /** Undefined if the kernel lacks a needed feature, or io_uring is forbidden. */
  static open(libc: Libc): IoUring | undefined {
    const eventfd = libc.eventfd(0, EFD_NONBLOCK_CLOEXEC)
    const ring = eventfd < 0 ? undefined : IoUring.#withEventfd(libc, eventfd)
    if (eventfd >= 0 && !ring) libc.close(eventfd)
    return ring
  }

  static #withEventfd(libc: Libc, eventfd: number): IoUring | undefined {
    const parameters = new Uint32Array(new ArrayBuffer(4 * PARAMETERS.words))
    parameters[PARAMETERS.completions] = COMPLETIONS
    parameters[PARAMETERS.flags] = SETUP_FLAGS
    const descriptor = libc.ringSetup(RING_ENTRIES, parameters)
    if (descriptor < 0) return undefined
    const size = Math.max(
      parameters[SUBMISSION.array]! + 4 * RING_ENTRIES,
      parameters[COMPLETION.entries]! + 4 * COMPLETION_WORDS * COMPLETIONS,
    )
    const rings = libc.map(descriptor, 0, size)
    const entries = libc.map(descriptor, SUBMISSIONS_OFFSET, 4 * ENTRY_WORDS * RING_ENTRIES)
    const hasAll = (parameters[PARAMETERS.features]! & FEATURES) === FEATURES
    const eventfdNumber = new Uint8Array(Int32Array.of(eventfd).buffer)
    const isRegistered = libc.ringRegister(descriptor, REGISTER_EVENTFD, eventfdNumber, 1) === 0
    if (hasAll && isRegistered && rings && entries)
      return new IoUring(libc, { descriptor, eventfd, parameters, rings, entries })
    for (const mapping of [rings, entries]) if (mapping) libc.unmap(mapping)
    libc.close(descriptor)
    return undefined
  }

  private constructor(libc: Libc, { descriptor, eventfd, parameters, rings, entries }: Opened) {
    const word = (of: number): number => parameters[of]! / 4
    this.#libc = libc
    this.descriptor = descriptor
    this.eventfd = eventfd
    this.#mappings = [rings, entries]
    this.#rings = new Uint32Array(rings.memory)
    this.#entries = new Uint32Array(entries.memory)
    this.#at = {
      submitHead: word(SUBMISSION.head),
      submitTail: word(SUBMISSION.tail),
      head: word(COMPLETION.head),
      tail: word(COMPLETION.tail),
      flags: word(COMPLETION.flags),
      completions: word(COMPLETION.entries),
    }
    this.#mask = this.#rings[word(COMPLETION.mask)]!
    this.#tail = this.#rings[this.#at.submitTail]!
    // The n-th place of the queue is always the n-th entry.
    const array = word(SUBMISSION.array)
    for (let i = 0; i < RING_ENTRIES; i++) this.#rings[array + i] = i
    const time = libc.addressOf(this.#argument) + BigInt(ARGUMENT_SIZE)
    this.#argumentView.setBigUint64(ARGUMENT_TIME, time, true)
  }

  /** Entries enqueued and not yet submitted. */
  get queued(): number {
    return (this.#tail - this.#rings[this.#at.submitHead]!) >>> 0
  }

  /** Index of the entry that the next request takes. */
  get nextEntry(): number {
    return this.#tail % RING_ENTRIES
  }

  /** Submits first if the queue is full. A kernel out of memory takes nothing: then the request is lost. */
  enqueue(request: SubmissionEntry): void {
    if (this.queued >= RING_ENTRIES) this.enter(0)
    if (this.queued >= RING_ENTRIES) return
    const entries = this.#entries
    const at = this.nextEntry * ENTRY_WORDS
    entries[at] = request.operation | ((request.flags ?? 0) << 8) | ((request.priority ?? 0) << 16)
    entries[at + 1] = request.descriptor
    entries[at + 2] = request.to?.low ?? 0
    entries[at + 3] = request.to?.high ?? 0
    entries[at + 4] = request.address?.low ?? 0
    entries[at + 5] = request.address?.high ?? 0
    entries[at + 6] = request.length ?? 0
    entries[at + 7] = request.operationFlags ?? 0
    entries[at + 8] = request.id
    entries[at + 9] = request.kind
    // buf_group is 0: there is one group of buffers.
    entries[at + 10] = 0
    entries[at + 11] = request.to ? SOCKADDR_SIZE : 0
    entries[at + 12] = entries[at + 13] = entries[at + 14] = entries[at + 15] = 0
    this.#tail = (this.#tail + 1) >>> 0
  }

  /** While disabled, completions are found by the next `enter` only. */
  set isNotifyDisabled(disabled: boolean) {
    this.#rings[this.#at.flags] = disabled ? CQ_EVENTFD_DISABLED : 0
  }

  /** Makes the eventfd unreadable again. */
  drainEventfd(): void {
    this.#libc.read(this.eventfd, this.#count, this.#count.length)
  }

  /** Submits the queue; if nothing is complete, waits for a completion for at most `waitMillis`. */
  enter(waitMillis: number): void {
    this.#rings[this.#at.submitTail] = this.#tail
    const least = waitMillis > 0 ? 1 : 0
    this.#argumentView.setUint32(ARGUMENT_SIZE + 8, waitMillis * 1_000_000, true)
    this.#libc.ringEnter(this.descriptor, this.queued, least, ENTER_FLAGS, this.#argument, ARGUMENT_SIZE)
  }

  get hasCompleted(): boolean {
    return this.#rings[this.#at.head] !== this.#rings[this.#at.tail]
  }

  /** Reaps all present completions; `each` may enqueue and submit. */
  reap(each: OnCompletion): void {
    const rings = this.#rings
    const { head, tail, completions } = this.#at
    const end = rings[tail]!
    for (let next = rings[head]!; next !== end; next = (next + 1) >>> 0) {
      const at = completions + (next & this.#mask) * COMPLETION_WORDS
      const id = rings[at]!
      const kind = rings[at + 1]!
      const result = rings[at + 2]! | 0
      const flags = rings[at + 3]!
      // Free the slot before `each` submits more.
      rings[head] = (next + 1) >>> 0
      each(kind, id, result, flags)
    }
  }

  /** Cancels what is in flight. */
  close(): void {
    this.#libc.close(this.descriptor)
    this.#libc.close(this.eventfd)
    for (const mapping of this.#mappings) this.#libc.unmap(mapping)
  }
}
