/**
 * A captured DHCP answer as a scenario writes it: by fields and options where that gives the same message again, else
 * as the bytes that it was. Does not say to whom it was sent.
 */
import { ANY_IP4, formatIp4, ip4At } from '../core/address.ts'
import { concat, equalBytes, latin1Text, toHex, u16At, u32At } from '../core/bytes.ts'
import { DHCP } from '../wire/layout.ts'
import { OPTION, optionName } from '../wire/dhcp/option-codes.ts'
import { optionShape } from '../wire/dhcp/option-formats.ts'
import type { DhcpMessage, DhcpOption } from '../wire/dhcp/message.ts'
import { all, first, messageType } from '../wire/dhcp/options.ts'
import { decodePxeVendor } from '../wire/pxe/vendor-options.ts'
import { encodeOption, type OptionInstance } from '../servers/parts/options.ts'
import { optionValue } from '../servers/parts/options-form.ts'
import type { SeenDhcp } from './seen.ts'

/** As `recorded.messages` has it. */
export type MessageForm = Readonly<Record<string, unknown>>

/** Options that an answer may repeat of the question. */
const ECHOED: readonly number[] = [OPTION.clientMachineIdentifier, OPTION.clientIdentifier]
/** Told by other fields, or added by whoever answers. */
const TOLD: readonly number[] = [OPTION.messageType, OPTION.relayAgentInformation]

export const messageForm = (reply: SeenDhcp, request: DhcpMessage): MessageForm => {
  const { message } = reply
  const lease = message.yiaddr !== ANY_IP4 ? { lease: 'yes' } : {}
  const type = messageType(message)
  const kind = type ?? 'bootp'
  const isPlain = type === undefined || type === 'offer' || type === 'ack' || type === 'nak'
  if (!isPlain || !isWhole(reply))
    return { type: isPlain ? kind : 'offer', ...lease, packet: packetOf(reply) }
  const echoes = ECHOED.filter(code => isEchoed(message, request, code))
  const options = message.options.filter(({ code }) => !TOLD.includes(code) && !echoes.includes(code))
  return {
    type: kind,
    ...lease,
    ...(message.siaddr !== ANY_IP4 && { nextServer: formatIp4(message.siaddr) }),
    ...(message.file !== '' && { bootFile: message.file }),
    ...(message.sname !== '' && { serverName: message.sname }),
    ...(options.length > 0 && { options: optionsForm(options) }),
    ...(echoes.length > 0 && { echoes: echoes.length === 1 ? echoes[0] : echoes }),
  }
}

/** It can be taken apart and put together again. */
const isWhole = ({ message, issues }: SeenDhcp): boolean =>
  message.ended &&
  issues.every(({ severity }) => severity === 'oddity') &&
  message.options.every(({ code, area }) => area === undefined && code !== OPTION.optionOverload) &&
  all(message, OPTION.messageType).length <= 1 &&
  [message.file, message.sname].every(text => text === '' || text.trim() !== '')

/** Too short a message for the raw door is filled up. */
const packetOf = ({ payload }: SeenDhcp): string => {
  const missing = Math.max(0, MIN_PACKET - payload.length)
  const bytes = concat([payload.subarray(0, MAX_PACKET), new Uint8Array(missing)])
  // What is put in anew for each machine.
  for (const [start, length] of OWN_FIELDS) bytes.fill(0, start, start + length)
  return toHex(bytes)
}
const OWN_FIELDS = [
  [DHCP.hops, 1],
  [DHCP.xid, 4],
  [DHCP.flags, 2],
  [DHCP.ciaddr, 4],
  [DHCP.yiaddr, 4],
  [DHCP.giaddr, 4],
  [DHCP.chaddr, 6],
] as const
const MIN_PACKET = 240
/** Bytes of a malformed message that are written down: what a frame holds. */
const MAX_PACKET = 1472

const isEchoed = (message: DhcpMessage, request: DhcpMessage, code: number): boolean => {
  const [mine, theirs] = [all(message, code), first(request, code)]
  return mine.length === 1 && theirs !== undefined && equalBytes(mine[0]!, theirs)
}

const optionsForm = (options: readonly DhcpOption[]): Readonly<Record<string, unknown>> => {
  const codes = [...new Set(options.map(({ code }) => code))].sort((a, b) => a - b)
  return Object.fromEntries(
    codes.map(code => {
      const values = options.filter(option => option.code === code).map(({ value }) => value)
      // Values longer than 255 bytes come in several instances, and may as well be written so.
      const value = values.length === 1 ? valueForm(code, values[0]!) : values.map(hexForm)
      return [nameOf(code), value]
    }),
  )
}

const nameOf = (code: number): string => {
  const name = optionName(code)
  return Object.hasOwn(OPTION, name) ? name : String(code)
}

const hexForm = (value: Uint8Array) => ({ hex: toHex(value) })

/** In its own words where they give the same bytes. */
const valueForm = (code: number, value: Uint8Array): unknown => {
  const form = code === OPTION.vendorSpecific ? vendorForm(value) : scalarForm(code, value)
  if (form === undefined) return hexForm(value)
  const checked = optionValue.safeParse(form)
  const again = checked.success ? encodeOption(code, checked.data as OptionInstance) : undefined
  return again?.ok && equalBytes(again.value, value) ? form : hexForm(value)
}

const scalarForm = (code: number, value: Uint8Array): unknown => {
  switch (optionShape(code)?.format) {
    case 'ip':
    case 'ips':
      return value.length % 4 === 0 && value.length > 0 ? one(addressesIn(value)) : undefined
    case 'u8':
    case 'u8s':
      return one([...value])
    case 'u16':
      return value.length === 2 ? u16At(value, 0) : undefined
    case 'u32':
      return value.length === 4 ? u32At(value, 0) : undefined
    case 'text':
    case undefined:
      return isPrintable(value) ? latin1Text(value) : undefined
    case 'bool':
    case 'bytes':
    case 'flag':
    case 'i32':
    case 'ipPairs':
    case 'u16s':
      return undefined
  }
}

const one = <T>(list: readonly T[]): T | readonly T[] => (list.length === 1 ? list[0]! : list)

const addressesIn = (value: Uint8Array): string[] =>
  Array.from({ length: value.length / 4 }, (_, index) => formatIp4(ip4At(value, index * 4)))

const isPrintable = (value: Uint8Array): boolean =>
  value.length > 0 && value.every(byte => byte >= 0x20 && byte < 0x7f)

/** PXE tags, where they are all and in order. */
const vendorForm = (value: Uint8Array): unknown => {
  const read = decodePxeVendor(value)
  if (!read.ok || read.issues.length > 0) return undefined
  const { discoveryControl, multicastAddress, bootServers, bootMenu, prompt, others, bootItem, ended } =
    read.value
  if (others.length > 0 || bootItem !== undefined) return undefined
  return {
    ...(discoveryControl !== undefined && { discoveryControl }),
    ...(multicastAddress !== undefined && { multicastAddress: formatIp4(multicastAddress) }),
    ...(bootServers && {
      bootServers: bootServers.map(({ type, addresses }) => ({ type, addresses: addresses.map(formatIp4) })),
    }),
    ...(bootMenu && { bootMenu: bootMenu.map(({ type, text }) => ({ type, text })) }),
    ...(prompt && { prompt }),
    ...(!ended && { end: false }),
  }
}
