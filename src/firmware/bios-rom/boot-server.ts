/**
 * What a BIOS ROM asks on port 4011 (B-14), its menu, and its search for a boot server (B-18 … B-20). Nobody sits at
 * the keyboard. Does not load the file.
 */
import { type Ip4, ANY_IP4, LIMITED_BROADCAST } from '../../core/address.ts'
import { printable } from '../../core/bytes.ts'
import type { Destination } from '../../core/state-machine.ts'
import { named, phrase } from '../../core/wording.ts'
import { DHCP_PORT } from '../../wire/dhcp/message.ts'
import { OPTION, first } from '../../wire/dhcp/options.ts'
import { isPxeClient } from '../../wire/pxe/client.ts'
import { DISCOVERY_CONTROL, type PxeVendorOptions } from '../../wire/pxe/vendor-options.ts'
import { receivedReply } from '../offer.ts'
import type { Pc, Script } from '../pc.ts'
import { bootServerMessage } from './messages.ts'
import { type Rom, type RomError, type RomLease, TO_ALL_SERVERS, seconds } from './rom.ts'
import { type PxePacket, namedServer, readPacket } from '../pxe21/offers.ts'

const ACK = 5
const LOCAL_BOOT = 0
const FOR_EVER = 255

/** B-14: undefined = no good reply from any of them. */
export function* askProxies(
  rom: Rom,
  lease: RomLease,
  proxies: readonly PxePacket[],
): Script<PxePacket | undefined> {
  const { pc, record } = rom
  for (const proxy of proxies) {
    record.pxeServer = proxy.identity
    const server = proxy.message.siaddr === ANY_IP4 ? proxy.identity : proxy.message.siaddr
    pc.because('B-14', phrase`The ROM asks ${named(server)} on port 4011 for what its offer left out.`)
    const to = { ip: server, port: DHCP_PORT.bootServer }
    const good = (reply: PxePacket) =>
      reply.source === server && reply.proxy && namedServer(reply.message) === proxy.identity
    const reply = yield* ask(rom, lease, to, undefined, good)
    if (reply) return reply
  }
  return undefined
}

/** B-19, B-18: the packet that names the file; `localBoot` if the menu's first entry is the disk. */
export function* findBootServer(
  rom: Rom,
  lease: RomLease,
  packet: PxePacket,
): Script<PxePacket | RomError | 'localBoot'> {
  const { vendor } = packet
  const pxe10 = packet.class === 'dhcpPxe10' || packet.class === 'proxyPxe10'
  if (!pxe10 || vendor === undefined) return packet
  const control = vendor.discoveryControl ?? 0
  if ((control & DISCOVERY_CONTROL.bootFileAtOnce) !== 0 && packet.bootFile !== undefined) {
    rom.pc.because(
      'B-18',
      phrase`${named(packet.identity)} sets "use the boot file in the offer" (43.6 bit 3) and names one: no prompt, no menu, no boot server discovery.`,
    )
    return packet
  }
  const entry = yield* chooseEntry(rom.pc, vendor)
  if (entry === undefined) return 'PXE-E74'
  if (entry === LOCAL_BOOT) {
    rom.pc.because('B-19', 'The first menu entry is the local disk.')
    return 'localBoot'
  }
  return yield* search(rom, lease, vendor, entry)
}

/** B-19: boot server type of the first entry, after the prompt's time. */
function* chooseEntry(pc: Pc, { prompt, bootMenu = [] }: PxeVendorOptions): Script<number | undefined> {
  if (prompt === undefined || prompt.timeout === FOR_EVER) {
    for (const { text } of bootMenu) pc.print(printable(text))
    pc.because('B-19', 'The menu is shown and waits for a key with no time-out.')
    for (;;) yield Infinity
  }
  if (prompt.timeout > 0) {
    pc.print(`${printable(prompt.text)} ${prompt.timeout}`)
    const end = seconds(pc.now(), prompt.timeout)
    while (pc.now() < end) yield end
  }
  return bootMenu[0]?.type
}

/** B-18: multicast, broadcast, unicast, each until its time is over. */
function* search(
  rom: Rom,
  lease: RomLease,
  vendor: PxeVendorOptions,
  type: number,
): Script<PxePacket | RomError> {
  const control = vendor.discoveryControl ?? 0
  const has = (bit: number) => (control & bit) !== 0
  const listed = vendor.bootServers?.find(entry => entry.type === type)?.addresses
  const onlyListed = has(DISCOVERY_CONTROL.listedServersOnly)
  const castless = has(DISCOVERY_CONTROL.noBroadcast) && has(DISCOVERY_CONTROL.noMulticast)
  const targets: Destination[] = []
  if (!has(DISCOVERY_CONTROL.noMulticast) && vendor.multicastAddress !== undefined)
    targets.push({ ip: vendor.multicastAddress, port: DHCP_PORT.bootServer })
  if (!has(DISCOVERY_CONTROL.noBroadcast)) targets.push(TO_ALL_SERVERS)
  if (onlyListed || castless)
    for (const address of listed ?? []) targets.push({ ip: address, port: DHCP_PORT.bootServer })
  for (const to of targets) {
    rom.pc.because(
      'B-18',
      phrase`The ROM asks ${to.ip === LIMITED_BROADCAST ? 'all servers by broadcast' : named(to.ip)} for a boot server of type ${type}.`,
    )
    const reply = yield* ask(rom, lease, to, type, answer =>
      isBootServer(answer, type, onlyListed ? listed : undefined),
    )
    if (reply) {
      rom.record.pxeServer = reply.identity
      return reply
    }
  }
  rom.pc.because('B-18', `No boot server of type ${type} answered: PXE-E78.`)
  return 'PXE-E78'
}

/** B-20. An empty list in 43.8 accepts any server of the type (B-19). */
const isBootServer = (reply: PxePacket, type: number, listed: readonly Ip4[] | undefined): boolean => {
  if (first(reply.message, OPTION.messageType)?.[0] !== ACK || !isPxeClient(reply.message)) return false
  if (reply.bootFile === undefined || (reply.vendor?.bootItem?.type ?? 0) !== type) return false
  return !listed?.length || listed.includes(reply.identity)
}

/** The first good reply ends the windows of one target. */
function* ask(
  rom: Rom,
  lease: RomLease,
  to: Destination,
  type: number | undefined,
  isGood: (reply: PxePacket) => boolean,
): Script<PxePacket | undefined> {
  const { pc } = rom
  const xid = pc.random.u32()
  const broadcast = to.ip === LIMITED_BROADCAST
  const request = { xid, secs: rom.secs, address: lease.address.ip, broadcast }
  const message = bootServerMessage(rom.client, request, type)
  for (const window of rom.profile.bootServerWindows) {
    rom.dhcp.send(to, message)
    const end = seconds(pc.now(), window)
    for (let incoming = yield end; incoming !== undefined; incoming = yield end) {
      const reply = receivedReply(incoming, rom.dhcp, xid)
      if (!reply) continue
      const packet = readPacket(reply)
      if (isGood(packet)) return packet
    }
  }
  return undefined
}
