/**
 * Options that several commands have, each described once; what one command alone has stands there. Spread into
 * `yargs.options()`.
 */

const text = <Describe extends string>(describe: Describe) =>
  ({ type: 'string', requiresArg: true, describe }) as const

/** Everything a program asks for, on standard output. */
export const JSON_OUTPUT = {
  json: { type: 'boolean', describe: 'Print one JSON document on standard output and nothing else' },
} as const

/** Another run of the same file. */
export const SEED = {
  seed: { type: 'number', requiresArg: true, describe: 'Seed to use instead of the one in the scenario' },
} as const

export const CHANGED = {
  set: { type: 'string', array: true, nargs: 1, describe: 'path=value: change a field for this run' },
} as const

export const CHANGED_RUN = { ...SEED, ...CHANGED } as const

/** Findings as other programs read them. */
export const FINDING_FILES = {
  junit: text('Write JUnit XML with one test case per rule'),
  sarif: text('Write the findings as SARIF 2.1.0'),
} as const

export const ALLOWED_SERVERS = {
  allow: text(
    'YAML list of the servers and relays that belong there (schema/allow.schema.json); partners in it may answer side by side without a finding',
  ),
} as const

export const OPEN_BROWSER = {
  open: { type: 'boolean', default: true, describe: 'Open the browser; --no-open prints the address only' },
} as const

/** Scenario files may come from strangers. */
export const ALLOWED_PATHS = {
  'allow-path': {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'Folder outside that of the scenario file from which images may be read; may be repeated',
  },
} as const

/** Below the options: each example whole on its line, what it is for below it; then what the exit statuses mean. */
export const ending = (
  examples: readonly (readonly [call: string, why: string])[],
  { failed }: { readonly failed?: string } = {},
): string =>
  [
    'Examples:',
    ...examples.flatMap(([call, why]) => [`  ${call}`, `      ${why}`]),
    '',
    'Exit status:',
    '  0  done',
    ...(failed === undefined ? [] : [`  1  ${failed}`]),
    '  2  wrong arguments or invalid input',
    '  3  a required program or permission is missing',
  ].join('\n')
