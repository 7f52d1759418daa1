/**
 * The DHCP messages a BIOS ROM sends, as captured (B-1, B-2): always 548 bytes. Does not decide when one is sent.
 */
import type { Ip4 } from '../../core/address.ts'
import { fromHex } from '../../core/bytes.ts'
import { encodeDhcp } from '../../wire/dhcp/codec.ts'
import { BROADCAST_FLAG, type DhcpMessage, type DhcpOption } from '../../wire/dhcp/message.ts'
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

const BIOS = 0
const UNDI = [2, 1] as const

/** B-2: 36 codes. */
const LIST = bytesOption(
  OPTION.parameterRequestList,
  fromHex(
    '01 02 03 04 05 06 0b 0c 0d 0f 10 11 12 16 17 1c 28 29 2a 2b 32 33 36 3a 3b 3c 42 43' +
      '80 81 82 83 84 85 86 87',
  ),
)
const LARGEST_MESSAGE = u16Option(OPTION.maximumMessageSize, 1260)
const PADDED = { padTo: 548 }

export interface RomClient {
  readonly chaddr: Uint8Array
  /** In the order of B-2: 97, 93, 94, 60. */
  readonly identity: readonly DhcpOption[]
}

export const romClient = ({ mac, uuid }: Pick<Pc, 'mac' | 'uuid'>): RomClient => ({
  chaddr: chaddrOf(mac),
  identity: [
    clientMachineIdentifierOption(uuid),
    architectureOption(BIOS),
    clientNetworkInterfaceOption(...UNDI),
    textOption(OPTION.classIdentifier, pxeClassIdentifier(BIOS, ...UNDI)),
  ],
})

export const discoverMessage = (client: RomClient, xid: number, secs: number): Uint8Array =>
  encode(client, { xid, secs, flags: BROADCAST_FLAG }, [
    messageTypeOption('discover'),
    LIST,
    LARGEST_MESSAGE,
    ...client.identity,
  ])

export interface Asked {
  readonly xid: number
  readonly secs: number
  readonly server: Ip4
  readonly address: Ip4
}

export const requestMessage = (client: RomClient, { xid, secs, server, address }: Asked): Uint8Array =>
  encode(client, { xid, secs, flags: BROADCAST_FLAG }, [
    messageTypeOption('request'),
    ip4Option(OPTION.requestedIpAddress, address),
    LIST,
    LARGEST_MESSAGE,
    ip4Option(OPTION.serverIdentifier, server),
    ...client.identity,
  ])

/** B-14: the lease of a server whose 4011 exchange has failed goes back (RFC 2131 §4.4.6). */
export const releaseMessage = (client: RomClient, { xid, server, address }: Asked): Uint8Array =>
  encode(client, { xid, ciaddr: address }, [
    messageTypeOption('release'),
    ip4Option(OPTION.serverIdentifier, server),
  ])

/** `type` undefined: the proxy is asked for what its offer has left out (B-14). */
export const bootServerMessage = (
  client: RomClient,
  request: {
    readonly xid: number
    readonly secs: number
    readonly address: Ip4
    readonly broadcast: boolean
  },
  type: number | undefined,
): Uint8Array => {
  const item = type === undefined ? [] : [pxeVendorOption({ bootItem: { type, layer: 0 } })]
  const flags = request.broadcast ? BROADCAST_FLAG : 0
  return encode(client, { xid: request.xid, secs: request.secs, flags, ciaddr: request.address }, [
    messageTypeOption('request'),
    LIST,
    LARGEST_MESSAGE,
    ...client.identity,
    ...item,
  ])
}

const encode = (
  client: RomClient,
  fields: Partial<DhcpMessage>,
  options: readonly DhcpOption[],
): Uint8Array => encodeDhcp(bootRequest({ ...fields, chaddr: client.chaddr, options }), PADDED)
