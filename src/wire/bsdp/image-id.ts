/**
 * Boot image ids: 32 bits that say install or not, what kind of system, and which. Two ids are the same
 * image only if all 32 bits agree. Does not know any image.
 */

export type ImageId = number

export const IMAGE_KIND = { macOs9: 0, macOsX: 1, macOsXServer: 2, diagnostics: 3 } as const

export interface ImageIdParts {
  readonly install: boolean
  /** 0 … 127; above 3 reserved. */
  readonly kind: number
  readonly index: number
}

/** Indices from here on mean the same image on every server; those below belong to one server. */
export const FIRST_GLOBAL_INDEX = 0x1000

export const imageId = ({ install, kind, index }: ImageIdParts): ImageId =>
  ((install ? 0x80000000 : 0) | ((kind & 0x7f) << 24) | (index & 0xffff)) >>> 0

export const isInstall = (id: ImageId): boolean => id >>> 31 === 1
export const imageKind = (id: ImageId): number => (id >>> 24) & 0x7f
/** The second byte: reserved, and not to be interpreted. */
export const reservedByte = (id: ImageId): number => (id >>> 16) & 0xff
export const imageIndex = (id: ImageId): number => id & 0xffff
/** The upper half, by which sub-option 11 filters. */
export const imageAttributes = (id: ImageId): number => id >>> 16
export const isGlobal = (id: ImageId): boolean => imageIndex(id) >= FIRST_GLOBAL_INDEX

export const formatImageId = (id: ImageId): string => `0x${id.toString(16).padStart(8, '0')}`
