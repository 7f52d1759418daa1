/**
 * What EDK2 and its boot manager print (E-49, E-56). Does not decide
 * when.
 */
import { type Mac, formatMac } from '../../core/address.ts'
import type { Pc } from '../pc.ts'
import type { Edk2Error } from './boot.ts'

const ERRORS: Readonly<Record<Edk2Error, string>> = {
  'PXE-E05': 'Buffer size is smaller than the requested file.',
  'PXE-E07': 'Network device error.',
  'PXE-E09': 'Could not allocate I/O buffers.',
  'PXE-E12': 'Could not detect network connection.',
  'PXE-E16': 'No valid offer received.',
  'PXE-E18': 'Server response timeout.',
  'PXE-E21': 'Remote boot cancelled.',
  'PXE-E22': 'Client received ICMP error from server.',
  'PXE-E23': 'Client received TFTP error from server.',
  'PXE-E53': 'No boot filename received.',
  'PXE-E99': 'Unexpected network error.',
}

export const printError = (pc: Pc, error: Edk2Error): void => pc.print(`${error}: ${ERRORS[error]}`)

/** The boot manager's verdict on a boot option that has not led to a running program. */
export const printNotLoaded = (pc: Pc, status: 'Not Found' | 'Unsupported', over: 'PXE' | 'HTTP'): void =>
  pc.print(`BdsDxe: failed to load ${bootOption(pc.mac, over)}: ${status}`)

export const printStarted = (pc: Pc, over: 'PXE' | 'HTTP'): void => {
  const option = bootOption(pc.mac, over)
  pc.print(`BdsDxe: loading ${option}`)
  pc.print(`BdsDxe: starting ${option}`)
}

/** Boot0001 "UEFI PXEv4 (MAC:005056000001)" from its device path; OVMF has the card in slot 3. */
const bootOption = (mac: Mac, over: 'PXE' | 'HTTP'): string => {
  const digits = formatMac(mac).replaceAll(':', '').toUpperCase()
  const card = `PciRoot(0x0)/Pci(0x3,0x0)/MAC(${digits},0x1)`
  const node = `IPv4(0.0.0.0,0x0,DHCP,0.0.0.0,0.0.0.0,0.0.0.0)`
  return over === 'PXE'
    ? `Boot0001 "UEFI PXEv4 (MAC:${digits})" from ${card}/${node}`
    : `Boot0002 "UEFI HTTPv4 (MAC:${digits})" from ${card}/${node}/Uri()`
}
