/** DHCP replies by their bytes, for tests of how firmware walks over options. */
import { fromHex } from '../../src/core/bytes.ts'
import { DHCP } from '../../src/wire/layout.ts'

export interface Fields {
  /** Hexadecimal, from the start of the field. */
  readonly file?: string
  readonly sname?: string
  readonly yiaddr?: string
}

/** A BOOTREPLY whose options field is `options`, in hexadecimal and not a byte longer. */
export const packetWith = (
  options: string,
  { file = '', sname = '', yiaddr = '' }: Fields = {},
): Uint8Array => {
  const tail = fromHex(options)
  const bytes = new Uint8Array(DHCP.options + tail.length)
  bytes.set([2, 1, 6])
  bytes.set(fromHex(yiaddr), DHCP.yiaddr)
  bytes.set(fromHex(sname), DHCP.sname)
  bytes.set(fromHex(file), DHCP.file)
  bytes.set(fromHex('63 82 53 63'), DHCP.cookie)
  bytes.set(tail, DHCP.options)
  return bytes
}
