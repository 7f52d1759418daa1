/**
 * The boot ROM of a Raspberry Pi 3 Model B, which calls itself a PXE client and is none: no REQUEST, no boot file name,
 * no 4011. From public reports, not measured by us (RPI-1 … RPI-6); each constant names its report. Does not model the
 * 3B+ and later, whose loaders differ, nor what bootcode.bin does once it runs, nor ARP traffic of others as a packet
 * that wakes the ROM.
 */
import { ANY_IP4, type Ip4, LIMITED_BROADCAST, parseIp4 } from '../../core/address.ts'
import { fromHex, latin1Text } from '../../core/bytes.ts'
import { MILLISECOND, type Micros, SECOND } from '../../core/micros.ts'
import { named, phrase } from '../../core/wording.ts'
import { encodeDhcp } from '../../wire/dhcp/codec.ts'
import { DHCP_PORT, type DhcpMessage } from '../../wire/dhcp/message.ts'
import {
  OPTION,
  bootRequest,
  bytesOption,
  chaddrOf,
  messageType,
  messageTypeOption,
  textOption,
} from '../../wire/dhcp/options.ts'
import {
  architectureOption,
  clientMachineIdentifierOption,
  clientNetworkInterfaceOption,
  pxeClassIdentifier,
} from '../../wire/pxe/client.ts'
import { TFTP_PORT } from '../../wire/tftp/packet.ts'
import { type Received, receivedReply, serverIdentity } from '../offer.ts'
import type { BootRecord, Firmware, Incoming, Pc, PcSocket, Script, StackTraits } from '../pc.ts'
import { tftpGet } from '../tftp-get.ts'

/** RPI-5; raspberrypi/firmware#764, #1067, #1265: every Pi has the same. */
const XID = 0x26f30339
/** raspberrypi/firmware#934: "transmitted 5 times then fails"; #1081: five seconds apart. */
const ATTEMPTS = 5
const SILENCE: Micros = 5 * SECOND
/** openSUSE/netboot-rpi3b: only a packet that comes later than this after the DISCOVER completes an attempt. */
const LOOKS_AFTER: Micros = SECOND
/** raspberrypi/firmware#941: without the three spaces (a length computed wrongly) it is not recognised. */
const MARK = 'Raspberry Pi Boot   '
const FILE = 'bootcode.bin'
/** Our assumption: what a lost TFTP packet costs is not reported. */
const TFTP_WAITS: readonly Micros[] = [1, 1, 1, 1, 1].map(count => count * SECOND)

const STACK: StackTraits = {
  // Flags are 0, so servers unicast to it, and the reports show that it hears them.
  acceptsUnicastUnconfigured: true,
  sendsPortUnreachable: false,
  ttl: 128, // raspberrypi/firmware#1265
  arp: { tries: 5, interval: 500 * MILLISECOND },
}

export const raspberryPiFirmware = (profile: string): Firmware => ({
  family: 'raspberry-pi',
  profile,
  stack: STACK,
  boot,
})

/** What it has been told so far; the last word counts. */
interface Told {
  address: Ip4
  leaseFrom: Ip4
  tftpServer: Ip4
  bootFrom: Ip4
}

function* boot(pc: Pc, record: BootRecord): Script {
  const told = yield* askForAddress(pc)
  record.outcome = 'failed'
  if (!told) return
  // raspberrypi/firmware#1699: the address is used as it was offered. #670: no router, everything is on the link.
  pc.configure({ ip: told.address, prefixLength: 0 })
  record.lease = { server: told.leaseFrom, address: told.address }
  record.pxeServer = told.bootFrom
  record.transfer = { kind: 'tftp', server: told.tftpServer }
  record.file = FILE
  pc.because(
    'RPI-1',
    phrase`No REQUEST: the offered address is used immediately; ${FILE} comes from ${named(told.tftpServer)}.`,
  )
  const outcome = yield* load(pc, told.tftpServer, FILE)
  if (outcome.type === 'failed') return
  record.content = outcome.bytes
  record.outcome = 'booted'
  // It asks for a signature as well, and goes on without (raspberrypi.org, "Network booting").
  yield* load(pc, told.tftpServer, 'bootsig.bin')
}

function* askForAddress(pc: Pc): Script<Told | undefined> {
  const dhcp = pc.openUdp({ port: DHCP_PORT.client })
  // What machines broadcast to servers wakes it as well.
  const others = pc.openUdp({ port: DHCP_PORT.server })
  const told: Told = { address: ANY_IP4, leaseFrom: ANY_IP4, tftpServer: ANY_IP4, bootFrom: ANY_IP4 }
  let complete = false
  for (let attempt = 0; attempt < ATTEMPTS && !complete; attempt++)
    complete = yield* attemptOnce(pc, dhcp, told)
  dhcp.close()
  others.close()
  if (complete) return told
  pc.because(missingRule(told), missing(told))
  return undefined
}

/** True once a packet has come late enough and everything is known. */
function* attemptOnce(pc: Pc, dhcp: PcSocket, told: Told): Script<boolean> {
  const start = pc.now()
  dhcp.send({ ip: LIMITED_BROADCAST, port: DHCP_PORT.server }, discoverMessage(pc))
  for (;;) {
    const incoming = yield pc.now() + SILENCE
    if (incoming === undefined) return false
    if (incoming.kind !== 'datagram') continue
    note(pc, dhcp, incoming, told)
    const knowsAll = told.address !== ANY_IP4 && told.tftpServer !== ANY_IP4
    if (knowsAll && pc.now() - start > LOOKS_AFTER) return true
  }
}

/** Takes what an offer says; whose chaddr it has is not looked at (raspberrypi/firmware#1067, #1303). */
const note = (pc: Pc, dhcp: PcSocket, incoming: Incoming, told: Told): void => {
  const reply = receivedReply(incoming, dhcp, XID)
  if (!reply || messageType(reply.message) !== 'offer') return
  const { message, source } = reply
  if (message.giaddr !== ANY_IP4) {
    // raspberrypi/linux#1638.
    pc.because('RPI-4', phrase`The offer of ${named(source)} came through a relay agent and is not accepted.`)
    return
  }
  if (message.yiaddr !== ANY_IP4) {
    told.address = message.yiaddr
    told.leaseFrom = serverIdentity(message, source)
  }
  const server = tftpServerOf(reply)
  if (server === undefined) return
  told.tftpServer = server
  told.bootFrom = serverIdentity(message, source)
}

/**
 * raspberrypi/firmware#670, openSUSE/netboot-rpi3b: the mark in option 43 means the sender itself, option 66 names the
 * server in digits; the later one in the message wins. siaddr, `file` and option 67 are not read (#801).
 */
const tftpServerOf = ({ message, source }: Received): Ip4 | undefined => {
  let server: Ip4 | undefined
  for (const { code, value } of message.options) {
    if (code === OPTION.vendorSpecific && String.fromCharCode(...value).includes(MARK)) server = source
    else if (code === OPTION.tftpServerName) server = parseIp4(latin1Text(value)) ?? server
  }
  return server
}

/** What it waits for in vain: an offer at all or at the right time, or somebody who names a server its way. */
const missingRule = ({ address, tftpServer }: Told): string =>
  address !== ANY_IP4 && tftpServer === ANY_IP4 ? 'RPI-2' : 'RPI-3'

const missing = ({ address, tftpServer }: Told): string => {
  const after = `after ${ATTEMPTS} DISCOVERs`
  if (address === ANY_IP4) return `No server offered an address ${after}.`
  if (tftpServer === ANY_IP4)
    return `No server named a TFTP server ${after}: the ROM needs "${MARK}" in option 43, or an IP address in option 66.`
  return `Everything was offered, but within ${LOOKS_AFTER / SECOND} s of each DISCOVER, when the ROM does not receive yet: delay the reply.`
}

const load = (pc: Pc, server: Ip4, file: string) =>
  tftpGet(pc, {
    server: { ip: server, port: TFTP_PORT },
    file,
    waits: TFTP_WAITS,
    sourceCheck: 'address',
    strangers: 'ignore',
    onUnreachable: 'ignore',
  })

/** raspberrypi/firmware#1265: 43, 60, 67, 128 … 135, 66, 1, 3. */
const LIST = bytesOption(OPTION.parameterRequestList, fromHex('2b 3c 43 80 81 82 83 84 85 86 87 42 01 03'))
/** raspberrypi/firmware#764: the same for all. */
const GUID = new Uint8Array(16).fill(0x44)
const BIOS = 0
const UNDI = [2, 1] as const

/** RPI-6: 322 bytes, as tcpdump shows them in raspberrypi/firmware#1265. */
const discoverMessage = ({ mac }: Pc): Uint8Array => {
  const message: DhcpMessage = bootRequest({
    xid: XID,
    chaddr: chaddrOf(mac),
    options: [
      messageTypeOption('discover'),
      LIST,
      architectureOption(BIOS),
      clientNetworkInterfaceOption(...UNDI),
      clientMachineIdentifierOption(GUID),
      textOption(OPTION.classIdentifier, pxeClassIdentifier(BIOS, ...UNDI)),
    ],
  })
  return encodeDhcp(message)
}
