/**
 * What every phase of a Mac's boot shares: the machine, its socket, its transaction ids. Types and small things.
 */
import { LIMITED_BROADCAST } from '../../core/address.ts'
import type { Destination } from '../../core/state-machine.ts'
import { type Micros, SECOND } from '../../core/micros.ts'
import { DHCP_PORT } from '../../wire/dhcp/message.ts'
import type { BootRecord, Pc, PcSocket } from '../pc.ts'
import type { AppleProfile } from './profile.ts'

export interface Mac {
  readonly pc: Pc
  readonly record: BootRecord
  readonly profile: AppleProfile
  /** Port 68. */
  readonly dhcp: PcSocket
  readonly startedAt: Micros
}

export const TO_ALL_SERVERS: Destination = { ip: LIMITED_BROADCAST, port: DHCP_PORT.server }

export const newXid = ({ pc }: Pick<Mac, 'pc'>): number => pc.random.u32()
export const secsOf = ({ pc, startedAt }: Mac): number => Math.floor((pc.now() - startedAt) / SECOND) & 0xffff

/** ± fuzz around a wait, as RFC 2131 §4.1 has it. */
export const waitUntil = ({ pc, profile }: Mac, wait: Micros): Micros =>
  pc.now() + wait - profile.fuzz + pc.random.below(2 * profile.fuzz + 1)
