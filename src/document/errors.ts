/**
 * What is wrong with a scenario, in the form people and editors read. Does not find mistakes.
 */
import { type Complaint, formatPath } from './located.ts'

export interface ScenarioError {
  /** The scenario file, or `--set path=value`. */
  readonly file: string
  /** Both from 1. */
  readonly line: number
  readonly column: number
  /** `servers.nbs-a.images`; empty for the file as a whole. */
  readonly field: string
  readonly message: string
  /** The nearest valid spelling, if there is one worth naming. */
  readonly nearest?: string
}

/** Later mistakes are usually consequences; nobody reads the hundredth (docs/limits.md). */
const MAX_ERRORS = 100

export const toErrors = (complaints: readonly Complaint[]): ScenarioError[] =>
  complaints
    .map(({ place, path, message, nearest }) => ({
      file: place.file,
      line: place.line,
      column: place.column,
      field: formatPath(path),
      message,
      ...(nearest === undefined ? {} : { nearest }),
    }))
    .toSorted((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : 0))
    .slice(0, MAX_ERRORS)

/** `two.yaml:12:9: servers.nbs-a.on: there is no subnet "ofice"; did you mean office?` */
export const formatScenarioError = ({ file, line, column, field, message, nearest }: ScenarioError): string =>
  `${file}:${line}:${column}: ${field === '' ? '' : `${field}: `}${message}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`
