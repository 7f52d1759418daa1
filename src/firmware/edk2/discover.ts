/**
 * EDK2 looks for servers: DISCOVER, a whole window of listening, selection, and again (E-1 … E-15). Does not ask for
 * the address it has chosen.
 */
import { formatIp4 } from '../../core/address.ts'
import { type Received, describeServer, receivedReply } from '../offer.ts'
import type { Script } from '../pc.ts'
import { type Edk2Boot, type Edk2Error, TO_ALL_SERVERS } from './boot.ts'
import { discoverMessage } from './messages.ts'
import {
  MAX_PACKET_SIZE,
  OfferCache,
  type OfferClass,
  isWellFormed,
  namedServer,
  readPacket,
} from './offers.ts'
import { type Selection, selectOffer } from './select.ts'

export interface Discovered {
  readonly selection: Selection
  /** `secs` of the last DISCOVER; the REQUEST repeats it (E-26). */
  readonly secs: number
}

export function* discover(boot: Edk2Boot): Script<Discovered | Edk2Error> {
  const { pc, profile } = boot
  const offers = new OfferCache(profile)
  let secs = 0
  for (const [attempt, ticks] of profile.discoverWindows.entries()) {
    boot.dhcp.send(TO_ALL_SERVERS, discoverMessage(boot.client, boot.xid, secs))
    // Finding 10: only the first DISCOVER reaches the callback that prints.
    if (attempt === 0) pc.append('.')
    const heard = yield* listen(boot, offers, ticks)
    // E-14: only a window in which something came is followed by a selection.
    const selection = heard ? selectOffer(offers, profile) : undefined
    if (selection) {
      explain(boot, selection, offers)
      return { selection, secs }
    }
    // E-7: seconds by the tick, so that the DISCOVERs carry 0, 4, 12, 28.
    secs += ticks
  }
  if (offers.count === 0) {
    pc.because('E-18', 'no DHCP or PXE server has answered four DISCOVERs in 60 s: PXE-E18')
    return 'PXE-E18'
  }
  pc.because('E-22', `${counted(offers.count)} came, but no usable combination in 60 s: PXE-E16`)
  return 'PXE-E16'
}

/** E-14: the whole window, even if a perfect offer comes after a millisecond. True if an offer came. */
function* listen(boot: Edk2Boot, offers: OfferCache, ticks: number): Script<boolean> {
  const { pc } = boot
  const end = boot.tick.after(pc.now(), ticks)
  let heard = false
  for (;;) {
    const incoming = yield end
    if (incoming === undefined) return heard
    const reply = receivedReply(incoming, boot.dhcp, boot.xid) // E-10
    if (reply === undefined || !isOffer(boot, reply)) continue
    heard = true
    const packet = readPacket(reply)
    if (!offers.add(packet)) {
      const why = NOT_KEPT[packet.class] ?? `${boot.profile.maxOffers} offers are held already`
      pc.because(packet.class === 'stray' ? 'E-21' : 'E-19', `${from(reply)} is not kept: ${why}`)
    }
  }
}

/** E-11, E-12: what the DHCP driver passes on to the PXE driver. */
const isOffer = (boot: Edk2Boot, reply: Received): boolean => {
  const { pc } = boot
  const { message } = reply
  if (!isWellFormed(reply)) {
    const what = message.ended ? 'an option has a forbidden length or value' : 'its options lack END (255)'
    const why = reply.size > MAX_PACKET_SIZE ? `it has ${reply.size} bytes` : what
    pc.because(reply.size > MAX_PACKET_SIZE ? 'E-10' : 'E-11', `${from(reply)} is dropped: ${why}`)
    return false
  }
  const type = typeOf(reply)
  if (type === 0) return true // BOOTP
  if (type !== OFFER) return false
  if (namedServer(message) !== undefined) return true
  pc.because('E-12', `${from(reply)} is ignored: it has no server identifier (54)`)
  return false
}

const OFFER = 2
const typeOf = ({ message }: Received): number =>
  message.options.find(option => option.code === 53)?.value[0] ?? 0

/** Why an offer of this class is not kept, where it is not for want of room. */
const NOT_KEPT: Partial<Record<OfferClass, string>> = {
  proxyPxe10: 'only the first complete proxy offer is (old builds keep none)',
  bootp: 'only the first BOOTP reply with a boot file is',
  wfm: 'multicast TFTP (WfM 1.1a) is not supported',
  stray: 'it gives no address and does not say PXEClient',
}

const from = (reply: Received): string => `the offer of ${describeServer(reply.message, reply.source)}`
const counted = (count: number): string => (count === 1 ? '1 offer' : `${count} offers`)

const explain = ({ pc }: Edk2Boot, selection: Selection, offers: OfferCache): void => {
  const { lease, proxies } = selection
  const beaten = counted(offers.count)
  const address = `address from ${formatIp4(lease.identity)}`
  const boots = {
    ack: `boot file from the same server`,
    bootp: `boot file from the same reply`,
    proxyOffer: `boot file from ${proxies.map(proxy => formatIp4(proxy.identity)).join()}`,
    port4011: `boot file from port 4011 of ${proxies.map(proxy => formatIp4(proxy.identity)).join(', ')}`,
  }[selection.from]
  pc.because('E-22', `rule ${selection.rule} of ${beaten}: ${selection.because}; ${address}, ${boots}`)
  if (selection.rule === 7 && selection.from === 'proxyOffer')
    pc.because(
      'E-21',
      `a stray offer without address was seen, so the boot file comes from the first plain DHCP offer, ` +
        `that of ${proxies.map(proxy => formatIp4(proxy.identity)).join()}`,
    )
}
