/**
 * EDK2 asks on port 4011 for what an offer with PXEClient but without PXE options has not said (E-31 … E-35). The
 * name is Microsoft's: Boot Information Negotiation Layer. Does not use a boot file that the offer may have named.
 */
import { ANY_IP4 } from '../../core/address.ts'
import { named, phrase } from '../../core/wording.ts'
import type { Script } from '../pc.ts'
import { askBootServer } from './ask-boot-server.ts'
import type { Edk2Boot, Edk2Error, Lease } from './boot.ts'
import type { StoredPacket } from './stored-packet.ts'

/** E-35: the servers in order of arrival, until one gives a usable reply. */
export function* askBinlServers(
  boot: Edk2Boot,
  lease: Lease,
  servers: readonly StoredPacket[],
): Script<StoredPacket | Edk2Error> {
  const { pc, record } = boot
  for (const server of servers) {
    record.pxeServer = server.identity
    const to = addressOf(server)
    pc.because(
      'E-31',
      phrase`The offer of ${named(server.identity)} has option 60 PXEClient but no PXE options (43), so EDK2 must ask port 4011, whatever file the offer names.`,
    )
    const reply = yield* askBootServer(boot, lease, { to, type: undefined, listed: undefined })
    const usable = typeof reply === 'object' && isUsable(reply)
    if (usable) return reply
    pc.because(
      'E-35',
      phrase`${named(to)} ${typeof reply === 'object' ? 'names no boot file' : 'did not answer four requests'} on port 4011.`,
    )
  }
  // E-31, E-35: a boot file in the DHCP offer does not help.
  pc.because(
    'E-35',
    'No server gave a usable answer on port 4011. A boot file from the DHCP server is not used instead: PXE-E16.',
  )
  return 'PXE-E16'
}

/** E-32: siaddr, else option 54. */
const addressOf = (server: StoredPacket) =>
  server.message.siaddr === ANY_IP4 ? (server.server ?? server.identity) : server.message.siaddr

/** E-34. */
const isUsable = (reply: StoredPacket): boolean => {
  if (reply.class === 'wfm') return false
  return reply.class === 'proxyPxe10' || reply.bootFile !== undefined
}
