/**
 * The reference of the scenario format as Markdown, from its JSON Schema: each element with meaning, value, default and an
 * example that the schema itself admits. Does not read or write files.
 */
import { stringify } from 'yaml'
import { type Json, violations } from './json-schema.ts'
import {
  cidr,
  countRange,
  duration,
  durationRange,
  ip4,
  ip4OrNone,
  jsonSchemaOf,
  lifetime,
  mac,
  macPattern,
  span,
} from '../../src/document/parts.ts'

export interface Schema {
  readonly type?: string | readonly string[]
  readonly const?: string | number
  readonly enum?: readonly (string | number)[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | false
  readonly items?: Schema
  readonly propertyNames?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Schema>>
}

/** One element of the format. */
export interface Element {
  /** `subnets.*.cidr`; `*` is a name, `[]` an item. */
  readonly path: string
  readonly schema: Schema
  readonly isRequired: boolean
}

export interface Section {
  readonly title: string
  readonly elements: readonly Element[]
}

const patternOf = (part: Parameters<typeof jsonSchemaOf>[0]): string => {
  const { pattern, anyOf } = jsonSchemaOf(part) as Schema
  return pattern ?? JSON.stringify(anyOf)
}

/** By the pattern that the parts of the format carry: what a text is, with its unit, and one. */
const TEXTS: ReadonlyMap<string, readonly [value: string, example: string | number]> = new Map([
  [patternOf(duration), ['duration (us, ms, s)', '5ms']],
  [patternOf(durationRange), ['duration or range (us, ms, s)', '0ms..2ms']],
  [patternOf(lifetime), ['lease time (s, m, h, d) or `infinite`', '8d']],
  [patternOf(countRange), ['number of machines, or a range', '1..19']],
  [patternOf(cidr), ['IPv4 network', '10.20.1.0/24']],
  [patternOf(ip4), ['IPv4 address', '10.20.1.5']],
  [patternOf(ip4OrNone), ['IPv4 address or `none`', 'none']],
  [patternOf(span), ['span of addresses', '10.20.1.100-10.20.1.199']],
  [patternOf(mac), ['MAC address', '00:50:56:00:00:01']],
  [patternOf(macPattern), ['MAC pattern', '00:50:56:*']],
])

/** By the field that holds it, where the schema admits it there. */
const WORDS: Readonly<Record<string, unknown>> = {
  multicastAddress: '239.1.1.1',
  multicast: '239.1.1.1',
  group: '239.1.1.1',
  seed: 7,
  limit: '60s',
  at: '3s',
  within: '10s',
  powerOn: '0s..5s',
  forwardingDelay: '30s',
  dropAbove: 1450,
  mtu: 1400,
  memory: '512M',
  loss: '5%',
  arrives: { WinPE: '60s' },
  teaches: 'Whoever answers first decides.',
  text: 'Two servers answer.',
  findings: ['multiple-pxe-responders'],
  noFindings: 'error',
  $schema: 'scenario.schema.json',
  maxBlksize: 1024,
  tsize: 'missing',
  errors: { '*.efi': 2 },
  on: 'office',
  joins: 'office',
  title: 'Two NBS on one subnet',
  client: 'pc-1',
  choice: 'E-22',
  screen: 'Downloading',
  file: 'BStrap/x64/BStrap.efi',
  bootFile: 'boot\\x64\\wdsmgfw.efi',
  code: 'PXE-E53',
  uuid: '4c4c4544-0042-3510-8056-b4c04f4e5a31',
  vendorClass: 'PXEClient:Arch:00007',
  userClass: 'iPXE',
  images: '../boot-images',
  image: 'WinPE',
  stop: 'nbs-a.tftp',
  hex: '06 01 08 ff',
}

export const sectionsOf = (root: Schema): readonly Section[] => {
  const properties = Object.entries(root.properties ?? {})
  const isPlain = ([, schema]: readonly [string, Schema]): boolean =>
    elementsOf('', schema, false).length === 1
  const element = ([path, schema]: readonly [string, Schema]): Element => ({
    path,
    schema,
    isRequired: root.required?.includes(path) ?? false,
  })
  return [
    { title: 'At the top', elements: properties.map(element) },
    ...properties.filter(each => !isPlain(each)).flatMap(([name, schema]) => kindsOf(name, schema)),
    ...Object.entries(root.$defs ?? {}).map(([name, schema]) => ({
      title: `What is called ${name}`,
      elements: elementsOf(name, schema, false),
    })),
  ]
}

/** Servers have a section for each kind. */
const kindsOf = (name: string, schema: Schema): Section[] => {
  const kinds = name === 'servers' ? ((schema.additionalProperties || {}).oneOf ?? []) : []
  if (kinds.length === 0) return [{ title: name, elements: elementsOf(name, schema, false).slice(1) }]
  return kinds.map(kind => ({
    title: `servers, kind: ${String(kind.properties?.['kind']?.const)}`,
    elements: elementsOf(`${name}.*`, kind, false).slice(1),
  }))
}

/** Itself, and what is in it; references are told in their own section. */
const elementsOf = (path: string, schema: Schema, isRequired: boolean): Element[] => {
  const inside = (at: string, part: Schema | false | undefined): Element[] =>
    part ? elementsOf(at, part, false).slice(isNamed(part) ? 0 : 1) : []
  return [
    { path, schema, isRequired },
    ...Object.entries(schema.properties ?? {}).flatMap(([name, part]) =>
      elementsOf(`${path}.${name}`, part, schema.required?.includes(name) ?? false),
    ),
    ...inside(`${path}.*`, schema.additionalProperties),
    ...inside(`${path}[]`, schema.items),
    ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap(part =>
      elementsOf(path, part, false).slice(1),
    ),
  ]
}

const isNamed = ({ description }: Schema): boolean => description !== undefined

const resolved = (root: Schema, schema: Schema): Schema =>
  schema.$ref === undefined ? schema : (root.$defs?.[schema.$ref.replace('#/$defs/', '')] ?? {})

export const valueText = (schema: Schema): string => {
  const { $ref, enum: words, pattern, anyOf, oneOf, type, minimum, maximum } = schema
  if ($ref !== undefined) return `[${nameOf($ref)}](#what-is-called-${nameOf($ref).toLowerCase()})`
  const known = TEXTS.get(pattern ?? JSON.stringify(anyOf))
  if (known) return known[0]
  if (schema.const !== undefined) return `\`${String(schema.const)}\``
  if (words?.includes('split-decision')) return '[finding](findings.md)'
  if (words) return words.map(word => `\`${String(word)}\``).join(', ')
  const forms = anyOf ?? oneOf
  if (forms) {
    const texts = [...new Set(forms.map(form => valueText(form)))]
    const [list, one] = texts
    return texts.length === 2 && list === `list of: ${one}` ? `${one}; or a list` : texts.join('; or ')
  }
  if (type === 'array') return `list of: ${schema.items ? valueText(schema.items) : 'anything'}`
  if (type === 'object') return schema.properties ? 'map' : 'map by name'
  if (type === 'integer' || type === 'number') {
    const top = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? 'up' : String(maximum)
    return `${type === 'integer' ? 'whole number' : 'number'}, ${minimum ?? 0} to ${top}`
  }
  if (type === 'boolean') return '`true`, `false`'
  return Array.isArray(type) ? type.join(', ') : 'text'
}

const nameOf = (ref: string): string => ref.replace('#/$defs/', '')

/** One that the schema admits, as small as may be. */
export const exampleOf = (root: Schema, given: Schema, name: string): unknown => {
  const schema = resolved(root, given)
  const {
    examples,
    enum: words,
    pattern,
    anyOf,
    oneOf,
    type,
    properties,
    additionalProperties,
    items,
  } = schema
  const known = TEXTS.get(pattern ?? JSON.stringify(anyOf))
  if (Object.hasOwn(WORDS, name) && admits(root, schema, WORDS[name])) return WORDS[name]
  if (schema.const !== undefined) return schema.const
  if (known) return known[1]
  if (examples) return examples[0]
  if (words) return words.find(word => word !== schema.default) ?? words[0]
  const [form] = anyOf ?? oneOf ?? []
  if (form) return exampleOf(root, form, name)
  if (type === 'array') return items ? [exampleOf(root, items, name)] : []
  if (type === 'object') {
    if (!properties)
      return additionalProperties
        ? { [keyOf(schema, name)]: exampleOf(root, additionalProperties, name) }
        : {}
    const [first] = Object.keys(properties)
    const fields = schema.required ?? (first === undefined ? [] : [first])
    return Object.fromEntries(fields.map(field => [field, exampleOf(root, properties[field]!, field)]))
  }
  if (type === 'integer' || type === 'number')
    return Math.max(schema.minimum ?? 0, Math.min(schema.maximum ?? 3, 3))
  if (type === 'boolean') return schema.default !== true
  return ['5s', '100MB', 'nbs-a'].find(text => admits(root, schema, text)) ?? 'nbs-a'
}

const admits = (root: Schema, schema: Schema, value: unknown): boolean =>
  violations(schema as Json, root as Json, value).length === 0

const KEYS: Readonly<Record<string, string>> = {
  options: '66',
  relay: 'office',
  subnets: 'office',
  clients: 'pc',
  outcomes: 'pc',
}
const keyOf = ({ propertyNames }: Schema, name: string): string =>
  String(propertyNames?.enum?.[0] ?? KEYS[name] ?? 'nbs-a')

export const lastStep = (path: string): string => /([^.[\]*]+)(?:\[\]|\.\*)*$/.exec(path)?.[1] ?? path

export const referenceText = (root: Schema): string =>
  sectionsOf(root)
    .map(({ title, elements }) => [`### ${title}`, '', ...table(root, elements), ''].join('\n'))
    .join('\n')

const table = (root: Schema, elements: readonly Element[]): string[] => [
  '| element | meaning | value | default | example |',
  '| --- | --- | --- | --- | --- |',
  ...distinct(elements).map(({ path, schema, isRequired }) => {
    const meaning = schema.description ?? resolved(root, schema).description ?? ''
    const otherwise = schema.default === undefined ? (isRequired ? 'required' : '') : code(schema.default)
    const cells = [
      `\`${path}\``,
      meaning,
      valueText(schema),
      otherwise,
      code(exampleOf(root, schema, lastStep(path))),
    ]
    return `| ${cells.map(cell => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  }),
]

/** One field may be in several forms of a value. */
const distinct = (elements: readonly Element[]): readonly Element[] =>
  elements.filter(
    ({ path }, index) => elements.findIndex(other => anyName(other.path) === anyName(path)) === index,
  )

/** What may be a list or a map by name is told as a list. */
const anyName = (path: string): string => path.replaceAll('[]', '.*')

const code = (value: unknown): string =>
  `\`${stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim().replaceAll('`', "'")}\``
