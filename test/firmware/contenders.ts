/**
 * The servers of scenarios/firmware as a world for `fake-pc.ts`: D, Df, Db, Dp, Pa, Ba, Pm and boot servers, with
 * the policy of the measurements: the first listed answers after 20 ms, each
 * further one 40 ms later; lease servers answer everybody, proxies only PXE clients; TFTP by every host that has files.
 */
import { ANY_IP4, type Ip4, LIMITED_BROADCAST, ip4Number } from '../../src/core/address.ts'
import { latin1Bytes } from '../../src/core/bytes.ts'
import { decodeDhcp, encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import type { DhcpMessage, DhcpOption } from '../../src/wire/dhcp/message.ts'
import {
  OPTION,
  bootReply,
  ip4Option,
  messageType,
  messageTypeOption,
  serverIdentifier,
  textOption,
  u32Option,
} from '../../src/wire/dhcp/options.ts'
import { isPxeClient } from '../../src/wire/pxe/client.ts'
import { decodePxeVendor, pxeVendorOption } from '../../src/wire/pxe/vendor-options.ts'
import type { PxeVendorOptions } from '../../src/wire/pxe/vendor-options.ts'
import { decodeTftp, encodeTftp } from '../../src/wire/tftp/codec.ts'
import { ip } from './fake-pc.ts'
import type { Lost, Reply, Sent, World } from './fake-pc.ts'

export interface Contender {
  readonly ip: Ip4
  /** The address it leases; undefined = a proxy. */
  readonly lease?: Ip4
  readonly siaddr?: Ip4
  readonly file?: string
  /** Option 67. */
  readonly bootFileName?: string
  readonly vendor?: Partial<PxeVendorOptions>
  readonly options?: readonly DhcpOption[]
  readonly withoutMask?: boolean
  readonly withoutServerId?: boolean
  /** Sends option 60 = PXEClient. */
  readonly pxe?: boolean
  /** After a DISCOVER; default by position. */
  readonly delay?: number
  readonly onRequest?: 'ack' | 'nak' | 'silent'
  /** Offers nothing and NAKs REQUESTs meant for others (row 52). */
  readonly naksOthers?: boolean
  /** The options lack 255 (row 46). */
  readonly unended?: boolean
  /** ACKs REQUESTs meant for another server too (row 51). */
  readonly acksAll?: boolean
  readonly port4011?: 'alive' | 'dead' | 'closed'
  /** What it says on 4011; default: siaddr itself and this file. */
  readonly file4011?: string
  /** Answers discovery by broadcast to 67 as a boot server. */
  readonly answersBroadcast?: boolean
  readonly siaddr4011?: Ip4
  readonly tftp?:
    'silent' | 'closed' | 'noArp' | 'noOptions' | 'raises' | 'foreign' | 'foreignWide' | 'missing' | 'denied'
  readonly content?: Uint8Array
}

const HOST = {
  D: '10.7.0.1',
  Df: '10.7.0.2',
  A: '10.7.0.3',
  B: '10.7.0.4',
  Db: '10.7.0.5',
  Pa: '10.7.0.11',
  Pb: '10.7.0.12',
  Ba: '10.7.0.21',
  Bb: '10.7.0.22',
  Pm: '10.7.0.31',
  S1: '10.7.0.51',
  S2: '10.7.0.52',
  foreign: '10.7.0.77',
} as const

export const host = (name: keyof typeof HOST): Ip4 => ip(HOST[name])
export const leaseOf = (name: 'D' | 'Df' | 'A' | 'B' | 'Db' | 'Pa'): Ip4 =>
  ip(`10.7.0.${100 + (ip4Number(host(name)) & 0xff)}`)

type More = Partial<Contender>
const complete = (file: string) => ({ vendor: { discoveryControl: 8 }, file })

/** D: a lease and nothing else. */
export const D = (more: More = {}): Contender => ({ ip: host('D'), lease: leaseOf('D'), ...more })
/** Df: a lease and a boot file, from the host of that name. */
export const Df = (name: 'Df' | 'A' | 'B' = 'Df', more: More = {}): Contender => ({
  ip: host(name),
  lease: leaseOf(name),
  siaddr: host(name),
  file: `boot-${name}`,
  ...more,
})
/** Db: a lease with option 60, without 43. */
export const Db = (more: More = {}): Contender => ({
  ip: host('Db'),
  lease: leaseOf('Db'),
  pxe: true,
  siaddr: host('Db'),
  port4011: 'alive',
  ...more,
})
/** Dp: a lease with option 60 and a complete option 43. */
export const Dp = (name: 'A' | 'B', more: More = {}): Contender => ({
  ...Df(name),
  pxe: true,
  ...complete(`boot-Dp${name}`),
  ...more,
})
/** Pa, Pb: a complete proxy. */
export const P = (name: 'Pa' | 'Pb', more: More = {}): Contender => ({
  ip: host(name),
  pxe: true,
  siaddr: host(name),
  ...complete(`boot-${name}`),
  ...more,
})
/** Ba, Bb: a proxy without option 43, to be asked on 4011. */
export const Bx = (name: 'Ba' | 'Bb', more: More = {}): Contender => ({
  ip: host(name),
  pxe: true,
  siaddr: host(name),
  port4011: 'alive',
  file4011: `boot-${name}`,
  ...more,
})
/** Pm: a proxy with a menu of one boot server type (1). */
export const Pm = (vendor: Partial<PxeVendorOptions>, more: More = {}): Contender => ({
  ip: host('Pm'),
  pxe: true,
  vendor: { bootMenu: [{ type: 1, text: 'Lab' }], prompt: { timeout: 0, text: 'PXE' }, ...vendor },
  ...more,
})
/** A boot server: silent on DISCOVER. */
export const S = (name: 'S1' | 'S2', more: More = {}): Contender => ({
  ip: host(name),
  port4011: 'alive',
  answersBroadcast: true,
  file4011: `boot-${name}`,
  ...more,
})

export const network = (...contenders: readonly Contender[]): World => {
  const transfers = new Map<number, Uint8Array>()
  return sent =>
    contenders.flatMap((contender, i) => answers(contender, 20_000 + 40_000 * i, sent, transfers))
}

/** What a client did, in the terms of the measurements; times in seconds. */
export interface Observed {
  readonly discovers: readonly number[]
  readonly discoverSecs: readonly number[]
  readonly requests: readonly number[]
  readonly asked4011: readonly { readonly at: number; readonly ip: Ip4; readonly secs: number }[]
  readonly reads: readonly { readonly at: number; readonly ip: Ip4; readonly file: string }[]
}

export const observe = (sent: readonly Sent[]): Observed => {
  const seconds = (one: Sent) => one.at / 1_000_000
  const to67 = sent
    .filter(one => one.to.port === 67)
    .map(one => ({ at: seconds(one), request: requestOf(one) }))
  const of = (type: string) => to67.filter(one => messageType(one.request) === type)
  return {
    discovers: of('discover').map(one => one.at),
    discoverSecs: of('discover').map(one => one.request.secs),
    requests: of('request')
      .filter(one => !isDiscovery(one.request))
      .map(one => one.at),
    asked4011: sent
      .filter(one => one.to.port === 4011)
      .map(one => ({ at: seconds(one), ip: one.to.ip, secs: requestOf(one).secs })),
    reads: sent.flatMap(one => {
      const decoded = one.to.port === 69 ? decodeTftp(one.payload) : undefined
      return decoded?.ok && decoded.value.kind === 'rrq'
        ? [{ at: seconds(one), ip: one.to.ip, file: decoded.value.file }]
        : []
    }),
  }
}

const answers = (
  contender: Contender,
  delay: number,
  sent: Sent,
  transfers: Map<number, Uint8Array>,
): (Reply | Lost)[] => {
  const { ip: target, port } = sent.to
  if (target === LIMITED_BROADCAST && port === 67) return answer67(contender, delay, sent)
  const isForeign = target === host('foreign') && contender.tftp?.startsWith('foreign')
  if (target !== contender.ip && !isForeign) return []
  if (port === 4011) return answer4011(contender, delay, sent)
  return answerTftp(contender, sent, transfers)
}

const answer67 = (contender: Contender, delay: number, sent: Sent): Reply[] => {
  const request = requestOf(sent)
  const type = messageType(request)
  const proxy = contender.lease === undefined
  if (type === 'discover') {
    if (contender.naksOthers) return []
    if (contender.port4011 && !contender.pxe) return []
    if (proxy && !isPxeClient(request)) return []
    return [dhcpReply(contender, request, 'offer', contender.delay ?? delay)]
  }
  if (isDiscovery(request))
    return contender.answersBroadcast ? [bootServerReply(contender, request, delay, sent)] : []
  if (type === 'request' && contender.naksOthers) return [nak(contender, request, delay)]
  const meant = serverIdentifier(request) === contender.ip || (contender.withoutServerId ?? false)
  if (type !== 'request' || proxy || (!meant && !contender.acksAll)) return []
  switch (contender.onRequest ?? 'ack') {
    case 'ack':
      return [dhcpReply(contender, request, 'ack', delay)]
    case 'nak':
      return [nak(contender, request, delay)]
    case 'silent':
      return []
  }
}

const nak = (contender: Contender, request: DhcpMessage, delay: number): Reply => {
  const options = [messageTypeOption('nak'), ip4Option(OPTION.serverIdentifier, contender.ip)]
  return reply(contender.ip, 67, bootReply(request, { options }), delay)
}

const requestOf = (sent: Sent): DhcpMessage => {
  const decoded = decodeDhcp(sent.payload)
  if (!decoded.ok) throw new Error('the client sent no DHCP message')
  return decoded.value
}

const vendorOf = (request: DhcpMessage) => {
  const value = request.options.find(option => option.code === OPTION.vendorSpecific)?.value
  const decoded = value && decodePxeVendor(value)
  return decoded?.ok ? decoded.value : undefined
}
const isDiscovery = (request: DhcpMessage) => vendorOf(request)?.bootItem !== undefined

const dhcpReply = (
  contender: Contender,
  request: DhcpMessage,
  type: 'offer' | 'ack',
  delay: number,
): Reply => {
  const { lease = ANY_IP4 } = contender
  const message = bootReply(request, {
    yiaddr: lease,
    siaddr: contender.siaddr ?? ANY_IP4,
    file: contender.file ?? '',
    ended: !contender.unended,
    options: [
      messageTypeOption(type),
      ...(contender.withoutServerId ? [] : [ip4Option(OPTION.serverIdentifier, contender.ip)]),
      ...(lease === ANY_IP4 ? [] : leaseOptions(contender)),
      ...(contender.bootFileName === undefined
        ? []
        : [textOption(OPTION.bootFileName, contender.bootFileName)]),
      ...(contender.pxe ? [textOption(OPTION.classIdentifier, 'PXEClient')] : []),
      ...(contender.vendor ? [pxeVendorOption(contender.vendor)] : []),
      ...(contender.options ?? []),
    ],
  })
  const unicast = lease !== ANY_IP4 && (request.flags & 0x8000) === 0
  return { ...reply(contender.ip, 67, message, delay), ...(unicast && { to: lease }) }
}

const leaseOptions = (contender: Contender): DhcpOption[] => [
  ...(contender.withoutMask ? [] : [ip4Option(OPTION.subnetMask, ip('255.255.255.0'))]),
  u32Option(OPTION.leaseTime, 3600),
]

const reply = (from: Ip4, port: number, message: DhcpMessage, delay: number): Reply => ({
  delay,
  from: { ip: from, port },
  payload: encodeDhcp(message),
})

const answer4011 = (contender: Contender, delay: number, sent: Sent): (Reply | Lost)[] => {
  if (contender.port4011 === 'closed') return [{ delay: 1_000, unreachable: 'port' }]
  if (contender.port4011 !== 'alive') return []
  return [bootServerReply(contender, requestOf(sent), delay, sent)]
}

const bootServerReply = (contender: Contender, request: DhcpMessage, delay: number, sent: Sent): Reply => {
  const bootItem = vendorOf(request)?.bootItem
  const message = bootReply(request, {
    ciaddr: request.ciaddr,
    siaddr: contender.siaddr4011 ?? contender.ip,
    file: contender.file4011 ?? 'boot-Db',
    options: [
      messageTypeOption('ack'),
      ip4Option(OPTION.serverIdentifier, contender.ip),
      textOption(OPTION.classIdentifier, 'PXEClient'),
      ...(bootItem ? [pxeVendorOption({ bootItem })] : []),
    ],
  })
  const port = sent.to.port === 67 ? 67 : 4011
  return { ...reply(contender.ip, port, message, delay), to: request.ciaddr, toPort: sent.fromPort }
}

const TID = 20_000
const TFTP_DELAY = 1_000

const answerTftp = (
  contender: Contender,
  sent: Sent,
  transfers: Map<number, Uint8Array>,
): (Reply | Lost)[] => {
  if (contender.tftp === 'silent') return []
  if (contender.tftp === 'closed') return [{ delay: TFTP_DELAY, unreachable: 'port' }]
  if (contender.tftp === 'noArp') return [{ delay: 25_000_000, unreachable: 'arp' }]
  const decoded = decodeTftp(sent.payload)
  if (!decoded.ok) return []
  const packet = decoded.value
  const foreign = contender.tftp === 'foreign' || contender.tftp === 'foreignWide'
  const from = { ip: foreign ? host('foreign') : contender.ip, port: TID + sent.fromPort }
  const say = (answer: Parameters<typeof encodeTftp>[0]): Reply[] => [
    { delay: TFTP_DELAY, from, payload: encodeTftp(answer), to: 'unicast' },
  ]
  if (packet.kind === 'rrq') {
    if (contender.tftp === 'missing') return say({ kind: 'error', code: 1, message: 'File not found' })
    if (contender.tftp === 'denied') return say({ kind: 'error', code: 2, message: 'Access violation' })
    const content = contender.content ?? latin1Bytes(`I am ${packet.file}`)
    transfers.set(from.port, content)
    if (contender.tftp === 'noOptions') return say({ kind: 'data', block: 1, bytes: content })
    const raised = contender.tftp === 'raises' ? 4 : 0
    const options = packet.options.map(([name, value]): readonly [string, string] => [
      name,
      name === 'blksize' ? String(Number(value) + raised) : name === 'tsize' ? String(content.length) : value,
    ])
    return say({ kind: 'oack', options })
  }
  // Row 36: a socket bound to its own address does not hear what is sent to the other one.
  const unheard = contender.tftp === 'foreign' && sent.to.ip === contender.ip
  if (packet.kind !== 'ack' || packet.block > 0 || unheard) return []
  return say({ kind: 'data', block: 1, bytes: transfers.get(from.port) ?? new Uint8Array(0) })
}
