/**
 * How packets are shown beside a finding, and when their absence counts. Finds nothing.
 */
import { ANY_IP4 } from '../core/address.ts'
import type { Micros } from '../core/micros.ts'
import type { Evidence, RuleContext } from './capture-rule.ts'
import type { Boot } from './conversations/conversation.ts'
import { describeIntent } from './conversations/intent.ts'
import type { Reply } from './conversations/reply.ts'
import { gotFile } from './conversations/transfer.ts'
import { ANSWER_PATIENCE } from './limits.ts'
import type { FrameRef } from './reading/record.ts'
import { quoted } from './words.ts'

export const evidence = (seen: FrameRef, text: string): Evidence => ({ frame: seen.frame, at: seen.at, text })

/** Later packets would have been seen: the machine went on to something else, or enough time passed. */
export const isOver = (
  boot: Boot,
  context: RuleContext,
  since: Micros,
  patience = ANSWER_PATIENCE,
): boolean => boot.followedBy !== undefined || context.now - since >= patience

export const showDiscover = (boot: Boot, context: RuleContext): Evidence[] => {
  const first = boot.exchanges.find(exchange => exchange.firstDiscover)?.firstDiscover
  return first && boot.client !== undefined
    ? [evidence(first, `DISCOVER from ${context.names.client(boot.client)}`)]
    : []
}

export const showReply = (reply: Reply, context: RuleContext): Evidence => {
  const { names } = context
  const card = reply.sourceMac === undefined ? undefined : names.card?.(reply.sourceMac)
  const from = names.server(reply.server) + (card === undefined ? '' : ` (${card})`)
  const parts = [`${reply.kind.toUpperCase()} from ${from}`]
  if (reply.yiaddr !== ANY_IP4) parts.push(`leases ${names.server(reply.yiaddr)}`)
  if (reply.pxe) parts.push(`PXE: ${describeIntent(reply.intent)}`)
  else if (reply.file !== undefined) parts.push(`names boot file ${quoted(reply.file)}`)
  if (reply.giaddr !== ANY_IP4) parts.push(`through relay agent ${names.server(reply.giaddr)}`)
  if (reply.copies > 1) parts.push(`seen ${reply.copies} times`)
  return evidence(reply.seen, parts.join(', '))
}

/** What the machine did with its offers: whom it asked for an address and for its file, and what came of it. */
export const showActions = (boot: Boot, context: RuleContext): Evidence[] => {
  const { server: name } = context.names
  const request = boot.exchanges.flatMap(exchange => exchange.requests).find(({ server }) => server)
  const shown = request ? [evidence(request.seen, `REQUEST for the lease of ${name(request.server!)}`)] : []
  const [ask] = boot.asks4011
  if (ask) {
    const whom = ask.toGroup ? 'any boot server' : name(ask.target)
    const isUnseen = ask.replies.length === 0 && !ask.unreachable && boot.transfers.length > 0
    const unseen = isUnseen
      ? '; the reply is missing from this capture: unicasts between other ports of a switch are not visible here'
      : ''
    shown.push(evidence(ask.seen, `request to port 4011 of ${whom}${unseen}`))
    if (ask.replies[0]) shown.push(showReply(ask.replies[0], context))
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
