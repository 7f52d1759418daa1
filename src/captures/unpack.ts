/**
 * Packed captures as they are read: gzip, and Zstandard where Node knows it, piece by piece and bounded. What is not
 * packed passes as it is. Does not know captures.
 */
import { Gunzip, ZstdDecompress } from 'minizlib'
import * as zlib from 'node:zlib'

/** Bytes of a packed file read at a time: it may unpack to a thousand times as much, which waits in memory. */
const MAX_PACKED_CHUNK = 1 << 14

/** Fills `room` and says with how many bytes; 0 at the end. */
export type Fill = (room: Uint8Array) => number

type Unpacker = Gunzip | ZstdDecompress

const hasZstandard = 'createZstdDecompress' in zlib

const unpackerFor = (first: Uint8Array): Unpacker | undefined => {
  if (first[0] === 0x1f && first[1] === 0x8b) return new Gunzip({})
  const isZstandard = first[0] === 0x28 && first[1] === 0xb5 && first[2] === 0x2f && first[3] === 0xfd
  return isZstandard && hasZstandard ? new ZstdDecompress({}) : undefined
}

/** The unpacked bytes behind `fill`. `failed` is told once if the packed data are damaged; what came before is good. */
export const unpacking = (fill: Fill, failed: (why: string) => void): Fill => {
  let source: Fill | undefined
  return room => {
    source ??= begin(fill, failed)
    return source(room)
  }
}

const begin = (fill: Fill, failed: (why: string) => void): Fill => {
  const packed = new Uint8Array(MAX_PACKED_CHUNK)
  const first = packed.slice(0, fill(packed))
  // Nothing, or a failure that was told: it must not be asked again.
  if (first.length === 0) return () => 0
  const unpacker = unpackerFor(first)
  return unpacker ? unpacked(unpacker, first, fill, failed) : passed(first, fill)
}

const passed = (first: Uint8Array, fill: Fill): Fill => {
  let rest = first
  return room => {
    if (rest.length === 0) return fill(room)
    const length = Math.min(room.length, rest.length)
    room.set(rest.subarray(0, length))
    rest = rest.subarray(length)
    return length
  }
}

const unpacked = (unpacker: Unpacker, first: Uint8Array, fill: Fill, failed: (why: string) => void): Fill => {
  const packed = new Uint8Array(MAX_PACKED_CHUNK)
  let next: Uint8Array | undefined = first
  let ready: Uint8Array[] = []
  let isOver = false
  unpacker.on('data', (chunk: Uint8Array) => void ready.push(chunk))
  unpacker.on('error', (error: unknown) => {
    isOver = true
    failed(`damaged: ${error instanceof Error ? error.message.replace(/^zlib: /, '') : 'cannot be unpacked'}`)
  })
  const more = (): void => {
    const piece: Uint8Array = next ?? packed.subarray(0, fill(packed))
    next = undefined
    if (piece.length > 0) unpacker.write(Buffer.from(piece))
    else {
      isOver = true
      unpacker.end()
    }
  }
  return room => {
    while (ready.length === 0 && !isOver) more()
    const [chunk] = ready
    if (!chunk) return 0
    const length = Math.min(room.length, chunk.length)
    room.set(chunk.subarray(0, length))
    if (length < chunk.length) ready[0] = chunk.subarray(length)
    else ready = ready.slice(1)
    return length
  }
}
