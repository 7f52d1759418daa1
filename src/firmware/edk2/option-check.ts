/**
 * EDK2's DHCP driver reads a packet (Dhcp4Dxe, DhcpValidateOptions): it joins the instances of each option, checks what
 * it knows, and takes out the few values that it needs itself. Does not know PXE.
 */
import { ANY_IP4, type Ip4, ip4At } from '../../core/address.ts'
import { concat } from '../../core/bytes.ts'
import { lengthFits, optionShape } from '../../wire/dhcp/option-formats.ts'
import { OPTION } from '../../wire/dhcp/option-codes.ts'
import { hasOptions, walkOptions } from './option-walk.ts'
import type { Edk2Profile } from './profile.ts'

/** 0 and 0.0.0.0: not there. */
export interface DhcpParameters {
  /** Of option 53; 0 is BOOTP. */
  readonly type: number
  readonly serverId: Ip4
  readonly mask: Ip4
  readonly router: Ip4
}

type Options = ReadonlyMap<number, Uint8Array>
type Strictness = Pick<Edk2Profile, 'malformedOption'>

/** Undefined: the packet is dropped on arrival (E-11, E-102). */
export const arrivingParameters = (bytes: Uint8Array, profile: Strictness): DhcpParameters | undefined => {
  const options = legalOptions(bytes, profile)
  return options && parametersIn(options)
}

/** E-54: of the copy that the driver is given back. Undefined: it takes the last offer of the window instead. */
export const chosenParameters = (bytes: Uint8Array, profile: Strictness): DhcpParameters | undefined => {
  const options = legalOptions(bytes, profile)
  return options && (parametersIn(options) ?? NO_PARAMETERS)
}

/** By code, all instances together (E-102), without those of no length (E-103). Undefined: malformed. */
const legalOptions = (bytes: Uint8Array, { malformedOption }: Strictness): Options | undefined => {
  if (!hasOptions(bytes)) return NO_OPTIONS
  const found = walkOptions(bytes)
  if (!found) return undefined
  const options = new Map<number, Uint8Array>()
  for (const { code, at, length } of found) {
    if (length === 0) continue
    const value = bytes.subarray(at, at + length)
    const known = options.get(code)
    options.set(code, known ? concat([known, value]) : value)
  }
  for (const [code, value] of options) {
    if (isLegal(code, value)) continue
    if (malformedOption === 'dropsPacket') return undefined
    options.delete(code) // E-104
  }
  return options
}

const NO_OPTIONS: Options = new Map()

/** E-11: the driver knows the options of RFC 2132 (to 76) and 121; whatever else comes, it lets pass. */
const isLegal = (code: number, value: Uint8Array): boolean => {
  if (code > OPTION.streetTalkDirectoryAssistance && code !== OPTION.classlessStaticRoute) return true
  const shape = optionShape(code)
  if (shape === undefined) return true
  if (!lengthFits(shape, value.length)) return false
  return shape.format !== 'bool' || value[0]! <= 1
}

const NO_PARAMETERS: DhcpParameters = { type: 0, serverId: ANY_IP4, mask: ANY_IP4, router: ANY_IP4 }

/** Undefined: 52 or 53 has a value that is none. */
const parametersIn = (options: Options): DhcpParameters | undefined => {
  const type = options.get(OPTION.messageType)?.[0]
  const overload = options.get(OPTION.optionOverload)?.[0]
  if (type !== undefined && (type < 1 || type > 9)) return undefined
  if (overload !== undefined && (overload < 1 || overload > 3)) return undefined
  return {
    type: type ?? 0,
    serverId: addressIn(options.get(OPTION.serverIdentifier)),
    mask: addressIn(options.get(OPTION.subnetMask)),
    router: addressIn(options.get(OPTION.router)),
  }
}

const addressIn = (value: Uint8Array | undefined): Ip4 => (value ? ip4At(value, 0) : ANY_IP4)
