/**
 * What one boot of EDK2 carries from step to step, and the errors its steps end with.
 */
import { type Ip4, LIMITED_BROADCAST } from '../../core/address.ts'
import type { Destination } from '../../core/state-machine.ts'
import { DHCP_PORT } from '../../wire/dhcp/message.ts'
import type { Processor } from '../../wire/executable.ts'
import type { BootRecord, Pc, PcSocket } from '../pc.ts'
import type { RouterFault } from './addresses.ts'
import type { ClientOptions } from './messages.ts'
import type { Edk2Profile } from './profile.ts'
import type { StoredPacket } from './stored-packet.ts'
import type { Tick } from './tick.ts'

/** E-56: what the screen shows when PXE ends without a file. */
export type Edk2Error =
  | 'PXE-E05'
  | 'PXE-E07'
  | 'PXE-E09'
  | 'PXE-E12'
  | 'PXE-E16'
  | 'PXE-E18'
  | 'PXE-E21'
  | 'PXE-E22'
  | 'PXE-E23'
  | 'PXE-E53'
  | 'PXE-E99'

export interface Edk2Boot {
  readonly pc: Pc
  readonly record: BootRecord
  readonly profile: Edk2Profile
  readonly processor: Processor
  readonly client: ClientOptions
  readonly tick: Tick
  /** Port 68, open until the boot server is known. */
  readonly dhcp: PcSocket
  /** E-6: one for all DISCOVERs and the REQUEST. */
  readonly xid: number
}

/** What the machine is, whichever boot option it tries. */
export interface Edk2Machine {
  readonly profile: Edk2Profile
  readonly processor: Processor
  readonly tick: Tick
}

/** A boot option begins: port 68 is opened, and an xid drawn. */
export const beginBoot = (
  pc: Pc,
  record: BootRecord,
  { profile, processor, tick }: Edk2Machine,
  client: ClientOptions,
): Edk2Boot => ({
  pc,
  record,
  profile,
  processor,
  client,
  tick,
  dhcp: pc.openUdp({ port: DHCP_PORT.client, ownChaddrOnly: true }),
  xid: pc.random.u32(), // E-6
})

/** The machine has an address, and what the server said in its ACK. */
export interface Lease {
  readonly address: Ip4
  readonly ack: StoredPacket
  /** E-106: a router was given that the stack does not take. */
  readonly badRouter: { readonly router: Ip4; readonly fault: RouterFault } | undefined
}

export const TO_ALL_SERVERS: Destination = { ip: LIMITED_BROADCAST, port: DHCP_PORT.server }
