/**
 * What is wrong with a scenario, in the form people and editors read. Does not find mistakes.
 */
import { UsageError } from '../core/exit.ts'
import { type Complaint, formatPath } from './located.ts'

export interface ScenarioError {
  /** The scenario file, or `--set path=value`; what a scenario that is an object was called. */
  readonly file: string
  /** Both from 1; 0 where there is no text, as in an object. */
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
export const formatScenarioError = ({
  file,
  line,
  column,
  field,
  message,
  nearest,
}: ScenarioError): string => {
  const place = line === 0 ? file : `${file}:${line}:${column}`
  return `${place}: ${field === '' ? '' : `${field}: `}${message}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`
}

/** Everything that is wrong with a scenario. `message` has a line for each of `errors`, as the command line prints them. */
export class InvalidScenarioError extends UsageError {
  override readonly name = 'InvalidScenarioError'
  readonly errors: readonly [ScenarioError, ...ScenarioError[]]

  constructor(errors: readonly [ScenarioError, ...ScenarioError[]]) {
    super(errors.map(formatScenarioError))
    this.errors = errors
  }
}
