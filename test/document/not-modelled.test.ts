/**
 * What is deliberately not modelled is refused with a sentence that says so, at its place; what is modelled is not.
 */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { notModelled } from '../../src/document/not-modelled.ts'
import { formatScenarioError, loadScenario } from '../../src/scenario/load.ts'

const around = (client: string, subnet = ''): string => `title: x
subnets: { lan: { cidr: 10.0.0.0/24${subnet} } }
clients: { pc: { on: lan, firmware: edk2${client} } }`

const errorsOf = (text: string): string[] => {
  const loaded = loadScenario(text, { file: 'f' })
  return loaded.ok ? [] : loaded.errors.map(formatScenarioError)
}

t.test('a sentence at the place of the field, and no wrong suggestion', async t => {
  t.strictSame(errorsOf(around('')), [])
  const [secure, ...more] = errorsOf(around(', secureBoot: true'))
  t.match(secure, /^f:3:\d+: clients\.pc\.secureBoot: Secure Boot is not modelled: /)
  t.notMatch(secure, /did you mean/)
  t.strictSame(more, [])
  t.match(errorsOf(around(', dot1x: true')), [/802\.1X is not modelled/])
  t.match(errorsOf(around('', ', "802.1X": true')), [
    /^f:2:\d+: subnets\.lan\.802\.1X: 802\.1X is not modelled/,
  ])
  t.match(errorsOf(around('', ', vlan: 5')), [/each VLAN is a subnet of its own/])
  t.match(errorsOf(around('', ', link: { bandwidth: 5 }')), [
    /subnets\.lan\.link\.bandwidth: bandwidth is not modelled/,
  ])
  t.match(errorsOf(around(', frimware: x')), [/unknown field "frimware"/])
})

t.test('no field of the format is called so', async t => {
  const fields = new Set<string>()
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [key, value] of Object.entries(node)) {
      if (key === 'properties') for (const name of Object.keys(value as object)) fields.add(name)
      walk(value)
    }
  }
  walk(JSON.parse(readFileSync('schema/scenario.schema.json', 'utf8')))
  t.ok(fields.size > 100)
  t.strictSame(
    // Of a site, what its image copies take from each other.
    [...fields].filter(name => notModelled(name) !== undefined && name !== 'bandwidth'),
    [],
  )
})
