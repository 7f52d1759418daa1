/**
 * The shipped schema and the shipped scenarios. `NBS_WRITE=1` writes the schema again.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { parse } from 'yaml'
import t from 'tap'
import { ruleIds } from '../../src/analysis/finding.ts'
import { formatScenarioError } from '../../src/scenario/load.ts'
import { readScenario } from '../../src/scenario/read-file.ts'
import { scenarioSchema } from '../../src/scenario/schema.ts'
import { violations } from './json-schema.ts'
import { scenarioType } from './scenario-type.ts'

type Json = Readonly<Record<string, unknown>>

const SCHEMA = 'schema/scenario.schema.json'
const TYPE = 'schema/scenario.d.ts'
const generated = scenarioSchema(ruleIds())
const generatedType = await scenarioType(generated)
if (process.env['NBS_WRITE'] === '1') {
  writeFileSync(SCHEMA, generated)
  writeFileSync(TYPE, generatedType)
}
const schema = JSON.parse(readFileSync(SCHEMA, 'utf8')) as Json
const files = readdirSync('scenarios').filter(name => name.endsWith('.yaml'))

t.test('the shipped schema is the one the format gives (NBS_WRITE=1 writes it)', async t =>
  t.equal(readFileSync(SCHEMA, 'utf8'), generated),
)

t.test('the shipped type is the one the schema gives (NBS_WRITE=1 writes it)', async t =>
  t.equal(readFileSync(TYPE, 'utf8'), generatedType),
)

t.test('every field says what it is', async t => {
  const fields: string[] = []
  const silent: string[] = []
  const walk = (node: unknown, path: string): void => {
    if (Array.isArray(node)) return node.forEach(item => walk(item, path))
    if (typeof node !== 'object' || node === null) return
    for (const [key, value] of Object.entries(node)) {
      if (key === 'properties')
        for (const [name, field] of Object.entries(value as Json)) {
          fields.push(name)
          if (!(field as Json)['description']) silent.push(`${path}.${name}`)
          walk(field, `${path}.${name}`)
        }
      else if (key !== 'default' && key !== 'examples') walk(value, path)
    }
  }
  walk(schema, '$')
  t.strictSame(silent, [])
  t.ok(fields.length > 150, `${fields.length} fields`)
})

t.test('every scenario is right, by the loader and by the schema', async t => {
  t.ok(files.length >= 14, `${files.length} scenarios`)
  for (const name of files) {
    const file = `scenarios/${name}`
    const text = readFileSync(file, 'utf8')
    const loaded = readScenario(file)
    t.strictSame(loaded.ok ? [] : loaded.errors.map(formatScenarioError), [], file)
    t.strictSame(violations(schema, schema, parse(text)), [], `${file} by the schema`)
    t.equal(
      text.split('\n')[0],
      '# yaml-language-server: $schema=../schema/scenario.schema.json',
      `${file}: editors find the schema`,
    )
  }
})

t.test('every scenario teaches one thing and expects something of every machine', async t => {
  for (const name of files) {
    const loaded = readScenario(`scenarios/${name}`)
    if (!loaded.ok) continue
    const { title, teaches = '', clients, expect } = loaded.scenario
    t.ok(title.length <= 72, `${name}: a title, not a text`)
    t.ok(teaches.length >= 60, `${name}: teaches`)
    const judged = new Set(expect.outcomes.flatMap(({ members }) => members))
    t.strictSame(
      clients.flatMap(({ members }) => members).filter(({ name: machine }) => !judged.has(machine)),
      [],
      `${name}: outcomes`,
    )
    t.ok(expect.findings.length + expect.noFindings.length > 0, `${name}: findings`)
  }
})

t.test('what the loader refuses for its form, the schema refuses', async t => {
  const right = parse(readFileSync('scenarios/two-nbs-one-subnet.yaml', 'utf8')) as Json
  const changed = (
    change: (scenario: Record<string, Record<string, Record<string, unknown>>>) => void,
  ): string[] => {
    const copy = structuredClone(right) as never
    change(copy)
    return violations(schema, schema, copy)
  }
  t.strictSame(
    changed(() => {}),
    [],
  )
  t.strictSame(
    changed(s => delete s['title']),
    ['$: lacks title'],
  )
  t.strictSame(
    changed(s => void ((s as Record<string, unknown>)['limt'] = '5s')),
    ['$: has no limt'],
  )
  t.match(
    changed(s => void ((s as Record<string, unknown>)['limit'] = 60)),
    [/limit: is no string/],
  )
  t.match(
    changed(s => void (s['subnets']!['office']!['cidr'] = '10.20.1.0')),
    [/cidr: .* does not match/],
  )
  t.match(
    changed(s => void (s['clients']!['pc']!['firmware'] = 'edk3')),
    [/firmware: edk3 is not in the list/],
  )
  t.match(
    changed(s => void (s['clients']!['pc']!['powerOn'] = '0..5s')),
    [/powerOn: .* does not match/],
  )
  t.match(
    changed(s => void (s['servers']!['nbs-a']!['kind'] = 'nsb')),
    [/nbs-a: is not exactly one of the forms/],
  )
  t.match(
    changed(s => void (s['servers']!['dhcp']!['pol'] = 1)),
    [/dhcp: is not exactly one of the forms/],
  )
  t.match(
    changed(s => void ((s['expect'] as Record<string, unknown>)['findings'] = ['x'])),
    [/findings\[0\]: x is not in the list/],
  )
})
