/**
 * An image that is read while it is sent, in the pieces that are asked for (`protocol/tftp/data-packets.ts` asks for many
 * blocks at once). Each piece is told with the version it was of: somebody may write into the file meanwhile; a rename into
 * its place is another file, and not seen. A disk fault gives fewer bytes than asked, which ends the transfer.
 */
import { close, closeSync, fstat, fstatSync, read } from 'node:fs'
import { setImmediate } from 'node:timers'
import type { TftpFile } from '../protocol/tftp/files.ts'
import { isSystemError, readFully, stampOf } from './image-tree.ts'

/** Kept per large file for reading into. */
const MAX_SCRATCH_BYTES = 256 * 1024

type Done = Parameters<NonNullable<TftpFile['load']>>[2]

interface Piece {
  readonly offset: number
  readonly into: Uint8Array
  readonly done: Done
}

export class LargeFile implements TftpFile {
  readonly name: string
  readonly size: number
  /** Undefined once it is closed. */
  #descriptor: number | undefined
  /** Stores that have it: before and after a reload. */
  #users = 1
  /** Holds what was read last, unless that was much. */
  #scratch = new Uint8Array(0)
  /** One after the other: a disk that hangs takes one thread of the pool for this file, not all. */
  readonly #waiting: Piece[] = []
  #isReading = false

  constructor(name: string, size: number, descriptor: number) {
    this.name = name
    this.size = size
    this.#descriptor = descriptor
  }

  share(): this {
    this.#users++
    return this
  }

  /** Gives the descriptor back with the last user; what is being read is read to its end. */
  release(): void {
    if (--this.#users > 0 || this.#descriptor === undefined) return
    const number = this.#descriptor
    this.#descriptor = undefined
    // A number that is closed while a thread reads from it may be another file's by then.
    if (this.#isReading)
      this.#waiting.unshift({ offset: 0, into: NOTHING, done: () => close(number, () => {}) })
    else closeSync(number)
  }

  readonly version = (): string => {
    const { status } = this.#read(number => ({ status: fstatSync(number, { bigint: true }) })) ?? {}
    return status ? stampOf(status) : 'closed'
  }

  read(offset: number, length: number): Uint8Array {
    const size = Math.max(0, Math.min(length, this.size - offset))
    let room = this.#scratch
    if (room.length < size) room = new Uint8Array(size)
    if (room.length <= MAX_SCRATCH_BYTES) this.#scratch = room
    const bytes = room.subarray(0, size)
    return bytes.subarray(0, this.#read(number => readFully(number, bytes, offset)) ?? 0)
  }

  readonly load = (offset: number, into: Uint8Array, done: Done): void => {
    this.#waiting.push({ offset, into, done })
    if (!this.#isReading) this.#next()
  }

  #next(): void {
    const piece = this.#waiting.shift()
    this.#isReading = piece !== undefined
    if (!piece) return
    const end: Done = (length, version) => {
      // The next one first: what is done with this one may throw.
      this.#next()
      piece.done(length, version)
    }
    const number = this.#descriptor
    if (number === undefined) setImmediate(() => end(0, undefined))
    else
      loadFrom(number, piece, 0, length =>
        fstat(number, { bigint: true }, (error, status) => {
          const isAsBefore = !error && status.size === BigInt(this.size)
          end(length, isAsBefore ? stampOf(status) : undefined)
        }),
      )
  }

  #read<T>(act: (descriptor: number) => T): T | undefined {
    if (this.#descriptor === undefined) return undefined
    try {
      return act(this.#descriptor)
    } catch (error) {
      if (!isSystemError(error)) throw error
      return undefined
    }
  }
}

const NOTHING = new Uint8Array(0)

/** Until it is full, or there is no more. */
const loadFrom = (number: number, piece: Piece, length: number, done: (length: number) => void): void => {
  const { into, offset } = piece
  if (length === into.length) return done(length)
  read(number, into, length, into.length - length, offset + length, (error, got) => {
    if (error || got === 0) done(length)
    else loadFrom(number, piece, length + got, done)
  })
}
