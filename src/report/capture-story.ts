/**
 * One machine's boots as a capture shows them: what it asked, what it was offered, by whom and when, which offer it
 * took, what it fetched, and how that ended. A projection of the analyser's boots; adds no judgement of its own.
 */
import type { Boot } from '../analysis/analyzer.ts'
import type { Ask, Exchange } from '../analysis/conversations/conversation.ts'
import { isLease } from '../analysis/conversations/conversation.ts'
import { type Reply, offerText } from '../analysis/conversations/reply.ts'
import type { Transfer } from '../analysis/conversations/transfer.ts'
import type { FrameRef } from '../analysis/reading/record.ts'
import { listed, plural, quoted } from '../analysis/words.ts'
import { ANY_IP4, type Ip4, formatIp4, formatMac } from '../core/address.ts'
import { toSeconds } from '../core/micros.ts'
import { architectureName } from '../wire/pxe/client.ts'
import type { CapturedBoot } from './analysis-result.ts'

type PlaceOf = (frame: number) => { readonly file: string; readonly frame: number }

interface Step {
  readonly seen: FrameRef
  readonly text: string
}

/** `findings` are the rules of those about this boot. */
export const capturedBoot = (boot: Boot, findings: readonly string[], placeOf: PlaceOf): CapturedBoot => {
  const steps = stepsOf(boot)
  const start = steps[0]?.seen.at ?? boot.openedAt
  return {
    startSeconds: toSeconds(start),
    endSeconds: toSeconds(boot.lastAt),
    subnet: boot.segment,
    firmware: boot.firmware.name,
    arch:
      boot.architecture === undefined
        ? null
        : (architectureName(boot.architecture) ?? String(boot.architecture)),
    steps: steps.map(({ seen, text }) => ({
      ...placeOf(seen.frame),
      seconds: toSeconds(seen.at - start),
      text,
    })),
    outcome: outcomeOf(boot),
    findings,
  }
}

const stepsOf = (boot: Boot): Step[] =>
  [
    ...boot.exchanges.flatMap(exchangeSteps),
    ...boot.asks4011.flatMap(askSteps),
    ...boot.conflicts.map(conflict => ({
      seen: conflict.seen,
      text:
        conflict.kind === 'arp'
          ? `${formatMac(conflict.mac)} says that ${formatIp4(conflict.address)} is its own`
          : `${formatIp4(conflict.server)} gives it ${formatIp4(conflict.address)}, which ${formatIp4(conflict.other.server)} gave to ${formatMac(conflict.other.client)}`,
    })),
    ...boot.transfers.flatMap(transferSteps),
  ].sort((a, b) => a.seen.at - b.seen.at || a.seen.frame - b.seen.frame)

const exchangeSteps = (exchange: Exchange): Step[] => {
  const { firstDiscover, discovers, offers, requests, acks, naks, declines } = exchange
  return [
    ...(firstDiscover
      ? [
          {
            seen: firstDiscover,
            text: `asks everyone: DISCOVER${discovers > 1 ? `, ${discovers} times` : ''}`,
          },
        ]
      : []),
    ...offers.map(offer => ({
      seen: offer.seen,
      text: `${senderOf(offer)} offers ${addressOf(offer)}${offerText(offer)}${faultsOf(offer)}`,
    })),
    ...requests.map(({ seen, server, address }) => ({
      seen,
      text:
        server === undefined
          ? `asks to keep ${formatIp4(address)}`
          : `takes ${address === ANY_IP4 ? 'the offer' : formatIp4(address)} of ${formatIp4(server)}`,
    })),
    ...acks.map(ack => ({
      seen: ack.seen,
      text: `${senderOf(ack)} confirms ${addressOf(ack)}${offerText(ack)}`,
    })),
    ...naks.map(nak => ({
      seen: nak.seen,
      text: `${senderOf(nak)} refuses (NAK)${nak.message === undefined ? '' : `: ${quoted(nak.message)}`}`,
    })),
    ...declines.map(({ seen, address, message }) => ({
      seen,
      text: `declines ${address === undefined ? 'what it was given' : formatIp4(address)}${message === undefined ? '' : `: ${quoted(message)}`}`,
    })),
  ]
}

const askSteps = ({ seen, target, toGroup, count, replies, unreachable }: Ask): Step[] => [
  {
    seen,
    text: `asks ${toGroup ? 'every boot server' : `boot server ${formatIp4(target)}`}${count > 1 ? `, ${count} times` : ''}`,
  },
  ...replies.map(reply => ({ seen: reply.seen, text: `${senderOf(reply)} answers: ${offerText(reply)}` })),
  ...(unreachable
    ? [{ seen: unreachable.seen, text: `${formatIp4(target)} cannot be reached: ${unreachable.cause}` }]
    : []),
]

const transferSteps = (transfer: Transfer): Step[] => {
  const { seen, server, file, asksSize, requests, end } = transfer
  return [
    {
      seen,
      text: `asks ${formatIp4(server)} for ${asksSize ? 'the size of ' : ''}${quoted(file)}${requests > 1 ? `, ${requests} times` : ''}`,
    },
    ...(end ? [{ seen: end.seen, text: endText(transfer) }] : []),
  ]
}

const endText = ({ end, bytes, server }: Transfer): string => {
  if (end?.kind === 'completed') return `has it whole: ${plural(bytes, 'byte')}`
  if (end?.kind === 'serverError') return `${formatIp4(server)} says ERROR ${end.code} ${quoted(end.text)}`
  return end?.kind === 'sizeQuery' ? 'knows the size' : 'ends the transfer itself'
}

/** Who sent it, and whom it names where that is another one. */
const senderOf = ({ server, source }: Reply): string =>
  source === undefined || source === server
    ? formatIp4(server)
    : `${formatIp4(server)} (sent by ${formatIp4(source)})`

const addressOf = (reply: Reply): string => (isLease(reply) ? `${formatIp4(reply.yiaddr)}, ` : '')

const faultsOf = ({ faults }: Reply): string => (faults.length === 0 ? '' : ` (${listed([...faults])})`)

const outcomeOf = (boot: Boot): string => {
  const transfer = boot.transfers.findLast(({ asksSize }) => !asksSize) ?? boot.transfers.at(-1)
  if (transfer) return transferOutcome(transfer)
  const silent = boot.asks4011.find(({ replies }) => replies.length === 0)
  if (silent) return `It asked boot server ${formatIp4(silent.target)}, whose answer is not in the capture.`
  const lease = boot.exchanges.flatMap(({ acks }) => acks).find(isLease)
  if (lease) return `It took a lease of ${formatIp4(lease.server)} and fetched no file.`
  if (boot.exchanges.some(({ naks }) => naks.length > 0)) return 'It was refused, and has no lease.'
  const offered = offeredBy(boot)
  return offered.length === 0
    ? 'Nobody offered it anything in this capture.'
    : `It was offered something by ${listed(offered.map(formatIp4))}, and took nothing.`
}

const offeredBy = (boot: Boot): Ip4[] => [
  ...new Set(boot.exchanges.flatMap(({ offers }) => offers.map(({ server }) => server))),
]

const transferOutcome = ({ end, file, server, asksSize, unreachable, answered, bytes }: Transfer): string => {
  const what = `${quoted(file)} from ${formatIp4(server)}`
  if (end?.kind === 'completed') return `It fetched ${what} whole.`
  if (unreachable) return `It could not reach ${formatIp4(server)} for ${quoted(file)}: ${unreachable.cause}.`
  if (end?.kind === 'serverError') return `It did not get ${what}: ERROR ${end.code} ${quoted(end.text)}.`
  if (asksSize) return `It asked the size of ${what}, and fetched nothing.`
  if (bytes > 0) return `It got ${plural(bytes, 'byte')} of ${what}; the rest is not in the capture.`
  return answered ? `It ended the transfer of ${what} itself.` : `It asked for ${what}, and got no answer.`
}
