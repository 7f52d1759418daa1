/**
 * The DHCP part of a Mac's boot: an address, and the BSDP OFFER of the
 * server it is bound to, if there is one. Does not ask boot servers. The ARP probe leaves no trace here.
 */
import { ANY_IP4, type Ip4 } from '../../core/address.ts'
import { named, phrase } from '../../core/wording.ts'
import type { Address } from '../../network/port.ts'
import { clientMac, messageType } from '../../wire/dhcp/options.ts'
import { type Received, describeServer, leasedAddress, receivedReply, serverIdentity } from '../offer.ts'
import type { Script } from '../pc.ts'
import { type BootSource, isBsdpOffer, isCombinedOffer, sourceOf } from './answers.ts'
import { type Mac, TO_ALL_SERVERS, newXid, secsOf, waitUntil } from './mac.ts'
import { discoverMessage, requestMessage } from './messages.ts'

export interface MacLease {
  readonly address: Address
  readonly server: Ip4
  /** Of a BSDP OFFER: no LIST is needed. */
  readonly source: BootSource | undefined
}

interface Gathered {
  lease: Received | undefined
  bound: Received | undefined
}

/** Undefined: no DHCP server leases an address. `plain`: as a running system does it. */
export function* takeLease(mac: Mac, plain = false): Script<MacLease | undefined> {
  const { pc, profile, record } = mac
  for (const wait of profile.discoverWaits) {
    const gathered = yield* gatherOffers(mac, wait, plain)
    if (!gathered.lease) continue
    const lease = yield* requestAddress(mac, gathered.lease, plain)
    if (!lease) continue
    pc.configure(lease.address)
    record.lease = { server: lease.server, address: lease.address.ip }
    return { ...lease, source: plain ? undefined : boundSource(mac, gathered) }
  }
  return undefined
}

/** The window after a DISCOVER; the first answer shortens or prolongs it to the time of gathering. */
function* gatherOffers(mac: Mac, wait: number, plain: boolean): Script<Gathered> {
  const { pc, profile, dhcp } = mac
  const xid = newXid(mac)
  dhcp.send(TO_ALL_SERVERS, discoverMessage(mac, { xid, secs: secsOf(mac) }, plain))
  const gathered: Gathered = { lease: undefined, bound: undefined }
  let end = waitUntil(mac, wait)
  let isFirst = true
  for (;;) {
    const incoming = yield end
    if (!incoming) return gathered
    const reply = receivedReply(incoming, dhcp, xid)
    if (!reply || clientMac(reply.message) !== pc.mac || messageType(reply.message) !== 'offer') continue
    if (!keep(mac, gathered, reply)) continue
    if (isFirst) end = pc.now() + profile.gather
    isFirst = false
    if (gathered.lease && (gathered.bound || plain)) return gathered
  }
}

/** The last of each kind counts, as the specification's text has it. False: of no use. */
const keep = ({ pc, profile }: Mac, gathered: Gathered, reply: Received): boolean => {
  const server = describeServer(reply.message, reply.source)
  if (isBsdpOffer(reply.message)) {
    if (gathered.bound)
      pc.because('A-32', phrase`a second BSDP OFFER came from ${server}; the last one is used`)
    gathered.bound = reply
    return true
  }
  if (reply.message.yiaddr === ANY_IP4) return false
  gathered.lease = reply
  if (isCombinedOffer(reply.message)) {
    if (profile.acceptsCombinedOffer) gathered.bound = reply
    else
      pc.because(
        'A-23',
        phrase`${server} offers address and image together; this model uses only the address`,
      )
  }
  return true
}

function* requestAddress(
  mac: Mac,
  offer: Received,
  plain: boolean,
): Script<Omit<MacLease, 'source'> | undefined> {
  const { pc, profile, dhcp } = mac
  const xid = newXid(mac)
  const server = serverIdentity(offer.message, offer.source)
  for (const wait of profile.requestWaits) {
    const wanted = { xid, secs: secsOf(mac), server, address: offer.message.yiaddr }
    dhcp.send(TO_ALL_SERVERS, requestMessage(mac, wanted, plain))
    const end = waitUntil(mac, wait)
    for (let incoming = yield end; incoming; incoming = yield end) {
      const reply = receivedReply(incoming, dhcp, xid)
      if (!reply || clientMac(reply.message) !== pc.mac) continue
      const type = messageType(reply.message)
      if (type === 'nak') {
        pc.because(
          'A-28',
          phrase`${describeServer(reply.message, reply.source)} refuses ${named(wanted.address)}`,
        )
        return undefined
      }
      if (type !== 'ack' || reply.message.yiaddr === ANY_IP4) continue
      return { address: leasedAddress(reply.message), server: serverIdentity(reply.message, reply.source) }
    }
  }
  return undefined
}

const boundSource = ({ pc }: Mac, { bound, lease }: Gathered): BootSource | undefined => {
  if (!bound) return undefined
  const source = sourceOf(bound)
  const what =
    bound === lease ? 'the offer contains address and image' : 'its BSDP OFFER says that the Mac is bound'
  pc.because('A-23', phrase`boots from ${named(source.server)} without asking: ${what}`)
  return source
}
