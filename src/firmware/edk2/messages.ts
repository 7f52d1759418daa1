/**
 * The DHCP messages EDK2 sends, byte for byte as captured (E-1 … E-5, E-26, E-32): DISCOVER, REQUEST, DECLINE, and
 * the request to port 4011. Does not decide when one is sent.
 */
import { ANY_IP4, type Ip4 } from '../../core/address.ts'
import { fromHex, latin1Bytes } from '../../core/bytes.ts'
import { BROADCAST_FLAG, type DhcpMessage, type DhcpOption } from '../../wire/dhcp/message.ts'
import { encodeDhcp } from '../../wire/dhcp/codec.ts'
import {
  OPTION,
  bootRequest,
  bytesOption,
  chaddrOf,
  ip4Option,
  messageTypeOption,
  textOption,
  u16Option,
} from '../../wire/dhcp/options.ts'
import {
  architectureOption,
  clientMachineIdentifierOption,
  clientNetworkInterfaceOption,
  pxeClassIdentifier,
} from '../../wire/pxe/client.ts'
import { pxeVendorOption } from '../../wire/pxe/vendor-options.ts'
import type { Pc } from '../pc.ts'

/** E-3: 35 codes. HTTP boot asks for the same without the last eight (27, E-62; the byte that it never
 * writes is 66 here). */
const REQUESTED = fromHex(
  '01 02 03 04 05 06 0c 0d 0f 11 12 16 17 1c 28 29 2a 2b 32 33 36 3a 3b 3c 42 43 61' +
    '80 81 82 83 84 85 86 87',
)
const PXE_LIST = bytesOption(OPTION.parameterRequestList, REQUESTED)
const HTTP_LIST = bytesOption(OPTION.parameterRequestList, REQUESTED.subarray(0, 27))

/** E-2: the PXE driver puts 1472 into its DISCOVER and 4011 requests. */
const MAX_SIZE = u16Option(OPTION.maximumMessageSize, 1472)
/** E-26: in the REQUEST the DHCP driver's own 0xFF00 stays. */
const MAX_SIZE_IN_REQUEST = u16Option(OPTION.maximumMessageSize, 0xff00)

/** A packet is as long as its options; EDK2 pads nothing (its DISCOVER has 347 bytes). */
const UNPADDED = { padTo: 0 }

/** What the machine says of itself in every message. */
export interface ClientOptions {
  readonly chaddr: Uint8Array
  /** In the order of E-2: 55, 97, 94, 93, 60. */
  readonly identity: readonly DhcpOption[]
  /** In the order of E-32, sorted by tag as the driver's `Build` does: 53, 55, 57, 60, 93, 94, 97. */
  readonly sorted: readonly DhcpOption[]
}

export interface ClientKind {
  readonly architecture: number
  readonly undi: readonly [type: number, major: number, minor: number]
  readonly http: boolean
}

export const clientOptions = (pc: Pick<Pc, 'mac' | 'uuid'>, kind: ClientKind): ClientOptions => {
  const [type, major, minor] = kind.undi
  const list = kind.http ? HTTP_LIST : PXE_LIST
  const machine = clientMachineIdentifierOption(pc.uuid) // E-4
  const undi = clientNetworkInterfaceOption(major, minor, type) // E-4
  const architecture = architectureOption(kind.architecture) // E-4
  const pxeClass = pxeClassIdentifier(kind.architecture, major, minor) // E-5
  const text = kind.http ? pxeClass.replace('PXEClient', 'HTTPClient') : pxeClass // E-61
  const identifier = textOption(OPTION.classIdentifier, text)
  return {
    chaddr: chaddrOf(pc.mac),
    identity: [list, machine, undi, architecture, identifier],
    sorted: [messageTypeOption('request'), list, MAX_SIZE, identifier, architecture, undi, machine],
  }
}

/** E-1, E-2, E-7. */
export const discoverMessage = (client: ClientOptions, xid: number, secs: number): Uint8Array =>
  broadcast(client, xid, secs, [messageTypeOption('discover'), MAX_SIZE, ...client.identity])

/** E-26: `secs` of the last DISCOVER; its repetitions keep it. */
export const requestMessage = (
  client: ClientOptions,
  xid: number,
  secs: number,
  server: Ip4,
  address: Ip4,
): Uint8Array =>
  broadcast(client, xid, secs, [
    messageTypeOption('request'),
    ip4Option(OPTION.serverIdentifier, server),
    ...requestedAddress(address),
    MAX_SIZE_IN_REQUEST,
    ...client.identity,
  ])

/** Dhcp4Io.c DhcpSendMessage: a DECLINE has secs 0, a reason, and none of the machine's options. */
export const declineMessage = (
  client: ClientOptions,
  xid: number,
  server: Ip4,
  address: Ip4,
  reason: string,
): Uint8Array =>
  broadcast(client, xid, 0, [
    messageTypeOption('decline'),
    ip4Option(OPTION.serverIdentifier, server),
    ...requestedAddress(address),
    bytesOption(OPTION.message, latin1Bytes(reason)),
  ])

/** Left out where the offer had none, as a proxy's has not (E-54). */
const requestedAddress = (address: Ip4): DhcpOption[] =>
  address === ANY_IP4 ? [] : [ip4Option(OPTION.requestedIpAddress, address)]

export interface BootServerRequest {
  readonly xid: number
  readonly address: Ip4
  readonly broadcast: boolean
  /** E-40: the boot server type that is looked for; absent for BINL. */
  readonly type: number | undefined
}

/** E-32, E-33, E-40; `attempt` from 0. */
export const bootServerMessage = (
  client: ClientOptions,
  request: BootServerRequest,
  attempt: number,
): Uint8Array => {
  // Sorted by tag: option 43 comes first where there is one.
  const options =
    request.type === undefined
      ? client.sorted
      : [pxeVendorOption({ bootItem: { type: request.type, layer: 0 } }), ...client.sorted]
  return encode({
    xid: request.xid,
    // E-33: the field is filled in host byte order, so that second 1 is seen as 256.
    secs: attempt << 8,
    flags: request.broadcast ? BROADCAST_FLAG : 0,
    ciaddr: request.address,
    chaddr: client.chaddr,
    options,
  })
}

const broadcast = (
  client: ClientOptions,
  xid: number,
  secs: number,
  options: readonly DhcpOption[],
): Uint8Array => encode({ xid, secs, flags: BROADCAST_FLAG, chaddr: client.chaddr, options })

const encode = (fields: Partial<DhcpMessage>): Uint8Array => encodeDhcp(bootRequest(fields), UNPADDED)
