/**
 * Option 43 as people write it who were not told that it is bytes: a text, or hexadecimal digits; and the words by which
 * a Raspberry Pi boots. Does not judge.
 */
import { latin1Text } from '../../core/bytes.ts'
import type { DhcpMessage } from '../../wire/dhcp/message.ts'
import { OPTION, concatenated, tftpServerName } from '../../wire/dhcp/options.ts'
import { decodePxeVendor } from '../../wire/pxe/vendor-options.ts'
import { quoted } from '../words.ts'

export interface TextVendor {
  readonly kind: 'digits' | 'text'
  readonly text: string
}

/** Shorter ones may be a tag. */
const LEAST = 4
const DIGITS = /^(0x)?[0-9a-f]{2}([:\-. ]?[0-9a-f]{2})+$/i
const PRINTABLE = /^[\x20-\x7e]+$/

export const textVendorOf = (message: DhcpMessage): TextVendor | undefined => {
  const value = concatenated(message, OPTION.vendorSpecific)
  if (!value || value.length < LEAST) return undefined
  const text = latin1Text(value).replace(/\0+$/, '')
  if (!PRINTABLE.test(text)) return undefined
  if (DIGITS.test(text)) return { kind: 'digits', text }
  const result = decodePxeVendor(value)
  const isBroken = !result.ok || result.issues.some(({ code }) => code.startsWith('pxe.tag.'))
  return isBroken && !text.includes(MARK) ? { kind: 'text', text } : undefined
}

export const describeTextVendor = ({ kind, text }: TextVendor): string =>
  `${kind === 'digits' ? 'the hexadecimal digits' : 'the text'} ${quoted(text)}`

/** raspberrypi/firmware#941: with three blanks behind it. */
const MARK = 'Raspberry Pi Boot'
const IP4_TEXT = /^\d{1,3}(\.\d{1,3}){3}$/

/** RPI-2. */
export const isMarked = (message: DhcpMessage): boolean => {
  const vendor = concatenated(message, OPTION.vendorSpecific)
  return (
    (vendor !== undefined && latin1Text(vendor).includes(`${MARK}   `)) ||
    IP4_TEXT.test(tftpServerName(message) ?? '')
  )
}
