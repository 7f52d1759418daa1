/**
 * How EDK2 walks over the PXE options in 43 (PxeBcParseVendorOptions): only where one begins is held against the length
 * of the option, so that a value may reach beyond it, into whatever lies there (E-105). Judges no value.
 */
import { END, PAD } from '../../wire/dhcp/option-codes.ts'
import { PXE_TAG, type PxeVendorOptions, decodePxeVendor } from '../../wire/pxe/vendor-options.ts'
import { type OptionAt, lengthAt } from './option-walk.ts'

/** Read without a look at their lengths: so many bytes. */
const FIXED: ReadonlyMap<number, number> = new Map([
  [PXE_TAG.discoveryControl, 1],
  [PXE_TAG.discoveryMulticastAddress, 4],
  [PXE_TAG.bootItem, 4],
])

/** `endless`: a length leads back, and the driver never comes to an end (its offset has eight bits). */
export const readVendorOptions = (bytes: Uint8Array, start: OptionAt): PxeVendorOptions | 'endless' => {
  const total = lengthAt(bytes, start)
  if (isPlain(bytes, start, total)) {
    const decoded = decodePxeVendor(bytes.subarray(start, start + total))
    if (decoded.ok) return decoded.value
  }
  const parts: number[] = []
  const tags: number[] = []
  const seen = new Set<number>()
  for (let offset = 0; offset < total && bytes[start + offset] !== END;) {
    if (seen.has(offset)) return 'endless'
    seen.add(offset)
    const tag = bytes[start + offset] ?? PAD
    if (tag === PAD) {
      offset = (offset + 1) & 255
      continue
    }
    const length = bytes[start + offset + 1] ?? 0
    const size = FIXED.get(tag) ?? length
    tags.push(tag)
    parts.push(tag, size, ...valueAt(bytes, start + offset + 2, size))
    offset = (offset + 2 + length) & 255
  }
  const decoded = decodePxeVendor(Uint8Array.from([...lastOfEach(parts), END]))
  return { ...(decoded.ok ? decoded.value : NOTHING), tags }
}

/** Whoever reads it finds the same: each tag once and of its size, none beyond the option, END. */
const isPlain = (bytes: Uint8Array, start: number, total: number): boolean => {
  if (start + total > bytes.length) return false
  for (let at = start; at < start + total;) {
    const tag = bytes[at]!
    if (tag === END) return true
    if (tag !== PAD) {
      const length = bytes[at + 1] ?? 0
      if ((FIXED.get(tag) ?? length) !== length || at + 2 + length > start + total) return false
      if (firstPlace(bytes, start, tag) !== at) return false
      at += 2 + length
    } else at++
  }
  return false
}

/** Of a tag that is there. */
const firstPlace = (bytes: Uint8Array, start: number, tag: number): number => {
  let at = start
  while (bytes[at] !== tag) at += bytes[at] === PAD ? 1 : 2 + bytes[at + 1]!
  return at
}

const NOTHING: PxeVendorOptions = { others: [], tags: [], ended: true }

/** Memory behind a packet is taken to be empty. */
const valueAt = (bytes: Uint8Array, at: number, length: number): number[] =>
  Array.from({ length }, (_, index) => bytes[at + index] ?? 0)

/** Of a tag that comes twice the later one counts. */
const lastOfEach = (parts: readonly number[]): number[] => {
  const byTag = new Map<number, readonly number[]>()
  for (let at = 0; at < parts.length; at += 2 + parts[at + 1]!)
    byTag.set(parts[at]!, parts.slice(at, at + 2 + parts[at + 1]!))
  return [...byTag.values()].flat()
}
