/**
 * What a PXE reply would make the machine do (E-36 … E-40), read from header, option 67 and option 43. Compares two
 * such intents. Does not know which reply a machine follows.
 */
import type { Ip4 } from '../../core/address.ts'
import { toIp4, ANY_IP4 } from '../../core/address.ts'
import { concatenated } from '../../wire/dhcp/options.ts'
import type { DhcpMessage } from '../../wire/dhcp/message.ts'
import {
  DISCOVERY_CONTROL,
  PXE_TAG,
  decodePxeVendor,
  type PxeVendorOptions,
} from '../../wire/pxe/vendor-options.ts'
import { pxeVendor } from '../../wire/pxe/vendor-readings.ts'
import { listed, quoted, sameFile } from '../words.ts'

export type Intent =
  /** Boots what a menu entry says in clear; `file` is absent where it is still to be asked for on 4011. */
  | { readonly kind: 'image'; readonly text: string; readonly file: string | undefined }
  | { readonly kind: 'file'; readonly file: string }
  /** The first item, taken without a prompt, is type 0: start from the disk. */
  | { readonly kind: 'localBoot'; readonly text: string }
  /** `first` is taken when the time is over; undefined = waits for a person. */
  | { readonly kind: 'menu'; readonly texts: readonly string[]; readonly first: Intent | undefined }
  /** Option 60 alone: all else is to be had on port 4011. */
  | { readonly kind: 'ask4011'; readonly file: string | undefined }
  /** PXE options, but neither file nor menu. */
  | { readonly kind: 'nothing' }

const LOCAL_DISK = 0
/** E-38: firmware shows no more. */
const MENU_ENTRIES = 24
const WAIT_FOR_EVER = 255
const PXE10_TAGS: readonly number[] = [
  PXE_TAG.discoveryControl,
  PXE_TAG.discoveryMulticastAddress,
  PXE_TAG.bootServers,
  PXE_TAG.bootMenu,
  PXE_TAG.menuPrompt,
]

/** E-18: any of 43.6 … 43.10. Without them EDK2 goes to 4011. */
export const hasPxeTags = (vendor: PxeVendorOptions | undefined): boolean =>
  vendor !== undefined && vendor.tags.some(tag => PXE10_TAGS.includes(tag))

export const bootsAtOnce = (vendor: PxeVendorOptions | undefined): boolean =>
  ((vendor?.discoveryControl ?? 0) & DISCOVERY_CONTROL.bootFileAtOnce) !== 0

/** As a client reads it that joins the instances and stops at the first END. */
export const vendorOf = (message: DhcpMessage): PxeVendorOptions | undefined => {
  const value = concatenated(message, 43)
  const result = value && decodePxeVendor(value)
  return result?.ok ? result.value : undefined
}

export const intentOf = (
  message: DhcpMessage,
  file: string | undefined,
  isBootServerReply: boolean,
): Intent => {
  const vendor = vendorOf(message)
  const menu = vendor?.bootMenu ?? []
  if (
    file !== undefined &&
    (bootsAtOnce(vendor) || (menu.length === 0 && (isBootServerReply || hasPxeTags(vendor))))
  )
    return withText(file, textBeside(message))
  if (menu.length > 0) return menuIntent(menu, vendor?.prompt?.timeout, file)
  return hasPxeTags(vendor) || isBootServerReply ? { kind: 'nothing' } : { kind: 'ask4011', file }
}

const withText = (file: string, text: string | undefined): Intent =>
  text === undefined ? { kind: 'file', file } : { kind: 'image', text, file }

/** An NBS says beside the file, in a menu that nobody shows, what it decided; old engines in a later instance of 43. */
const textBeside = (message: DhcpMessage): string | undefined => {
  const result = pxeVendor(message, 'perInstance')
  const entry = result?.ok ? result.value.bootMenu?.[0] : undefined
  return entry && entry.type !== LOCAL_DISK && entry.text !== '' ? entry.text : undefined
}

type Entry = { readonly type: number; readonly text: string }

const menuIntent = (
  menu: readonly Entry[],
  timeout: number | undefined,
  file: string | undefined,
): Intent => {
  const { type, text } = menu[0]!
  const first: Intent = type === LOCAL_DISK ? { kind: 'localBoot', text } : { kind: 'image', text, file }
  if (timeout === 0) return first
  const waits = timeout === undefined || timeout === WAIT_FOR_EVER
  return {
    kind: 'menu',
    texts: menu.slice(0, MENU_ENTRIES).map(entry => entry.text),
    first: waits ? undefined : first,
  }
}

/** What happens if nobody touches the keyboard. */
const untouched = (intent: Intent): Intent => (intent.kind === 'menu' && intent.first ? intent.first : intent)

export const isLocalBoot = (intent: Intent): boolean => untouched(intent).kind === 'localBoot'

/** An NBS says so of a machine that has work waiting: the only place on the wire where it shows. */
export const hasJob = (intent: Intent): boolean => {
  const plain = untouched(intent)
  return plain.kind === 'image' && JOB.test(plain.text)
}
const JOB = /\s*\(?job running\)?/i
const withoutJob = (text: string): string => text.replace(JOB, '').trim().toLowerCase()

/** `unknown`: at least one says nothing of the outcome. */
export const compareIntents = (a: Intent, b: Intent): 'same' | 'different' | 'unknown' => {
  const left = untouched(a)
  const right = untouched(b)
  if (left.kind === 'menu' && right.kind === 'menu')
    return left.texts.join('\n') === right.texts.join('\n') ? 'same' : 'different'
  if (left.kind === 'image' && right.kind === 'image')
    return withoutJob(left.text) === withoutJob(right.text) ? 'same' : 'different'
  const leftFile = fileOf(left)
  const rightFile = fileOf(right)
  if (leftFile !== undefined && rightFile !== undefined)
    return sameFile(leftFile, rightFile) ? 'same' : 'different'
  if (left.kind === 'ask4011' || right.kind === 'ask4011') return 'unknown'
  return left.kind === right.kind && left.kind !== 'file' ? 'same' : 'different'
}

export const fileOf = (intent: Intent): string | undefined => ('file' in intent ? intent.file : undefined)

export const describeIntent = (intent: Intent): string => {
  switch (intent.kind) {
    case 'image':
      return intent.file === undefined
        ? `boot ${quoted(intent.text)}`
        : `boot ${quoted(intent.text)} from ${quoted(intent.file)}`
    case 'file':
      return `boot ${quoted(intent.file)}`
    case 'localBoot':
      return intent.text === ''
        ? 'start from the local disk'
        : `start from the local disk (${quoted(intent.text)})`
    case 'menu':
      return intent.first
        ? `show a menu and then ${describeIntent(intent.first)}`
        : `wait at a menu (${listed(intent.texts.slice(0, 4).map(quoted))})`
    case 'ask4011':
      return 'ask on port 4011'
    case 'nothing':
      return 'boot nothing (neither file nor menu)'
  }
}

/** E-45: where the file is fetched. 66 and sname are never used. */
export const tftpServerOf = (
  vendor: PxeVendorOptions | undefined,
  siaddr: Ip4,
  serverIdentifier: Ip4 | undefined,
): Ip4 => {
  const listedFirst = bootsAtOnce(vendor) ? vendor?.bootServers?.[0]?.addresses[0] : undefined
  return listedFirst ?? (siaddr !== ANY_IP4 ? siaddr : (serverIdentifier ?? toIp4(0)))
}
