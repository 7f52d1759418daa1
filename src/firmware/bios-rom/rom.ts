/**
 * What one boot of a BIOS ROM carries from step to step, its errors, and what it prints (B-32). Does not
 * act.
 */
import { type Address } from '../../network/port.ts'
import { type Ip4, LIMITED_BROADCAST, type Mac, formatIp4, formatMac, netmask } from '../../core/address.ts'
import { toHex } from '../../core/bytes.ts'
import type { Destination } from '../../core/state-machine.ts'
import { type Micros, fromSeconds } from '../../core/micros.ts'
import { DHCP_PORT } from '../../wire/dhcp/message.ts'
import type { BootRecord, Pc, PcSocket } from '../pc.ts'
import type { RomClient } from './messages.ts'
import type { RomProfile } from './profile.ts'
import type { PxePacket } from '../pxe21/offers.ts'

const TEXTS = {
  'PXE-E11': 'ARP timeout',
  'PXE-E32': 'TFTP open timeout',
  'PXE-E35': 'TFTP read timeout',
  'PXE-E36': 'Error received from TFTP server',
  'PXE-E3B': 'TFTP Error - File Not Found',
  'PXE-E3C': 'TFTP Error - Access Violation',
  'PXE-E3F': 'TFTP packet size is invalid',
  'PXE-E51': 'No DHCP or proxyDHCP offers were received',
  'PXE-E52': 'proxyDHCP offers were received. No DHCP offers were received',
  'PXE-E53': 'No boot filename received',
  'PXE-E55': 'ProxyDHCP service did not reply to request on port 4011',
  'PXE-E74': 'Bad or missing PXE menu and/or prompt information',
  'PXE-E76': 'Bad or missing multicast discovery address',
  'PXE-E77': 'Bad or missing discovery server list',
  'PXE-E78': 'Could not locate boot server',
  'PXE-E7B': 'Bad or missing MTFTP server address',
} as const

export type RomError = keyof typeof TEXTS

export interface Rom {
  readonly pc: Pc
  readonly record: BootRecord
  readonly profile: RomProfile
  readonly client: RomClient
  readonly dhcp: PcSocket
  /** Seconds the field `secs` shows: of the last DISCOVER. */
  secs: number
  /** Refused offers that the explanation has named. */
  readonly told: Set<string>
  /** B-21: the next TFTP transfer's own port. */
  tftpPort: number
}

export interface RomLease {
  readonly offer: PxePacket
  readonly ack: PxePacket
  readonly address: Address
}

export const TO_ALL_SERVERS: Destination = { ip: LIMITED_BROADCAST, port: DHCP_PORT.server }

export const printClient = (pc: Pc): void =>
  pc.print(`CLIENT MAC ADDR: ${spaced(pc.mac)}  GUID: ${guid(pc.uuid)}`)

export const printLease = (pc: Pc, { address, offer }: RomLease, proxy: Ip4 | undefined): void => {
  const mask = formatIp4(netmask(address.prefixLength))
  const proxyText = proxy === undefined ? '' : `  PROXY IP: ${formatIp4(proxy)}`
  pc.print(
    `CLIENT IP: ${formatIp4(address.ip)}  MASK: ${mask}  DHCP IP: ${formatIp4(offer.identity)}${proxyText}`,
  )
  if (address.router !== undefined) pc.print(`GATEWAY IP: ${formatIp4(address.router)}`)
}

export const printError = (pc: Pc, error: RomError): void => pc.print(`${error}: ${TEXTS[error]}`)
export const printExit = (pc: Pc): void => pc.print('PXE-M0F: Exiting PXE ROM.')

export const seconds = (now: Micros, count: number): Micros => now + fromSeconds(count)

const spaced = (mac: Mac): string => formatMac(mac).replaceAll(':', ' ').toUpperCase()

/** As ROMs show it: the bytes in the order of the table, in groups. */
const guid = (uuid: Uint8Array): string =>
  toHex(uuid)
    .toUpperCase()
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
