/**
 * EDK2 takes the address of the offer it has selected: REQUEST and ACK (E-26 … E-30). Does not try another server:
 * there is no way back to the other offers (E-25).
 */
import { ANY_IP4, formatIp4 } from '../../core/address.ts'
import { named, phrase } from '../../core/wording.ts'
import { OPTION, first, subnetMask } from '../../wire/dhcp/options.ts'
import { leasedAddress, receivedReply } from '../offer.ts'
import type { Script } from '../pc.ts'
import { type Edk2Boot, type Edk2Error, type Lease, TO_ALL_SERVERS } from './boot.ts'
import type { Discovered } from './discover.ts'
import { declineMessage, requestMessage } from './messages.ts'
import { isWellFormed } from './offers.ts'
import { type PxePacket, namedServer, readPacket } from '../pxe21/offers.ts'

const ACK = 5
const NAK = 6

export function* requestLease(boot: Edk2Boot, discovered: Discovered): Script<Lease | Edk2Error> {
  const offer = discovered.selection.lease
  // E-22 rule 8: BOOTP has no REQUEST; the reply is offer and ACK in one.
  if (discovered.selection.from === 'bootp') return takeLease(boot, offer, offer)
  const { pc } = boot
  const { yiaddr } = offer.message
  const request = requestMessage(boot.client, boot.xid, discovered.secs, offer.identity, yiaddr)
  for (const ticks of boot.profile.requestWindows) {
    boot.dhcp.send(TO_ALL_SERVERS, request) // E-26
    const end = boot.tick.after(pc.now(), ticks)
    for (;;) {
      const incoming = yield end
      if (incoming === undefined) break
      const reply = receivedReply(incoming, boot.dhcp, boot.xid)
      if (reply === undefined || !isWellFormed(reply)) continue
      const answer = readPacket(reply)
      const verdict = judge(boot, offer, answer)
      if (verdict === 'lease') return takeLease(boot, offer, answer)
      if (verdict !== 'ignored') return verdict
    }
  }
  pc.because(
    'E-26',
    phrase`${named(offer.identity)} has made an offer but confirmed none of four REQUESTs (no ACK was heard): PXE-E16.`,
  )
  return 'PXE-E16'
}

/** E-27. */
const judge = (boot: Edk2Boot, offer: PxePacket, answer: PxePacket): 'lease' | 'ignored' | Edk2Error => {
  const { pc } = boot
  const type = first(answer.message, OPTION.messageType)?.[0]
  if (type !== ACK && type !== NAK) return 'ignored'
  const server = namedServer(answer.message)
  const asked = named(offer.identity)
  if (server !== namedServer(offer.message)) {
    const what = type === ACK ? 'ACK' : 'NAK'
    pc.because('E-27', phrase`The ${what} of ${named(answer.identity)} does not count: ${asked} was asked.`)
    return 'ignored'
  }
  if (type === NAK) {
    pc.because(
      'E-27',
      phrase`${asked} refuses its own offer (NAK): PXE-E07. EDK2 never goes back to another offer.`,
    )
    return 'PXE-E07'
  }
  if (answer.message.yiaddr === offer.message.yiaddr) return 'lease'
  pc.because('E-27', phrase`${asked} confirms another address than it has offered: DECLINE and PXE-E07.`)
  decline(boot, offer, "Lease confirmed isn't the same as that in the offer")
  return 'PXE-E07'
}

/** E-28: mask, router and server from the offer. E-29: nobody asks whether the address is in use. */
const takeLease = (boot: Edk2Boot, offer: PxePacket, ack: PxePacket): Lease | Edk2Error => {
  const { pc, record } = boot
  if (subnetMask(offer.message) === undefined) {
    pc.because(
      'E-28',
      phrase`The offer of ${named(offer.identity)} has no subnet mask (1): DECLINE and PXE-E21.`,
    )
    if (ack !== offer) decline(boot, offer, 'Lease is denied upon entering bound')
    return 'PXE-E21'
  }
  const address = offer.message.yiaddr
  if (address === ANY_IP4) return 'PXE-E99'
  pc.configure(leasedAddress(offer.message))
  record.lease = { server: offer.identity, address }
  pc.print(`Station IP address is ${formatIp4(address)}`)
  return { address, offer, ack }
}

const decline = (boot: Edk2Boot, offer: PxePacket, reason: string): void => {
  const message = declineMessage(boot.client, boot.xid, offer.identity, offer.message.yiaddr, reason)
  boot.dhcp.send(TO_ALL_SERVERS, message)
}
