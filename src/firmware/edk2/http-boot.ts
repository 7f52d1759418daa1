/**
 * UEFI HTTP boot over IPv4: DISCOVER with the class HTTPClient, the choice among offers and the lease (E-50 … E-53,
 * E-60 … E-70); then `http-fetch.ts` gets the file.
 */
import { ANY_IP4, type Ip4, parseIp4 } from '../../core/address.ts'
import { printable } from '../../core/bytes.ts'
import { named, phrase } from '../../core/wording.ts'
import { OPTION, first } from '../../wire/dhcp/options.ts'
import { isHttpClient } from '../../wire/pxe/client.ts'
import { receivedReply } from '../offer.ts'
import type { BootRecord, Pc, Script } from '../pc.ts'
import { type LastOffer, askedOffer } from './asked-offer.ts'
import { type NotStarted, verdict } from './boot-file.ts'
import { type Edk2Boot, type Edk2Error, type Edk2Machine, TO_ALL_SERVERS, beginBoot } from './boot.ts'
import { printNotLoaded, printStarted } from './console.ts'
import { type HttpError, fetchOverHttp } from './http-fetch.ts'
import { clientOptions, discoverMessage } from './messages.ts'
import { MAX_PACKET_SIZE } from './offers.ts'
import { arrivingParameters } from './option-check.ts'
import { requestLease } from './request.ts'
import type { Selection } from './select.ts'
import { type StoredPacket, storePacket } from './stored-packet.ts'

export function* bootOverHttp(
  pc: Pc,
  record: BootRecord,
  machine: Edk2Machine,
  architecture: number,
): Script {
  const client = clientOptions(pc, { architecture, undi: machine.profile.undi, http: true }) // E-50
  const boot = beginBoot(pc, record, machine, client)
  pc.print('>>Start HTTP Boot over IPv4')
  const found = yield* findUri(boot)
  boot.dhcp.close()
  const end = typeof found === 'string' ? found : yield* load(boot, found)
  if (end === 'loaded') {
    record.outcome = 'booted'
    return printStarted(pc, 'HTTP')
  }
  record.outcome = 'failed'
  if (end === 'Unsupported' || end === 'Not Found') return printNotLoaded(pc, end, 'HTTP')
  pc.print('Error: Could not retrieve NBP file size from HTTP server.')
  pc.print(`Error: ${end}`)
  printNotLoaded(pc, 'Not Found', 'HTTP')
}

/** E-71 … E-76. */
function* load(boot: Edk2Boot, { uri, from }: FoundUri): Script<'loaded' | NotStarted | HttpError> {
  const { pc, record } = boot
  record.file = uri
  record.pxeServer = from
  pc.because('E-52', `HTTP boot fetches ${printable(uri)}.`)
  const file = yield* fetchOverHttp(pc, uri)
  if (typeof file === 'string') return file
  record.transfer = { kind: 'http', server: file.server }
  record.content = file.content
  // A disk image becomes a RAM disk, and what is on it is not looked into.
  return file.kind === 'disk' ? 'loaded' : verdict(boot, file.content)
}

interface HttpOffer {
  readonly packet: StoredPacket
  readonly uri: string | undefined
  readonly class: HttpClass
}

/** E-51: `dns` = the offer names a domain name server; `ipUri` / `nameUri`: how the URI names its host. */
type HttpClass =
  | 'dhcpOnly'
  | 'dhcpDns'
  | 'dhcpIpUri'
  | 'dhcpIpUriDns'
  | 'dhcpNameUriDns'
  | 'dhcpNameUri'
  | 'proxyIpUri'
  | 'proxyNameUri'

interface FoundUri {
  readonly uri: string
  /** Whose offer names it. */
  readonly from: Ip4
}

function* findUri(boot: Edk2Boot): Script<FoundUri | HttpError> {
  const { pc, profile, tick } = boot
  const offers: HttpOffer[] = []
  let secs = 0
  for (const [attempt, ticks] of profile.discoverWindows.entries()) {
    boot.dhcp.send(TO_ALL_SERVERS, discoverMessage(boot.client, boot.xid, secs)) // E-60
    if (attempt === 0) pc.append('.')
    const end = tick.after(pc.now(), ticks)
    let last: LastOffer | undefined
    for (let incoming = yield end; incoming !== undefined; incoming = yield end) {
      const reply = receivedReply(incoming, boot.dhcp, boot.xid)
      const parameters = reply && arrivingParameters(reply.bytes, profile)
      // E-64.
      if (parameters?.type !== OFFER || parameters.serverId === ANY_IP4) continue
      const { bytes, message, source } = reply!
      last = { message, source, parameters }
      if (bytes.length > MAX_PACKET_SIZE || offers.length >= profile.maxOffers) continue
      const packet = storePacket(bytes, message, source)
      const offer = readHttpOffer(packet)
      if (offer) offers.push(offer)
      else pc.because('E-51', phrase`The offer of ${named(packet.identity)} is not usable for HTTP boot.`)
    }
    const choice = last && choose(offers)
    if (choice) {
      // E-69, E-70: one server for the lease, one URI, both of the offers.
      const asked = askedOffer(boot, choice.lease, last!)
      const lease = yield* requestLease(boot, { selection: selection(choice), asked, secs })
      return typeof lease === 'string'
        ? (WITHOUT_LEASE[lease] ?? NOTHING)
        : { uri: choice.uri, from: choice.from }
    }
    secs += ticks
  }
  return NOTHING
}

const NOTHING: HttpError = 'Server response timeout.'
/** E-70: PXE's codes for the same ends. */
const WITHOUT_LEASE: Readonly<Partial<Record<Edk2Error, HttpError>>> = {
  'PXE-E07': 'Network device error.',
  'PXE-E09': 'Network device error.',
  'PXE-E21': 'Remote boot cancelled.',
}

const OFFER = 2

/** E-51, E-65. */
const readHttpOffer = (packet: StoredPacket): HttpOffer | undefined => {
  const http = isHttpClient(packet.message)
  const dns = first(packet.message, OPTION.domainNameServer) !== undefined
  // E-53: to HTTP boot a PXE offer is an address at most.
  if (!http) return packet.proxy ? undefined : { packet, uri: undefined, class: dns ? 'dhcpDns' : 'dhcpOnly' }
  const uri = packet.bootFile
  if (uri === undefined || uri === '' || isNoUri(uri)) return undefined
  const host = hostOf(uri)
  const byIp = host !== undefined && parseIp4(host) !== undefined
  if (packet.proxy) return { packet, uri, class: byIp ? 'proxyIpUri' : 'proxyNameUri' }
  if (byIp) return { packet, uri, class: dns ? 'dhcpIpUriDns' : 'dhcpIpUri' }
  return { packet, uri, class: dns ? 'dhcpNameUriDns' : 'dhcpNameUri' }
}

/** E-65. */
const isNoUri = (text: string): boolean => /[ \r\n]|@.*@/.test(text)

/** Of whatever scheme: that is looked at when the file is fetched (E-71). */
const hostOf = (uri: string): string | undefined => /^[a-z][a-z0-9+.-]*:\/\/([^/:?#]+)/i.exec(uri)?.[1]

interface Choice {
  readonly rule: number
  readonly lease: StoredPacket
  readonly uri: string
  /** Whose offer names the URI. */
  readonly from: Ip4
}

/** E-52, E-66, E-67: who gives the address, and who names the URI; the first row of which both are there. */
const PRIORITIES: readonly (readonly [address: readonly HttpClass[], uri: HttpClass])[] = [
  [['dhcpIpUri'], 'dhcpIpUri'],
  [['dhcpIpUriDns'], 'dhcpIpUriDns'],
  [['dhcpNameUriDns'], 'dhcpNameUriDns'],
  [['dhcpOnly'], 'proxyIpUri'],
  [['dhcpDns'], 'proxyIpUri'],
  [['dhcpDns'], 'proxyNameUri'],
  [['dhcpDns'], 'dhcpNameUri'],
]

const choose = (offers: readonly HttpOffer[]): Choice | undefined => {
  for (const [index, [addressClasses, uriClass]] of PRIORITIES.entries()) {
    const address = offers.find(offer => addressClasses.includes(offer.class))
    const uri = offers.find(offer => offer.class === uriClass)
    if (address && uri?.uri !== undefined)
      return { rule: index + 1, lease: address.packet, uri: uri.uri, from: uri.packet.identity }
  }
  return undefined
}

const selection = ({ rule, lease }: Choice): Selection => ({
  rule,
  lease,
  from: 'ack',
  proxies: [],
  because: `priority ${rule} of E-52`,
})
