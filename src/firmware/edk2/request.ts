/**
 * EDK2 takes an address: REQUEST and ACK (E-26 … E-30). Does not try another server: there is no way back to the other
 * offers (E-25).
 */
import { ANY_IP4, formatIp4, prefixLengthOf } from '../../core/address.ts'
import { named, phrase } from '../../core/wording.ts'
import { receivedReply } from '../offer.ts'
import type { Script } from '../pc.ts'
import { routerFault, takesStation } from './addresses.ts'
import type { AskedOffer } from './asked-offer.ts'
import { type Edk2Boot, type Edk2Error, type Lease, TO_ALL_SERVERS } from './boot.ts'
import type { Discovered } from './discover.ts'
import { declineMessage, requestMessage } from './messages.ts'
import { type DhcpParameters, arrivingParameters } from './option-check.ts'
import { type StoredPacket, rereadPacket, storePacket } from './stored-packet.ts'

const BOOTP = 0
const ACK = 5
const NAK = 6

export function* requestLease(
  boot: Edk2Boot,
  { asked, selection, secs }: Discovered,
): Script<Lease | Edk2Error> {
  // E-22 rule 8: BOOTP has no REQUEST; the reply is offer and ACK in one.
  if (asked.parameters.type === BOOTP) return takeLease(boot, asked, rereadPacket(selection.lease))
  const { pc } = boot
  const { address, parameters } = asked
  const request = requestMessage(boot.client, boot.xid, secs, parameters.serverId, address)
  for (const ticks of boot.profile.requestWindows) {
    boot.dhcp.send(TO_ALL_SERVERS, request) // E-26
    const end = boot.tick.after(pc.now(), ticks)
    for (;;) {
      const incoming = yield end
      if (incoming === undefined) break
      const reply = receivedReply(incoming, boot.dhcp, boot.xid)
      const said = reply && arrivingParameters(reply.bytes, boot.profile)
      if (!said) continue
      const answer = storePacket(reply.bytes, reply.message, reply.source)
      const verdict = judge(boot, asked, answer, said)
      if (verdict === 'lease') return takeLease(boot, asked, answer)
      if (verdict !== 'ignored') return verdict
    }
  }
  pc.because(
    'E-26',
    phrase`${named(asked.identity)} made an offer but acknowledged none of four REQUESTs (no ACK was received): PXE-E16.`,
  )
  return 'PXE-E16'
}

/** E-27. */
const judge = (
  boot: Edk2Boot,
  asked: AskedOffer,
  answer: StoredPacket,
  { type, serverId }: DhcpParameters,
): 'lease' | 'ignored' | Edk2Error => {
  const { pc } = boot
  if (type !== ACK && type !== NAK) return 'ignored'
  if (serverId !== asked.parameters.serverId) {
    const what = type === ACK ? 'ACK' : 'NAK'
    pc.because(
      'E-27',
      phrase`The ${what} of ${named(answer.identity)} is ignored: the REQUEST was to ${named(asked.identity)}.`,
    )
    return 'ignored'
  }
  if (type === NAK) {
    pc.because(
      'E-27',
      phrase`${named(asked.identity)} refuses its own offer (NAK): PXE-E07. EDK2 never falls back to another offer.`,
    )
    return 'PXE-E07'
  }
  if (answer.message.yiaddr === asked.address) return 'lease'
  pc.because(
    'E-27',
    phrase`${named(asked.identity)} acknowledges a different address from the one it offered: DECLINE and PXE-E07.`,
  )
  decline(boot, asked, "Lease confirmed isn't the same as that in the offer")
  return 'PXE-E07'
}

/** E-28: mask, router and server from the offer. E-29: nobody asks whether the address is in use. */
const takeLease = (boot: Edk2Boot, asked: AskedOffer, ack: StoredPacket): Lease | Edk2Error => {
  const { pc, record, profile } = boot
  const { identity, address, parameters } = asked
  const { mask, router, type } = parameters
  const deny = (rule: string, why: string, error: Edk2Error): Edk2Error => {
    pc.because(rule, phrase`The offer of ${named(identity)} ${why}: DECLINE and ${error}.`)
    if (type !== BOOTP) decline(boot, asked, 'Lease is denied upon entering bound')
    return error
  }
  if (mask === ANY_IP4) return deny('E-28', 'has no subnet mask (1)', 'PXE-E21')
  if (!takesStation(address, mask, profile))
    return deny('E-107', 'gives an address that is not a host address under its mask', 'PXE-E09')
  if (address === ANY_IP4) return 'PXE-E99'
  const fault = router === ANY_IP4 ? undefined : routerFault(router, address, mask, profile)
  pc.configure({
    ip: address,
    prefixLength: linkLength(prefixLengthOf(mask)),
    ...(router !== ANY_IP4 && !fault && { router }),
  })
  record.lease = { server: identity, address }
  pc.print(`Station IP address is ${formatIp4(address)}`)
  return { address, ack, badRouter: fault && { router, fault } }
}

/** E-108: under a mask of 32 ones every destination is sought on the link first, and then by the router. */
const linkLength = (prefixLength: number): number => (prefixLength === 32 ? 0 : prefixLength)

const decline = (boot: Edk2Boot, { address, parameters }: AskedOffer, reason: string): void => {
  const message = declineMessage(boot.client, boot.xid, parameters.serverId, address, reason)
  boot.dhcp.send(TO_ALL_SERVERS, message)
}
