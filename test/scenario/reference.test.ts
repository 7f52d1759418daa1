/**
 * The reference in docs/scenario.md is the one that the schema gives (`npm run schema` writes it), it has every element, and
 * each element says what it is, what it takes, and shows an example that the schema admits.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import t from 'tap'
import { ruleIds } from '../../src/analysis/finding.ts'
import { scenarioSchema } from '../../src/scenario/schema.ts'
import { violations } from './json-schema.ts'
import { type Schema, exampleOf, lastStep, referenceText, sectionsOf, valueText } from './reference.ts'

const PAGE = 'docs/scenario.md'
const MARK = '<!-- What follows is written by npm run schema. -->\n'
const schema = JSON.parse(scenarioSchema(ruleIds())) as Schema
const elements = sectionsOf(schema).flatMap(section => section.elements)

const page = readFileSync(PAGE, 'utf8')
const wanted = await format(`${page.split(MARK)[0]}${MARK}\n${referenceText(schema)}`, {
  ...(await resolveConfig(PAGE)),
  parser: 'markdown',
})
if (process.env['NBS_WRITE'] === '1') writeFileSync(PAGE, wanted)

t.test('the page is the one the schema gives (npm run schema writes it)', async t =>
  t.equal(readFileSync(PAGE, 'utf8'), wanted),
)

t.test('every field of the schema is an element', async t => {
  const fields = new Set<string>()
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [key, value] of Object.entries(node)) {
      if (key === 'properties') for (const name of Object.keys(value as object)) fields.add(name)
      if (key !== 'default' && key !== 'examples') walk(value)
    }
  }
  walk(schema)
  const told = new Set(elements.map(({ path }) => lastStep(path)))
  t.strictSame(
    [...fields].filter(name => !told.has(name)),
    [],
  )
  t.ok(elements.length > 400, `${elements.length} elements`)
})

t.test('each says what it takes, with an example that is right', async t => {
  for (const { path, schema: element } of elements) {
    t.ok(valueText(element), path)
    const example = exampleOf(schema, element, lastStep(path))
    t.strictSame(
      violations(element as never, schema as never, example),
      [],
      `${path}: ${JSON.stringify(example)}`,
    )
  }
})
