/**
 * NetBoot images in an image store: folders named `….nbi` that describe themselves, and the names by
 * which Macs ask for their files. Does not decide who gets which image.
 */
import { parseIp4 } from '../core/address.ts'
import { type MacPattern, parseMacPattern } from '../core/mac-pattern.ts'
import { NETBOOT_DEFAULTS, type NetBootImage } from '../protocol/bsdp/images.ts'
import type { TftpFiles } from '../protocol/tftp/files.ts'
import { isRefusal } from '../protocol/tftp/files.ts'
import { requestPath } from '../protocol/tftp/request-path.ts'
import { IMAGE_KIND, imageId } from '../wire/bsdp/image-id.ts'
import type { ImageStore } from './images.ts'
import { type PropertyDict, type PropertyValue, isDict, parsePropertyList } from './property-list.ts'

export const IMAGE_DESCRIPTION = 'NBImageInfo.plist'

/** Folders that are looked at; a menu of more cannot be sent. */
const MAX_NETBOOT_FOLDERS = 1024

export interface NetBootFolders {
  /** In the order of their names. */
  readonly images: readonly NetBootImage[]
  /** Folders that are not served, and why. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[]
  /** The store, which also knows the absolute names that are sent to Macs. */
  readonly files: TftpFiles
}

export const netBootFolders = (store: ImageStore): NetBootFolders => {
  const images: NetBootImage[] = []
  const refused: { name: string; reason: string }[] = []
  /** `netbootsp0/lab.nbi` -> where the store has it. */
  const places = new Map<string, string>()
  for (const name of store.list()) {
    const found = DESCRIPTION_NAME.exec(name)
    if (!found || places.size >= MAX_NETBOOT_FOLDERS) continue
    const place = found[1]!
    const folder = place.slice(place.lastIndexOf('/') + 1)
    const sharePoint = freeSharePoint(places, place, folder)
    const image = imageFrom(descriptionOf(store, name), folder, sharePoint)
    if (typeof image === 'string') {
      refused.push({ name: place, reason: image })
      continue
    }
    places.set(keyOf(sharePoint, folder), place)
    const placed = placeBootFile(store, image, place)
    images.push(placed)
    if (!placed.enabled && image.enabled)
      refused.push({ name: place, reason: `there is no ${image.bootFile} in it` })
  }
  return { images, refused, files: netBootFiles(store, places) }
}

const DESCRIPTION_NAME = /^((?:.*\/)?[^/]+\.nbi)\/NBImageInfo\.plist$/i

const keyOf = (sharePoint: string, folder: string): string => `${sharePoint}/${folder}`.toLowerCase()

/** The parent's name if it is that of a share point; two folders of one name do not share one. */
const freeSharePoint = (places: ReadonlyMap<string, string>, place: string, folder: string): string => {
  const own = /(?:^|\/)(NetBootSP\d+)\/[^/]+$/i.exec(place)?.[1]
  if (own !== undefined && !places.has(keyOf(own, folder))) return own
  for (let number = 0; ; number++)
    if (!places.has(keyOf(`NetBootSP${number}`, folder))) return `NetBootSP${number}`
}

const descriptionOf = (store: ImageStore, name: string): PropertyDict | undefined => {
  const file = store.open(name)
  if (isRefusal(file)) return undefined
  const value = parsePropertyList(new TextDecoder().decode(file.read(0, file.size).slice()))
  return isDict(value) ? value : undefined
}

/** What is wrong with it, or the image. */
const imageFrom = (
  description: PropertyDict | undefined,
  folder: string,
  sharePoint: string,
): NetBootImage | string => {
  if (!description) return `its ${IMAGE_DESCRIPTION} is no property list`
  const get = (key: string): PropertyValue | undefined =>
    Object.hasOwn(description, key) ? description[key] : undefined
  const flag = (key: string, usual: boolean): boolean =>
    typeof get(key) === 'boolean' ? get(key) === true : usual
  const text = (key: string, usual: string): string => {
    const value = get(key)
    return typeof value === 'string' && value !== '' ? value : usual
  }
  const texts = (key: string): string[] => {
    const value = get(key)
    return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
  }
  const index = get('Index')
  if (typeof index !== 'number' || !Number.isInteger(index) || index < 1 || index > 0xffff)
    return 'its Index is not a number from 1 to 65535'
  const kind = get('Kind') ?? IMAGE_KIND.macOsX
  if (typeof kind !== 'number' || !Number.isInteger(kind) || kind < 0 || kind > 127)
    return 'its Kind is not a number from 0 to 127'
  const type = TYPES.get(text('Type', 'HTTP').toLowerCase())
  if (!type) return `its Type ${text('Type', '')} is not known`
  return {
    ...NETBOOT_DEFAULTS,
    id: imageId({ install: flag('IsInstall', false), kind, index }),
    name: text('Name', folder.replace(/\.nbi$/i, '')),
    folder,
    sharePoint,
    type,
    enabled: flag('IsEnabled', true),
    isDefault: flag('IsDefault', false),
    bootFile: text('BootFile', NETBOOT_DEFAULTS.bootFile),
    rootPath: text('RootPath', NETBOOT_DEFAULTS.rootPath),
    architectures:
      get('Architectures') === undefined ? NETBOOT_DEFAULTS.architectures : texts('Architectures'),
    enabledSystemIds: texts('EnabledSystemIdentifiers'),
    disabledSystemIds: texts('DisabledSystemIdentifiers'),
    enabledMacs: macs(texts('EnabledMACAddresses')),
    disabledMacs: macs(texts('DisabledMACAddresses')),
    diskless: flag('SupportsDiskless', false),
    filterOnly: flag('FilterOnly', kind === IMAGE_KIND.diagnostics),
    loadBalanceServer: parseIp4(text('LoadBalanceServer', '')),
  }
}

const TYPES: ReadonlyMap<string, NetBootImage['type']> = new Map([
  ['classic', 'classic'],
  ['nfs', 'nfs'],
  ['http', 'http'],
  ['bootfileonly', 'boot-file-only'],
])

/** Apple writes octets without leading zeros too. */
const macs = (written: readonly string[]): MacPattern[] =>
  written.flatMap(
    text =>
      parseMacPattern(
        text
          .split(':')
          .map(octet => octet.padStart(2, '0'))
          .join(':'),
      ) ?? [],
  )

/** enabled only if its boot file is there; PowerPC images may lie in the folder itself. */
const placeBootFile = (store: ImageStore, image: NetBootImage, place: string): NetBootImage => {
  const has = (path: string): boolean => !isRefusal(store.open(`${place}/${path}`))
  const inFolders = image.architectures.some(architecture => has(`${architecture}/${image.bootFile}`))
  return inFolders || !has(image.bootFile)
    ? { ...image, enabled: image.enabled && inFolders }
    : { ...image, architectureFolders: false }
}

const TFTP_ROOT = 'private/tftpboot/'
const NETBOOT_NAME = /^netboot\/([^/]+\/[^/]+\.nbi)\/(.+)$/

const netBootFiles = (store: TftpFiles, places: ReadonlyMap<string, string>): TftpFiles => ({
  open: raw => {
    const opened = store.open(raw)
    if (!isRefusal(opened)) return opened
    const path = requestPath(raw)
    if (!path.ok) return opened
    const key = path.key.startsWith(TFTP_ROOT) ? path.key.slice(TFTP_ROOT.length) : path.key
    const parts = NETBOOT_NAME.exec(key)
    const place = parts && places.get(parts[1]!)
    if (place !== undefined && place !== null) return store.open(`${place}/${parts![2]}`)
    return key === path.key ? opened : store.open(key)
  },
})
