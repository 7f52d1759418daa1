/**
 * Writes the options 43 of a BSDP message. What does not fit one option 43 goes on in the next, cut between
 * sub-options and, in the image list, between descriptors, so that each option 43 can be read by itself: not the
 * split of RFC 3396. Does not write other options.
 */
import { ip4Bytes } from '../../core/address.ts'
import { latin1Bytes, u16Bytes, u32Bytes, writeU32 } from '../../core/bytes.ts'
import type { DhcpOption } from '../dhcp/message.ts'
import { OPTION } from '../dhcp/option-codes.ts'
import { type BootImage, BSDP_TAG, type BsdpContent } from './content.ts'

/** What one option 43 holds. */
const MAX_INSTANCE = 255
/** The longest name: Apple counts the headers of option 43, sub-option and descriptor (2 + 2 + 5) off 255. */
export const MAX_IMAGE_NAME = 246

export interface EncodedBsdp {
  /** Values of options 43, in order. */
  readonly instances: readonly Uint8Array[]
  /** How many of the images found room; they are the first ones. */
  readonly images: number
}

/**
 * In the order of `tags` if given, else in that of Apple's code. `room`: bytes for all options 43 with their headers;
 * images that do not fit are left out.
 */
export const encodeBsdp = (
  content: Partial<BsdpContent>,
  { room = Infinity }: { readonly room?: number } = {},
): EncodedBsdp => {
  const writer = new Writer(room)
  const written = new Set<number>()
  for (const tag of [...(content.tags ?? []), ...APPLE_ORDER]) {
    if (written.has(tag)) continue
    written.add(tag)
    writeTag(writer, content, tag)
  }
  for (const { tag, value } of content.others ?? []) if (!written.has(tag)) writer.subOption(tag, value)
  return writer.finish()
}

export const bsdpOptions = (content: Partial<BsdpContent>, how?: { readonly room?: number }): DhcpOption[] =>
  encodeBsdp(content, how).instances.map(value => ({ code: OPTION.vendorSpecific, value }))

/** The client library sends 1, 2, 10, 5, 12, 11 and 1, 2, 10, 5, 3, 8; the server 1, 4, 7, 8, 9 and 1, 8, 130, 128, 129. */
const APPLE_ORDER: readonly number[] = [
  BSDP_TAG.messageType,
  BSDP_TAG.version,
  BSDP_TAG.netBoot1,
  BSDP_TAG.replyPort,
  BSDP_TAG.maxMessageSize,
  BSDP_TAG.attributesFilter,
  BSDP_TAG.serverIdentifier,
  BSDP_TAG.priority,
  BSDP_TAG.imageListPath,
  BSDP_TAG.defaultImage,
  BSDP_TAG.selectedImage,
  BSDP_TAG.images,
  BSDP_TAG.machineName,
  BSDP_TAG.shadowMountPath,
  BSDP_TAG.shadowFilePath,
]

const writeTag = (writer: Writer, content: Partial<BsdpContent>, tag: number): void => {
  if (tag === BSDP_TAG.images) {
    if (content.images) writer.images(content.images)
    return
  }
  const value = KNOWN.has(tag) ? valueOf(content, tag) : undefined
  if (value) writer.subOption(tag, value)
  else for (const other of content.others ?? []) if (other.tag === tag) writer.subOption(tag, other.value)
}

const KNOWN: ReadonlySet<number> = new Set(APPLE_ORDER)

const valueOf = (content: Partial<BsdpContent>, tag: number): Uint8Array | undefined => {
  switch (tag) {
    case BSDP_TAG.messageType:
      return content.messageType === undefined ? undefined : Uint8Array.of(content.messageType)
    case BSDP_TAG.version:
      return u16(content.version)
    case BSDP_TAG.serverIdentifier:
      return content.serverIdentifier === undefined ? undefined : ip4Bytes(content.serverIdentifier)
    case BSDP_TAG.priority:
      return u16(content.priority)
    case BSDP_TAG.replyPort:
      return u16(content.replyPort)
    case BSDP_TAG.imageListPath:
      return text(content.imageListPath)
    case BSDP_TAG.defaultImage:
      return u32(content.defaultImage)
    case BSDP_TAG.selectedImage:
      return u32(content.selectedImage)
    case BSDP_TAG.netBoot1:
      return content.netBoot1 ? new Uint8Array(0) : undefined
    case BSDP_TAG.attributesFilter:
      return (
        content.attributesFilter &&
        Uint8Array.from(content.attributesFilter.flatMap(word => [...u16Bytes(word)]))
      )
    case BSDP_TAG.maxMessageSize:
      return u16(content.maxMessageSize)
    case BSDP_TAG.shadowMountPath:
      return text(content.shadowMountPath)
    case BSDP_TAG.shadowFilePath:
      return text(content.shadowFilePath)
    case BSDP_TAG.machineName:
      return text(content.machineName)
    default:
      return undefined
  }
}

const u16 = (value: number | undefined): Uint8Array | undefined =>
  value === undefined ? undefined : u16Bytes(value)
const u32 = (value: number | undefined): Uint8Array | undefined =>
  value === undefined ? undefined : u32Bytes(value)
const text = (value: string | undefined): Uint8Array | undefined =>
  value === undefined ? undefined : latin1Bytes(value)

class Writer {
  readonly #instances: number[][] = []
  #room: number
  #images = 0

  constructor(room: number) {
    this.#room = room
  }

  subOption(tag: number, value: Uint8Array): void {
    // Longer cannot be said in one length byte within one option 43.
    const length = Math.min(value.length, MAX_INSTANCE - 2)
    const instance = this.#instanceFor(2 + length)
    if (!instance) return
    this.#room -= 2 + length
    instance.push(tag, length)
    for (let i = 0; i < length; i++) instance.push(value[i]!)
  }

  images(images: readonly BootImage[]): void {
    let list: number[] | undefined
    let lengthAt = 0
    for (const image of images) {
      const bytes = descriptor(image)
      const goesOn = list !== undefined && list.length + bytes.length <= MAX_INSTANCE
      if (!list || !goesOn) {
        const fresh = this.#instanceFor(2 + bytes.length)
        if (!fresh) return
        fresh.push(BSDP_TAG.images, 0)
        this.#room -= 2
        lengthAt = fresh.length - 1
        list = fresh
      } else if (bytes.length > this.#room) return
      for (const byte of bytes) list.push(byte)
      list[lengthAt]! += bytes.length
      this.#room -= bytes.length
      this.#images++
    }
    if (images.length === 0) this.subOption(BSDP_TAG.images, new Uint8Array(0))
  }

  finish(): EncodedBsdp {
    return { instances: this.#instances.map(instance => Uint8Array.from(instance)), images: this.#images }
  }

  /** One with space for so much; a further option 43 costs its header. Undefined: the packet is full. */
  #instanceFor(size: number): number[] | undefined {
    const last = this.#instances.at(-1)
    if (last && last.length + size <= MAX_INSTANCE) return size <= this.#room ? last : undefined
    if (size + 2 > this.#room) return undefined
    this.#room -= 2
    const fresh: number[] = []
    this.#instances.push(fresh)
    return fresh
  }
}

const ENCODER = new TextEncoder()

const descriptor = ({ id, name }: BootImage): Uint8Array => {
  const text = cutName(ENCODER.encode(name))
  const bytes = new Uint8Array(5 + text.length)
  writeU32(bytes, 0, id)
  bytes[4] = text.length
  bytes.set(text, 5)
  return bytes
}

/** Never within a character, which Apple's code does. */
const cutName = (text: Uint8Array): Uint8Array => {
  if (text.length <= MAX_IMAGE_NAME) return text
  let end = MAX_IMAGE_NAME
  while (end > 0 && (text[end]! & 0xc0) === 0x80) end--
  return text.subarray(0, end)
}
