/**
 * `acme/legacy-boot`: a machine loads a boot program for BIOS. The worked example of docs/extending.md.
 */
import type { Report, RuleTest, Sentences } from '../../src/analysis/capture-rule.ts'
import { gotFile } from '../../src/analysis/conversations/transfer.ts'
import { evidence } from '../../src/analysis/evidence.ts'
import type { FindingMeta } from '../../src/analysis/finding-meta.ts'
import { quoted } from '../../src/analysis/words.ts'

export const meta = {
  id: 'acme/legacy-boot',
  severity: 'info',
  meaning: 'a machine loads a boot program for BIOS',
  origins: {
    capture: {
      holdsWhen: 'a file whose name ends in `.0` was fetched by TFTP',
      isNot: 'a request that was refused',
      remedy: 'switch the machine to UEFI before BIOS support goes',
    },
  },
} as const satisfies FindingMeta

export type LegacyBoot = { readonly server: string; readonly file: string }

export const test: RuleTest<LegacyBoot> = (boot, context) =>
  boot.transfers
    .filter(transfer => transfer.file.endsWith('.0') && gotFile(transfer))
    .slice(0, 1)
    .map((transfer): Report<LegacyBoot> => ({
      confidence: 'seen',
      servers: [transfer.server],
      details: { server: context.names.server(transfer.server), file: transfer.file },
      evidence: [evidence(transfer.seen, `TFTP request for ${quoted(transfer.file)}`)],
    }))

export const sentences = ({ server, file }: LegacyBoot): Sentences => ({
  text: `the machine loaded ${quoted(file)} from ${server}, a boot program for BIOS.`,
  because: 'It starts in BIOS mode, or its server takes it for such a machine.',
  remedy: 'Switch the machine to UEFI before BIOS support goes.',
})
