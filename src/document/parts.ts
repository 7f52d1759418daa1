/**
 * The pieces the scenario format is put together from: each is a zod schema that reads one kind of value, says in
 * plain words what is wrong with it, and carries its own JSON Schema, so that validation and the shipped schema
 * cannot drift apart. Does not know any field of a scenario.
 */
import { z } from 'zod'
import {
  type Cidr,
  type Ip4,
  isMulticast,
  formatIp4,
  networkOf,
  parseCidr,
  parseIp4,
} from '../core/address.ts'
import { nearestName } from './nearest.ts'
import {
  DURATION_PATTERN,
  LIFETIME_PATTERN,
  type Parsed,
  kindOf,
  parseCountRange,
  parseDuration,
  parseDurationRange,
  parseLifetime,
  parseMacAddress,
  parseMacPattern,
  parseProbability,
  parsed,
  wholeNumber,
  wrong,
} from './quantities.ts'

type JsonSchema = Readonly<Record<string, unknown>>

/** What a custom issue carries besides its message. */
export interface IssueParams {
  readonly nearest?: string
}

/** A leaf: any YAML scalar (or list), read by a function of our own. */
export const leaf = <T>(read: (value: unknown) => Parsed<T>, json: JsonSchema) =>
  z
    .unknown()
    .transform((value, context): T => {
      const result = read(value)
      if (result.ok) return result.value
      const params: IssueParams = result.nearest === undefined ? {} : { nearest: result.nearest }
      context.addIssue({ code: 'custom', message: result.message, params })
      return z.NEVER
    })
    .meta(json)

// Quantities.

const text = (pattern: string, ...examples: string[]): JsonSchema => ({
  type: 'string',
  pattern: `^(${pattern})$`,
  examples,
})
const OCTET = '[0-9A-Fa-f]{2}'
const IP4 = '\\d{1,3}(\\.\\d{1,3}){3}'

const durationIn = (usual: 'ms' | 's', ...examples: string[]) =>
  leaf(value => parseDuration(value, usual), text(DURATION_PATTERN, ...examples))
const rangeIn = (usual: 'ms' | 's', ...examples: string[]) =>
  leaf(
    value => parseDurationRange(value, usual),
    text(`${DURATION_PATTERN}(\\.\\.${DURATION_PATTERN})?`, ...examples),
  )

/** How long something takes. */
export const duration = durationIn('ms', '5ms', '200us')
export const durationRange = rangeIn('ms', '5ms', '0ms..2ms')
/** When something happens, and what people give in seconds. */
export const instant = durationIn('s', '3s')
export const instantRange = rangeIn('s', '0s', '0s..5s')
/** How long a lease lasts: days, too. */
export const lifetime = leaf(parseLifetime, text(LIFETIME_PATTERN, '3600s', '8d', 'infinite'))
export const probability = leaf(parseProbability, {
  anyOf: [
    { type: 'number', minimum: 0, maximum: 1 },
    { type: 'string', pattern: '^\\d+(\\.\\d+)?%$' },
  ],
})
export const countRange = leaf(parseCountRange, {
  anyOf: [
    { type: 'integer', minimum: 0 },
    { type: 'string', pattern: '^\\d+\\.\\.\\d+$' },
  ],
  examples: [3, '1..19'],
})
export const whole = (minimum: number, maximum: number) =>
  leaf(wholeNumber(minimum, maximum), { type: 'integer', minimum, maximum })

// Addresses.

const readIp4 = (value: unknown): Parsed<Ip4> => {
  const address = typeof value === 'string' ? parseIp4(value) : undefined
  return address === undefined
    ? wrong(`expected an IPv4 address such as 10.20.1.5, got ${kindOf(value)}`)
    : parsed(address)
}

const readCidr = (value: unknown): Parsed<Cidr> => {
  if (typeof value !== 'string') return wrong(`expected a network such as 10.20.1.0/24, got ${kindOf(value)}`)
  const cidr = parseCidr(value)
  if (cidr)
    return cidr.prefixLength <= 31
      ? parsed(cidr)
      : wrong(`a /${cidr.prefixLength} network has no room for hosts`)
  const [address = '', length] = value.split('/')
  const ip = parseIp4(address)
  if (ip === undefined) return wrong(`"${value}" is not a network; write it as 10.20.1.0/24`)
  if (length === undefined)
    return wrong(`"${value}" lacks a prefix length`, `${formatIp4(networkOf(ip, 24))}/24`)
  const prefix = /^\d{1,2}$/.test(length) ? Number(length) : 33
  if (prefix > 32) return wrong(`"/${length}" is not a prefix length; it must be between 1 and 31`)
  return wrong(`${address} has host bits set`, `${formatIp4(networkOf(ip, prefix))}/${prefix}`)
}

const readGroup = (value: unknown): Parsed<Ip4> => {
  const address = readIp4(value)
  if (!address.ok || isMulticast(address.value)) return address
  return wrong(`${formatIp4(address.value)} is not a multicast group; it must be in 224.0.0.0/4`)
}

export interface AddressSpan {
  readonly first: Ip4
  readonly last: Ip4
}

const readSpan = (value: unknown): Parsed<AddressSpan> => {
  if (typeof value !== 'string')
    return wrong(`expected an address range such as 10.20.1.100-10.20.1.199, got ${kindOf(value)}`)
  const ends = value.split(/\s*(?:-|\.\.)\s*/)
  const [first, last] = ends.map(end => parseIp4(end))
  if (ends.length !== 2 || first === undefined || last === undefined)
    return wrong(`"${value}" is not an address range; write it as 10.20.1.100-10.20.1.199`)
  return first <= last
    ? parsed({ first, last })
    : wrong(`the pool is reversed: its first address is above its last`, `${ends[1]}-${ends[0]}`)
}

export const ip4 = leaf(readIp4, text(IP4, '10.20.1.5'))
export const ip4OrNone = leaf(
  (value): Parsed<Ip4 | 'none'> => (value === 'none' ? parsed(value) : readIp4(value)),
  text(`none|${IP4}`),
)
export const group = leaf(readGroup, text(IP4, '239.1.1.1'))
export const cidr = leaf(readCidr, text(`${IP4}/\\d{1,2}`, '10.20.1.0/24'))
export const span = leaf(readSpan, text(`${IP4}\\s*(-|\\.\\.)\\s*${IP4}`, '10.20.1.100-10.20.1.199'))
export const mac = leaf(parseMacAddress, text(`${OCTET}([:-]${OCTET}){5}`, '00:50:56:00:00:01'))
export const macPattern = leaf(
  parseMacPattern,
  text(`\\*|(${OCTET}|\\*)([:-](${OCTET}|\\*)){0,5}`, '00:50:56:00:00:*', '*'),
)

// Words.

const readText = (value: unknown): Parsed<string> => {
  if (typeof value === 'string') return value.trim() === '' ? wrong('must not be empty') : parsed(value)
  const nearest = typeof value === 'number' || typeof value === 'boolean' ? `'${value}'` : undefined
  return wrong(`expected text, got ${kindOf(value)}`, nearest)
}

export const words = leaf(readText, { type: 'string', minLength: 1 })

/** Text for a field of the wire that holds so many bytes. */
export const wordsUpTo = (maxLength: number) =>
  leaf(
    value => {
      const text = readText(value)
      return text.ok && text.value.length > maxLength
        ? wrong(`longer than the ${maxLength} bytes available for it`)
        : text
    },
    { type: 'string', minLength: 1, maxLength },
  )

/** Longest name (docs/limits.md). */
const MAX_NAME = 64
export const NAME_PATTERN = `[A-Za-z][A-Za-z0-9_-]{0,${MAX_NAME - 1}}`
const NAME = new RegExp(`^${NAME_PATTERN}$`)

/** Names a thing, as key of its map. */
export const name = z
  .string()
  .refine(key => NAME.test(key), {
    error: issue =>
      `"${String(issue.input)}" cannot be a name; use letters, digits, - and _, starting with a letter, at most ${MAX_NAME} characters`,
  })
  .meta({ pattern: `^${NAME_PATTERN}$` })

/** Names a thing that is defined elsewhere; whether it exists is checked when all names are known. */
export const reference = words

/** In the words of scenarios. */
const SWITCHES: Readonly<Record<string, string>> = { true: 'on', yes: 'on', false: 'off', no: 'off' }

export const word = <const W extends string>(...options: readonly W[]) =>
  leaf(
    (value): Parsed<W> => {
      const found = options.find(option => option === value)
      if (found !== undefined) return parsed(found)
      const given = SWITCHES[String(value)] ?? String(value)
      const choices = options.length > 12 ? '' : `; use one of ${options.join(', ')}`
      const got =
        typeof value === 'string' ? `"${value}" is not allowed here` : `expected a word, got ${kindOf(value)}`
      return wrong(`${got}${choices}`, nearestName(given, options))
    },
    { type: 'string', enum: options },
  )

/** A name that may look like a number: 2022. */
export const label = leaf(value => (typeof value === 'number' ? parsed(String(value)) : readText(value)), {
  type: ['string', 'integer'],
})

export const yesNo = leaf(
  (value): Parsed<boolean> => {
    if (typeof value === 'boolean') return parsed(value)
    const nearest = { yes: 'true', on: 'true', no: 'false', off: 'false' }[String(value)]
    return wrong(`expected true or false, got ${kindOf(value)}`, nearest)
  },
  { type: 'boolean' },
)

// Shapes.

type Json = z.core.JSONSchema.BaseSchema
export const jsonSchemaOf = (schema: z.ZodType): Json => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return json
}

type Choose = (value: unknown) => z.core.$ZodType | undefined
const CHOICES = new WeakMap<object, Choose>()

/** Which schema applies to a value; so that whoever explains an unknown key can look through the choice. */
export const choiceOf = (schema: z.core.$ZodType): Choose | undefined => {
  // What only adds a description is a copy that knows its origin.
  for (let at: z.core.$ZodType | undefined = schema; at; at = at._zod.parent) {
    const choose = CHOICES.get(at)
    if (choose) return choose
  }
  return undefined
}

/** A value of several forms, told apart by looking at it, so that a complaint is about the form that was meant. */
export const chosen = <T>(
  choose: (value: unknown) => z.ZodType | undefined,
  forms: readonly z.ZodType[],
  expected: string,
) => {
  const schema = z
    .unknown()
    .transform((value, context): T => {
      const form = choose(value)
      if (!form) {
        context.addIssue({ code: 'custom', message: `expected ${expected}, got ${kindOf(value)}` })
        return z.NEVER
      }
      const result = form.safeParse(value)
      if (result.success) return result.data as T
      for (const issue of result.error.issues) context.issues.push(issue as never)
      return z.NEVER
    })
    .meta({ anyOf: forms.map(jsonSchemaOf) })
  CHOICES.set(schema, choose)
  return schema
}

interface Ways {
  readonly map?: z.ZodType
  readonly list?: z.ZodType
  readonly scalar?: z.ZodType
}

const WAYS: Readonly<Record<keyof Ways, string>> = { map: 'a map', list: 'a list', scalar: 'a single value' }

/** A value that may be written as a map, a list or a single value. */
export const eitherWay = <const W extends Ways>(ways: W) => {
  type Output = { [K in keyof W]: W[K] extends z.ZodType ? z.output<W[K]> : never }[keyof W]
  const of: Ways = ways
  const choose = (value: unknown): z.ZodType | undefined => {
    if (Array.isArray(value)) return of.list
    return typeof value === 'object' && value !== null ? of.map : of.scalar
  }
  const names = (Object.keys(ways) as (keyof Ways)[]).map(way => WAYS[way])
  return chosen<Output>(choose, Object.values(of), names.join(' or '))
}

/** A list; a single value counts as a list of one. */
export const oneOrMore = <S extends z.ZodType>(item: S) =>
  eitherWay({ list: z.array(item), scalar: item.transform(value => [value]) })
