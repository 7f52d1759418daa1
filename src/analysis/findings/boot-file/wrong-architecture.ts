/**
 * `wrong-architecture`: the boot file offered is made for another kind of machine.
 */
import { NO_REPORTS, type Report, type RuleTest, type Sentences } from '../../capture-rule.ts'
import {
  type FileArchitecture,
  describeArchitecture,
  cannotRunOn,
  architectureOfClient,
  architectureOfName,
} from '../../conversations/architecture.ts'
import { fileOf } from '../../conversations/intent.ts'
import { evidence, showReply } from '../../evidence.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { quoted, sameFile } from '../../words.ts'
import { naming } from './naming.ts'

export const meta = {
  id: 'wrong-architecture',
  severity: 'error',
  meaning: 'the boot file that was offered is for another architecture',
  origins: {
    capture: {
      holdsWhen:
        'the file offered does not match the architecture in option 93, judged by its first bytes if they were captured, else by its name (`.0`, `x64/….efi`)',
      isNot:
        'a file whose name and content do not show its architecture; a name that the content contradicts',
      confidence: '`seen` from the content, `inferred` from the name',
      remedy: 'choose the file by option 93; remove a static option 67',
    },
  },
} as const satisfies FindingMeta

export type WrongArchitecture = {
  readonly server: string
  readonly file: string
  readonly fileFor: FileArchitecture
  readonly machine: FileArchitecture
  /** The first bytes of the file say so; else its name. */
  readonly byContent: boolean
}

export const test: RuleTest<WrongArchitecture> = (boot, context) => {
  const machine = architectureOfClient(boot.architecture)
  if (machine === undefined || boot.asks === 'http') return NO_REPORTS
  const reports: Report<WrongArchitecture>[] = []
  for (const reply of naming(boot)) {
    const file = fileOf(reply.intent) ?? reply.file
    const transfer = boot.transfers.find(
      candidate => sameFile(candidate.file, file) && candidate.architecture,
    )
    const fileFor = transfer?.architecture ?? architectureOfName(file)
    if (fileFor === undefined || !cannotRunOn(machine, fileFor)) continue
    if (reports.some(report => report.servers[0] === reply.server)) continue
    reports.push({
      confidence: transfer ? 'seen' : 'inferred',
      servers: [reply.server],
      details: {
        server: context.names.server(reply.server),
        file,
        fileFor,
        machine,
        byContent: transfer !== undefined,
      },
      evidence: [
        showReply(reply, context),
        ...(transfer
          ? [
              evidence(
                transfer.seen,
                `TFTP of ${quoted(file)}: its first block is for ${describeArchitecture(fileFor)}`,
              ),
            ]
          : []),
      ],
    })
  }
  return reports
}

export const sentences = ({ server, file, fileFor, machine, byContent }: WrongArchitecture): Sentences => ({
  text: `${server} offers ${quoted(file)}, which ${byContent ? 'is' : 'according to its name is'} for ${describeArchitecture(fileFor)}, to a machine with ${describeArchitecture(machine)}.`,
  because:
    'The server offers one file to all machines, or does not choose it by option 93. A static option 67 cannot serve both BIOS and UEFI machines.',
  remedy:
    'Let the PXE server choose the file by the client architecture (option 93); remove a static option 67, or set it per architecture by vendor class.',
})
