/**
 * Findings as SARIF 2.1.0, which code hosts and editors show at their place: a line of a scenario file, or a packet of
 * a capture (as its file, with the packet's number in the message). Does not know where findings come from.
 */
import type { Log, PhysicalLocation } from 'sarif'
import type { Severity } from '../analysis/analyzer.ts'

export interface SarifRule {
  readonly id: string
  readonly meaning: string
  readonly severity: Severity
}

export interface SarifResult {
  readonly rule: string
  readonly severity: Severity
  readonly message: string
  readonly file: string
  readonly line?: number
  readonly column?: number
  /** Names what is the same from run to run, so that a finding known already is not told again. */
  readonly key: string
  /** For programs that read more than sentences. */
  readonly properties: {
    readonly details: object
    /** Rules of the findings that explain this one. */
    readonly causedBy?: readonly string[]
  }
}

const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const

export const reportSarif = (
  version: string,
  rules: readonly SarifRule[],
  results: readonly SarifResult[],
): string => {
  const used = rules.filter(({ id }) => results.some(result => result.rule === id))
  const document: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'nbs-lab',
            semanticVersion: version,
            rules: used.map(({ id, meaning, severity }) => ({
              id,
              shortDescription: { text: sentence(meaning) },
              defaultConfiguration: { level: LEVELS[severity] },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: results.map(result => ({
          ruleId: result.rule,
          ruleIndex: used.findIndex(({ id }) => id === result.rule),
          level: LEVELS[result.severity],
          message: { text: result.message },
          locations: [{ physicalLocation: placeOf(result) }],
          partialFingerprints: { 'nbs-lab/v1': `${result.rule} ${result.key}` },
          properties: result.properties,
        })),
      },
    ],
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

const placeOf = ({ file, line, column }: SarifResult): PhysicalLocation => ({
  artifactLocation: { uri: uriOf(file) },
  ...(line !== undefined && {
    region: { startLine: line, ...(column !== undefined && { startColumn: column }) },
  }),
})

/** A relative reference, or a file URI; backslashes are a Windows path's. */
const uriOf = (file: string): string => {
  const path = file.replaceAll('\\', '/')
  const encoded = path
    .split('/')
    .map(encodeURIComponent)
    .join('/')
    .replace(/^([A-Za-z])%3A\//, '$1:/')
  if (/^[A-Za-z]:\//.test(encoded)) return `file:///${encoded}`
  return encoded.startsWith('/') ? `file://${encoded}` : encoded
}
