/**
 * Turns the options of a scenario into option values as they go on the wire, by the table of formats. Does not know
 * which server sends them, and allows what is legal but unwise: that is what scenarios are about.
 */
import { type Ip4, ip4Bytes, parseIp4 } from '../../core/address.ts'
import { written } from '../../core/written.ts'
import { concat, fromHex, latin1Bytes, u16Bytes, u32Bytes } from '../../core/bytes.ts'
import type { DhcpOption } from '../../wire/dhcp/message.ts'
import { OPTION, optionCode, optionName } from '../../wire/dhcp/option-codes.ts'
import { type OptionFormat, lengthFits, optionShape } from '../../wire/dhcp/option-formats.ts'
import { encodePxeVendor } from '../../wire/pxe/vendor-options.ts'
import type { Overload } from '../../protocol/dhcp/reply-words.ts'
import type { OptionForm, OptionsForm, OverloadForm, VendorForm } from './options-form.ts'
import type { Checker } from '../../document/checker.ts'
import { nearestName } from '../../document/nearest.ts'
import { type Parsed, kindOf, parsed, wrong } from '../../document/quantities.ts'

/** Longest value of one option; more would not fit a message next to anything else (docs/limits.md). */
const MAX_OPTION_LENGTH = 1024

/** In order of code; several instances of one option in order of the file. */
export const resolveOptions = (check: Checker, form: OptionsForm | undefined): DhcpOption[] => {
  const options: DhcpOption[] = []
  const seen = new Map<number, string>()
  for (const [key, value] of Object.entries(form ?? {})) {
    const at = check.at(key)
    const code = resolveOptionCode(at, key, 'key')
    if (code === undefined) continue
    const earlier = seen.get(code)
    if (earlier !== undefined)
      at.complain([], `option ${code} is given twice, also as "${earlier}"`, { side: 'key' })
    seen.set(code, key)
    for (const instance of instancesOf(code, value)) {
      const bytes = encodeOption(code, instance)
      if (bytes.ok) options.push({ code, value: bytes.value })
      else at.complain([], bytes.message, { nearest: bytes.nearest })
    }
  }
  return options.toSorted((a, b) => a.code - b.code)
}

/** Codes of a list that may be written as one value; the path is that of the list. */
export const resolveOptionCodes = (check: Checker, list: readonly (string | number)[]): number[] =>
  list.flatMap(
    (option, index) => resolveOptionCode(list.length === 1 ? check : check.at(index), option) ?? [],
  )

export const resolveOverload = (check: Checker, { file, sname }: OverloadForm): Overload => ({
  file: resolveOptionCodes(check.at('file'), file),
  sname: resolveOptionCodes(check.at('sname'), sname),
})

export const resolveOptionCode = (
  check: Checker,
  key: string | number,
  side: 'key' | 'value' = 'value',
): number | undefined => {
  const text = String(key)
  const code = /^\d+$/.test(text) ? Number(text) : optionCode(text)
  if (code === undefined) {
    check.complain([], `there is no DHCP option "${text}"`, {
      side,
      nearest: nearestName(text, Object.keys(OPTION)),
    })
    return undefined
  }
  if (code >= 1 && code <= 254) return code
  check.complain([], `${text} is not an option code; they lie between 1 and 254`, { side })
  return undefined
}

export type OptionInstance = Exclude<OptionForm, readonly unknown[]> | readonly (string | number | boolean)[]

/** A list of maps is several instances of the option; a list of values is one instance. */
const instancesOf = (code: number, value: OptionForm): readonly OptionInstance[] => {
  if (!Array.isArray(value)) return [value]
  const items = value as readonly OptionInstance[]
  const isList = code !== OPTION.vendorSpecific && items.every(item => typeof item !== 'object')
  return isList ? [items] : items
}

/** One instance of an option as it goes on the wire. */
export const encodeOption = (code: number, value: OptionInstance): Parsed<Uint8Array> => {
  const bytes = encodeAny(code, value)
  if (!bytes.ok) return bytes
  return bytes.value.length <= MAX_OPTION_LENGTH ? bytes : wrong(`longer than ${MAX_OPTION_LENGTH} bytes`)
}

const encodeAny = (code: number, value: OptionInstance): Parsed<Uint8Array> => {
  if (typeof value === 'object' && 'hex' in value) return parsed(fromHex(value.hex))
  if (typeof value === 'object' && !Array.isArray(value)) {
    if (code === OPTION.vendorSpecific) return parsed(encodeVendor(value as VendorForm))
    return wrong(
      `only option 43 is written as PXE fields; write ${optionName(code)} as a value or as { hex: '…' }`,
    )
  }
  const values = (Array.isArray(value) ? value : [value]) as readonly (string | number | boolean)[]
  const shape = optionShape(code)
  const parts: Uint8Array[] = []
  for (const one of values) {
    const part = ENCODERS[shape?.format ?? 'bytes'](one, optionName(code))
    if (!part.ok) return part
    parts.push(part.value)
  }
  const bytes = concat(parts)
  // Lengths that no text says are wrong (an option without a fixed meaning) pass.
  if (!shape || lengthFits(shape, bytes.length)) return parsed(bytes)
  return wrong(`${optionName(code)} cannot have ${bytes.length} bytes; write { hex: '…' } if that is meant`)
}

const encodeVendor = ({ end = true, ...fields }: VendorForm): Uint8Array => {
  return encodePxeVendor(written(fields), { end })
}

type Encoder = (value: string | number | boolean, name: string) => Parsed<Uint8Array>

const address: Encoder = (value, name) => {
  const ip: Ip4 | undefined = typeof value === 'string' ? parseIp4(value) : undefined
  return ip === undefined
    ? wrong(`${name} takes an IPv4 address, not ${kindOf(value)}`)
    : parsed(ip4Bytes(ip))
}

const integer =
  (low: number, high: number, bytes: (value: number) => Uint8Array): Encoder =>
  (value, name) =>
    typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high
      ? parsed(bytes(value))
      : wrong(`${name} takes a whole number from ${low} to ${high}, not ${kindOf(value)}`)

const u8 = integer(0, 0xff, value => Uint8Array.of(value))
const u16 = integer(0, 0xffff, u16Bytes)

const text: Encoder = (value, name) =>
  typeof value === 'string'
    ? parsed(latin1Bytes(value))
    : wrong(`${name} takes text, not ${kindOf(value)}`, `'${String(value)}'`)

const ENCODERS: Readonly<Record<OptionFormat, Encoder>> = {
  ip: address,
  ips: address,
  ipPairs: address,
  u8,
  u8s: u8,
  u16,
  u16s: u16,
  u32: integer(0, 0xffffffff, u32Bytes),
  i32: integer(-0x80000000, 0x7fffffff, u32Bytes),
  bool: (value, name) =>
    typeof value === 'boolean'
      ? parsed(Uint8Array.of(value ? 1 : 0))
      : wrong(`${name} takes true or false, not ${kindOf(value)}`),
  text,
  bytes: (value, name) =>
    typeof value === 'string'
      ? parsed(latin1Bytes(value))
      : wrong(`${name} takes text, or { hex: '…' }, not ${kindOf(value)}`),
  flag: (value, name) =>
    value === true ? parsed(new Uint8Array(0)) : wrong(`${name} has no value; write true`),
}

/** Option 60 `PXEClient` without option 43 sends firmware to port 4011 of that very host. */
export const sendsToPort4011 = (
  options: readonly DhcpOption[],
  isPxe: boolean = saysPxeClient(options),
): boolean => isPxe && !options.some(({ code }) => code === OPTION.vendorSpecific)

const saysPxeClient = (options: readonly DhcpOption[]): boolean =>
  options.some(
    ({ code, value }) =>
      code === OPTION.classIdentifier && String.fromCharCode(...value.subarray(0, 9)) === 'PXEClient',
  )
