/**
 * Whose DHCP server answers: as it is written, and what it is.
 */
import type { z } from 'zod'
import { word } from '../../document/parts.ts'
import { type Misfit, NpmDhcpServer, npmDhcpMisfits } from '../../peers/npm-dhcp.ts'
import type { DhcpServerOptions } from '../../protocol/dhcp/server-options.ts'
import { type DhcpEngine, ownEngine } from './dhcp-service.ts'

export const dhcpEngine = word('own', 'npm-dhcp').prefault('own')

interface Engine {
  readonly create: DhcpEngine
  /** What is wanted of it and it cannot do. */
  readonly misfits: (setup: DhcpServerOptions) => readonly Misfit[]
}

export const DHCP_ENGINES: Readonly<Record<z.output<typeof dhcpEngine>, Engine>> = {
  own: { create: ownEngine, misfits: () => [] },
  'npm-dhcp': { create: options => new NpmDhcpServer(options), misfits: npmDhcpMisfits },
}
