/**
 * Which protocol a UDP datagram speaks: by its ports where those say so, else by its first bytes, since the ports of a
 * TFTP transfer are anybody's. Does not decode: what looks like one need not be one.
 */
import { u16At } from '../core/bytes.ts'
import { AGENT_PORT } from './agent/message.ts'
import { DHCP_PORT } from './dhcp/message.ts'
import { OPCODE } from './tftp/codec.ts'
import { TFTP_PORT } from './tftp/packet.ts'

export type UdpPayload = 'dhcp' | 'tftp' | 'agent' | 'other'

/** The payload lies from `at` to `end`. */
export const udpPayload = (
  source: number,
  target: number,
  bytes: Uint8Array,
  at: number,
  end: number,
): UdpPayload => {
  // Relays and a Mac may want their answers at a port of their own.
  if (isDhcpPort(target) || source === DHCP_PORT.server || source === DHCP_PORT.bootServer) return 'dhcp'
  // Agents speak text; a TFTP packet starts with 0, whatever its port.
  if ((isAgentPort(source) || isAgentPort(target)) && bytes[at] !== 0) return 'agent'
  if (target === TFTP_PORT || source === TFTP_PORT) return 'tftp'
  return end >= at + 4 && OPCODES.includes(u16At(bytes, at)) ? 'tftp' : 'other'
}

const isDhcpPort = (port: number): boolean =>
  port === DHCP_PORT.server || port === DHCP_PORT.client || port === DHCP_PORT.bootServer

const isAgentPort = (port: number): boolean =>
  port === AGENT_PORT.web || port === AGENT_PORT.tickleServer || port === AGENT_PORT.tickleAgent

const OPCODES: readonly number[] = Object.values(OPCODE)
