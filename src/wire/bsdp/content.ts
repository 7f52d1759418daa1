/**
 * What a BSDP message says in its options 43, as a value. Types and numbers only.
 */
import type { Ip4 } from '../../core/address.ts'
import type { ImageId } from './image-id.ts'

export const BSDP_MESSAGE = { list: 1, select: 2, failed: 3 } as const

export const BSDP_VERSION = { v1_0: 0x0100, v1_1: 0x0101 } as const

/** Sub-options of option 43. */
export const BSDP_TAG = {
  messageType: 1,
  version: 2,
  serverIdentifier: 3,
  priority: 4,
  replyPort: 5,
  imageListPath: 6,
  defaultImage: 7,
  selectedImage: 8,
  images: 9,
  netBoot1: 10,
  attributesFilter: 11,
  maxMessageSize: 12,
  shadowMountPath: 128,
  shadowFilePath: 129,
  machineName: 130,
} as const

export interface BootImage {
  readonly id: ImageId
  readonly name: string
}

export interface BsdpContent {
  /** One of `BSDP_MESSAGE`; absent in DISCOVER, REQUEST and the BSDP OFFER. */
  readonly messageType?: number
  readonly version?: number
  /** In a SELECT: whom it is for. */
  readonly serverIdentifier?: Ip4
  /** 0 … 65535, the highest is preferred. */
  readonly priority?: number
  /** Where the client wants its answer; below 1024. */
  readonly replyPort?: number
  readonly imageListPath?: string
  readonly defaultImage?: ImageId
  readonly selectedImage?: ImageId
  /** All instances of the list, joined in packet order. */
  readonly images?: readonly BootImage[]
  /** An old Mac on whose firmware NetBoot 1.0 runs. */
  readonly netBoot1?: true
  /** Upper halves of image ids. */
  readonly attributesFilter?: readonly number[]
  readonly maxMessageSize?: number
  /** `afp://user:password@address/volume`. */
  readonly shadowMountPath?: string
  readonly shadowFilePath?: string
  readonly machineName?: string
  readonly others: readonly { readonly tag: number; readonly value: Uint8Array }[]
  /** All tags, in packet order, repetitions included. */
  readonly tags: readonly number[]
  /** False: a sub-option overruns its option 43. Apple's server and library then take nothing from the message. */
  readonly intact: boolean
  /** False: a descriptor overruns the image list. Apple's library then throws the whole list away. */
  readonly listIntact: boolean
}
