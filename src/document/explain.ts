/**
 * Turns what zod found wrong with a scenario's form into complaints with a place, in words for people who know
 * network boot and not zod. Finds nothing wrong itself.
 */
import type { z } from 'zod'
import { type IssueParams, choiceOf } from './parts.ts'
import { type Complaint, type Located, type Path, formatPath, placeOf } from './located.ts'
import { nearestName } from './nearest.ts'
import { notModelled } from './not-modelled.ts'
import { kindOf } from './quantities.ts'

export const explain = (
  root: Located,
  form: unknown,
  format: z.ZodType,
  issues: readonly z.core.$ZodIssue[],
): Complaint[] => {
  const complaints = explainAll(root, form, format, issues)
  // A misspelt field is not missing as well.
  const meant = new Set(
    complaints.flatMap(({ path, nearest }) =>
      nearest === undefined ? [] : [formatPath([...path.slice(0, -1), nearest])],
    ),
  )
  return complaints.filter(
    ({ path, message }) => !(message.startsWith('missing') && meant.has(formatPath(path))),
  )
}

const explainAll = (
  root: Located,
  form: unknown,
  format: z.ZodType,
  issues: readonly z.core.$ZodIssue[],
): Complaint[] =>
  issues.flatMap(issue => {
    const path = issue.path.map(step => (typeof step === 'number' ? step : String(step)))
    const at = (
      message: string,
      nearest?: string,
      side: 'key' | 'value' = 'value',
      where: Path = path,
    ): Complaint => ({
      place: placeOf(root, where, side),
      path: where,
      message,
      ...(nearest === undefined ? {} : { nearest }),
    })
    if (issue.code === 'unrecognized_keys') {
      const known = fieldsAt(format, path, form)
      return issue.keys.map(key => {
        const refusal = notModelled(key)
        const where = [...path, key]
        return refusal === undefined
          ? at(`unknown field "${key}"`, nearestField(key, known), 'key', where)
          : at(refusal, undefined, 'key', where)
      })
    }
    const value = valueAt(form, path)
    if (value === undefined) return at(`missing; ${missing(issue)}`)
    switch (issue.code) {
      case 'invalid_key':
        return at(issue.issues[0]?.message ?? issue.message, undefined, 'key')
      case 'invalid_type':
        return at(`expected ${EXPECTED[issue.expected] ?? issue.expected}, got ${kindOf(value)}`)
      case 'invalid_value':
        return at(`expected ${issue.values.join(' or ')}, got ${kindOf(value)}`)
      case 'invalid_union': {
        const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : []
        if (options.length === 0) return at(`${issue.message}, got ${kindOf(value)}`)
        return at(
          `${typeof value === 'string' ? `"${value}"` : kindOf(value)} is not allowed here; use one of ${options.join(', ')}`,
          typeof value === 'string' ? nearestName(value, options) : undefined,
        )
      }
      case 'custom':
        return at(issue.message, (issue.params as IssueParams | undefined)?.nearest)
      case 'invalid_element':
      case 'invalid_format':
      case 'not_multiple_of':
      case 'too_big':
      case 'too_small':
        return at(issue.message)
    }
  })

const EXPECTED: Readonly<Record<string, string>> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  string: 'text',
  boolean: 'true or false',
  number: 'a number',
}

const missing = (issue: z.core.$ZodIssue): string => {
  if (issue.code === 'invalid_type') return `it takes ${EXPECTED[issue.expected] ?? issue.expected}`
  if (issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options))
    return `use one of ${issue.options.join(', ')}`
  return issue.message.replace(/, got nothing$/, '')
}

const valueAt = (form: unknown, path: Path): unknown => {
  let value: unknown = form
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string | number, unknown>)[step]
  }
  return value
}

/** Names that are no misspelling of the right one, but what other tools call it. */
const SYNONYMS: Readonly<Record<string, string>> = {
  network: 'cidr',
  ip: 'address',
  subnet: 'on',
  range: 'pool',
  filename: 'bootFile',
  file: 'bootFile',
  siaddr: 'nextServer',
  latency: 'delay',
  wait: 'responseDelay',
  helpers: 'relay',
  description: 'teaches',
  architecture: 'arch',
  type: 'kind',
  number: 'count',
  machines: 'clients',
  hosts: 'clients',
  networks: 'subnets',
}

const nearestField = (key: string, known: readonly string[]): string | undefined => {
  const synonym = Object.hasOwn(SYNONYMS, key.toLowerCase()) ? SYNONYMS[key.toLowerCase()] : undefined
  return synonym !== undefined && known.includes(synonym) ? synonym : nearestName(key, known)
}

/** The fields that the format has at a path; which of several forms applies shows in the value there. */
export const fieldsAt = (format: z.ZodType, path: Path, form: unknown): readonly string[] => {
  let schema: z.core.$ZodType | undefined = format
  let value: unknown = form
  for (const step of path) {
    schema = childSchema(shapeOf(schema, value), String(step))
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined
  }
  const shape = shapeOf(schema, value)
  return shape && isKind<z.core.$ZodObject>(shape, 'object') ? Object.keys(shape._zod.def.shape) : []
}

const childSchema = (schema: z.core.$ZodType | undefined, step: string): z.core.$ZodType | undefined => {
  if (!schema) return undefined
  if (isKind<z.core.$ZodObject>(schema, 'object'))
    return Object.hasOwn(schema._zod.def.shape, step) ? schema._zod.def.shape[step] : undefined
  if (isKind<z.core.$ZodRecord>(schema, 'record')) return schema._zod.def.valueType
  return isKind<z.core.$ZodArray>(schema, 'array') ? schema._zod.def.element : undefined
}

/** Looks through wrappers and choices at the object, record or array that applies to this value. */
const shapeOf = (schema: z.core.$ZodType | undefined, value: unknown): z.core.$ZodType | undefined => {
  let inner: z.core.$ZodType | undefined = schema
  while (inner) {
    const choose = choiceOf(inner)
    if (choose) inner = choose(value)
    else if (isKind<z.core.$ZodOptional>(inner, 'optional')) inner = inner._zod.def.innerType
    else if (isKind<z.core.$ZodPrefault>(inner, 'prefault')) inner = inner._zod.def.innerType
    else if (isKind<z.core.$ZodPipe>(inner, 'pipe')) inner = inner._zod.def.in
    else if (isKind<z.core.$ZodDiscriminatedUnion>(inner, 'union')) inner = optionFor(inner, value)
    else return inner
  }
  return undefined
}

const optionFor = (union: z.core.$ZodDiscriminatedUnion, value: unknown): z.core.$ZodType | undefined => {
  const { discriminator, options } = union._zod.def
  if (typeof value !== 'object' || value === null || discriminator === undefined) return undefined
  const wanted = (value as Record<string, unknown>)[discriminator]
  return options.find(option => option._zod.propValues?.[discriminator]?.has(wanted as string))
}

const isKind = <T extends z.core.$ZodType>(
  schema: z.core.$ZodType,
  type: T['_zod']['def']['type'],
): schema is T => schema._zod.def.type === type
