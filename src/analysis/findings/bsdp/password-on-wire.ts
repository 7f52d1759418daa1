/**
 * `bsdp-password-on-wire` (BSDP-24): the password of a shadow volume in clear text. It is not printed.
 */
import type { Report, Sentences } from '../../capture-rule.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { quoted } from '../../words.ts'
import { answersIn, bsdpTest, showAnswer } from './bsdp-rule.ts'

export const meta = {
  id: 'bsdp-password-on-wire',
  severity: 'info',
  meaning: 'BSDP-24: the password of a shadow volume is sent in clear text',
  origins: {
    capture: {
      holdsWhen: 'an answer has a shadow volume URL with a password (which is not printed)',
      remedy: 'offer such images only on trusted networks',
    },
  },
} as const satisfies FindingMeta

/** `url` without its password. */
export type PasswordOnWire = { readonly server: string; readonly url: string }

export const test = bsdpTest((talk, _boot, context) =>
  answersIn(talk).flatMap(({ answer }): Report<PasswordOnWire>[] => {
    const url = answer.content.shadowMountPath
    const parts = url === undefined ? null : /^([a-z]+:\/\/[^:/@]*):[^@]*@(.*)$/i.exec(url)
    if (!parts) return []
    return [
      {
        confidence: 'seen',
        servers: [answer.server],
        details: { server: context.names.server(answer.server), url: `${parts[1]}:•••@${parts[2]}` },
        evidence: [showAnswer(answer, context)],
      },
    ]
  }),
)

export const sentences = ({ server, url }: PasswordOnWire): Sentences => ({
  text: `${server} sends the password of a shadow volume in clear text (${quoted(url)}).`,
  because:
    'Diskless Macs receive the account of their writable volume in sub-option 128; anyone who captures it can mount the volume.',
  remedy: 'Offer such images only on trusted networks.',
})
