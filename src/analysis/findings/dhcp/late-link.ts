/**
 * `late-link`: the first requests of a machine could not be heard, later ones were: its switch port did not forward yet.
 */
import { SECOND, type Micros, toSeconds } from '../../../core/micros.ts'
import { NO_REPORTS, type Report, type RuleTest, type Sentences } from '../../capture-rule.ts'
import { type Boot, allOffers, isLease } from '../../conversations/conversation.ts'
import { evidence, showReply } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { ascending, listed, plural } from '../../words.ts'

export const meta = {
  id: 'late-link',
  severity: 'warning',
  meaning: 'the first requests of a machine could not be heard, later ones were',
  origins: {
    capture: {
      holdsWhen:
        'the first DISCOVER of UEFI firmware says that it has asked for four seconds or more (`secs`), though the capture ran before; or nobody answered two DISCOVERs or more, and ten seconds after the first two servers at once; in a run: the link of a machine was cut, or its switch port did not forward, when it was switched on',
      isNot:
        'one server that answers late; a capture that begins with the machine; what came through a relay, which may wait for `secs`',
      confidence: '`inferred`; `possible` where only the answers tell; `seen` in a run',
      remedy:
        'make the port an edge port (portfast, RSTP edge), let LACP fall back to single links, switch off EEE',
    },
    lint: {
      meaning: 'a switch does not forward for longer than firmware waits',
      holdsWhen:
        'the switch of a subnet with machines forwards four seconds or more after link-up (`forwardingDelay`)',
      remedy: 'make the ports of machines edge ports',
    },
  },
} as const satisfies FindingMeta

export type LateLink = {
  /** `secs`: the machine says how long it has asked; `answers`: all servers began at once; `run`: the link was cut. */
  readonly shownBy: 'secs' | 'answers' | 'run'
  /** How long it was not heard, at least. */
  readonly seconds: number
  /** DISCOVERs without answer, where they are in the capture. */
  readonly unheard?: number
  readonly servers?: readonly string[]
}

/** E-7: the second DISCOVER says 4, the third 12. */
const LEAST_SECS = 4
/** Firmware waits 4 s, and spanning tree twice 15 s. */
const LEAST_SILENCE: Micros = 10 * SECOND

export const test: RuleTest<LateLink> = (boot, context) => {
  if (boot.asks !== 'pxe' || !boot.whole || !boot.direct) return NO_REPORTS
  const report = bySecs(boot, context) ?? byAnswers(boot, context)
  return report ? [report] : NO_REPORTS
}

type Find = (boot: Boot, context: Parameters<RuleTest<LateLink>>[1]) => Report<LateLink> | undefined

const bySecs: Find = (boot, { startedAt }) => {
  const [exchange] = boot.exchanges
  const first = exchange?.firstDiscover
  const secs = exchange?.firstSecs ?? 0
  if (!boot.firmware.countsSecs || !first || secs < LEAST_SECS || first.at !== boot.openedAt) return undefined
  if (first.at - startedAt < (secs + 1) * SECOND) return undefined
  return {
    confidence: 'inferred',
    servers: [],
    details: { shownBy: 'secs', seconds: secs },
    evidence: [evidence(first, `first DISCOVER, with secs ${secs}`)],
  }
}

const byAnswers: Find = (boot, context) => {
  const asked = boot.exchanges.flatMap(({ discoverAts }) => discoverAts).sort((a, b) => a - b)
  const offers = allOffers(boot).sort((a, b) => a.seen.at - b.seen.at)
  const [firstAsked] = asked
  const [first] = offers
  if (firstAsked === undefined || !first) return undefined
  const heard = asked.findLastIndex(at => at <= first.seen.at)
  const next = asked[heard + 1] ?? Infinity
  if (heard < 2 || first.seen.at - firstAsked < LEAST_SILENCE) return undefined
  const answers = offers.filter(offer => offer.seen.at < next)
  const servers = ascending(answers.map(({ server }) => server))
  if (servers.length < 2 || !answers.some(isLease)) return undefined
  const start = boot.exchanges.find(({ firstDiscover }) => firstDiscover)!.firstDiscover!
  return {
    confidence: 'possible',
    servers,
    details: {
      shownBy: 'answers',
      seconds: toSeconds(asked[heard]! - firstAsked),
      unheard: heard,
      servers: servers.map(context.names.server),
    },
    evidence: [
      evidence(start, `${plural(heard, 'DISCOVER')} without any answer`),
      ...answers.slice(0, 2).map(offer => showReply(offer, context)),
    ],
  }
}

export const sentences = ({ shownBy, seconds, unheard = 0, servers = [] }: LateLink): Sentences => ({
  text:
    shownBy === 'answers'
      ? `nobody answered its first ${plural(unheard, 'DISCOVER')}; ${seconds} s later ${listed(servers)} answer at once.`
      : shownBy === 'secs'
        ? `its first DISCOVER that was heard says that it has been asking for ${seconds} s already: the ones before did not get through.`
        : `what it sent in the first ${seconds} s after it was switched on was lost: its link was down, or its switch port did not forward yet.`,
  because:
    'Each time a machine resets its network card the link goes down, and the switch port does not forward for a while: 30 s with spanning tree (listening, learning), some seconds while LACP or EEE is negotiated. Firmware asks at once, and gives up after 15 to 60 s.',
  remedy:
    'Make the ports of machines edge ports (portfast, RSTP edge port), let LACP fall back to single links (lacp individual, no suspend), switch off Energy Efficient Ethernet there, or lengthen the time-outs of the firmware.',
})
