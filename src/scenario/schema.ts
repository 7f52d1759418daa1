/**
 * The JSON Schema of scenario files, for editors that complete and check while one types: generated from the same
 * definition that `nbs` checks with, and shipped as `schema/scenario.schema.json`. References between parts of a
 * file are beyond it.
 */
import { jsonSchemaOf } from '../document/parts.ts'
import type { ServerKinds } from '../servers/kind-list.ts'
import { SERVER_KINDS } from '../servers/kinds.ts'
import { scenarioFormat } from './format.ts'

export const scenarioSchema = (
  findingRules: readonly string[],
  kinds: ServerKinds = SERVER_KINDS,
): string => {
  const definitions: Record<string, unknown> = {}
  const { properties, ...schema } = hoist(jsonSchemaOf(scenarioFormat(kinds)), definitions) as Schema
  const expect = properties['expect'] as { properties: Record<string, Listed & { anyOf?: Listed[] }> }
  for (const key of ['findings', 'noFindings']) {
    const field = expect.properties[key]!
    for (const { items } of [field, ...(field.anyOf ?? [])])
      if (items) Object.assign(items, { enum: findingRules })
  }
  const whole = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'nbs-lab scenario',
    ...schema,
    properties,
    $defs: Object.fromEntries(Object.entries(definitions).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  }
  return `${JSON.stringify(whole, null, 2)}\n`
}

interface Listed {
  readonly items?: object
}

interface Schema {
  readonly properties: Record<string, object>
}

/** Choices are turned into JSON Schema one by one, each with its own definitions; references mean those of the root. */
export const hoist = (node: unknown, definitions: Record<string, unknown>): unknown => {
  if (Array.isArray(node)) return node.map(item => hoist(item, definitions))
  if (typeof node !== 'object' || node === null) return node
  const { $defs, ...rest } = node as Record<string, unknown>
  for (const [name, definition] of Object.entries($defs ?? {}))
    definitions[name] ??= hoist(definition, definitions)
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, hoist(value, definitions)]))
}
