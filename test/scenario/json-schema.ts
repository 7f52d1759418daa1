/**
 * As much of JSON Schema as the shipped schema uses, to check files against it the way an editor does. Fails on a
 * keyword it does not know. Not a validator in general.
 */
export type Json = Readonly<Record<string, unknown>>

const IGNORED = new Set(['description', 'default', 'examples', 'title', '$schema', '$defs'])

/** Paths and reasons; empty if the value is right. */
export const violations = (schema: Json, root: Json, value: unknown, path = '$'): string[] => {
  const found: string[] = []
  const bad = (reason: string): void => void found.push(`${path}: ${reason}`)
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  const entries = isMap ? Object.entries(value) : []
  const into = (inner: unknown, item: unknown, step: string): void =>
    void found.push(...violations(inner as Json, root, item, `${path}${step}`))
  const matching = (inner: unknown): number =>
    (inner as Json[]).filter(each => violations(each, root, value, path).length === 0).length

  for (const [keyword, rule] of Object.entries(schema)) {
    switch (keyword) {
      case '$ref': {
        const name = String(rule).replace('#/$defs/', '')
        into((root['$defs'] as Json)[name], value, '')
        break
      }
      case 'type':
        if (![rule].flat().some(type => isOfType(String(type), value))) bad(`is no ${String(rule)}`)
        break
      case 'const':
        if (value !== rule) bad(`is not ${String(rule)}`)
        break
      case 'enum':
        if (!(rule as unknown[]).includes(value)) bad(`${String(value)} is not in the list`)
        break
      case 'pattern':
        if (typeof value === 'string' && !new RegExp(String(rule), 'u').test(value))
          bad(`${value} does not match ${String(rule)}`)
        break
      case 'minLength':
        if (typeof value === 'string' && value.length < Number(rule)) bad('is too short')
        break
      case 'maxLength':
        if (typeof value === 'string' && value.length > Number(rule)) bad('is too long')
        break
      case 'minimum':
        if (typeof value === 'number' && value < Number(rule)) bad('is too small')
        break
      case 'maximum':
        if (typeof value === 'number' && value > Number(rule)) bad('is too large')
        break
      case 'anyOf':
        if (matching(rule) === 0) bad('is none of the forms')
        break
      case 'oneOf':
        if (matching(rule) !== 1) bad('is not exactly one of the forms')
        break
      case 'required':
        if (isMap) for (const name of rule as string[]) if (!Object.hasOwn(value, name)) bad(`lacks ${name}`)
        break
      case 'properties':
        for (const [name, item] of entries)
          if (Object.hasOwn(rule as Json, name)) into((rule as Json)[name], item, `.${name}`)
        break
      case 'additionalProperties':
        for (const [name, item] of entries) {
          if (Object.hasOwn(schema['properties'] ?? {}, name)) continue
          if (rule === false) bad(`has no ${name}`)
          else into(rule, item, `.${name}`)
        }
        break
      case 'propertyNames':
        for (const [name] of entries) into(rule, name, `.${name}`)
        break
      case 'minItems':
        if (Array.isArray(value) && value.length < Number(rule)) bad('has too few items')
        break
      case 'items':
        if (Array.isArray(value)) value.forEach((item, index) => into(rule, item, `[${index}]`))
        break
      default:
        if (!IGNORED.has(keyword))
          throw new Error(`the schema uses ${keyword}, which this check does not know`)
    }
  }
  return found
}

const isOfType = (type: string, value: unknown): boolean => {
  switch (type) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}
