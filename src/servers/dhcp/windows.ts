/**
 * How the DHCP server of Windows puts boot information into a reply (S-40 to S-43). What the file says itself counts
 * before this.
 */
import { type Ip4, parseIp4 } from '../../core/address.ts'
import { concat, latin1Bytes, latin1Text } from '../../core/bytes.ts'
import { SECOND } from '../../core/micros.ts'
import type { Said } from '../../protocol/dhcp/reply-words.ts'
import type { DhcpOption } from '../../wire/dhcp/message.ts'
import { OPTION } from '../../wire/dhcp/option-codes.ts'

/** S-43: what a new scope has. */
export const WINDOWS_LEASE = 8 * 86_400 * SECOND

const NUL = Uint8Array.of(0)

export const windowsWords = ({ options, bootFile, nextServer }: Said, self: Ip4): Said => {
  const named = bootFile === '' ? options : withOption(options, OPTION.bootFileName, latin1Bytes(bootFile))
  const name = options.find(({ code }) => code === OPTION.tftpServerName)
  // S-40; a host name there leaves the server itself, S-41.
  const server = name && parseIp4(latin1Text(name.value).replace(/\0+$/, ''))
  return {
    // S-42: a name that is not closed would be read on.
    options: named.map(option => (TEXTS.includes(option.code) ? closed(option) : option)),
    bootFile: '',
    nextServer: nextServer ?? server ?? self,
  }
}

const TEXTS: readonly number[] = [OPTION.tftpServerName, OPTION.bootFileName]

const closed = ({ code, value }: DhcpOption): DhcpOption => ({
  code,
  value: value.at(-1) === 0 ? value : concat([value, NUL]),
})

const withOption = (
  options: readonly DhcpOption[],
  code: number,
  value: Uint8Array,
): readonly DhcpOption[] =>
  options.some(option => option.code === code) ? options : [...options, { code, value }]
