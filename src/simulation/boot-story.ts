/**
 * What the packets of one machine tell of its boot: whom it asked, what it was given, what it loaded, and when. The
 * same reading for a model and for real firmware, so that the two can be compared. Knows no firmware and decides
 * nothing: what only the machine knows (why it gave up) stands on its screen.
 */
import { ANY_IP4, type Ip4, type Mac } from '../core/address.ts'
import { concat } from '../core/bytes.ts'
import { valueOf } from '../core/decoded.ts'
import type { Micros } from '../core/micros.ts'
import { nameIn, serverIdentity } from '../firmware/offer.ts'
import { decodeDhcp } from '../wire/dhcp/codec.ts'
import { DHCP_PORT, type DhcpMessage } from '../wire/dhcp/message.ts'
import { OPTION, clientMac, first, messageType, serverIdentifier } from '../wire/dhcp/options.ts'
import type { Frame, UdpPacket } from '../wire/frame.ts'
import type { BootMenuEntry } from '../wire/pxe/vendor-options.ts'
import { pxeVendor } from '../wire/pxe/vendor-readings.ts'
import { decodeTftp } from '../wire/tftp/codec.ts'
import { TFTP_PORT } from '../wire/tftp/packet.ts'

/** Answers that one machine may be given before later ones are forgotten. */
const MAX_STORY_ANSWERS = 1_000

interface Answer {
  readonly kind: 'offer' | 'ack' | 'bootServer'
  readonly identity: Ip4
  /** Option 54 as it stands there: 0.0.0.0 identifies nobody, and is what a REQUEST repeats. */
  readonly identifier: Ip4 | undefined
  readonly yiaddr: Ip4
  readonly server: Ip4
  /** Header field and option 67. */
  readonly files: readonly string[]
  readonly firstEntry: BootMenuEntry | undefined
}

interface Transfer {
  readonly port: number
  readonly server: Ip4
  readonly file: string
  blockSize: number
  next: number
  readonly parts: Uint8Array[]
}

export class BootStory {
  readonly mac: Mac
  readonly #answers: Answer[] = []
  #transfer: Transfer | undefined
  /** The address it sends from. */
  #own: Ip4 = ANY_IP4

  discover: Micros | undefined
  request: Micros | undefined
  /** Whose offer it took (54). */
  requestTo: Ip4 | undefined
  /** Asked on port 4011, in order, each time. */
  readonly asked: Ip4[] = []
  /** The first read request, and the server of the last. */
  readRequest: Micros | undefined
  reads: Ip4 | undefined
  file: string | undefined
  /** The last packet of the file that was received whole. */
  loaded: Micros | undefined
  content: Uint8Array | undefined
  /** It has told the server that the address is in use, or not to its liking. */
  declined = false

  constructor(mac: Mac) {
    this.mac = mac
  }

  see(at: Micros, { source, target, packet }: Frame): void {
    if (packet.kind === 'arp' && source === this.mac && packet.senderIp !== ANY_IP4)
      this.#own = packet.senderIp
    if (packet.kind !== 'ip4' || packet.body.kind !== 'udp') return
    const { body } = packet
    if (source === this.mac) {
      if (packet.source !== ANY_IP4) this.#own = packet.source
      this.#sent(at, packet.target, body)
    } else if (body.targetPort === DHCP_PORT.client || body.targetPort === DHCP_PORT.bootServer)
      this.#answered(packet.source, body)
    else if (target === this.mac) this.#received(at, body)
  }

  /** The lease it has: that of the address it uses, else what the server it asked has confirmed. */
  get lease(): { readonly server: Ip4; readonly address: Ip4 } | undefined {
    const acks = this.#answers.filter(({ kind, yiaddr }) => kind === 'ack' && yiaddr !== ANY_IP4)
    const used = acks.filter(({ yiaddr }) => yiaddr === this.#own)
    const own = (list: readonly Answer[]) =>
      list.find(({ identity, identifier }) => [identity, identifier].includes(this.requestTo))
    const ack = own(used) ?? used[0] ?? own(acks)
    return ack && { server: ack.identity, address: ack.yiaddr }
  }

  /** Servers that named the file it asked for and the place it asked at, in order of their answers. */
  get namedBy(): readonly Ip4[] {
    const { file, reads } = this
    if (file === undefined) return []
    const named = this.#answers.filter(answer => answer.files.some(name => sameFile(name, file)))
    const here = named.filter(({ server, identity }) => server === reads || identity === reads)
    return [...new Set((here.length > 0 ? here : named).map(({ identity }) => identity))]
  }

  /** Who told it to boot from its disk, in order of their answers: the first entry of a menu is the local boot. */
  get sentToDiskBy(): readonly Ip4[] {
    const told = this.#answers.filter(({ firstEntry }) => firstEntry?.type === 0)
    return [...new Set(told.map(({ identity }) => identity))]
  }

  #sent(at: Micros, target: Ip4, udp: UdpPacket): void {
    switch (udp.targetPort) {
      case TFTP_PORT:
        return this.#reads(at, target, udp)
      case DHCP_PORT.bootServer:
        return void this.asked.push(target)
      case DHCP_PORT.server:
        return this.#asksForLease(at, udp)
    }
  }

  #asksForLease(at: Micros, udp: UdpPacket): void {
    const message = valueOf(decodeDhcp(udp.payload))
    const type = message && messageType(message)
    if (type === 'discover') this.discover ??= at
    if (type === 'decline') this.declined = true
    // A boot server is looked for by REQUEST too.
    if (type !== 'request' || vendorOf(message!)?.bootItem !== undefined) return
    this.request ??= at
    this.requestTo ??= serverIdentifier(message!)
  }

  #reads(at: Micros, target: Ip4, udp: UdpPacket): void {
    const packet = valueOf(decodeTftp(udp.payload))
    if (packet?.kind !== 'rrq') return
    this.readRequest ??= at
    this.reads = target
    this.file = packet.file
    this.#transfer = {
      port: udp.sourcePort,
      server: target,
      file: packet.file,
      blockSize: 512,
      next: 1,
      parts: [],
    }
  }

  #answered(source: Ip4, udp: UdpPacket): void {
    const message = valueOf(decodeDhcp(udp.payload))
    if (!message || clientMac(message) !== this.mac || this.#answers.length >= MAX_STORY_ANSWERS) return
    const type = messageType(message)
    if (type !== 'offer' && type !== 'ack') return
    const option67 = first(message, OPTION.bootFileName)
    const fromPort4011 = udp.sourcePort === DHCP_PORT.bootServer || udp.targetPort === DHCP_PORT.bootServer
    this.#answers.push({
      kind: type === 'ack' && (fromPort4011 || message.yiaddr === ANY_IP4) ? 'bootServer' : type,
      identity: serverIdentity(message, source),
      identifier: serverIdentifier(message),
      yiaddr: message.yiaddr,
      server: message.siaddr,
      files: [message.file, ...(option67 ? [nameIn(option67)] : [])].filter(name => name !== ''),
      firstEntry: vendorOf(message)?.bootMenu?.[0],
    })
  }

  /** TFTP packets, to the port it asked from; from whom, is the machine's business. */
  #received(at: Micros, udp: UdpPacket): void {
    const transfer = this.#transfer
    if (!transfer || udp.targetPort !== transfer.port) return
    const packet = valueOf(decodeTftp(udp.payload))
    if (packet?.kind === 'oack') {
      const size = packet.options.find(([name]) => name.toLowerCase() === 'blksize')?.[1]
      if (size !== undefined) transfer.blockSize = Number(size)
    }
    if (packet?.kind !== 'data' || packet.block !== (transfer.next & 0xffff)) return
    transfer.next++
    transfer.parts.push(packet.bytes)
    if (packet.bytes.length >= transfer.blockSize) return
    this.loaded = at
    this.content = concat(transfer.parts)
    this.#transfer = undefined
  }
}

/** A name may have been made a path. */
const sameFile = (named: string, asked: string): boolean =>
  named === asked || named.replace(/^\//, '') === asked.replace(/^\//, '')

const vendorOf = (message: DhcpMessage) => {
  const vendor = pxeVendor(message, 'first')
  return vendor && valueOf(vendor)
}
