/**
 * One story as other programs and other places would have captured it. Each rewrites frames, and says which rules it
 * makes impossible to see. Judges nothing.
 */
import type { CapturedFrame } from '../../../src/analysis/analyzer.ts'
import { u16At, writeU16 } from '../../../src/core/bytes.ts'
import { LINK_TYPE, encodePcapng, readCapture } from '../../../src/wire/capture/index.ts'
import { checksumOf, addWords } from '../../../src/wire/checksum.ts'
import { cooked1, cooked2, tagged } from '../../cli/captures.ts'

export interface Variation {
  readonly name: string
  readonly rewrite: (frames: readonly CapturedFrame[]) => readonly CapturedFrame[]
  /** Rules, or rules of a severity, that need what is not there any more. */
  readonly blindTo?: readonly string[]
}

const changed =
  (change: (bytes: Uint8Array) => Uint8Array, linkType: number = LINK_TYPE.ethernet) =>
  (frames: readonly CapturedFrame[]): CapturedFrame[] =>
    frames.map(frame => ({ ...frame, bytes: change(frame.bytes), linkType }))

/** Through a file and back. */
const filed =
  (encode: (frames: readonly CapturedFrame[], segments: readonly string[]) => Uint8Array) =>
  (frames: readonly CapturedFrame[]): CapturedFrame[] => {
    const segments = [...new Set(frames.map(({ segment }) => segment))]
    const read = readCapture(encode(frames, segments))
    return read.frames.map(({ at, iface, bytes, linkType }) => ({
      at,
      segment: read.interfaces[iface]!.name || segments[0]!,
      bytes,
      linkType,
    }))
  }

const records = (frames: readonly CapturedFrame[], segments: readonly string[]) =>
  frames.map(({ at, segment, bytes }) => ({ at, iface: segments.indexOf(segment), bytes }))

const asPcapng = filed((frames, segments) =>
  encodePcapng(
    segments.map(name => ({ name, linkType: LINK_TYPE.ethernet })),
    records(frames, segments),
  ),
)

/** Big-endian pcapng with nanoseconds, as a capture of another machine is. */
const asBigEndian = filed((frames, segments) => {
  const blocks: Uint8Array[] = [block(0x0a0d0d0a, [0x1a2b3c4d, 0x00010000, 0xffffffff, 0xffffffff])]
  for (const name of segments) {
    const text = Uint8Array.from(name, letter => letter.charCodeAt(0))
    blocks.push(
      block(1, [LINK_TYPE.ethernet << 16, 0, (2 << 16) | text.length], text, [(9 << 16) | 1, 9 << 24, 0]),
    )
  }
  for (const { at, segment, bytes } of frames) {
    const nanos = (BigInt(at) + 1_700_000_000_000_000n) * 1000n + 999n
    const [high, low] = [Number(nanos >> 32n), Number(nanos & 0xffffffffn)]
    blocks.push(block(6, [segments.indexOf(segment), high, low, bytes.length, bytes.length], bytes))
  }
  return Buffer.concat(blocks)
})

const block = (
  type: number,
  head: readonly number[],
  bytes: Uint8Array = new Uint8Array(0),
  tail: readonly number[] = [],
): Uint8Array => {
  const padded = (bytes.length + 3) & ~3
  const length = 12 + head.length * 4 + padded + tail.length * 4
  const view = new DataView(new ArrayBuffer(length))
  view.setUint32(0, type)
  view.setUint32(4, length)
  head.forEach((word, i) => view.setUint32(8 + i * 4, word))
  new Uint8Array(view.buffer).set(bytes, 8 + head.length * 4)
  tail.forEach((word, i) => view.setUint32(8 + head.length * 4 + padded + i * 4, word))
  view.setUint32(length - 4, length)
  return new Uint8Array(view.buffer)
}

const IP = 14

/** Every larger IPv4 packet in pieces of 256 bytes, the last piece first. */
const fragmented = (frames: readonly CapturedFrame[]): CapturedFrame[] =>
  frames.flatMap(frame => {
    const { bytes } = frame
    const end = IP + u16At(bytes, IP + 2)
    if (u16At(bytes, 12) !== 0x0800 || end - IP <= 300) return [frame]
    const pieces: CapturedFrame[] = []
    for (let start = IP + 20; start < end; start += 256) {
      const stop = Math.min(start + 256, end)
      const piece = Buffer.concat([bytes.subarray(0, IP + 20), bytes.subarray(start, stop)])
      writeU16(piece, IP + 2, stop - start + 20)
      writeU16(piece, IP + 6, (stop < end ? 0x2000 : 0) | ((start - IP - 20) >> 3))
      writeU16(piece, IP + 10, 0)
      writeU16(piece, IP + 10, checksumOf(addWords(0, piece, IP, IP + 20)))
      pieces.unshift({ ...frame, bytes: new Uint8Array(piece) })
    }
    return pieces
  })

/** What a mirror port of both directions shows. */
const mirrored = (frames: readonly CapturedFrame[]): CapturedFrame[] =>
  frames.flatMap(frame => [frame, { ...frame, at: frame.at + 7 }])

/** A network card that pads to 60 bytes and leaves the frame check sequence at the end. */
const padded = (bytes: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(Math.max(60, bytes.length) + 4).fill(0xee)
  whole.set(bytes)
  return whole
}

/** Captured on the sender: the card has yet to compute the checksum. */
const withoutChecksum = (bytes: Uint8Array): Uint8Array => {
  const copy = bytes.slice()
  if (u16At(copy, 12) === 0x0800 && copy[IP + 9] === 17) writeU16(copy, IP + 26, 0)
  return copy
}

/** Talk of other machines in between. */
const crowded = (frames: readonly CapturedFrame[]): CapturedFrame[] =>
  frames.flatMap(frame => [frame, { ...frame, at: frame.at, bytes: TCP_SEGMENT }])

const TCP_SEGMENT = ((): Uint8Array => {
  const bytes = new Uint8Array(1514).fill(0x55)
  bytes.set([
    2, 0, 0, 0, 7, 1, 2, 0, 0, 0, 7, 2, 8, 0, 0x45, 0, 5, 0xdc, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 3, 1, 10,
    0, 3, 2,
  ])
  return bytes
})()

/** Nothing tells one card from two, and there is no ARP. */
const WITHOUT_MAC = [
  'shared-server-address',
  'address-conflict',
  'multiple-pxe-responders/info',
  'multiple-pxe-responders/warning',
]

export const VARIATIONS: readonly Variation[] = [
  { name: 'pcapng', rewrite: asPcapng },
  { name: 'pcapng, big-endian, nanoseconds', rewrite: asBigEndian },
  { name: 'VLAN', rewrite: changed(tagged(12)) },
  { name: 'QinQ', rewrite: changed(tagged(100, 12)) },
  { name: 'priority tag', rewrite: changed(tagged(0)) },
  { name: 'cooked v1', rewrite: changed(cooked1, LINK_TYPE.linuxSll) },
  { name: 'cooked v2', rewrite: changed(cooked2, LINK_TYPE.linuxSll2) },
  {
    name: 'raw IP',
    rewrite: frames =>
      changed(
        bytes => bytes.subarray(IP),
        LINK_TYPE.rawIp,
      )(frames.filter(({ bytes }) => u16At(bytes, 12) === 0x0800)),
    blindTo: WITHOUT_MAC,
  },
  { name: 'fragments', rewrite: fragmented },
  { name: 'mirror port', rewrite: mirrored },
  { name: 'padding and frame check sequence', rewrite: changed(padded) },
  { name: 'no UDP checksum', rewrite: changed(withoutChecksum) },
  { name: 'other traffic', rewrite: crowded },
  {
    name: 'two clocks out of order',
    rewrite: frames => frames.map((frame, i) => ({ ...frame, at: frame.at + (i % 2) * 3 })),
  },
  {
    name: 'a year later',
    rewrite: frames => frames.map(frame => ({ ...frame, at: frame.at + 31_536_000_000_000 })),
  },
]
