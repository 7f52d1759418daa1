/**
 * How EDK2 walks over the PXE options in 43 (PxeBcParseVendorOptions): only where one begins is held against the length
 * of the option, so that a value may reach beyond it, into whatever lies there (E-105). Judges no value.
 */
import { END, PAD } from '../../wire/dhcp/option-codes.ts'
import { PXE_TAG, type PxeVendorOptions, decodePxeVendor } from '../../wire/pxe/vendor-options.ts'
import type { OptionAt } from './option-walk.ts'

/** Read without a look at their lengths: so many bytes. */
const FIXED: ReadonlyMap<number, number> = new Map([
  [PXE_TAG.discoveryControl, 1],
  [PXE_TAG.discoveryMulticastAddress, 4],
  [PXE_TAG.bootItem, 4],
])

/** `endless`: a length leads back, and the driver never comes to an end (its offset has eight bits). */
export const readVendorOptions = (
  bytes: Uint8Array,
  { at: start, length: total }: OptionAt,
): PxeVendorOptions | 'endless' => {
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
