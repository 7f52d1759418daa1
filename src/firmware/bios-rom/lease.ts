/**
 * A BIOS ROM collects offers and takes an address (B-2 … B-5, B-11, B-13). Does not use what the offers say about
 * booting.
 */
import { macAt } from '../../core/address.ts'
import { u32At } from '../../core/bytes.ts'
import { type Phrase, inWords, named, phrase } from '../../core/wording.ts'
import { OPTION, first } from '../../wire/dhcp/options.ts'
import { describeServer, leasedAddress, receivedReply } from '../offer.ts'
import type { Script } from '../pc.ts'
import type { Candidate, RomOffers } from './candidates.ts'
import { discoverMessage, requestMessage } from './messages.ts'
import { type Rom, type RomError, type RomLease, TO_ALL_SERVERS, seconds } from './rom.ts'
import { namedServer, readPacket } from '../pxe21/offers.ts'

const OFFER = 2
const ACK = 5

/** B-2, B-4: the last four bytes of the MAC, the top one raised with each attempt. */
export const transactionId = (rom: Rom, attempt: number): number => {
  const tail = u32At(rom.client.chaddr, 2)
  return (tail + attempt * 0x01000000) >>> 0
}

/** One DISCOVER and the window behind it, which is always waited for in full (B-5). */
export function* collectOffers(rom: Rom, offers: RomOffers, attempt: number): Script {
  const { pc } = rom
  const xid = transactionId(rom, attempt)
  rom.dhcp.send(TO_ALL_SERVERS, discoverMessage(rom.client, xid, rom.secs))
  const end = seconds(pc.now(), rom.profile.discoverWindows[attempt] ?? 0)
  for (;;) {
    const incoming = yield end
    if (incoming === undefined) return
    const reply = receivedReply(incoming, rom.dhcp, xid)
    if (!reply || macAt(reply.message.chaddr, 0) !== pc.mac) continue
    const type = first(reply.message, OPTION.messageType)?.[0] ?? 0
    if (type !== 0 && (type !== OFFER || namedServer(reply.message) === undefined)) continue // B-5
    const refused = offers.add(readPacket(reply))
    if (refused === undefined) continue
    tellRefused(rom, phrase`The offer of ${describeServer(reply.message, reply.source)}`, refused)
  }
}

/** Refused offers that the explanation names; retransmissions are told once, and of a flood the first ones. */
export const MAX_REFUSALS_TOLD = 16

const tellRefused = ({ pc, profile, told }: Rom, offer: Phrase, why: 'full' | 'useless' | RomError): void => {
  const key = why === 'full' ? why : `${inWords(offer)} ${why}`
  if (told.has(key) || told.size >= MAX_REFUSALS_TOLD) return
  told.add(key)
  if (why === 'full')
    pc.because(
      'B-5',
      phrase`${offer} is dropped, as is every later one: the ROM already holds ${profile.maxOffers} offers.`,
    )
  else if (why === 'useless') pc.because('B-7', phrase`${offer} is not kept: it contains nothing usable.`)
  else pc.because('B-6', phrase`${offer} is rejected: its PXE options contradict each other (${why}).`)
}

/** B-11: undefined = no ACK; a NAK is not told from silence. */
export function* takeLease(
  rom: Rom,
  { lease: offer, from }: Candidate,
  attempt: number,
): Script<RomLease | undefined> {
  const { pc } = rom
  const address = leasedAddress(offer.message)
  if (from === 'bootp') return { offer, ack: offer, address }
  const xid = transactionId(rom, attempt)
  const asked = { xid, secs: rom.secs, server: offer.identity, address: address.ip }
  for (const window of rom.profile.requestWindows) {
    rom.dhcp.send(TO_ALL_SERVERS, requestMessage(rom.client, asked))
    const end = seconds(pc.now(), window)
    for (let incoming = yield end; incoming !== undefined; incoming = yield end) {
      const reply = receivedReply(incoming, rom.dhcp, xid)
      if (!reply || first(reply.message, OPTION.messageType)?.[0] !== ACK) continue
      const ack = readPacket(reply)
      const matches = ack.message.yiaddr === address.ip && namedServer(ack.message) === offer.identity
      if (matches) return { offer, ack, address }
    }
  }
  pc.because(
    'B-11',
    phrase`No ACK came from ${named(offer.identity)} (a NAK is treated as silence): the ROM tries the next offer.`,
  )
  return undefined
}

/**
 * B-13: the address is used after a moment in which its holder could have answered an ARP probe. The port offers no
 * probe, so a conflict is not seen here.
 */
export function* useAddress(rom: Rom, lease: RomLease): Script {
  const { pc, record } = rom
  const end = seconds(pc.now(), rom.profile.arpProbe)
  while (pc.now() < end) yield end
  pc.configure(lease.address)
  record.lease = { server: lease.offer.identity, address: lease.address.ip }
}
