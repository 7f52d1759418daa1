/**
 * What a DHCP server says beside the lease itself, and to whom else it says it: classes of clients, reservations, an ACK
 * that differs from the OFFER, options in the fields `file` and `sname`. Puts the layers together; does not answer.
 */
import type { Ip4, Mac } from '../../core/address.ts'
import type { DhcpMessage, DhcpOption } from '../../wire/dhcp/message.ts'
import { OPTION } from '../../wire/dhcp/option-codes.ts'
import { bytesOption, textOption, u32Option } from '../../wire/dhcp/options.ts'

/**
 * Codes and encoded values, a map or pairs; sent unasked, in this order, several instances of a code as several.
 */
export type OptionValues = Iterable<readonly [code: number, value: Uint8Array]>

/** What is not there is as the layer below has it. */
export interface ReplyWords {
  readonly options?: OptionValues | undefined
  /** Header field `file`. */
  readonly bootFile?: string | undefined
  /** siaddr. */
  readonly nextServer?: Ip4 | undefined
  /** Lease time (51), with T1 and T2. */
  readonly leaseSeconds?: number | undefined
}

/** Several may match one client: of each field and option the first counts. */
export interface ClientClass extends ReplyWords {
  readonly matches: (message: DhcpMessage) => boolean
  /** The first class that says so decides whether the client is answered at all. */
  readonly silent?: boolean | undefined
}

export interface Reservation extends ReplyWords {
  readonly mac: Mac
  /** Of the subnet; need not be of its pool. */
  readonly address: Ip4
}

/** Where an ACK differs from the OFFER before it. */
export interface AckWords extends ReplyWords {
  /** Option 54. */
  readonly serverIdentifier?: Ip4 | undefined
  /** Options left out. */
  readonly omit?: readonly number[] | undefined
}

/** Codes of the options that go into header fields (52). */
export interface Overload {
  readonly file: readonly number[]
  readonly sname: readonly number[]
}

/** A reply as far as it is configured. */
export interface Said {
  readonly options: readonly DhcpOption[]
  readonly bootFile: string
  readonly nextServer: Ip4 | undefined
}

/** The weakest layer first. */
export const layered = (base: Said, layers: readonly ReplyWords[]): Said => {
  let { options, bootFile, nextServer } = base
  const leases = options.some(({ code }) => code === OPTION.leaseTime)
  for (const layer of layers) {
    const own = Array.from(layer.options ?? [], ([code, value]) => bytesOption(code, value))
    // An answer to INFORM has no lease times, whoever says them.
    if (layer.leaseSeconds !== undefined && leases) own.unshift(...leaseTimes(layer.leaseSeconds))
    options = [...options.filter(({ code }) => !own.some(option => option.code === code)), ...own]
    bootFile = layer.bootFile ?? bootFile
    nextServer = layer.nextServer ?? nextServer
  }
  return { options, bootFile, nextServer }
}

/** RFC 2131 §4.4.5: T1 and T2. What lasts for ever is not renewed. */
export const leaseTimes = (seconds: number): DhcpOption[] => {
  const part = (share: number): number => (seconds === FOR_EVER ? FOR_EVER : Math.floor(seconds * share))
  return [
    u32Option(OPTION.leaseTime, seconds),
    u32Option(OPTION.renewalTime, part(0.5)),
    u32Option(OPTION.rebindingTime, part(0.875)),
  ]
}

/** RFC 2131 §3.3: infinity. */
export const FOR_EVER = 0xffffffff

/**
 * Options moved into header fields. A boot file that has to leave its field for that goes into option 67, closed by NUL,
 * unless there is one (RFC 2132 §9.5).
 */
export const overloaded = (said: Said, { file, sname }: Overload): Said => {
  const isMoved = file.length > 0 && said.bootFile !== ''
  const options = said.options.some(({ code }) => code === OPTION.bootFileName)
    ? said.options
    : [...said.options, ...(isMoved ? [textOption(OPTION.bootFileName, `${said.bootFile}\0`)] : [])]
  return {
    options: options.map(option => {
      if (file.includes(option.code)) return { ...option, area: 'file' as const }
      return sname.includes(option.code) ? { ...option, area: 'sname' as const } : option
    }),
    bootFile: isMoved ? '' : said.bootFile,
    nextServer: said.nextServer,
  }
}
