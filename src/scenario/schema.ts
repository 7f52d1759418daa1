/**
 * The JSON Schema of scenario files, for editors that complete and check while one types: generated from the same
 * definition that `nbs` checks with, and shipped as `schema/scenario.schema.json`. References between parts of a
 * file are beyond it.
 */
import { jsonSchemaOf } from './format-parts.ts'
import { scenarioFormat } from './format.ts'

export const scenarioSchema = (findingRules: readonly string[]): string => {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'nbs-lab scenario',
    ...jsonSchemaOf(scenarioFormat),
  }
  const expect = schema.properties?.['expect'] as unknown as { properties: Record<string, { items: object }> }
  for (const key of ['findings', 'noFindings'])
    Object.assign(expect.properties[key]!.items, { enum: findingRules })
  return `${JSON.stringify(schema, null, 2)}\n`
}
