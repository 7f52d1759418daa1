/**
 * Bytes of a stream gathered until the empty line that ends a head. What follows it is given back.
 */
import { latin1Text } from '../../core/bytes.ts'
import { MAX_HEAD_LENGTH } from './head.ts'

export type HeadRead =
  | { readonly kind: 'more' }
  /** No head of ours is that long. */
  | { readonly kind: 'tooLong' }
  | { readonly kind: 'head'; readonly text: string; readonly rest: Uint8Array }

export class HeadReader {
  #bytes = new Uint8Array(0)

  add(part: Uint8Array): HeadRead {
    const joined = new Uint8Array(this.#bytes.length + part.length)
    joined.set(this.#bytes)
    joined.set(part, this.#bytes.length)
    const [end, after] = endOfHead(joined)
    if (end < 0) {
      this.#bytes = joined
      return joined.length > MAX_HEAD_LENGTH ? { kind: 'tooLong' } : { kind: 'more' }
    }
    this.#bytes = new Uint8Array(0)
    return { kind: 'head', text: latin1Text(joined, 0, end), rest: joined.subarray(after) }
  }
}

const LF = 10
const CR = 13

/** Where the last line ends, and where the body begins; -1: not yet. A bare LF ends a line, too (RFC 9112 §2.2). */
const endOfHead = (bytes: Uint8Array): readonly [end: number, after: number] => {
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    const next = bytes[at + 1] === CR ? at + 2 : at + 1
    if (bytes[next] === LF) return [bytes[at - 1] === CR ? at - 1 : at, next + 1]
  }
  return [-1, -1]
}
