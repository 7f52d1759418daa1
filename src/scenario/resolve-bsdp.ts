/**
 * The BSDP part of a server: ids put together, files made up, bindings from before. Does not judge whether two servers
 * agree; that they do not is often the point.
 */
import { ANY_IP4, toMac } from '../core/address.ts'
import { NETBOOT_DEFAULTS, type NetBootImage } from '../protocol/bsdp/images.ts'
import type { BsdpBehavior } from '../protocol/bsdp/behavior.ts'
import { type BsdpRecord, machineName } from '../protocol/bsdp/records.ts'
import { productBehavior } from '../servers/foreign-bsdp.ts'
import { IMAGE_KIND, imageId } from '../wire/bsdp/image-id.ts'
import type { Checking } from './checking.ts'
import type { ForeignBsdpForm, NbsBsdpForm, NetBootImageForm } from './format-bsdp.ts'
import type { Path } from '../document/located.ts'
import type { ImageFile } from './model.ts'
import type { BsdpPart } from './model-bsdp.ts'

export const resolveNbsBsdp = (checking: Checking, form: NbsBsdpForm, path: Path): BsdpPart =>
  resolve(checking, form, path, { priority: { base: form.basePriority, falls: true } }, undefined)

export const resolveForeignBsdp = (checking: Checking, form: ForeignBsdpForm, path: Path): BsdpPart => {
  if (form.priority !== undefined && form.basePriority !== undefined)
    checking.complain(
      [...path, 'priority'],
      'a priority is constant (priority) or falls (basePriority), not both',
    )
  if (form.images.length === 0)
    checking.complain([...path, 'images'], 'missing; a BSDP responder without images answers nobody')
  return resolve(checking, form, path, behaviorOf(form), form.delay)
}

const behaviorOf = (form: ForeignBsdpForm): Partial<BsdpBehavior> => {
  const { priority, basePriority } = form
  const {
    ignoresServerIdentifier,
    keepsRecords,
    comparesIndexOnly,
    claimsEveryone,
    checksModel,
    checksClass,
    repliesTo,
    classIdentifier,
    failsSelect,
  } = form
  const written = {
    ignoresServerIdentifier,
    keepsRecords,
    comparesIndexOnly,
    claimsEveryone,
    checksModel,
    checksClass,
    repliesTo,
    classIdentifier,
    failsSelect,
  }
  return {
    ...productBehavior(form.product),
    ...(basePriority !== undefined && { priority: { base: basePriority, falls: true } }),
    ...(priority !== undefined && { priority: { base: priority, falls: false } }),
    ...Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined)),
  }
}

const resolve = (
  checking: Checking,
  form: NbsBsdpForm | ForeignBsdpForm,
  path: Path,
  behavior: Partial<BsdpBehavior>,
  delay: BsdpPart['delay'],
): BsdpPart => {
  const images = form.images.map(imageOf)
  return {
    images,
    files: form.images.flatMap((image, index) =>
      image.files === 'all' ? filesOf(images[index]!, image) : [],
    ),
    hostName: form.hostName,
    accounts: form.accounts,
    records: [...others(form.clients), ...boundRecords(checking, form, images, path)],
    behavior,
    delay,
  }
}

const KINDS: Readonly<Record<NetBootImageForm['kind'], number>> = {
  'mac-os-9': IMAGE_KIND.macOs9,
  'mac-os-x': IMAGE_KIND.macOsX,
  'mac-os-x-server': IMAGE_KIND.macOsXServer,
  diagnostics: IMAGE_KIND.diagnostics,
}

const imageOf = (form: NetBootImageForm): NetBootImage => ({
  ...NETBOOT_DEFAULTS,
  id: imageId({ install: form.install, kind: KINDS[form.kind], index: form.index }),
  name: form.name,
  folder: form.folder ?? `${form.name.replace(/[^\w.-]+/g, '-')}.nbi`,
  type: form.type,
  isDefault: form.default,
  enabled: form.enabled,
  bootFile: form.bootFile,
  rootPath: form.rootPath,
  architectures: form.architectures,
  enabledSystemIds: form.models,
  disabledSystemIds: form.exceptModels,
  enabledMacs: form.macs,
  disabledMacs: form.exceptMacs,
  diskless: form.diskless,
  filterOnly: form.filterOnly,
  loadBalanceServer: form.loadBalanceServer,
})

/** What the boot file asks for after itself, for every generation. */
const COMPANIONS: readonly (readonly [name: string, size: number])[] = [
  ['com.apple.Boot.plist', 400],
  ['PlatformSupport.plist', 4_000],
  ['x86_64/kernelcache', 131_072],
  ['mach.macosx', 65_536],
  ['mach.macosx.mkext', 32_768],
]

const filesOf = (image: NetBootImage, form: NetBootImageForm): ImageFile[] =>
  image.architectures.flatMap(architecture => {
    const folder = `NetBoot/${image.sharePoint}/${image.folder}/${architecture}`
    return [
      { name: `${folder}/${image.bootFile}`, size: form.booterSize },
      ...COMPANIONS.map(([name, size]) => ({ name: `${folder}/${name}`, size })),
    ]
  })

/** No Mac of a scenario has these. */
const OTHER_MACS = 0x02_ff_ff_00_00_00

const record = (mac: number, number: number, image: number): BsdpRecord => ({
  mac: toMac(mac),
  name: machineName(number),
  number,
  architecture: 'i386',
  systemId: '',
  image,
  bound: true,
  address: ANY_IP4,
  lastBoot: 0,
})

const others = (count: number): BsdpRecord[] =>
  Array.from({ length: count }, (_, index) => record(OTHER_MACS + index, index + 1, 0))

const boundRecords = (
  checking: Checking,
  { bound, clients }: NbsBsdpForm | ForeignBsdpForm,
  images: readonly NetBootImage[],
  path: Path,
): BsdpRecord[] =>
  bound.flatMap(({ mac, image: index }, at) => {
    const image = images.find(({ id }) => (id & 0xffff) === index)
    if (!image)
      checking.complain([...path, 'bound', at, 'image'], `there is no image with index ${index} here`)
    return image ? [record(mac, clients + at + 1, image.id)] : []
  })
