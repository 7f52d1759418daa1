/**
 * What the downloads of a probe prove that the offers alone do not: files that differ under one name, and files that
 * were offered and do not come. Downloads nothing.
 */
import type { Sentences } from '../analysis/capture-rule.ts'
import { type BuiltInRule, metaOf } from '../analysis/finding.ts'
import type { Confidence } from '../analysis/finding-meta.ts'
import { listed, plainFile, quoted } from '../analysis/words.ts'
import type { FileContentConflict, FileNotFetched, ProbeFile, UnlinkedProbeFinding } from '../report/probe.ts'

export const fileFindings = (files: readonly ProbeFile[], subnet: string): UnlinkedProbeFinding[] => [
  ...conflicts(files).map(group => contentConflict(group, subnet)),
  ...files.flatMap(file => (file.error === null ? [] : [notFetched(file, file.error, subnet)])),
]

interface FileReport {
  readonly confidence: Confidence
  readonly subnet: string
  readonly servers: readonly string[]
}

const fileFinding = (rule: BuiltInRule, report: FileReport, { text, because, remedy }: Sentences) => ({
  rule,
  severity: metaOf(rule).severity,
  ...report,
  clients: [],
  message: text,
  because,
  remedy,
  evidence: [],
})

type Fetched = ProbeFile & { readonly bytes: number; readonly sha256: string }

/** Files of one name that are not the same everywhere. */
const conflicts = (files: readonly ProbeFile[]): Fetched[][] => {
  const byName = new Map<string, Fetched[]>()
  for (const file of files) {
    const { bytes, sha256 } = file
    if (bytes === null || sha256 === null) continue
    const name = plainFile(file.file)
    byName.set(name, [...(byName.get(name) ?? []), { ...file, bytes, sha256 }])
  }
  return [...byName.values()].filter(group => new Set(group.map(({ sha256 }) => sha256)).size > 1)
}

const contentConflict = (group: readonly Fetched[], subnet: string): UnlinkedProbeFinding => {
  const details: FileContentConflict = {
    file: group[0]!.file,
    held: group.map(({ server, bytes, sha256 }) => ({ server, bytes, sha256 })),
  }
  const servers = group.map(({ server }) => server)
  const report = { confidence: 'seen', subnet, servers } as const
  const rule = 'boot-file-content-conflict'
  return { ...fileFinding(rule, report, conflictSentences(details)), rule, details }
}

const conflictSentences = ({ file, held }: FileContentConflict): Sentences => {
  const contents = held.map(
    ({ server, bytes, sha256 }) => `${server} has ${bytes} bytes, SHA-256 ${sha256.slice(0, 16)}…`,
  )
  return {
    text: `${quoted(file)} differs between servers: ${listed(contents)}.`,
    because:
      'The files were deployed at different times or by different products. The server that a machine follows decides which program it runs, under the same name.',
    remedy: `Keep one PXE server on this subnet; until then deploy the same files to ${listed(held.map(({ server }) => server))}.`,
  }
}

type NotFetchedRule = keyof typeof CAUSES

const notFetched = (
  { server, file, offeredBy }: ProbeFile,
  error: string,
  subnet: string,
): UnlinkedProbeFinding => {
  const rule = ruleOf(error)
  const details: FileNotFetched = { server, file, offeredBy, error }
  const report = {
    confidence: rule === 'unreachable-tftp-server' ? 'inferred' : 'seen',
    subnet,
    servers: [...new Set([offeredBy, server])],
  } as const
  return { ...fileFinding(rule, report, notFetchedSentences(rule, details)), rule, details }
}

const ruleOf = (error: string): NotFetchedRule => {
  if (/not found|no such|not exist/i.test(error)) return 'missing-boot-file'
  return error.startsWith('(Server)') ? 'tftp-refused' : 'unreachable-tftp-server'
}

const notFetchedSentences = (
  rule: NotFetchedRule,
  { server, file, offeredBy, error }: FileNotFetched,
): Sentences => ({
  text: `${offeredBy === server ? server : `${offeredBy} names ${server}, which`} offers ${quoted(file)} but does not deliver it: ${error.replace(/^\(Server\) /, '')}.`,
  because: CAUSES[rule].because,
  remedy: `Try the download by hand: curl -o /dev/null 'tftp://${server}/${file}'; ${CAUSES[rule].remedy}`,
})

const CAUSES = {
  'missing-boot-file': {
    because: 'The OFFER names a file that the TFTP server does not have under this name.',
    remedy: 'put the file on that server, or correct the name in the OFFER.',
  },
  'tftp-refused': {
    because: 'The TFTP server answers, but does not deliver the file.',
    remedy: 'check its log, its root folder and the permissions of the file.',
  },
  'unreachable-tftp-server': {
    because:
      'No TFTP server answers there, or a firewall drops the transfer, which leaves port 69 after the first packet.',
    remedy: 'start the TFTP service, and allow UDP port 69 and its answers through any firewall in between.',
  },
} as const
