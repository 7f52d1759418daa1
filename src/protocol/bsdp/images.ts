/**
 * NetBoot images as a server knows them: to whom each applies, in which order they are listed, and how their boot
 * file and root are named on the wire (A-8, A-9, A-18). Does not read image folders and does not send files.
 */
import { type Ip4, type Mac, formatIp4 } from '../../core/address.ts'
import { type MacPattern, matchesAnyMac } from '../../core/mac-pattern.ts'
import type { MacIdentity } from '../../wire/bsdp/class-identifier.ts'
import { type ImageId, imageAttributes, imageIndex } from '../../wire/bsdp/image-id.ts'

/** An image folder's description (A-16), with every default filled in. */
export interface NetBootImage {
  readonly id: ImageId
  readonly name: string
  readonly enabled: boolean
  readonly isDefault: boolean
  readonly type: 'classic' | 'nfs' | 'http' | 'boot-file-only'
  /** Name of the folder: `Lab.nbi`. */
  readonly folder: string
  /** Share point: `NetBootSP0`. */
  readonly sharePoint: string
  /** Where the share points stand for TFTP: `/private/tftpboot/NetBoot`. */
  readonly tftpRoot: string
  readonly bootFile: string
  /** PowerPC images may lie in the folder itself. */
  readonly architectureFolders: boolean
  /** In the folder, or a whole URL (`type: http`). */
  readonly rootPath: string
  readonly architectures: readonly string[]
  /** Empty: every model. */
  readonly enabledSystemIds: readonly string[]
  readonly disabledSystemIds: readonly string[]
  /** Empty: every machine. */
  readonly enabledMacs: readonly MacPattern[]
  /** Counts before `enabledMacs`. */
  readonly disabledMacs: readonly MacPattern[]
  /** The client has its writable volume on the server. */
  readonly diskless: boolean
  /** Shown only to clients that filter for it, as diagnostics are. */
  readonly filterOnly: boolean
  /** Boot file and root come from this machine instead. */
  readonly loadBalanceServer: Ip4 | undefined
}

export const NETBOOT_DEFAULTS: Omit<NetBootImage, 'id' | 'name' | 'folder'> = {
  enabled: true,
  isDefault: false,
  type: 'http',
  sharePoint: 'NetBootSP0',
  tftpRoot: '/private/tftpboot/NetBoot',
  bootFile: 'booter',
  architectureFolders: true,
  rootPath: 'NetBoot.dmg',
  architectures: ['ppc'], // A-8: what an absent key means
  enabledSystemIds: [],
  disabledSystemIds: [],
  enabledMacs: [],
  disabledMacs: [],
  diskless: false,
  filterOnly: false,
  loadBalanceServer: undefined,
}

export interface NetBootClient extends MacIdentity {
  readonly mac: Mac
}

export const appliesTo = (image: NetBootImage, { mac, architecture, systemId }: NetBootClient): boolean =>
  image.enabled &&
  image.architectures.includes(architecture) &&
  (image.enabledSystemIds.length === 0 || image.enabledSystemIds.includes(systemId)) &&
  !image.disabledSystemIds.includes(systemId) &&
  !matchesAnyMac(image.disabledMacs, mac) &&
  (image.enabledMacs.length === 0 || matchesAnyMac(image.enabledMacs, mac))

/** Sub-option 11: an exact match of the upper halves; without it, what is not hidden. */
export const passesFilter = (image: NetBootImage, filter: readonly number[] | undefined): boolean =>
  filter ? filter.includes(imageAttributes(image.id)) : !image.filterOnly

export interface ImageOrder {
  readonly images: readonly NetBootImage[]
  /** Of two images with one id the second is left out. */
  readonly ignored: readonly NetBootImage[]
}

/** A-9. The first that applies to a client is its default. */
export const orderImages = (read: readonly NetBootImage[]): ImageOrder => {
  const kept: NetBootImage[] = []
  const ignored: NetBootImage[] = []
  const known = new Set<ImageId>()
  for (const image of read) {
    if (known.has(image.id) || imageIndex(image.id) === 0) ignored.push(image)
    else kept.push(image)
    known.add(image.id)
  }
  const general = kept.filter(image => image.isDefault && image.enabledSystemIds.length === 0)
  const special = kept.filter(image => image.isDefault && image.enabledSystemIds.length > 0)
  const others = kept.filter(image => !image.isDefault)
  return { images: [...general.toReversed(), ...special, ...others], ignored }
}

/** `/private/tftpboot/NetBoot/NetBootSP0/Lab.nbi/i386/booter` */
export const bootPath = (image: NetBootImage, architecture: string): string => {
  const folder = `${image.tftpRoot}/${image.sharePoint}/${image.folder}`.replace(/^\/(?!private)/, '')
  const inside = image.architectureFolders ? `${architecture}/${image.bootFile}` : image.bootFile
  return `${folder}/${inside}`.replace(/\/{2,}/g, '/')
}

/** Option 17; undefined where the image has no root (A-19). */
export const rootPathOf = (image: NetBootImage, server: Ip4): string | undefined => {
  const { type, sharePoint, folder, rootPath } = image
  const host = formatIp4(image.loadBalanceServer ?? server)
  switch (type) {
    case 'boot-file-only':
    case 'classic':
      return undefined
    case 'http':
      if (/^https?:\/\//.test(rootPath)) return rootPath
      return `http://${host}/NetBoot/${[sharePoint, folder, ...rootPath.split('/')].map(encodeURIComponent).join('/')}`
    case 'nfs':
      return `nfs:${host}:/Library/NetBoot/${escaped(sharePoint)}:${escaped(`${folder}/${rootPath}`)}`
  }
}

/** A colon within a part is not the one between parts. */
const escaped = (part: string): string => part.replaceAll(':', '\\:')
