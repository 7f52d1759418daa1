/**
 * The BSDP part of a server: ids put together, files made up, bindings from before. Does not judge whether two servers
 * agree; that they do not is often the point.
 */
import { z } from 'zod'
import { ANY_IP4, toMac } from '../../core/address.ts'
import type { Micros } from '../../core/micros.ts'
import { written } from '../../core/written.ts'
import type { Checker } from '../../document/checker.ts'
import { NETBOOT_DEFAULTS, type NetBootImage } from '../../protocol/bsdp/images.ts'
import type { BsdpBehavior } from '../../protocol/bsdp/behavior.ts'
import { type BsdpRecord, machineName } from '../../protocol/bsdp/records.ts'
import { IMAGE_KIND, imageId } from '../../wire/bsdp/image-id.ts'
import { type ForeignBsdpForm, type NbsBsdpForm, type NetBootImageForm, behavior } from './bsdp-form.ts'
import { productBehavior } from './bsdp-products.ts'
import { type ImageFile, nameFault } from './files.ts'

export type BsdpPart = ReturnType<typeof resolve>

export const resolveNbsBsdp = (check: Checker, form: NbsBsdpForm): BsdpPart =>
  resolve(check, form, { priority: { base: form.basePriority, falls: true } }, undefined)

export const resolveForeignBsdp = (check: Checker, form: ForeignBsdpForm): BsdpPart => {
  if (form.priority !== undefined && form.basePriority !== undefined)
    check.complain(['priority'], 'a priority is constant (priority) or falls (basePriority), not both')
  if (form.images.length === 0)
    check.complain(['images'], 'missing; a BSDP responder without images answers nobody')
  return resolve(check, form, behaviorOf(form), form.delay)
}

const behaviorOf = (form: ForeignBsdpForm): Partial<BsdpBehavior> => {
  const { product, priority, basePriority } = form
  return {
    ...productBehavior(product),
    ...(basePriority !== undefined && { priority: { base: basePriority, falls: true } }),
    ...(priority !== undefined && { priority: { base: priority, falls: false } }),
    // Of the form, what is a point of behavior.
    ...written(z.object(behavior).parse(form)),
  }
}

/** `delay`: undefined as the server's other answers. */
const resolve = (
  check: Checker,
  form: NbsBsdpForm | ForeignBsdpForm,
  own: Partial<BsdpBehavior>,
  delay: Micros | undefined,
) => {
  const images = form.images.map(imageOf)
  return {
    images,
    /** Of those images. */
    files: form.images.flatMap((image, index) =>
      image.files === 'all' && isNamed(check.at('images', index), images[index]!)
        ? filesOf(images[index]!, image)
        : [],
    ),
    hostName: form.hostName,
    accounts: form.accounts,
    records: [...others(form.clients), ...boundRecords(check, form, images)],
    behavior: own,
    delay,
  }
}

/** Its folder and its boot file become names of files. */
const isNamed = (check: Checker, image: NetBootImage): boolean =>
  (['folder', 'bootFile'] as const).every(field => {
    const fault = nameFault(image[field])
    if (fault !== undefined)
      check.complain([field], `"${image[field]}" cannot be part of the name of a file: ${fault}`)
    return fault === undefined
  })

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
  check: Checker,
  { bound, clients }: NbsBsdpForm | ForeignBsdpForm,
  images: readonly NetBootImage[],
): BsdpRecord[] =>
  bound.flatMap(({ mac, image: index }, at) => {
    const image = images.find(({ id }) => (id & 0xffff) === index)
    if (!image) check.complain(['bound', at, 'image'], `there is no image with index ${index} here`)
    return image ? [record(mac, clients + at + 1, image.id)] : []
  })
