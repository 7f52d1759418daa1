/**
 * Each example of docs/scenario.md is right, and shows what it says; and each preset and each thing that is left out is named.
 */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { parseScenario, run } from '../../src/index.ts'
import { PRESETS } from '../../src/servers/foreign/presets.ts'
import { violations } from './json-schema.ts'

const page = readFileSync('docs/scenario.md', 'utf8')
const examples = [...page.matchAll(/^```yaml\n(title: [^]*?)^```$/gm)].map(match => match[1]!)
const schema = JSON.parse(readFileSync('schema/scenario.schema.json', 'utf8')) as Readonly<
  Record<string, unknown>
>

t.test('every example runs and shows what it says', async t => {
  t.ok(examples.length >= 9, `${examples.length} examples`)
  for (const text of examples) {
    const scenario = parseScenario(text, { file: 'docs/scenario.md' })
    t.strictSame(violations(schema, schema, parse(text)), [], scenario.title)
    const { expectations } = await run(scenario)
    t.ok(expectations.length > 0, `${scenario.title}: expects something`)
    t.strictSame(
      expectations.filter(({ met }) => !met).map(({ text: what, got }) => `${what}: got ${got}`),
      [],
      scenario.title,
    )
  }
})

t.test('every preset is named', async t => {
  for (const preset of [...PRESETS, 'windows-dhcp'])
    t.ok(page.includes(`\`${preset}\``) || page.includes(`preset: ${preset}`), preset)
})
