/**
 * A PXE machine in a network namespace, for captures that nobody here wrote: real sockets, real broadcasts, the kernel's
 * own ARP and ICMP. Follows the first complete PXE offer, as EDK2 does (E-22), asks port 4011 where it is told to, and
 * fetches its file by curl. A thin relay runs inside; what to say is decided here. Not a model of any firmware.
 */
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { ANY_IP4, formatIp4, parseMac } from '../../src/core/address.ts'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import { decodeDhcp, encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import { BROADCAST_FLAG, type DhcpMessage, type DhcpOption } from '../../src/wire/dhcp/message.ts'
import {
  OPTION,
  bootFileName,
  bootRequest,
  bytesOption,
  chaddrOf,
  classIdentifier,
  first,
  ip4Option,
  messageType,
  messageTypeOption,
  serverIdentifier,
  textOption,
  u16Option,
} from '../../src/wire/dhcp/options.ts'
import {
  architectureOption,
  clientMachineIdentifierOption,
  clientNetworkInterfaceOption,
  isPxeClient,
  pxeClassIdentifier,
} from '../../src/wire/pxe/client.ts'
import type { Bridge } from './bridge.ts'

/** Opens both ports; every line in is a datagram to send, every line out one that came. */
const RELAY = `
const { createSocket } = require('node:dgram')
const sockets = {}
let open = 0
for (const port of [68, 4011]) {
  const socket = sockets[port] = createSocket({ type: 'udp4', reuseAddr: true })
  socket.on('message', (bytes, from) => console.log(JSON.stringify({ port, from: from.address, hex: bytes.toString('hex') })))
  socket.on('error', () => {})
  socket.bind(port, () => { socket.setBroadcast(true); if (++open === 2) console.log('open') })
}
require('node:readline').createInterface({ input: process.stdin }).on('line', line => {
  const { port, to, toPort, hex } = JSON.parse(line)
  sockets[port].send(Buffer.from(hex, 'hex'), toPort, to, () => {})
}).on('close', () => process.exit())
`

interface Came {
  readonly port: number
  readonly from: string
  readonly message: DhcpMessage
}

/** Longer than a dnsmasq needs to probe an address before it offers it. */
const WINDOW = 1_200

let xid = 0x4e420000

export interface MachineTraits {
  /** RFC 4578 §2.1. */
  readonly architecture?: number
  /** Option 77. */
  readonly userClass?: string
  /** Option 60 begins with it; a HTTP client follows no PXE offer. */
  readonly className?: 'PXEClient' | 'HTTPClient'
  /** Words for curl besides: `--tftp-blksize 1468`. */
  readonly curl?: readonly string[]
}

/** One boot; resolves when it is over. */
export const bootMachine = async (
  lab: Bridge,
  host: string,
  { architecture = 7, userClass, className = 'PXEClient', curl = [] }: MachineTraits = {},
): Promise<void> => {
  const mac = parseMac(lab.macOf(host))!
  const { child, out, line } = lab.start(host, process.execPath, '-e', RELAY)
  await line(/^open$/)
  const came = (since: number): Came[] =>
    out.slice(since).flatMap(text => {
      if (!text.startsWith('{')) return []
      const { port, from, hex } = JSON.parse(text) as { port: number; from: string; hex: string }
      const read = decodeDhcp(fromHex(hex))
      return read.ok ? [{ port, from, message: read.value }] : []
    })
  const send = (port: number, to: string, toPort: number, message: DhcpMessage): void =>
    void child.stdin!.write(`${JSON.stringify({ port, to, toPort, hex: toHex(encodeDhcp(message)) })}\n`)
  const message = (options: readonly DhcpOption[], more: Partial<DhcpMessage> = {}): DhcpMessage =>
    bootRequest({
      xid: ++xid,
      flags: BROADCAST_FLAG,
      chaddr: chaddrOf(mac),
      options: [
        ...options,
        u16Option(OPTION.maximumMessageSize, 1472),
        bytesOption(OPTION.parameterRequestList, Uint8Array.of(1, 3, 6, 43, 54, 60, 66, 67, 97)),
        clientMachineIdentifierOption(new Uint8Array(16).fill(7)),
        clientNetworkInterfaceOption(3, 0),
        architectureOption(architecture),
        textOption(
          OPTION.classIdentifier,
          pxeClassIdentifier(architecture, 3, 0).replace('PXEClient', className),
        ),
        ...(userClass === undefined ? [] : [textOption(OPTION.userClass, userClass)]),
      ],
      ...more,
    })

  const served = ({ message: offer }: Came): boolean => isLeasing({ message: offer }) && (className === 'PXEClient' || saysHttp(offer)) // prettier-ignore
  const discover = message([messageTypeOption('discover')])
  let offers: Came[] = []
  for (let tries = 0; tries < 3 && !offers.some(served); tries++) {
    send(68, '255.255.255.255', 67, discover)
    await pause(WINDOW)
    offers = came(0).filter(
      ({ message: reply }) => messageType(reply) === 'offer' && reply.xid === discover.xid,
    )
  }
  const leasing = offers.find(served)
  if (leasing) {
    const { yiaddr } = leasing.message
    const server = serverIdentifier(leasing.message)!
    const asked = [messageTypeOption('request'), ip4Option(OPTION.serverIdentifier, server), ip4Option(OPTION.requestedIpAddress, yiaddr)] // prettier-ignore
    send(68, '255.255.255.255', 67, message(asked, { xid: discover.xid }))
    await pause(300)
    const address = formatIp4(yiaddr)
    lab.ip('-n', lab.space(host), 'addr', 'replace', `${address}/24`, 'dev', 'eth0')
    let chosen = choose(offers.map(offer => offer.message))
    if (chosen && chosen.file === '') {
      const before = out.length
      for (let tries = 0; tries < 4 && came(before).length === 0; tries++) {
        send(
          4011,
          formatIp4(chosen.server),
          4011,
          message([messageTypeOption('request')], { ciaddr: yiaddr, flags: 0 }),
        )
        await pause(500)
      }
      const answer = came(before).find(({ message: reply }) => isPxeClient(reply))
      chosen = answer && { server: answer.message.siaddr || chosen.server, file: fileOf(answer.message) }
    }
    if (chosen && chosen.file !== '') {
      // Firmware without HTTP asks for a URL as for any name.
      const url =
        chosen.file.startsWith('http') && (className === 'HTTPClient' || userClass !== undefined)
          ? chosen.file
          : `tftp://${formatIp4(chosen.server)}/${encodeURIComponent(chosen.file).replaceAll('%2F', '/')}`
      const words = ['curl', '-sS', '-m', '12', ...curl, '--interface', address, '-o', '/dev/null', url]
      await once(lab.start(host, ...words).child, 'close')
    }
    lab.ip('-n', lab.space(host), 'addr', 'del', `${address}/24`, 'dev', 'eth0')
  }
  child.stdin!.end()
  await once(child, 'close')
}

const saysHttp = (offer: DhcpMessage): boolean => classIdentifier(offer)?.startsWith('HTTPClient') === true
const isLeasing = ({ message }: Pick<Came, 'message'>): boolean => message.yiaddr !== ANY_IP4

const fileOf = (message: DhcpMessage): string => bootFileName(message)?.replace(/\0+$/, '') ?? message.file

/** A complete PXE offer, else one to be asked, else what DHCP names. */
const choose = (offers: readonly DhcpMessage[]) => {
  const targetOf = (offer: DhcpMessage) => ({
    server: offer.siaddr || serverIdentifier(offer)!,
    file: fileOf(offer),
  })
  const pxe = offers.filter(isPxeClient)
  const complete = pxe.find(offer => first(offer, OPTION.vendorSpecific) && fileOf(offer) !== '')
  if (complete) return targetOf(complete)
  if (pxe[0]) return { ...targetOf(pxe[0]), file: '' }
  const named = offers.find(offer => fileOf(offer) !== '')
  return named && targetOf(named)
}
