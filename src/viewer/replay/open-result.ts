/**
 * Text to what can be shown, or to one sentence that says what the text is instead: the page and `nbs view` read results
 * that come from anywhere. Does not throw, and does not draw anything.
 */
import type { Recording } from '../../simulation/recording.ts'
import type { FindingResult, RunResult } from '../../simulation/result.ts'
import type { SweepReport } from '../../experiments/sweep/summary.ts'
import { problemOfSweep } from './open-sweep.ts'

/** What a page can show. */
export type Document = Recording | SweepReport

export type Opened =
  | { readonly ok: true; readonly documents: readonly [Document, ...Document[]] }
  | { readonly ok: false; readonly message: string }

const FORMAT: Recording['format'] = 'nbs-lab recording 2'
const WANTED =
  'Wanted is what `nbs run FILE --json` or `nbs sweep FILE --json` printed, or a page that --report wrote.'

export const openResult = (text: string): Opened => {
  if (text.trim() === '') return refuse('The file is empty.')
  if (text.startsWith('<')) return openPage(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return refuse(syntaxProblem(text, error as Error))
  }
  const values = Array.isArray(value) ? value : [value]
  const documents: Document[] = []
  for (const [index, one] of values.entries()) {
    const problem = problemOf(one)
    if (problem !== undefined)
      return refuse(values.length > 1 ? `Result ${index + 1} of ${values.length}: ${problem}` : problem)
    documents.push(asDocument(one as Document | RunResult))
  }
  const [first, ...others] = documents
  return first ? { ok: true, documents: [first, ...others] } : refuse('The list of results is empty.')
}

/** Written as a pattern, because the page's own script holds this text too and must not be taken for its door. */
const DOOR = /<script type="application\/json" id="recordings">/

/** What a report has in it. */
const openPage = (text: string): Opened => {
  const door = DOOR.exec(text)
  if (!door) return refuse('This is a web page, but no report of nbs-lab.')
  const start = door.index + door[0].length
  const end = text.indexOf('</script>', start)
  const content = text.slice(start, end < 0 ? text.length : end)
  return content.trim() === '' ? refuse('This page of nbs-lab has no result in it.') : openResult(content)
}

const refuse = (problem: string): Opened => ({ ok: false, message: `${problem} ${WANTED}` })

/** The records of a sweep, a line each: only `nbs view` has what counts them. */
const SWEEP_LINE = /^\{"sweep":\{[^\n]*\}\n/

const syntaxProblem = (text: string, error: Error): string => {
  if (SWEEP_LINE.test(text))
    return 'These are the records of a sweep, a line each. `nbs view` with this file, or `nbs sweep --summary` with it and --report, counts them.'
  const begins = /^\s*[[{]/.test(text)
  if (!begins) return 'This is not JSON.'
  const tail = text.trimEnd()
  const cut = /unexpected end|unterminated|end of/i.test(error.message) || !/[\]}]$/.test(tail)
  return cut
    ? `The JSON is cut off: it ends after ${text.length} characters in the middle of a value.`
    : `This is not correct JSON: ${error.message}.`
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const problemOf = (value: unknown): string | undefined => {
  if (!isObject(value)) return 'This is JSON, but not a result.'
  if ('sweep' in value && 'groups' in value) return 'This is one record of a sweep; its summary can be shown.'
  if ('format' in value && 'result' in value) {
    return value['format'] === FORMAT ? problemOfResult(value['result']) : otherFormat(value)
  }
  return problemOfResult(value)
}

/** Its trace has another form; what it was made from gives it again. */
const otherFormat = ({ format, result }: Record<string, unknown>): string => {
  const writer =
    isObject(result) && typeof result['version'] === 'string'
      ? `nbs-lab ${result['version']}`
      : 'another version of nbs-lab'
  return `This is "${String(format)}", written by ${writer}; this version reads "${FORMAT}". Run its scenario again.`
}

const problemOfResult = (value: unknown): string | undefined => {
  if (!isObject(value)) return 'This is JSON, but not a result.'
  if ('cells' in value) return problemOfSweep(value)
  if ('conversations' in value)
    return 'This is the result of `nbs analyze`: it has findings, but no machines to show.'
  if ('machines' in value && 'groups' in value) return 'This is the result of `nbs compare`, not of a run.'
  const { clients, findings, expectations } = value
  if (!Array.isArray(clients) || !Array.isArray(findings) || !Array.isArray(expectations))
    return 'This is JSON, but not the result of a run: it lacks clients, findings or expectations.'
  for (const field of ['title', 'scenario', 'version'])
    if (typeof value[field] !== 'string') return `The result has no ${field}.`
  for (const field of ['seed', 'virtualSeconds'])
    if (typeof value[field] !== 'number') return `The result has no ${field}.`
  const client = clients.findIndex(one => !isClient(one))
  if (client >= 0) return `Machine ${client + 1} of the result is incomplete.`
  const finding = findings.findIndex(one => !isFinding(one))
  return finding >= 0 ? `Finding ${finding + 1} of the result is incomplete.` : undefined
}

const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every(one => typeof one === 'string')

const CLIENT_TEXTS = ['name', 'mac', 'subnet', 'firmware', 'outcome']

const isClient = (value: unknown): boolean =>
  isObject(value) &&
  CLIENT_TEXTS.every(field => typeof value[field] === 'string') &&
  typeof value['seconds'] === 'number' &&
  isTexts(value['screen'])

const FINDING_TEXTS: readonly (keyof FindingResult)[] = ['rule', 'severity', 'message', 'because', 'remedy']

const isFinding = (value: unknown): boolean =>
  isObject(value) &&
  FINDING_TEXTS.every(field => typeof value[field] === 'string') &&
  isTexts(value['servers']) &&
  isTexts(value['clients']) &&
  Array.isArray(value['evidence']) &&
  value['evidence'].every(one => isObject(one) && typeof one['seconds'] === 'number')

const asDocument = (value: Document | RunResult): Document =>
  'format' in value || 'cells' in value ? value : { format: FORMAT, result: value, site: null, trace: null }
