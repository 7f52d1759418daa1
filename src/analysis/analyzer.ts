/**
 * The observer: frames in, conversations and findings out. It sees frames only, in any order of capture points, from
 * any origin, and keeps a bounded memory (`limits.ts`): a boot is judged when it is over and then only its summary
 * stays. Imports nothing of the servers it judges. Never throws on any bytes.
 */
import { formatIp4, formatMac, type Ip4, type Mac } from '../core/address.ts'
import type { Micros } from '../core/micros.ts'
import type { Issue } from '../core/decoded.ts'
import { DHCP_PORT, type DhcpMessage } from '../wire/dhcp/message.ts'
import { decodeDhcp } from '../wire/dhcp/codec.ts'
import type { UdpPacket } from '../wire/frame.ts'
import type { ClientKind } from './clients/client-kind.ts'
import { BlindSpots } from './blind-spots.ts'
import { BootTable, type ClientSummary } from './conversations/boots.ts'
import { BsdpFollower } from './conversations/bsdp-follower.ts'
import { type Boot, type ConversationSummary, summaryOf } from './conversations/conversation.ts'
import { DhcpFollower, type ExchangeListener } from './conversations/dhcp-follower.ts'
import type { CaptureRule, RuleContext } from './capture-rule.ts'
import type { Finding, ListedRule } from './finding.ts'
import { FindingTable } from './finding-table.ts'
import { FINDING_RULES } from './findings/index.ts'
import { type CapturedFrame, type RecordView, emptyRecord } from './reading/record.ts'
import { FrameReader, type IpArrival } from './reading/frames.ts'
import { MAX_SUMMARIES } from './limits.ts'
import { ETHERNET } from './reading/link-layer.ts'
import { type ServerSummary, ServerTable } from './conversations/servers.ts'
import { TrafficFollower } from './conversations/traffic-follower.ts'
import type { Hash } from './conversations/transfer.ts'
import type { Names } from './words.ts'

export { type CapturedFrame, type RecordView, emptyRecord } from './reading/record.ts'
export type { Boot } from './conversations/conversation.ts'
export type { DiscoverSeen as Asked, ExchangeListener as Heard } from './conversations/dhcp-follower.ts'
export type { ClientSummary } from './conversations/boots.ts'
export type { ConversationSummary } from './conversations/conversation.ts'
export type { ServerSummary } from './conversations/servers.ts'
export type { Evidence } from './capture-rule.ts'
export type { Finding, FindingRule, ListedRule } from './finding.ts'
export type { Confidence, Severity } from './finding-meta.ts'

export interface AnalyzerOptions {
  /** How segments are called in findings; a segment that is not here keeps its own name. */
  readonly segmentNames?: ReadonlyMap<string, string>
  /** How servers and other addresses are called in messages. */
  readonly name?: (ip: Ip4) => string
  readonly client?: (mac: Mac) => string
  /** For the files that were captured whole. */
  readonly newHash?: () => Hash
  /** Told each boot when it is over. */
  readonly onBoot?: (boot: Boot) => void
  /** Replies keep their bytes, and files their first ones, for whoever looks at boots. */
  readonly keepMessages?: boolean
  /** Told each finding of a boot that is over, about this boot alone. */
  readonly onFinding?: (finding: Finding) => void
  /** Kinds of clients that are told apart, in the order in which they are asked; default: those of `clients/`. */
  readonly clients?: readonly ClientKind[]
  /** Told DISCOVERs and replies as they are seen. */
  readonly listener?: ExchangeListener
  /** Told each DHCP message as it is seen, copies of relays included. */
  readonly onDhcp?: (arrival: IpArrival<UdpPacket>, message: DhcpMessage, issues: readonly Issue[]) => void
  /** How long a machine is silent until its boot is over; default `BOOT_IDLE`. */
  readonly idle?: Micros
  /** What is looked for; default: all rules there are. Findings of equal weight are listed in this order. */
  readonly rules?: readonly ListedRule[]
}

export interface Analysis {
  /** Frames taken, of whatever kind. */
  readonly frames: number
  /** One per boot of a machine; the first of them if there were very many. */
  readonly conversations: readonly ConversationSummary[]
  readonly conversationCount: number
  /** Worst first. */
  readonly findings: readonly Finding[]
  /** By address. */
  readonly servers: readonly ServerSummary[]
  /** By MAC. */
  readonly clients: readonly ClientSummary[]
  /** What weakens the result: frames cut or damaged, a capture that shows broadcasts only. */
  readonly notes: readonly string[]
}

export class Analyzer {
  readonly #names: Names
  readonly #onBoot: (boot: Boot) => void
  readonly #frames: FrameReader
  readonly #servers = new ServerTable()
  readonly #boots: BootTable
  readonly #bsdp = new BsdpFollower()
  readonly #dhcp: DhcpFollower
  readonly #traffic: TrafficFollower
  readonly #rules: readonly CaptureRule[]
  readonly #findings = new FindingTable()
  readonly #onFinding: ((finding: Finding) => void) | undefined
  readonly #onDhcp: AnalyzerOptions['onDhcp']
  /** The record that `add` takes. */
  readonly #whole: RecordView = emptyRecord()
  readonly #conversations: ConversationSummary[] = []
  #conversationCount = 0
  readonly #blindSpots = new BlindSpots()

  constructor(options: AnalyzerOptions = {}) {
    const { segmentNames, rules = FINDING_RULES } = options
    this.#rules = rules.filter(isCaptureRule)
    this.#onBoot = options.onBoot ?? (() => {})
    this.#onFinding = options.onFinding
    this.#onDhcp = options.onDhcp
    this.#boots = new BootTable(boot => this.#close(boot), options.idle)
    this.#dhcp = new DhcpFollower(this.#boots, this.#servers, options)
    this.#traffic = new TrafficFollower(this.#boots, this.#servers, options)
    this.#frames = new FrameReader(this.#traffic.nextOfTransfer)
    this.#names = {
      server: options.name ?? formatIp4,
      client: options.client ?? formatMac,
      segment: segment => segmentNames?.get(segment) ?? segment,
      ...(!options.name && { card: formatMac }),
    }
  }

  /** Takes a record that lies in a larger buffer; both may be used again at once. */
  take(record: Readonly<RecordView>): void {
    if (this.#frames.tryFastPath(record)) this.#boots.tick(record.at)
    else this.#decode(record, record.bytes.slice(record.start, record.end))
  }

  /** Takes a record of which the bytes stay as they are. */
  add({ at, segment, bytes, linkType = ETHERNET }: CapturedFrame): void {
    const record = this.#whole
    record.at = at
    record.segment = segment
    record.linkType = linkType
    record.bytes = bytes
    record.end = bytes.length
    if (this.#frames.tryFastPath(record)) this.#boots.tick(at)
    else this.#decode(record, bytes)
  }

  #decode(record: Readonly<RecordView>, bytes: Uint8Array): void {
    const arrival = this.#frames.decode(record, bytes)
    this.#boots.tick(record.at)
    if (!arrival) return
    if (arrival.kind === 'arp') this.#traffic.arp(arrival)
    else if (arrival.body.kind === 'icmp') this.#traffic.icmp({ ...arrival, body: arrival.body })
    else this.#udp({ ...arrival, body: arrival.body })
  }

  /** Time went on without a frame: who fell silent is done. */
  tick(at: Micros): void {
    this.#boots.tick(at)
  }

  /** Judges what is still open. Nothing may be added afterwards. */
  finish(): Analysis {
    this.#boots.closeAll()
    return {
      frames: this.#frames.count,
      conversations: this.#conversations,
      conversationCount: this.#conversationCount,
      findings: this.#findings.findings(this.#names),
      servers: this.#servers.summaries(),
      clients: this.#boots.clients(),
      notes: this.#notes(),
    }
  }

  /** The findings of the boots that are over. */
  findingsSoFar(): Finding[] {
    return this.#findings.findings(this.#names)
  }

  #udp(arrival: IpArrival<UdpPacket>): void {
    if (!isDhcp(arrival.body)) {
      this.#traffic.udp(arrival)
      return
    }
    const result = decodeDhcp(arrival.body.payload)
    // Only Ethernet addresses are read; another hardware type has its address elsewhere (RFC 4390).
    if (!result.ok || result.value.hlen !== 6) return
    this.#dhcp.add(arrival, result.value, result.issues)
    this.#onDhcp?.(arrival, result.value, result.issues)
    this.#bsdp.add(arrival, result.value)
  }

  #close(boot: Boot): void {
    this.#traffic.forget(boot)
    this.#servers.noteBoot(boot)
    this.#onBoot(boot)
    this.#blindSpots.note(boot, this.#boots.now)
    this.#conversationCount++
    if (this.#conversations.length < MAX_SUMMARIES) this.#conversations.push(summaryOf(boot))
    this.#judge(boot)
  }

  #judge(boot: Boot): void {
    const context = this.#contextOf(boot)
    const own = this.#onFinding && new FindingTable()
    this.#rules.forEach((rule, order) => {
      for (const report of rule.test(boot, context)) {
        this.#findings.add(rule, order, report, boot)
        own?.add(rule, order, report, boot)
      }
    })
    if (this.#onFinding) own?.findings(this.#names).forEach(this.#onFinding)
  }

  #contextOf(boot: Boot): RuleContext {
    const talk = this.#bsdp.take(boot)
    return {
      startedAt: this.#boots.startedAt,
      now: this.#boots.now,
      names: this.#names,
      bsdp: talk && { talk, servers: this.#bsdp },
      hasRole: (ip, role) => this.#servers.has(ip, role),
      showsUnicasts: segment => this.#frames.showsUnicasts(segment),
      overlap: (a, b) => this.#dhcp.overlap(a, b),
      holderOf: address => this.#dhcp.holderOf(address),
      isProxyArp: mac => this.#boots.isProxyArp(mac),
    }
  }

  #notes(): string[] {
    const notes: string[] = []
    const { unreadable, damaged } = this.#frames
    if (unreadable > 0)
      notes.push(`${unreadable} frames could not be read: truncated, or of an unknown link layer.`)
    if (damaged > 0) notes.push(`${damaged} datagrams had a wrong checksum.`)
    if (this.#findings.suppressed > 0)
      notes.push(`${this.#findings.suppressed} more findings are not listed: there are too many.`)
    if (this.#frames.sawDhcp6)
      notes.push('DHCPv6 was seen, and is not judged: findings are about network boot over IPv4 only.')
    notes.push(...this.#blindSpots.notes())
    const blind = [...new Set(this.#conversations.map(conversation => conversation.subnet))].filter(
      segment => !this.#frames.showsUnicasts(segment),
    )
    if (blind.length > 0)
      notes.push(
        `Only broadcasts were seen on ${blind.map(this.#names.segment).sort().join(', ')}: unicast answers, port 4011 and TFTP may be missing. Capture on a mirror port or on the machine itself.`,
      )
    return notes
  }
}

const isCaptureRule = (rule: ListedRule): rule is CaptureRule => rule.test !== undefined

const isDhcp = ({ sourcePort, targetPort }: UdpPacket): boolean =>
  isDhcpPort(targetPort) || (isDhcpPort(sourcePort) && targetPort !== 69)

const isDhcpPort = (port: number): boolean =>
  port === DHCP_PORT.server || port === DHCP_PORT.client || port === DHCP_PORT.bootServer
