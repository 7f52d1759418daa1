/**
 * Option overload (RFC 2132 §9.3): which of the fields options, `file` and `sname` an option is written to. Does not
 * write anything.
 */
import type { DhcpOption } from './message.ts'
import { OPTION } from './option-codes.ts'
import { DHCP } from '../layout.ts'

/** Offsets of the fields that may carry options; the magic cookie follows them (RFC 2131 §2). */
export const { sname: SNAME, file: FILE, cookie: COOKIE } = DHCP

/** Bits of option 52. */
export const FILE_OVERLOADED = 1
export const SNAME_OVERLOADED = 2

/** With its code and length bytes; a value over 255 bytes takes several instances (RFC 3396 §5). */
export const encodedSize = (option: DhcpOption): number => {
  const length = option.value.length
  return length <= 255 ? 2 + length : length + 2 * Math.ceil(length / 255)
}

export interface Layout {
  /** What goes into the options field if that is not simply the message's list. */
  readonly options?: readonly DhcpOption[]
  readonly file?: readonly DhcpOption[]
  readonly sname?: readonly DhcpOption[]
}

export const NO_OVERLOAD: Layout = {}

/** Which fields carry options, by what the list says and by option 52 itself; undefined = none, the usual case. */
export const overloadOf = (options: readonly DhcpOption[]): number | undefined => {
  let overload = 0
  for (let i = 0; i < options.length; i++) {
    const { area, code, value } = options[i]!
    if (area === 'file') overload |= FILE_OVERLOADED
    else if (area === 'sname') overload |= SNAME_OVERLOADED
    else if (code === OPTION.optionOverload && value.length === 1) overload |= value[0]! & 3
  }
  return overload === 0 ? undefined : overload
}

/** RFC 2132 §9.3. Adds option 52 where it is missing; an option that does not fit its field moves to `options`. */
export const layOut = (options: readonly DhcpOption[], overload: number): Layout => {
  const main: DhcpOption[] = []
  const file: DhcpOption[] = []
  const sname: DhcpOption[] = []
  let fileRoom = COOKIE - FILE - 1
  let snameRoom = FILE - SNAME - 1
  let announced = false
  for (const option of options) {
    const size = encodedSize(option)
    if (option.area === 'file' && size <= fileRoom) {
      file.push(option)
      fileRoom -= size
    } else if (option.area === 'sname' && size <= snameRoom) {
      sname.push(option)
      snameRoom -= size
    } else {
      main.push(option)
      announced ||= option.code === OPTION.optionOverload
    }
  }
  if (!announced) main.push({ code: OPTION.optionOverload, value: Uint8Array.of(overload) })
  return {
    options: main,
    ...((overload & FILE_OVERLOADED) !== 0 && { file }),
    ...((overload & SNAME_OVERLOADED) !== 0 && { sname }),
  }
}
