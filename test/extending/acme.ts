/**
 * `acme`: firmware that takes the first offer with a boot file. The worked example of docs/extending.md.
 */
import type { ClientKind } from '../../src/analysis/clients/client-kind.ts'
import { LIMITED_BROADCAST } from '../../src/core/address.ts'
import { SECOND } from '../../src/core/micros.ts'
import { named, phrase } from '../../src/core/wording.ts'
import type { FirmwareFamily } from '../../src/firmware/family.ts'
import { type Received, leasedAddress, receivedReply, serverIdentity } from '../../src/firmware/offer.ts'
import type { BootRecord, Pc, PcSocket, Script } from '../../src/firmware/pc.ts'
import { tftpGet } from '../../src/firmware/tftp-get.ts'
import { encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import { BROADCAST_FLAG, DHCP_PORT, type DhcpOption } from '../../src/wire/dhcp/message.ts'
import {
  OPTION,
  bootRequest,
  chaddrOf,
  classIdentifier,
  ip4Option,
  messageType,
  messageTypeOption,
  textOption,
} from '../../src/wire/dhcp/options.ts'
import { TFTP_PORT } from '../../src/wire/tftp/packet.ts'

const CLASS = 'PXEClient:Arch:00000:ACME'

/** What an observer knows of it. */
const ACME_CLIENT: ClientKind = {
  name: 'Acme',
  matches: message => classIdentifier(message) === CLASS,
  prefers: 'first',
  effects: { 'multiple-dhcp-servers': 'an Acme ROM takes the first offer with a boot file' },
}

/** The boot itself, from top to bottom. */
function* boot(pc: Pc, record: BootRecord): Script {
  record.outcome = 'failed'
  pc.print('ACME boot ROM')
  const dhcp = pc.openUdp({ port: DHCP_PORT.client, ownChaddrOnly: true })
  const xid = pc.random.u32()
  const offer = yield* ask(pc, dhcp, xid, 'offer', [messageTypeOption('discover')])
  if (!offer) return fail(pc, record, 'ACME-1')
  const server = serverIdentity(offer.message, offer.source)
  pc.because('ACME-1', phrase`The first offer with a boot file is that of ${named(server)}.`)
  const ack = yield* ask(pc, dhcp, xid, 'ack', [
    messageTypeOption('request'),
    ip4Option(OPTION.serverIdentifier, server),
    ip4Option(OPTION.requestedIpAddress, offer.message.yiaddr),
  ])
  if (!ack) return fail(pc, record, 'ACME-2')
  pc.configure(leasedAddress(ack.message))
  record.lease = { server, address: ack.message.yiaddr }
  record.pxeServer = server
  record.transfer = { kind: 'tftp', server: ack.message.siaddr }
  record.file = ack.message.file
  const outcome = yield* tftpGet(pc, {
    server: { ip: ack.message.siaddr, port: TFTP_PORT },
    file: ack.message.file,
    waits: [SECOND, SECOND],
    sourceCheck: 'address',
    strangers: 'ignore',
    onUnreachable: 'fail',
  })
  if (outcome.type === 'failed') return fail(pc, record, 'ACME-3')
  record.content = outcome.bytes
  record.outcome = 'booted'
}

/** Broadcast once; the first answer of this type that names a file within two seconds. */
function* ask(
  pc: Pc,
  dhcp: PcSocket,
  xid: number,
  type: 'offer' | 'ack',
  options: readonly DhcpOption[],
): Script<Received | undefined> {
  const message = bootRequest({
    xid,
    flags: BROADCAST_FLAG,
    chaddr: chaddrOf(pc.mac),
    options: [...options, textOption(OPTION.classIdentifier, CLASS)],
  })
  dhcp.send({ ip: LIMITED_BROADCAST, port: DHCP_PORT.server }, encodeDhcp(message))
  const end = pc.now() + 2 * SECOND
  for (let incoming = yield end; incoming !== undefined; incoming = yield end) {
    const reply = receivedReply(incoming, dhcp, xid)
    if (reply && messageType(reply.message) === type && reply.message.file !== '') return reply
  }
  return undefined
}

const fail = (pc: Pc, record: BootRecord, code: string): void => {
  record.code = code
  pc.print(`${code}: no boot`)
}

export const ACME: FirmwareFamily = {
  name: 'acme',
  title: 'the Acme ROM',
  aliases: ['coyote'],
  profiles: { mk1: { description: 'the only one there is', source: 'this example' } },
  defaultProfile: 'mk1',
  architectures: ['x86-bios'],
  create: profile => ({
    family: 'acme',
    profile,
    stack: {
      acceptsUnicastUnconfigured: true,
      sendsPortUnreachable: false,
      ttl: 64,
      arp: { tries: 3, interval: SECOND },
    },
    boot,
  }),
  asks: 'pxe',
  client: ACME_CLIENT,
  choosingRules: ['ACME-1'],
  probe: {},
  screen: { signs: [{ text: /(ACME-\d): no boot/, means: ([, code]) => ({ kind: 'gaveUp', code }) }] },
}
