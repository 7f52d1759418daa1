/**
 * What `nbs watch` says, one event at a time: as a line for people, or as a line of JSON. Does not decide when.
 */
import { formatIp4, formatMac, type Ip4, type Mac } from '../core/address.ts'
import { formatSpan, type Micros } from '../core/micros.ts'
import { NO_VENDORS, type VendorOf, withVendor } from '../core/vendor.ts'
import type { Finding } from '../analysis/analyzer.ts'
import { listed } from '../analysis/words.ts'
import { findingResult, utcText } from '../report/analysis.ts'
import type { Palette } from '../report/text/run.ts'
import type { AllowStatus } from './allow-list.ts'

/** In which a server is watched: contention is counted inside one of them only. */
export type WatchedRole = 'dhcp' | 'pxe' | 'bsdp' | 'relay'
/** Roles of which one server is enough. */
export type ContendedRole = 'dhcp' | 'pxe'

interface OnSubnet {
  /** The interface with its VLANs; behind a relay, with the relay. */
  readonly subnet: string
}

interface OfServer extends OnSubnet {
  readonly server: Ip4
  readonly role: WatchedRole
}

export type WatchEvent =
  | (OfServer & {
      readonly kind: 'new-server'
      readonly mac: Mac | undefined
      readonly offer: string
      /** Undefined: there is no list. */
      readonly standing: AllowStatus | undefined
      /** Other addresses as which the same MAC has served here. */
      readonly formerly: readonly Ip4[]
    })
  | (OfServer & { readonly kind: 'new-mac'; readonly mac: Mac; readonly before: readonly Mac[] })
  /** Asked so often since it answered last. */
  | (OfServer & { readonly kind: 'server-quiet'; readonly since: Micros; readonly missed: number })
  | (OfServer & { readonly kind: 'server-back'; readonly since: Micros })
  | (OnSubnet & {
      readonly kind: 'contention-begins' | 'contention-grows'
      readonly role: ContendedRole
      readonly servers: readonly Ip4[]
      readonly client: Mac
      /** Between the first two answers. */
      readonly margin: Micros
    })
  | (OnSubnet & {
      readonly kind: 'contention-ends'
      readonly role: ContendedRole
      readonly servers: readonly Ip4[]
      readonly left: readonly Ip4[]
      readonly since: Micros
    })
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'capture-begins'; readonly interface: string; readonly program: string }
  | {
      readonly kind: 'capture-lost'
      readonly interface: string
      readonly why: string
      readonly retrySeconds: number
    }
  | { readonly kind: 'command-failed'; readonly why: string }
  | { readonly kind: 'left-out'; readonly events: number }

/** `at` in microseconds since 1970. */
export type Told = WatchEvent & { readonly at: Micros }

/** Worth waking somebody up. */
export const isAlarm = (event: WatchEvent): boolean => {
  switch (event.kind) {
    case 'contention-begins':
    case 'contention-grows':
    case 'new-mac':
    // Nobody watches any more.
    case 'capture-lost':
      return true
    case 'finding':
      return event.finding.severity !== 'info'
    case 'new-server':
      if (event.formerly.length > 0 && event.standing !== 'listed') return true
      return event.standing !== undefined && event.standing !== 'listed'
    case 'server-quiet':
    case 'server-back':
    case 'contention-ends':
    case 'capture-begins':
    case 'command-failed':
    case 'left-out':
      return false
  }
}

/** How servers are called. */
export type Name = (server: Ip4) => string

const ROLE_TEXT: Record<WatchedRole, string> = {
  dhcp: 'DHCP server',
  pxe: 'PXE server',
  bsdp: 'BSDP server',
  relay: 'relay',
}

const CONTENTION_TEXT: Record<ContendedRole, string> = {
  dhcp: 'DHCP contention',
  pxe: 'PXE contention',
}

const STANDING_TEXT: Record<AllowStatus, string> = {
  listed: '',
  stranger: '; it is NOT in the allow list',
  'other-role': '; the allow list does not have it in this role',
  'other-mac': '; the allow list has another MAC for it',
}

export const eventText = (event: Told, name: Name, vendorOf: VendorOf = NO_VENDORS): string => {
  const card = (mac: Mac): string => withVendor(formatMac(mac), vendorOf)
  switch (event.kind) {
    case 'new-server': {
      const mac = event.mac === undefined ? '' : ` at ${card(event.mac)}`
      const offers = event.offer === '' ? '' : ` offers ${event.offer}`
      const formerly =
        event.formerly.length === 0
          ? ''
          : `; the same network card has answered here as ${listed(event.formerly.map(name))}`
      return `new ${ROLE_TEXT[event.role]} ${name(event.server)}${mac}${offers}${formerly}${event.standing ? STANDING_TEXT[event.standing] : ''}`
    }
    case 'new-mac':
      return `${ROLE_TEXT[event.role]} ${name(event.server)} answers from ${card(event.mac)}, until now from ${listed(event.before.map(card))}: replaced, or two hosts with one identity`
    case 'server-quiet':
      return `${ROLE_TEXT[event.role]} ${name(event.server)} is quiet: the last ${event.missed} DISCOVERs had no answer from it; last heard ${ago(event)} ago`
    case 'server-back':
      return `${ROLE_TEXT[event.role]} ${name(event.server)} answers again, after ${ago(event)}`
    case 'contention-begins':
    case 'contention-grows':
      return `${CONTENTION_TEXT[event.role]} ${event.kind === 'contention-begins' ? 'begins' : 'grows'}: ${listed(event.servers.map(name))} answer the same DISCOVER of ${card(event.client)}; the first led by ${formatSpan(event.margin)}`
    case 'contention-ends':
      return `${CONTENTION_TEXT[event.role]} ends after ${ago(event)}: of ${listed(event.servers.map(name))}, only ${listed(event.left.map(name))} still answers`
    case 'finding':
      return `${event.finding.severity} ${event.finding.rule}: ${event.finding.message} What to do: ${event.finding.remedy}`
    case 'capture-begins':
      return `captures with ${event.program}`
    case 'capture-lost':
      return `the capture ended (${event.why}); tries again in ${event.retrySeconds} s`
    case 'command-failed':
      return `the command of --exec failed: ${event.why}`
    case 'left-out':
      return `${event.events} lines were left out: too many at once`
  }
}

const ago = ({ at, since }: { readonly at: Micros; readonly since: Micros }): string => formatSpan(at - since)

const placeOf = (event: Told): string => {
  if ('subnet' in event) return event.subnet
  if ('interface' in event) return event.interface
  return event.kind === 'finding' ? (event.finding.subnet ?? '') : ''
}

/** `2026-11-28T10:00:00.000123Z  eth0  new PXE server …`. */
export const eventLine = (
  event: Told,
  name: Name,
  colour: Palette,
  vendorOf: VendorOf = NO_VENDORS,
): string => {
  const paint = isAlarm(event) ? (text: string) => colour.red(text) : (text: string) => text
  const place = placeOf(event)
  return `${colour.dim(utcText(event.at))}  ${place === '' ? '' : `${colour.bold(place)}  `}${paint(eventText(event, name, vendorOf))}`
}

/** What stands on a line of `--json`, and on standard input of a command. */
export const eventJson = (event: Told, name: Name): Readonly<Record<string, unknown>> => {
  const head = { at: utcText(event.at), event: event.kind, alarm: isAlarm(event) }
  const text = eventText(event, name)
  if (event.kind === 'finding') {
    const { finding } = event
    return { ...head, ...findingResult(finding, frame => ({ file: '', frame })), text }
  }
  const { at: _, kind: __, ...rest } = event
  return { ...head, ...Object.fromEntries(Object.entries(rest).map(plainField)), text }
}

/** Addresses and times as text. */
const plainField = ([key, value]: [string, unknown]): [string, unknown] => {
  switch (key) {
    case 'server':
      return [key, formatIp4(value as Ip4)]
    case 'servers':
    case 'formerly':
    case 'left':
      return [key, (value as Ip4[]).map(formatIp4)]
    case 'mac':
    case 'client':
      return [key, value === undefined ? null : formatMac(value as Mac)]
    case 'before':
      return [key, (value as Mac[]).map(formatMac)]
    case 'since':
      return [key, utcText(value as Micros)]
    case 'margin':
      return ['marginSeconds', (value as Micros) / 1e6]
    case 'standing':
      return [key, value ?? null]
    default:
      return [key, value]
  }
}
