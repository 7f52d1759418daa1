/**
 * What the parts of one running U-Boot share: the machine, the profile, and the variables that every DHCP packet
 * writes into. They are never cleared in a run, so what an early packet left stays if a later one says nothing.
 */
import { ANY_IP4, type Ip4 } from '../../core/address.ts'
import type { BootRecord, Pc } from '../pc.ts'
import type { BoardIdentity, UBootProfile } from './profile.ts'

export interface Board {
  readonly pc: Pc
  readonly record: BootRecord
  readonly profile: UBootProfile
  readonly identity: BoardIdentity
  readonly network: NetworkVariables
}

export interface NetworkVariables {
  address: Ip4
  mask: Ip4
  router: Ip4
  /** Option 54, of whichever packet brought one last. */
  dhcpServer: Ip4
  /** `serverip`: where files are. */
  server: Ip4
  bootFile: string
  /** Option 209 (U-7). */
  configFile: string
}

export const networkVariables = (bootFile: string): NetworkVariables => ({
  address: ANY_IP4,
  mask: ANY_IP4,
  router: ANY_IP4,
  dhcpServer: ANY_IP4,
  server: ANY_IP4,
  bootFile,
  configFile: '',
})
