/**
 * `bsdp-malformed-answer` (BSDP-13, BSDP-14, BSDP-21): an answer that Macs drop.
 */
import { ANY_IP4 } from '../../../core/address.ts'
import type { Report, Sentences } from '../../capture-rule.ts'
import type { BsdpAnswer, BsdpRound } from '../../conversations/bsdp-talk.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { answersIn, bsdpTest, showAnswer, showRound } from './bsdp-rule.ts'

export const meta = {
  id: 'bsdp-malformed-answer',
  severity: 'error',
  meaning: 'BSDP-13, BSDP-14, BSDP-21: an answer that Macs drop',
  origins: {
    capture: {
      severity: 'warning for option 60 alone',
      holdsWhen:
        'an ACK contains yiaddr, lacks option 54 or 43, has the ciaddr of another machine, or a sub-option or descriptor that is too long, split or of the wrong length; or its option 60 is not exactly `AAPLBSDPC`',
      isNot: 'a small option 57 (BSDP-23)',
      remedy: 'replace the responder',
    },
  },
} as const satisfies FindingMeta

export type MalformedAnswer = {
  readonly server: string
  readonly faults: readonly string[]
  /** Firmware takes it all the same. */
  readonly onlyClass: boolean
}

export const test = bsdpTest((talk, boot, context) =>
  [
    ...answersIn(talk),
    ...[...talk.offers.values()].flat().map(answer => ({ round: undefined, answer })),
  ].flatMap(({ round, answer }): Report<MalformedAnswer>[] => {
    const grave = faultsOf(answer, round)
    const faults = answer.strictClass ? grave : [...grave, 'option 60 is not exactly AAPLBSDPC']
    if (faults.length === 0) return []
    return [
      {
        severity: grave.length > 0 ? 'error' : 'warning',
        confidence: 'seen',
        servers: [answer.server],
        details: {
          server: context.names.server(answer.server),
          faults,
          onlyClass: grave.length === 0,
        },
        evidence: [...(round ? [showRound(round, boot, context)] : []), showAnswer(answer, context)],
      },
    ]
  }),
)

const faultsOf = (answer: BsdpAnswer, round: BsdpRound | undefined): string[] => {
  const faults = answer.issues.filter(({ severity }) => severity !== 'oddity').map(({ message }) => message)
  if (answer.serverIdentifier === undefined) faults.push('it has no server identifier (54)')
  if (!answer.hasVendor) faults.push('it has no option 43')
  if (round && answer.yiaddr !== ANY_IP4) faults.push('it leases an address (yiaddr)')
  if (round && answer.ciaddr !== round.ciaddr) faults.push('its ciaddr differs from that of the request')
  return faults
}

export const sentences = ({ server, faults, onlyClass }: MalformedAnswer): Sentences => ({
  text: `an answer from ${server} is malformed: ${faults.join('; ')}.`,
  because: onlyClass
    ? 'Firmware accepts it; Apple’s library, and therefore Startup Disk, drops it.'
    : 'Macs drop such an answer, or the parts of it that they cannot read.',
  remedy: `Correct or replace the BSDP responder on ${server}.`,
})
