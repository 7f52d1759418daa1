/**
 * A trace as compact JSON, and a reader that takes single events out of it without unpacking the rest: the viewer
 * holds a hundred thousand frames. Texts and pieces of frames that repeat are kept once. Does not interpret frames.
 */
import { formatMac, parseMac } from './address.ts'
import { fromBase64, toBase64 } from './base64.ts'
import { formatIp, parseIp } from './ip.ts'
import type { Micros } from './micros.ts'
import { type RecordedEvent, type RecordedKind, recorded } from './recorded-event.ts'
import { FAULT_CHANGES, type FaultChange, type TraceEvent } from './trace.ts'
import type { Wording } from './wording.ts'

export interface PackedTrace {
  /** One letter for each event, a key of `LETTERS`. */
  readonly kinds: string
  /** Microseconds since the event before. */
  readonly at: readonly number[]
  /** What each event consists of, one after the other: indices into `texts`, then into the pieces. */
  readonly operands: readonly number[]
  readonly texts: readonly string[]
  /** Length of each piece of frame. */
  readonly pieces: readonly number[]
  /** All pieces, in base64. */
  readonly bytes: string
}

/**
 * Frames are cut here. What comes before the first differs in every packet (identification, checksum, TFTP block);
 * between the two a DHCP message has what identifies the client; what follows is the same for many.
 */
const CUTS = [46, 86] as const
const PIECES = CUTS.length + 1

interface Shape {
  readonly kind: RecordedKind
  /** Operands of each sort. */
  readonly texts: number
  readonly pieces: number
}

/** The letters of `kinds`; nothing outside this file knows them. Two kinds have two: `a` continues a line, `q` is off. */
const LETTERS: Readonly<Record<string, Shape>> = {
  f: { kind: 'frame', texts: 1, pieces: PIECES },
  d: { kind: 'drop', texts: 3, pieces: PIECES },
  s: { kind: 'screen', texts: 2, pieces: 0 },
  a: { kind: 'screen', texts: 2, pieces: 0 },
  c: { kind: 'choice', texts: 3, pieces: 0 },
  v: { kind: 'service', texts: 6, pieces: 0 },
  p: { kind: 'power', texts: 1, pieces: 0 },
  q: { kind: 'power', texts: 1, pieces: 0 },
  x: { kind: 'fault', texts: 3, pieces: 0 },
}

/** Between the names of one text: no name of a scenario has a space. */
const SEPARATOR = ' '

export const packTrace = (trace: readonly TraceEvent[], wording: Wording): PackedTrace => {
  const texts = new Numbered<string>()
  const pieces = new Numbered<string>()
  const content: Uint8Array[] = []
  const operands: number[] = []
  const at: number[] = []
  let kinds = ''
  let last = 0
  for (const event of trace) {
    at.push(event.at - last)
    last = event.at
    const [letter, words] = packedEvent(recorded(event, wording))
    kinds += letter
    for (const word of words) operands.push(texts.numberOf(word))
    if (event.kind !== 'frame' && event.kind !== 'drop') continue
    const { bytes } = event
    for (let i = 0; i < PIECES; i++) {
      const piece = bytes.subarray(CUTS[i - 1] ?? 0, CUTS[i] ?? bytes.length)
      const number = pieces.numberOf(latin1Key(piece))
      if (number === content.length) content.push(piece)
      operands.push(number)
    }
  }
  return {
    kinds,
    at,
    operands,
    texts: texts.all(),
    pieces: content.map(piece => piece.length),
    bytes: toBase64(joined(content)),
  }
}

const packedEvent = (event: RecordedEvent): readonly [letter: string, texts: readonly string[]] => {
  switch (event.kind) {
    case 'frame':
      return ['f', [event.segment]]
    case 'drop':
      return ['d', [event.segment, event.receiver, event.cause]]
    case 'screen':
      return [event.continues ? 'a' : 's', [event.host, event.text]]
    case 'choice':
      return ['c', [event.host, event.rule, event.text]]
    case 'service': {
      const { host, service, type, client, address, text } = event
      const who = [
        client === undefined ? '' : formatMac(client),
        address === undefined ? '' : formatIp(address),
      ]
      return ['v', [host, service, type, ...who, text]]
    }
    case 'power':
      return [event.on ? 'p' : 'q', [event.host]]
    case 'fault':
      return ['x', [event.change, event.what.join(SEPARATOR), event.text]]
  }
}

class Numbered<K> {
  readonly #numbers = new Map<K, number>()

  numberOf(key: K): number {
    let number = this.#numbers.get(key)
    if (number === undefined) this.#numbers.set(key, (number = this.#numbers.size))
    return number
  }

  all(): K[] {
    return [...this.#numbers.keys()]
  }
}

const latin1Key = (bytes: Uint8Array): string => {
  let key = ''
  for (const byte of bytes) key += String.fromCharCode(byte)
  return key
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Events by index, each made when asked for. */
export class TraceReader {
  readonly length: number
  readonly at: Float64Array
  readonly #packed: PackedTrace
  readonly #operandsAt: Uint32Array
  readonly #bytes: Uint8Array
  readonly #pieceAt: Uint32Array

  private constructor(packed: PackedTrace, bytes: Uint8Array, operandsAt: Uint32Array, pieceAt: Uint32Array) {
    this.#packed = packed
    this.#bytes = bytes
    this.#operandsAt = operandsAt
    this.#pieceAt = pieceAt
    this.length = packed.kinds.length
    this.at = new Float64Array(this.length)
    let now = 0
    for (let i = 0; i < this.length; i++) this.at[i] = now += packed.at[i]!
  }

  /** Undefined if it does not fit together: cut, or made by something else. */
  static open(packed: PackedTrace): TraceReader | undefined {
    const { kinds, at, operands, texts, pieces } = packed
    const bytes = fromBase64(packed.bytes)
    if (!bytes || at.length !== kinds.length || !at.every(Number.isFinite)) return undefined
    const pieceAt = new Uint32Array(pieces.length + 1)
    for (let i = 0; i < pieces.length; i++) pieceAt[i + 1] = pieceAt[i]! + pieces[i]!
    if (pieceAt[pieces.length] !== bytes.length) return undefined
    const operandsAt = new Uint32Array(kinds.length)
    let next = 0
    for (let i = 0; i < kinds.length; i++) {
      const shape = LETTERS[kinds[i]!]
      if (!shape) return undefined
      operandsAt[i] = next
      for (let k = 0; k < shape.texts + shape.pieces; k++) {
        const operand = operands[next++]
        if (operand === undefined || !(operand >= 0 && operand < (k < shape.texts ? texts : pieces).length))
          return undefined
      }
    }
    return new TraceReader(packed, bytes, operandsAt, pieceAt)
  }

  kind(index: number): RecordedKind {
    return this.#shape(index).kind
  }

  /** The bytes of a frame or drop. */
  bytes(index: number): Uint8Array {
    const first = this.#firstPiece(index)
    let length = 0
    for (let i = 0; i < PIECES; i++) length += this.#pieceLength(first + i)
    const bytes = new Uint8Array(length)
    this.head(index, bytes)
    return bytes
  }

  /** Writes as much of a frame as `into` holds, and returns how many bytes that was. */
  head(index: number, into: Uint8Array): number {
    const first = this.#firstPiece(index)
    let at = 0
    for (let i = 0; i < PIECES && at < into.length; i++) {
      const piece = this.#packed.operands[first + i]!
      const start = this.#pieceAt[piece]!
      const end = Math.min(this.#pieceAt[piece + 1]!, start + into.length - at)
      for (let k = start; k < end; k++) into[at++] = this.#bytes[k]!
    }
    return at
  }

  event(index: number): RecordedEvent {
    const at: Micros = this.at[index]!
    const text = (number: number) => this.#text(index, number)
    const kind = this.kind(index)
    switch (kind) {
      case 'frame':
        return { at, kind, segment: text(0) }
      case 'drop':
        return { at, kind, segment: text(0), receiver: text(1), cause: text(2) }
      case 'screen':
        return { at, kind, host: text(0), text: text(1), continues: this.#packed.kinds[index] === 'a' }
      case 'choice':
        return { at, kind, host: text(0), rule: text(1), text: text(2) }
      case 'service': {
        const [client, address] = [parseMac(text(3)), parseIp(text(4))]
        return { at, kind, host: text(0), service: text(1), type: text(2), client, address, text: text(5) }
      }
      case 'power':
        return { at, kind, host: text(0), on: this.#packed.kinds[index] === 'p' }
      case 'fault':
        return { at, kind, change: changeOf(text(0)), what: text(1).split(SEPARATOR), text: text(2) }
    }
  }

  /** Segment of a frame or drop, without making the event. */
  segment(index: number): string {
    return this.#text(index, 0)
  }

  #shape(index: number): Shape {
    return LETTERS[this.#packed.kinds[index]!]!
  }

  #text(index: number, number: number): string {
    return this.#packed.texts[this.#packed.operands[this.#operandsAt[index]! + number]!]!
  }

  #firstPiece(index: number): number {
    return this.#operandsAt[index]! + this.#shape(index).texts
  }

  #pieceLength(operand: number): number {
    const piece = this.#packed.operands[operand]!
    return this.#pieceAt[piece + 1]! - this.#pieceAt[piece]!
  }
}

const changeOf = (text: string): FaultChange => FAULT_CHANGES.find(change => change === text) ?? 'set'
