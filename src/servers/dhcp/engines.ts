/**
 * Whose DHCP server answers: as it is written, and what it is.
 */
import type { z } from 'zod'
import { word } from '../../document/parts.ts'
import { NpmDhcpServer } from '../../peers/npm-dhcp.ts'
import { type DhcpEngine, ownEngine } from './dhcp-service.ts'

export const dhcpEngine = word('own', 'npm-dhcp').prefault('own')

export const DHCP_ENGINES: Readonly<Record<z.output<typeof dhcpEngine>, DhcpEngine>> = {
  own: ownEngine,
  'npm-dhcp': options => new NpmDhcpServer(options),
}
