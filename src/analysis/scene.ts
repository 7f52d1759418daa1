/**
 * What a rule is given beside the boot it judges, and what it gives back: one draft per boot, which `merge.ts` turns
 * into one finding for all machines that share it.
 */
import type { Ip4, Mac } from '../core/address.ts'
import { formatSpan, type Micros } from '../core/micros.ts'
import type { Boot } from './conversations/conversation.ts'
import type { Sighting } from './reading/frames.ts'
import { describeIntent } from './conversations/intent.ts'
import { ANSWER_PATIENCE } from './limits.ts'
import type { Reply } from './conversations/reply.ts'
import type { Confidence, Evidence, FindingRule, Severity } from './rules.ts'
import type { Role } from './conversations/servers.ts'
import { gotFile } from './conversations/transfer.ts'
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
  const card = reply.sourceMac === undefined ? undefined : names.card?.(reply.sourceMac)
  const from = names.server(reply.server) + (card === undefined ? '' : ` (${card})`)
  const parts = [`${reply.kind.toUpperCase()} from ${from}`]
  if (reply.yiaddr !== 0) parts.push(`leases ${names.server(reply.yiaddr)}`)
  if (reply.pxe) parts.push(`PXE: ${describeIntent(reply.intent)}`)
  else if (reply.file !== undefined) parts.push(`names boot file ${quoted(reply.file)}`)
  if (reply.giaddr !== 0) parts.push(`by relay ${names.server(reply.giaddr)}`)
  if (reply.copies > 1) parts.push(`seen ${reply.copies} times`)
  return evidence(reply.seen, parts.join(', '))
}

/** What the machine did with its offers: whom it asked for an address and for its file, and what came of it. */
export const showDeeds = (boot: Boot, scene: Scene): Evidence[] => {
  const { server: name } = scene.names
  const request = boot.exchanges.flatMap(exchange => exchange.requests).find(({ server }) => server)
  const shown = request ? [evidence(request.seen, `REQUEST for the lease of ${name(request.server!)}`)] : []
  const [ask] = boot.asks4011
  if (ask) {
    const whom = ask.toGroup ? 'whoever hears it' : name(ask.target)
    const isUnseen = ask.replies.length === 0 && !ask.unreachable && boot.transfers.length > 0
    const unseen = isUnseen
      ? '; the reply is not in this capture: unicast between other ports of a switch is not visible here'
      : ''
    shown.push(evidence(ask.seen, `the machine asks port 4011 of ${whom}${unseen}`))
    if (ask.replies[0]) shown.push(showReply(ask.replies[0], scene))
  }
  const file = boot.transfers.find(gotFile) ?? boot.transfers[0]
  if (file) {
    const came = file.end?.kind === 'completed' ? `, ${file.bytes} bytes, complete` : ''
    shown.push(
      evidence(file.seen, `the machine fetches ${quoted(file.file)} from ${name(file.server)}${came}`),
    )
  }
  return shown
}

export const showSpan = (span: Micros): string => formatSpan(Math.abs(span))
