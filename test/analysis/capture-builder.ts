/**
 * Small captures by hand: machines and servers that say what a test tells them to, at the time it tells them. Encodes
 * with the wire codecs and judges nothing.
 */
import {
  type Ip4,
  type Mac,
  LIMITED_BROADCAST,
  BROADCAST_MAC,
  parseIp4,
  toIp4,
  toMac,
  ip4Number,
} from '../../src/core/address.ts'
import { latin1Bytes } from '../../src/core/bytes.ts'
import { MILLISECOND, SECOND, type Micros } from '../../src/core/micros.ts'
import {
  type Analysis,
  Analyzer,
  type AnalyzerOptions,
  type CapturedFrame,
} from '../../src/analysis/analyzer.ts'
import type { Finding, FindingRule } from '../../src/analysis/finding.ts'
import { encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import {
  BROADCAST_FLAG,
  type DhcpMessage,
  type DhcpOption,
  type MessageType,
} from '../../src/wire/dhcp/message.ts'
import {
  OPTION,
  bootReply,
  bootRequest,
  bytesOption,
  chaddrOf,
  ip4Option,
  messageTypeOption,
  textOption,
  u16Option,
  u32Option,
} from '../../src/wire/dhcp/options.ts'
import type { Ip4Packet } from '../../src/wire/frame.ts'
import { encodeFrame, icmpUnreachable } from '../../src/wire/frames.ts'
import { pxeClassIdentifier } from '../../src/wire/pxe/client.ts'
import { type PxeVendorOptions, encodePxeVendor } from '../../src/wire/pxe/vendor-options.ts'
import { encodeTftp } from '../../src/wire/tftp/codec.ts'
import type { TftpPacket } from '../../src/wire/tftp/packet.ts'

export const ip = (text: string): Ip4 => parseIp4(text)!
export const ms = (value: number): Micros => Math.round(value * MILLISECOND)
export const s = (value: number): Micros => Math.round(value * SECOND)

export type Firmware = 'edk2' | 'ipxe' | 'bios' | 'u-boot' | 'os' | 'http' | 'apple'

export interface Machine {
  readonly mac: Mac
  readonly firmware: Firmware
  readonly arch: number
  readonly xid: number
  readonly segment: string
  readonly address: Ip4
}

const UUID = new Uint8Array(17)

/** Option lists in the order that each firmware sends them (E-2, I-2, B-2, U-1). */
const clientOptions = ({ firmware, arch }: Machine, extra: readonly DhcpOption[]): DhcpOption[] => {
  const class60 = textOption(60, pxeClassIdentifier(arch, 3, 0))
  const arch93 = u16Option(93, arch)
  const nic94 = bytesOption(94, Uint8Array.of(1, 3, 0))
  const list55 = bytesOption(55, Uint8Array.of(1, 3, 43, 60, 66, 67))
  const uuid97 = bytesOption(97, UUID)
  switch (firmware) {
    case 'edk2':
      return [...extra, u16Option(57, 1472), list55, uuid97, nic94, arch93, class60]
    case 'ipxe':
      return [
        ...extra,
        u16Option(57, 1472),
        arch93,
        nic94,
        class60,
        textOption(77, 'iPXE'),
        list55,
        bytesOption(175, Uint8Array.of(0xb1, 0)),
        uuid97,
      ]
    case 'bios':
      return [
        ...extra,
        list55,
        u16Option(57, 1260),
        uuid97,
        arch93,
        bytesOption(94, Uint8Array.of(1, 2, 1)),
        class60,
      ]
    case 'u-boot':
      return [
        ...extra,
        u16Option(57, 576),
        bytesOption(94, Uint8Array.of(1, 1, 0)),
        textOption(60, 'U-Boot.armv8'),
        list55,
      ]
    case 'os':
      return [...extra, textOption(60, 'MSFT 5.0'), list55]
    case 'http':
      return [...extra, arch93, textOption(60, 'HTTPClient:Arch:00016:UNDI:003000')]
    case 'apple':
      return [...extra, textOption(60, 'AAPLBSDPC/i386/iMac12,1')]
  }
}

export interface Offer {
  readonly lease?: string
  readonly pxe?: boolean
  /** Option 43, one value per instance. */
  readonly vendor?: readonly Uint8Array[]
  readonly file?: string
  /** Closed by NUL. */
  readonly option67?: string
  readonly siaddr?: string
  /** Undefined = the server's own address; null = left out. */
  readonly identifier?: string | null
  readonly from?: string
  readonly mac?: Mac
  readonly giaddr?: string
  readonly segment?: string
  readonly options?: readonly DhcpOption[]
  readonly omit?: readonly number[]
  readonly ended?: boolean
  readonly rawOptions?: Uint8Array
  readonly type?: MessageType
  readonly port?: number
  readonly xid?: number
  readonly toLease?: boolean
  readonly ciaddr?: string
  /** Of a lease; default 255.255.255.0 and 10.0.0.1. */
  readonly mask?: string
  readonly router?: string
}

/** Pa: complete by itself, with the menu entry that says in clear what was decided. */
export const complete = (file: string, text?: string): Offer => ({
  pxe: true,
  file,
  vendor: [
    encodePxeVendor({
      discoveryControl: 8,
      ...(text === undefined ? {} : { bootMenu: [{ type: 0xaaaa, text }], prompt: { timeout: 0, text } }),
    }),
  ],
})
/** What an NBS says when the machine is to start from the local disk. */
export const production: Offer = {
  pxe: true,
  vendor: [
    encodePxeVendor({
      discoveryControl: 2,
      bootMenu: [{ type: 0, text: 'Production: local disk' }],
      prompt: { timeout: 0, text: 'Local disk' },
    }),
  ],
}
/** Ba: option 60 alone. */
export const redirect: Offer = { pxe: true }
export const menu = (vendor: Partial<PxeVendorOptions>, more: Offer = {}): Offer => ({
  pxe: true,
  vendor: [encodePxeVendor(vendor)],
  ...more,
})
export const lease = (address: string, more: Offer = {}): Offer => ({ lease: address, ...more })

const serverMac = (address: Ip4): Mac => toMac(0x020000000000 + ip4Number(address))

export class Capture {
  readonly records: CapturedFrame[] = []
  #identification = 1

  machine(number: number, firmware: Firmware = 'edk2', more: Partial<Machine> = {}): Machine {
    return {
      mac: toMac(0x005056000000 + number),
      firmware,
      arch: firmware === 'bios' ? 0 : 7,
      xid: 0x1000 + number,
      segment: 'office',
      address: ip(`10.0.0.${100 + number}`),
      ...more,
    }
  }

  discover(at: Micros, machine: Machine, more: Partial<DhcpMessage> = {}): void {
    this.#fromClient(at, machine, [messageTypeOption('discover')], more)
  }

  request(at: Micros, machine: Machine, server: string, more: Partial<DhcpMessage> = {}): void {
    const options = [messageTypeOption('request'), ip4Option(54, ip(server)), ip4Option(50, machine.address)]
    this.#fromClient(at, machine, options, more)
  }

  decline(at: Micros, machine: Machine, server: string): void {
    const options = [messageTypeOption('decline'), ip4Option(54, ip(server)), ip4Option(50, machine.address)]
    const message = bootRequest({ xid: machine.xid, chaddr: chaddrOf(machine.mac), options })
    this.udp(
      at,
      machine.segment,
      machine.mac,
      BROADCAST_MAC,
      [toIp4(0), 68],
      [LIMITED_BROADCAST, 67],
      encodeDhcp(message),
    )
  }

  #fromClient(at: Micros, machine: Machine, options: DhcpOption[], more: Partial<DhcpMessage>): void {
    const message = this.message(machine, options, more)
    this.udp(
      at,
      machine.segment,
      machine.mac,
      BROADCAST_MAC,
      [toIp4(0), 68],
      [LIMITED_BROADCAST, 67],
      encodeDhcp(message),
    )
  }

  message(machine: Machine, options: DhcpOption[], more: Partial<DhcpMessage> = {}): DhcpMessage {
    return bootRequest({
      xid: machine.xid,
      chaddr: chaddrOf(machine.mac),
      flags: machine.firmware === 'ipxe' || machine.firmware === 'u-boot' ? 0 : BROADCAST_FLAG,
      options: clientOptions(machine, options),
      ...more,
    })
  }

  /** A relay's copy of a client's message on the servers' segment. */
  relayed(
    at: Micros,
    machine: Machine,
    type: MessageType,
    giaddr: string,
    server: string,
    segment = 'servers',
  ): void {
    const message = this.message(machine, [messageTypeOption(type)], { giaddr: ip(giaddr), hops: 1 })
    this.udp(
      at,
      segment,
      serverMac(ip(giaddr)),
      serverMac(ip(server)),
      [ip(giaddr), 67],
      [ip(server), 67],
      encodeDhcp(message),
    )
  }

  offer(at: Micros, server: string, machine: Machine, offer: Offer): void {
    this.reply(at, server, machine, { type: 'offer', ...offer })
  }

  ack(at: Micros, server: string, machine: Machine, offer: Offer = {}): void {
    this.reply(at, server, machine, { type: 'ack', ...offer })
  }

  nak(at: Micros, server: string, machine: Machine): void {
    this.reply(at, server, machine, { type: 'nak' })
  }

  /** On the client's segment by broadcast, or with giaddr and another segment to the relay. */
  reply(at: Micros, server: string, machine: Machine, offer: Offer): void {
    const bytes = encodeDhcp(
      this.replyMessage(server, machine, offer),
      offer.rawOptions ? { rawOptions: offer.rawOptions } : {},
    )
    const source = ip(offer.from ?? server)
    const mac = offer.mac ?? serverMac(source)
    const segment = offer.segment ?? machine.segment
    const port = offer.port ?? 67
    if (offer.port === 4011)
      this.udp(
        at,
        segment,
        mac,
        machine.mac,
        [source, 4011],
        [machine.address, machine.firmware === 'ipxe' ? 68 : 4011],
        bytes,
      )
    else if (offer.giaddr !== undefined && segment !== machine.segment)
      this.udp(at, segment, mac, serverMac(ip(offer.giaddr)), [source, port], [ip(offer.giaddr), 67], bytes)
    else if (offer.giaddr !== undefined)
      this.udp(
        at,
        segment,
        serverMac(ip(offer.giaddr)),
        BROADCAST_MAC,
        [ip(offer.giaddr), 67],
        [LIMITED_BROADCAST, 68],
        bytes,
      )
    else if (offer.toLease)
      this.udp(at, segment, mac, machine.mac, [source, port], [machine.address, 68], bytes)
    else this.udp(at, segment, mac, BROADCAST_MAC, [source, port], [LIMITED_BROADCAST, 68], bytes)
  }

  replyMessage(server: string, machine: Machine, offer: Offer): DhcpMessage {
    const { lease: yiaddr, file, option67, vendor = [], identifier = server, omit = [] } = offer
    const options: DhcpOption[] = [messageTypeOption(offer.type ?? 'offer')]
    if (identifier !== null) options.push(ip4Option(54, ip(identifier)))
    if (yiaddr !== undefined)
      options.push(
        u32Option(51, 3600),
        ip4Option(1, ip(offer.mask ?? '255.255.255.0')),
        ip4Option(3, ip(offer.router ?? '10.0.0.1')),
      )
    if (offer.pxe) options.push(textOption(60, 'PXEClient'), bytesOption(97, UUID))
    for (const value of vendor) options.push(bytesOption(OPTION.vendorSpecific, value))
    if (option67 !== undefined) options.push(textOption(67, `${option67}\0`))
    options.push(...(offer.options ?? []))
    return bootReply(this.message(machine, []), {
      xid: offer.xid ?? machine.xid,
      ...(yiaddr === undefined ? {} : { yiaddr: ip(yiaddr) }),
      ...(offer.ciaddr === undefined ? {} : { ciaddr: ip(offer.ciaddr) }),
      siaddr: ip(offer.siaddr ?? (offer.pxe || file !== undefined ? server : '0.0.0.0')),
      giaddr: ip(offer.giaddr ?? '0.0.0.0'),
      ...(file === undefined ? {} : { file }),
      options: options.filter(option => !omit.includes(option.code)),
      ended: offer.ended ?? true,
    })
  }

  /** A request to port 4011. */
  ask(at: Micros, machine: Machine, server: string, xid = machine.xid + 0x10000): void {
    const message = this.message(machine, [messageTypeOption('request')], {
      xid,
      ciaddr: machine.address,
      flags: 0,
    })
    const from = machine.firmware === 'ipxe' ? 68 : 4011
    this.udp(
      at,
      machine.segment,
      machine.mac,
      serverMac(ip(server)),
      [machine.address, from],
      [ip(server), 4011],
      encodeDhcp(message),
    )
  }

  answer(at: Micros, server: string, machine: Machine, offer: Offer, xid = machine.xid + 0x10000): void {
    this.reply(at, server, machine, { type: 'ack', pxe: true, port: 4011, xid, ...offer })
  }

  tftp(
    at: Micros,
    machine: Machine,
    server: string,
    packet: TftpPacket,
    port: number,
    serverPort = 69,
    segment = machine.segment,
  ): void {
    this.udp(
      at,
      segment,
      machine.mac,
      serverMac(ip(server)),
      [machine.address, port],
      [ip(server), serverPort],
      encodeTftp(packet),
    )
  }

  tftpReply(
    at: Micros,
    server: string,
    machine: Machine,
    packet: TftpPacket,
    port: number,
    segment = machine.segment,
  ): void {
    this.udp(
      at,
      segment,
      serverMac(ip(server)),
      machine.mac,
      [ip(server), 50_000 + (port % 10_000)],
      [machine.address, port],
      encodeTftp(packet),
    )
  }

  rrq(
    at: Micros,
    machine: Machine,
    server: string,
    file: string,
    port = 2000,
    options: readonly (readonly [string, string])[] = [],
  ): void {
    this.tftp(at, machine, server, { kind: 'rrq', file, mode: 'octet', options }, port)
  }

  /** EDK2's way: size query, broken off, then the file in one short block. */
  download(
    at: Micros,
    machine: Machine,
    server: string,
    file: string,
    port = 2000,
    content = latin1Bytes('boot program'),
  ): void {
    this.rrq(at, machine, server, file, port, [['tsize', '0']])
    this.tftpReply(
      at + 100,
      server,
      machine,
      { kind: 'oack', options: [['tsize', String(content.length)]] },
      port,
    )
    this.tftp(
      at + 200,
      machine,
      server,
      { kind: 'error', code: 8, message: 'User aborted the transfer' },
      port,
      50_000 + port,
    )
    this.rrq(at + 300, machine, server, file, port + 1)
    this.tftpReply(at + 400, server, machine, { kind: 'data', block: 1, bytes: content }, port + 1)
    this.tftp(at + 500, machine, server, { kind: 'ack', block: 1 }, port + 1, 50_000 + port + 1)
  }

  /** ICMP: the port that `machine` spoke to on `server` is closed. */
  unreachable(at: Micros, machine: Machine, server: string, fromPort: number, toPort: number): void {
    const original = this.#packet(machine.address, ip(server), fromPort, toPort, latin1Bytes('lost'))
    this.#record(at, machine.segment, serverMac(ip(server)), machine.mac, {
      ...original,
      source: ip(server),
      target: machine.address,
      body: icmpUnreachable(original, 3),
    })
  }

  arp(at: Micros, mac: Mac, sender: string, target: string, segment = 'office'): void {
    const packet = {
      kind: 'arp' as const,
      operation: 'request' as const,
      senderMac: mac,
      senderIp: ip(sender),
      targetMac: toMac(0),
      targetIp: ip(target),
    }
    this.records.push({ at, segment, bytes: encodeFrame({ target: BROADCAST_MAC, source: mac, packet }) })
  }

  arpReply(at: Micros, mac: Mac, sender: string, to: Machine): void {
    const packet = {
      kind: 'arp' as const,
      operation: 'reply' as const,
      senderMac: mac,
      senderIp: ip(sender),
      targetMac: to.mac,
      targetIp: to.address,
    }
    this.records.push({
      at,
      segment: to.segment,
      bytes: encodeFrame({ target: to.mac, source: mac, packet }),
    })
  }

  udp(
    at: Micros,
    segment: string,
    source: Mac,
    target: Mac,
    from: readonly [Ip4, number],
    to: readonly [Ip4, number],
    payload: Uint8Array,
  ): void {
    this.#record(at, segment, source, target, this.#packet(from[0], to[0], from[1], to[1], payload))
  }

  #packet(source: Ip4, target: Ip4, sourcePort: number, targetPort: number, payload: Uint8Array): Ip4Packet {
    return {
      kind: 'ip4',
      source,
      target,
      ttl: 64,
      identification: this.#identification++ & 0xffff,
      dontFragment: false,
      moreFragments: false,
      fragmentOffset: 0,
      body: { kind: 'udp', sourcePort, targetPort, payload },
    }
  }

  #record(at: Micros, segment: string, source: Mac, target: Mac, packet: Ip4Packet): void {
    this.records.push({ at, segment, bytes: encodeFrame({ target, source, packet }) })
  }

  /** A later frame that has nothing to do with anything, so that silence before it is silence. */
  quietUntil(at: Micros): void {
    this.arp(at, toMac(0x0200000000fe), '10.0.0.254', '10.0.0.253')
    this.arpReply(at + 1, toMac(0x0200000000fd), '10.0.0.253', this.machine(250))
  }

  /** DISCOVER, an offer for each server in order, 1 ms apart, then REQUEST and ACK of the first that leases. */
  boot(at: Micros, machine: Machine, offers: readonly (readonly [server: string, offer: Offer])[]): void {
    this.discover(at, machine)
    offers.forEach(([server, offer], i) => this.offer(at + ms(i + 1), server, machine, offer))
    const leasing = offers.find(([, offer]) => offer.lease !== undefined)
    if (!leasing) return
    const address = leasing[1].lease!
    this.request(at + s(4), { ...machine, address: ip(address) }, leasing[0])
    this.ack(at + s(4) + ms(1), leasing[0], machine, leasing[1])
  }

  analyze(options?: AnalyzerOptions): Analysis {
    const analyzer = new Analyzer(options)
    for (const record of [...this.records].sort((a, b) => a.at - b.at)) analyzer.add(record)
    return analyzer.finish()
  }

  rules(): FindingRule[] {
    return this.analyze().findings.map(finding => finding.rule)
  }

  /** The one finding there is. */
  only(): Finding {
    const { findings } = this.analyze()
    if (findings.length !== 1)
      throw new Error(`findings: ${findings.map(finding => finding.rule).join(', ')}`)
    return findings[0]!
  }

  finding(rule: FindingRule): Finding | undefined {
    return this.analyze().findings.find(finding => finding.rule === rule)
  }
}
