/**
 * Options that several commands have, each described once; what one command alone has stands there. Spread into
 * `yargs.options()`.
 */

const text = <Describe extends string>(describe: Describe) =>
  ({ type: 'string', requiresArg: true, describe }) as const

/** Everything a program asks for, on standard output. */
export const JSON_OUTPUT = {
  json: { type: 'boolean', describe: 'One JSON document on standard output, nothing else' },
} as const

/** Another run of the same file. */
export const SEED = {
  seed: { type: 'number', requiresArg: true, describe: "Instead of the scenario's own" },
} as const

export const CHANGED = {
  set: { type: 'string', array: true, nargs: 1, describe: 'path=value: change a field for this run' },
} as const

export const CHANGED_RUN = { ...SEED, ...CHANGED } as const

/** Findings as other programs read them. */
export const FINDING_FILES = {
  junit: text('Write a JUnit case for each rule'),
  sarif: text('Write the findings as SARIF 2.1.0'),
} as const

export const ALLOWED_SERVERS = {
  allow: text(
    'YAML list of servers and relays that are meant to be there (schema/allow.schema.json); partners among them are no finding',
  ),
} as const

export const OPEN_BROWSER = {
  open: { type: 'boolean', default: true, describe: 'Open the browser; --no-open does not' },
} as const

/** Scenario files may come from strangers. */
export const ALLOWED_PATHS = {
  'allow-path': {
    type: 'string',
    array: true,
    nargs: 1,
    describe:
      'Folder outside that of the scenario file which may be read for images; may be given several times',
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
    '  2  the call or the input is wrong',
    '  3  a program or a right is missing',
  ].join('\n')
