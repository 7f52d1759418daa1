/**
 * Reads the options 43 of a BSDP message. Takes what it can and says what was wrong; never throws. Each instance is
 * read on its own, as Apple's code and tshark do; `joined` reads them as one (RFC 3396), for the one responder in a
 * hundred that splits inside a sub-option. Does not look at option 60: `isBsdp` does.
 */
import { ip4At } from '../../core/address.ts'
import { concat, latin1Text, u16At, u32At } from '../../core/bytes.ts'
import { type Decoded, type Issue, decoded } from '../../core/decoded.ts'
import type { DhcpMessage } from '../dhcp/message.ts'
import { OPTION } from '../dhcp/option-codes.ts'
import { all } from '../dhcp/options.ts'
import { type BootImage, BSDP_TAG, type BsdpContent } from './content.ts'

/** Images kept of one message; a 64 KiB datagram has room for ten thousand without a name. */
export const MAX_LISTED_IMAGES = 2048

const REFERENCE = 'BSDP 1.0.8'

type Fields = { -readonly [K in keyof BsdpContent]: BsdpContent[K] } & {
  others: { readonly tag: number; readonly value: Uint8Array }[]
  tags: number[]
}

/** A piece of the image list, and where it stood. */
interface Piece {
  readonly at: number
  readonly bytes: Uint8Array
}

/** Offsets in issues count through the values of all instances. */
export const decodeBsdp = (
  instances: readonly Uint8Array[],
  { joined = false }: { readonly joined?: boolean } = {},
): Decoded<BsdpContent> => new Reading().read(joined ? [concat(instances)] : instances)

/** Of a whole message: its own instances of option 43. */
export const bsdpContent = (
  message: DhcpMessage,
  how?: { readonly joined?: boolean },
): Decoded<BsdpContent> => decodeBsdp(all(message, OPTION.vendorSpecific), how)

class Reading {
  readonly #fields: Fields = { others: [], tags: [], intact: true, listIntact: true }
  readonly #issues: Issue[] = []
  readonly #pieces: Piece[] = []

  read(instances: readonly Uint8Array[]): Decoded<BsdpContent> {
    let start = 0
    for (const instance of instances) {
      this.#readInstance(instance, start)
      start += instance.length
    }
    if (this.#pieces.length > 0) this.#fields.images = this.#readImages()
    return decoded(this.#fields, this.#issues)
  }

  #report(code: string, offset: number, message: string, severity: Issue['severity'] = 'violation'): void {
    this.#issues.push({ code, severity, offset, message, reference: REFERENCE })
  }

  #readInstance(bytes: Uint8Array, start: number): void {
    for (let at = 0; at < bytes.length;) {
      const tag = bytes[at]!
      if (tag === 255) return // RFC 2132 §8.4; Apple sends none
      if (tag === 0) {
        at++
        continue
      }
      const length = at + 1 < bytes.length ? bytes[at + 1]! : -1
      const left = Math.max(0, bytes.length - at - 2)
      if (length < 0 || length > left) {
        const claimed = length < 0 ? 'has no length' : `claims ${length} bytes, ${left} are there`
        this.#report('bsdp.subOption.truncated', start + at, `sub-option ${tag} ${claimed}`)
        this.#fields.intact = false
        return
      }
      const value = bytes.subarray(at + 2, at + 2 + length)
      this.#fields.tags.push(tag)
      if (!this.#readValue(tag, value, start + at + 2))
        this.#report('bsdp.subOption.length', start + at, `sub-option ${tag} of length ${length}`)
      at += 2 + length
    }
  }

  /** False if the length is not that of the sub-option: its value is then ignored. A second instance overrides. */
  #readValue(tag: number, value: Uint8Array, at: number): boolean {
    if (tag === BSDP_TAG.images) {
      if (value.length === 0) return false
      this.#pieces.push({ at, bytes: value })
      return true
    }
    const read = READERS.get(tag)
    if (read) return read(this.#fields, value)
    this.#fields.others.push({ tag, value })
    return true
  }

  /** id(4) length(1) name, repeated, through all pieces. */
  #readImages(): readonly BootImage[] {
    const bytes = concat(this.#pieces.map(piece => piece.bytes))
    const images: BootImage[] = []
    let at = 0
    while (at < bytes.length) {
      const end = at + 5 <= bytes.length ? at + 5 + bytes[at + 4]! : Infinity
      if (end > bytes.length) {
        this.#fields.listIntact = false
        this.#report('bsdp.imageList.truncated', this.#offsetOf(at), truncation(bytes, at))
        break
      }
      if (images.length >= MAX_LISTED_IMAGES) {
        this.#report('bsdp.imageList.tooMany', this.#offsetOf(at), `over ${MAX_LISTED_IMAGES} images`)
        break
      }
      if (!this.#isInOnePiece(at, end))
        this.#report(
          'bsdp.imageList.split',
          this.#offsetOf(at),
          'a descriptor is split over two sub-options 9',
        )
      images.push({ id: u32At(bytes, at), name: UTF8.decode(bytes.subarray(at + 5, end)) })
      at = end
    }
    return images
  }

  #isInOnePiece(start: number, end: number): boolean {
    let from = 0
    for (const { bytes } of this.#pieces) {
      const to = from + bytes.length
      if (start < to) return end <= to
      from = to
    }
    return true
  }

  #offsetOf(at: number): number {
    let from = 0
    for (const piece of this.#pieces) {
      if (at < from + piece.bytes.length) return piece.at + at - from
      from += piece.bytes.length
    }
    return at
  }
}

const truncation = (bytes: Uint8Array, at: number): string =>
  at + 5 > bytes.length
    ? `${bytes.length - at} bytes are left, a descriptor has at least 5`
    : `a name of ${bytes[at + 4]} bytes, ${bytes.length - at - 5} are there`

/** The text of a server may begin with any bytes; a mark of byte order is part of the name. */
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true })

type Reader = (fields: Fields, value: Uint8Array) => boolean

const exactly =
  (length: number, read: (fields: Fields, value: Uint8Array) => void): Reader =>
  (fields, value) => {
    if (value.length !== length) return false
    read(fields, value)
    return true
  }

const text =
  (field: 'imageListPath' | 'shadowMountPath' | 'shadowFilePath' | 'machineName'): Reader =>
  (fields, value) => {
    fields[field] = latin1Text(value)
    return true
  }

const READERS: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  [BSDP_TAG.messageType, exactly(1, (fields, value) => (fields.messageType = value[0]!))],
  [BSDP_TAG.version, exactly(2, (fields, value) => (fields.version = u16At(value, 0)))],
  [BSDP_TAG.serverIdentifier, exactly(4, (fields, value) => (fields.serverIdentifier = ip4At(value, 0)))],
  [BSDP_TAG.priority, exactly(2, (fields, value) => (fields.priority = u16At(value, 0)))],
  [BSDP_TAG.replyPort, exactly(2, (fields, value) => (fields.replyPort = u16At(value, 0)))],
  [BSDP_TAG.imageListPath, text('imageListPath')],
  [BSDP_TAG.defaultImage, exactly(4, (fields, value) => (fields.defaultImage = u32At(value, 0)))],
  [BSDP_TAG.selectedImage, exactly(4, (fields, value) => (fields.selectedImage = u32At(value, 0)))],
  [
    BSDP_TAG.netBoot1,
    // The text says no value, one of its tables says one byte.
    (fields, value) => {
      if (value.length > 1) return false
      fields.netBoot1 = true
      return true
    },
  ],
  [
    BSDP_TAG.attributesFilter,
    (fields, value) => {
      if (value.length === 0 || value.length % 2 !== 0) return false
      fields.attributesFilter = Array.from({ length: value.length / 2 }, (_, i) => u16At(value, 2 * i))
      return true
    },
  ],
  [BSDP_TAG.maxMessageSize, exactly(2, (fields, value) => (fields.maxMessageSize = u16At(value, 0)))],
  [BSDP_TAG.shadowMountPath, text('shadowMountPath')],
  [BSDP_TAG.shadowFilePath, text('shadowFilePath')],
  [BSDP_TAG.machineName, text('machineName')],
])
