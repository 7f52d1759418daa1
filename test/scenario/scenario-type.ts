/**
 * The TypeScript type of a scenario file, made from its JSON Schema, with each field's description. Asserts nothing.
 */
import { compile } from 'json-schema-to-typescript'

const BANNER = `/**
 * A scenario as it is written, generated from scenario.schema.json by \`npm run schema\`; never edited.
 */`

export const scenarioType = (schema: string): Promise<string> => {
  // The title would be the type's name.
  const { title: _, ...rest } = JSON.parse(schema) as Record<string, unknown>
  return compile(referring(rest) as typeof rest, 'ScenarioFile', {
    additionalProperties: false,
    bannerComment: BANNER,
    style: { semi: false, singleQuote: true, printWidth: 110 },
  })
}

/** A description beside a reference would make another type of what is referred to. */
const referring = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(referring)
  if (typeof node !== 'object' || node === null) return node
  const { $ref, ...rest } = node as Readonly<Record<string, unknown>>
  const others = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, referring(value)]))
  if ($ref === undefined) return others
  return Object.keys(others).length === 0 ? { $ref } : { ...others, allOf: [{ $ref }] }
}
