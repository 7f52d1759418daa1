/**
 * `boot-file-conflict`: DHCP and PXE name different boot files, or one offer names two.
 */
import { NO_REPORTS, type RuleTest, type Sentences } from '../../capture-rule.ts'
import { allOffers } from '../../conversations/conversation.ts'
import { showReply } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { ascending, quoted, sameFile } from '../../words.ts'
import { naming } from './naming.ts'

export const meta = {
  id: 'boot-file-conflict',
  severity: 'warning',
  meaning: 'DHCP and PXE name different boot files; firmware differs on which wins',
  origins: {
    capture: {
      holdsWhen:
        'the DHCP server and the PXE server name different files, or one OFFER names two (option 67 and the header)',
      isNot: 'the same file in another spelling',
      remedy: 'remove options 66 and 67 from the scope',
    },
  },
} as const satisfies FindingMeta

export type BootFileConflict =
  | {
      readonly kind: 'servers'
      readonly dhcp: { readonly server: string; readonly file: string }
      readonly pxe: { readonly server: string; readonly file: string }
    }
  | {
      readonly kind: 'fields'
      readonly server: string
      readonly option67: string
      readonly header: string
    }

export const test: RuleTest<BootFileConflict> = (boot, context) => {
  if (boot.asks !== 'pxe') return NO_REPORTS
  const { server: name } = context.names
  const replies = naming(boot)
  const pxe = replies.filter(reply => reply.pxe)
  for (const lease of replies.filter(reply => !reply.pxe)) {
    const other = pxe.find(reply => !sameFile(reply.file, lease.file))
    if (!other) continue
    return [
      {
        confidence: 'seen',
        servers: ascending([lease.server, other.server]),
        details: {
          kind: 'servers',
          dhcp: { server: name(lease.server), file: lease.file },
          pxe: { server: name(other.server), file: other.file },
        },
        evidence: [showReply(lease, context), showReply(other, context)],
      },
    ]
  }
  const ambiguous = allOffers(boot).find(offer => offer.twoFiles && !sameFile(...offer.twoFiles))
  if (!ambiguous?.twoFiles) return NO_REPORTS
  const [option67, header] = ambiguous.twoFiles
  return [
    {
      confidence: 'seen',
      servers: [ambiguous.server],
      details: { kind: 'fields', server: name(ambiguous.server), option67, header },
      evidence: [showReply(ambiguous, context)],
    },
  ]
}

export const sentences = (details: BootFileConflict): Sentences => {
  if (details.kind === 'fields')
    return {
      text: `${details.server} names boot file ${quoted(details.option67)} in option 67 and ${quoted(details.header)} in the header field.`,
      because:
        'Firmware differs on which of the two takes precedence: UEFI and BIOS ROMs prefer option 67, iPXE and U-Boot the header.',
      remedy: 'Set one boot file name, in one place.',
    }
  const { dhcp, pxe } = details
  return {
    text: `DHCP server ${dhcp.server} names boot file ${quoted(dhcp.file)}, PXE server ${pxe.server} names ${quoted(pxe.file)}.`,
    because:
      'Firmware differs on which of the two wins: UEFI and BIOS ROMs follow the PXE server, iPXE and U-Boot the DHCP server.',
    remedy: `Remove the boot file and the next server (options 66 and 67, or the fields file and siaddr) from the scopes of ${dhcp.server}; the PXE server chooses the file for each machine.`,
  }
}
