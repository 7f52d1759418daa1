/**
 * EDK2's DHCP driver reads a packet (Dhcp4Dxe, DhcpValidateOptions): it joins the instances of each option, checks what
 * it knows, and takes out the few values that it needs itself. Does not know PXE.
 */
import { ANY_IP4, type Ip4, ip4At } from '../../core/address.ts'
import { concat } from '../../core/bytes.ts'
import { lengthFits, optionShape } from '../../wire/dhcp/option-formats.ts'
import { OPTION } from '../../wire/dhcp/option-codes.ts'
import { type OptionAt, codeAt, hasOptions, lengthAt, walkOptions } from './option-walk.ts'
import type { Edk2Profile } from './profile.ts'

/** 0 and 0.0.0.0: not there. */
export interface DhcpParameters {
  /** Of option 53; 0 is BOOTP. */
  readonly type: number
  readonly serverId: Ip4
  readonly mask: Ip4
  readonly router: Ip4
}

type Strictness = Pick<Edk2Profile, 'malformedOption'>

/** Undefined: the packet is dropped on arrival (E-11, E-102). */
export const arrivingParameters = (bytes: Uint8Array, profile: Strictness): DhcpParameters | undefined => {
  const options = legalOptions(bytes, profile)
  return options && parametersIn(bytes, options)
}

/** E-54: of the copy that the driver is given back. Undefined: it takes the last offer of the window instead. */
export const chosenParameters = (bytes: Uint8Array, profile: Strictness): DhcpParameters | undefined => {
  const options = legalOptions(bytes, profile)
  return options && (parametersIn(bytes, options) ?? NO_PARAMETERS)
}

/** Those of no length do not count (E-103), and what is malformed once its instances are joined (E-102) ends it all. */
const legalOptions = (
  bytes: Uint8Array,
  { malformedOption }: Strictness,
): readonly OptionAt[] | undefined => {
  if (!hasOptions(bytes)) return NO_OPTIONS
  const found = walkOptions(bytes)
  if (found === undefined || found.every(at => isLegal(bytes, found, at))) return found
  return malformedOption === 'dropsPacket' ? undefined : found.filter(at => isLegal(bytes, found, at)) // E-104
}

const NO_OPTIONS: readonly OptionAt[] = []

/** E-11: the driver knows the options of RFC 2132 (to 76) and 121; whatever else comes, it lets pass. */
const isLegal = (bytes: Uint8Array, all: readonly OptionAt[], at: OptionAt): boolean => {
  const code = codeAt(bytes, at)
  if (code > OPTION.streetTalkDirectoryAssistance && code !== OPTION.classlessStaticRoute) return true
  const shape = optionShape(code)
  if (shape === undefined) return true
  const length = joinedLength(bytes, all, code)
  if (length === 0) return true
  if (!lengthFits(shape, length)) return false
  return shape.format !== 'bool' || bytes[firstOf(bytes, all, code)!]! <= 1
}

const joinedLength = (bytes: Uint8Array, all: readonly OptionAt[], code: number): number => {
  let length = 0
  for (const at of all) if (codeAt(bytes, at) === code) length += lengthAt(bytes, at)
  return length
}

/** Where the joined value begins. */
const firstOf = (bytes: Uint8Array, all: readonly OptionAt[], code: number): OptionAt | undefined => {
  for (const at of all) if (codeAt(bytes, at) === code && lengthAt(bytes, at) > 0) return at
  return undefined
}

const NO_PARAMETERS: DhcpParameters = { type: 0, serverId: ANY_IP4, mask: ANY_IP4, router: ANY_IP4 }

/** Undefined: 52 or 53 has a value that is none. */
const parametersIn = (bytes: Uint8Array, options: readonly OptionAt[]): DhcpParameters | undefined => {
  const type = byteOf(bytes, options, OPTION.messageType)
  const overload = byteOf(bytes, options, OPTION.optionOverload)
  if (type !== undefined && (type < 1 || type > 9)) return undefined
  if (overload !== undefined && (overload < 1 || overload > 3)) return undefined
  return {
    type: type ?? 0,
    serverId: addressOf(bytes, options, OPTION.serverIdentifier),
    mask: addressOf(bytes, options, OPTION.subnetMask),
    router: addressOf(bytes, options, OPTION.router),
  }
}

const byteOf = (bytes: Uint8Array, options: readonly OptionAt[], code: number): number | undefined => {
  const at = firstOf(bytes, options, code)
  return at === undefined ? undefined : bytes[at]
}

const addressOf = (bytes: Uint8Array, options: readonly OptionAt[], code: number): Ip4 => {
  const first = firstOf(bytes, options, code)
  if (first === undefined) return ANY_IP4
  if (lengthAt(bytes, first) >= 4) return ip4At(bytes, first)
  const instances = options.filter(at => codeAt(bytes, at) === code)
  return ip4At(concat(instances.map(at => bytes.subarray(at, at + lengthAt(bytes, at)))), 0)
}
