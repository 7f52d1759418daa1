/**
 * What a rule is given beside the boot it judges, and what it gives back: one draft per boot, which `merge.ts` turns
 * into one finding for all machines that share it.
 */
import type { Ip4, Mac } from '../core/address.ts'
import { formatSpan, type Micros } from '../core/micros.ts'
import type { Boot } from './conversation.ts'
import type { Sighting } from './frames.ts'
import { describeIntent } from './intent.ts'
import { ANSWER_PATIENCE } from './limits.ts'
import type { Reply } from './reply.ts'
import type { Confidence, Evidence, FindingRule, Severity } from './rules.ts'
import type { Role } from './servers.ts'
import { type Names, quoted } from './words.ts'

export interface Scene {
  /** Time of the last record. */
  readonly now: Micros
  readonly names: Names
  hasRole(ip: Ip4, role: Role): boolean
  /** False = unicasts cannot be seen on this segment, and a missing one means nothing. */
  showsUnicasts(segment: string): boolean
  /** The two offered the same address at some time. */
  overlap(a: Ip4, b: Ip4): boolean
  /** It answers ARP for others. */
  isProxyArp(mac: Mac): boolean
}

export interface Draft {
  readonly rule: FindingRule
  /** Default: the rule's own. */
  readonly severity?: Severity
  readonly confidence: Confidence
  readonly servers: readonly Ip4[]
  /** Machines beside the one that boots. */
  readonly alsoClients?: readonly Mac[]
  /** What happened, as a sentence about "the machine"; the same for all machines that share the finding. */
  readonly text: string
  readonly because: string
  readonly remedy: string
  readonly evidence: readonly Evidence[]
  /** Who won and by how much. */
  readonly race?: { readonly winner: Ip4 | undefined; readonly margin: Micros; readonly wasFirst: boolean }
}

/** A pure function from one boot to what it shows. */
export type FindingTest = (boot: Boot, scene: Scene) => readonly Draft[]

export const NO_DRAFTS: readonly Draft[] = []

export const evidence = (seen: Sighting, text: string): Evidence => ({ frame: seen.frame, at: seen.at, text })

/** Later packets would have been seen: the machine went on to something else, or enough time passed. */
export const isOver = (boot: Boot, scene: Scene, since: Micros, patience = ANSWER_PATIENCE): boolean =>
  boot.followedBy !== undefined || scene.now - since >= patience

export const showDiscover = (boot: Boot, scene: Scene): Evidence[] => {
  const first = boot.exchanges.find(exchange => exchange.firstDiscover)?.firstDiscover
  return first && boot.client !== undefined
    ? [evidence(first, `DISCOVER of ${scene.names.client(boot.client)}`)]
    : []
}

export const showReply = (reply: Reply, scene: Scene): Evidence => {
  const { names } = scene
  const parts = [`${reply.kind.toUpperCase()} from ${names.server(reply.server)}`]
  if (reply.yiaddr !== 0) parts.push(`leases ${names.server(reply.yiaddr)}`)
  if (reply.pxe) parts.push(`PXE: ${describeIntent(reply.intent)}`)
  else if (reply.file !== undefined) parts.push(`names boot file ${quoted(reply.file)}`)
  if (reply.giaddr !== 0) parts.push(`by relay ${names.server(reply.giaddr)}`)
  if (reply.copies > 1) parts.push(`seen ${reply.copies} times`)
  return evidence(reply.seen, parts.join(', '))
}

export const showSpan = (span: Micros): string => formatSpan(Math.abs(span))
