/**
 * One DHCP session of iPXE: its transaction id, its socket, what it holds so far, how its requests look (I-1 … I-3),
 * and the loop of sending, waiting and retrying that all its states share. Does not know the states.
 */
import { ANY_IP4, type Ip4, macAt, macBytes } from '../../core/address.ts'
import { concat } from '../../core/bytes.ts'
import { valueOf } from '../../core/decoded.ts'
import type { Destination } from '../../core/state-machine.ts'
import type { Micros } from '../../core/micros.ts'
import { decodeDhcp, encodeDhcp } from '../../wire/dhcp/codec.ts'
import { BROADCAST_FLAG, DHCP_PORT, type DhcpOption, type MessageType } from '../../wire/dhcp/message.ts'
import {
  OPTION,
  bootRequest,
  bytesOption,
  chaddrOf,
  messageTypeOption,
  textOption,
  u16Option,
} from '../../wire/dhcp/options.ts'
import {
  clientMachineIdentifierOption,
  clientNetworkInterfaceOption,
  pxeClassIdentifier,
} from '../../wire/pxe/client.ts'
import type { Address } from '../../network/port.ts'
import type { BootRecord, Incoming, Pc, PcSocket, Script } from '../pc.ts'
import type { IpxeProfile, Platform } from './profile.ts'
import { type Reply, readReply } from './reply.ts'
import { linkedTo } from './route.ts'
import { type RetryLimits, RetryTimer, type TickClock } from './retry-timer.ts'
import type { Settings } from './settings.ts'

/** What the parts of one running iPXE share. */
export interface Rom {
  readonly pc: Pc
  readonly record: BootRecord
  readonly profile: IpxeProfile
  readonly platform: Platform
  /** Option 93. */
  readonly architecture: number
  readonly clock: TickClock
  readonly settings: Settings
  /** Its own address; 0.0.0.0 before the ACK. */
  address: Ip4
  /** That address with its link, from the ACK on. */
  station?: Address
}

/** I-5: only these of a DHCP offer are remembered. */
export interface HeldOffer {
  readonly address: Ip4
  readonly server: Ip4
  readonly priority: number
  readonly forbidsProxy: boolean
}

/** I-6. */
export interface HeldProxy {
  readonly reply: Reply
  readonly priority: number
}

/** I-2: 1500 less the IP and UDP headers. */
const MAXIMUM_MESSAGE_SIZE = 1472

export class Session {
  readonly rom: Rom
  readonly xid: number
  /** Expiries of the retry timer, which send a packet or end a state (I-3, I-10). */
  count = 0
  offer: HeldOffer | undefined
  proxy: HeldProxy | undefined
  readonly #socket: PcSocket
  #reroutes = false

  constructor(rom: Rom, xid: number) {
    this.rom = rom
    this.xid = xid
    this.#socket = rom.pc.openUdp({ port: DHCP_PORT.client, ownChaddrOnly: true })
  }

  close(): void {
    this.#socket.close()
    if (this.#reroutes) this.rom.pc.configure(this.rom.station)
  }

  send(to: Destination, type: MessageType, extra: readonly DhcpOption[] = []): void {
    const { rom } = this
    const message = bootRequest({
      xid: this.xid,
      secs: this.#secs(),
      // I-1: clear, unless the machine has an address already and might not take a unicast to another one.
      flags: rom.address === ANY_IP4 ? 0 : BROADCAST_FLAG,
      ciaddr: rom.address,
      chaddr: chaddrOf(rom.pc.mac),
      options: [...requestOptions(rom, type), ...extra],
    })
    // I-21: a send that fails is not noticed; the retry timer sees to it.
    const payload = encodeDhcp(message)
    const status = this.#socket.send(linkedTo(rom, to), payload)
    // I-29: a session of DHCP knows its device, and looks for the server there if there is no route.
    if (status !== 'noRoute' || !rom.station) return
    this.#reroutes = true
    rom.pc.configure({ ip: rom.address, prefixLength: 0 })
    this.#socket.send(to, payload)
  }

  /** I-3: the field tells of the session: count << 2, bit 1 = offer held, bit 0 = proxy held. */
  #secs(): number {
    return ((this.count << 2) | (this.offer ? 2 : 0) | (this.proxy ? 1 : 0)) & 0xffff
  }

  /** What iPXE takes as an answer to this session, whatever it says (dhcp_deliver). */
  replyOf(incoming: Incoming): Reply | undefined {
    if (incoming.kind !== 'datagram' || incoming.socket !== this.#socket) return undefined
    const { payload, source } = incoming.datagram
    const message = payload.length < SHORTEST_REPLY ? undefined : valueOf(decodeDhcp(payload))
    if (!message || message.xid !== this.xid || macAt(message.chaddr, 0) !== this.rom.pc.mac) return undefined
    return readReply(payload, message, source, this.rom.profile)
  }
}

/** Header and cookie; what is shorter is dropped. */
const SHORTEST_REPLY = 240

/** I-2: in this order. */
const requestOptions = (rom: Rom, type: MessageType): DhcpOption[] => {
  const { major, minor } = rom.platform.undi
  const classIdentifier = pxeClassIdentifier(rom.architecture, major, minor)
  return [
    messageTypeOption(type),
    u16Option(OPTION.maximumMessageSize, MAXIMUM_MESSAGE_SIZE),
    u16Option(OPTION.clientSystemArchitecture, rom.architecture),
    clientNetworkInterfaceOption(major, minor),
    // Source quirk: a value of 60 or 77 that some settings block has replaces its own, so after an ACK or a proxy
    // offer with option 60 the requests to 4011 carry the server's `PXEClient` instead of the long identifier.
    replacedBySettings(rom, textOption(OPTION.classIdentifier, classIdentifier)),
    // Four raw bytes, without the length byte of RFC 3004.
    replacedBySettings(rom, textOption(OPTION.userClass, 'iPXE')),
    bytesOption(OPTION.parameterRequestList, Uint8Array.from(rom.profile.parameterRequestList)),
    bytesOption(OPTION.ipxeEncapsulated, ipxeFeatures(rom.platform)),
    bytesOption(OPTION.clientIdentifier, concat([Uint8Array.of(1), macBytes(rom.pc.mac)])),
    clientMachineIdentifierOption(rom.pc.uuid),
  ]
}

const replacedBySettings = (rom: Rom, option: DhcpOption): DhcpOption => {
  const value = rom.settings.option(option.code)
  return value ? bytesOption(option.code, value) : option
}

/** 175.177: bus type 1 (PCI), vendor and device id; the virtio network card of the measurements. */
const BUS_ID = [0xb1, 5, 1, 0x1a, 0xf4, 0x10, 0x00]
/** 175.235: version 1.0.0. */
const VERSION = [0xeb, 3, 1, 0, 0]

const ipxeFeatures = (platform: Platform): Uint8Array =>
  Uint8Array.from([...platform.features.flatMap(code => [code, 1, 1]), ...VERSION, ...BUS_ID])

/** A state of the session: what it sends, and what makes it end. `elapsed` is in the units of the clock. */
export interface State<End extends string> {
  readonly limits: RetryLimits
  /** Before the first packet, in seconds. */
  readonly firstWait?: number
  send(): void
  received(reply: Reply, elapsed: number): End | undefined
  /** The timer ran out: undefined = send (again). */
  expired(elapsed: number): End | undefined
}

export function* runState<End extends string>(session: Session, state: State<End>): Script<End | 'timedOut'> {
  const { pc, clock } = session.rom
  const started = clock.at(pc.now())
  const timer = new RetryTimer(clock, pc.now(), state.limits)
  if (state.firstWait !== undefined) timer.startFixed(pc.now(), state.firstWait)
  for (;;) {
    const incoming: Incoming | undefined = yield timer.at
    const elapsed = clock.at(pc.now()) - started
    if (incoming) {
      const reply = session.replyOf(incoming)
      const end = reply && state.received(reply, elapsed)
      if (end !== undefined) return end
      continue
    }
    if (timer.backOff()) return 'timedOut'
    session.count++
    const end = state.expired(elapsed)
    if (end !== undefined) return end
    timer.start(pc.now())
    state.send()
  }
}

/** Waits for a time and lets whatever comes in pass by. */
export function* idle(pc: Pc, until: Micros): Script {
  while (pc.now() < until) yield until
}
