/**
 * Whatever is typed into a scenario file, loading it ends in a scenario or in located errors, never in a throw.
 */
import { readFileSync, readdirSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { type Loaded, loadScenario } from '../../src/scenario/load.ts'
import { FUZZ } from '../effort.ts'

/** A file costs a thousand times what a packet costs. */
const RUNS = Math.max(100, Math.round(FUZZ / 40))

const texts = readdirSync('scenarios')
  .filter(name => name.endsWith('.yaml'))
  .map(name => readFileSync(`scenarios/${name}`, 'utf8'))

/** What changes the meaning of YAML, and what the format looks for. */
const PIECES = [
  '',
  ' ',
  '\n',
  '\t',
  ':',
  ': ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  ',',
  '&a ',
  '*a',
  '!x ',
  '|',
  '>',
  "'",
  '"',
  '#',
  '---\n',
  '<<: ',
  '? ',
  '~',
  'null',
  '0',
  '-1',
  '1e99',
  '.inf',
  '.nan',
  '0x10',
  '5ms',
  '1..2',
  '2..1',
  '*',
  '60',
  'true',
  '{}',
  '[]',
  '__proto__',
  '\u0000',
  '\u{1f600}',
  '10.20.1.0/24',
  '10.20.1.5',
  '255.255.255.255',
  '00:50:56:00:00:01',
  'pc',
  'nbs-a',
  'office',
  'kind: foreign',
  'preset: wds',
  'hex',
  '43',
]

interface Change {
  readonly at: number
  readonly remove: number
  readonly piece: string
}

const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(40)),
  piece: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 6 })),
})

const applied = (text: string, changes: readonly Change[]): string =>
  changes.reduce((changed, { at, remove, piece }) => {
    const start = Math.floor(at * changed.length)
    return changed.slice(0, start) + piece + changed.slice(start + remove)
  }, text)

/** Every error points into the text (or just behind it) and says something. */
const isSound = (loaded: Loaded, text: string): boolean => {
  if (loaded.ok) return true
  const lines = text.split('\n').length
  return loaded.errors.every(
    ({ line, column, message }) =>
      line >= 1 && line <= lines && column >= 1 && message !== '' && !/undefined|\[object/.test(message),
  )
}

t.test('changed scenarios never throw', async t => {
  let refused = 0
  fc.assert(
    fc.property(
      fc.constantFrom(...texts),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      (base, changes) => {
        const text = applied(base, changes)
        const loaded = loadScenario(text, { file: 'f' })
        if (!loaded.ok) refused++
        return isSound(loaded, text)
      },
    ),
    { numRuns: RUNS },
  )
  t.ok(refused > RUNS / 4, `${refused} of ${RUNS} were refused`)
})

t.test('any value at any place never throws', async () => {
  const paths = [
    'title',
    'limit',
    'subnets',
    'subnets.office',
    'subnets.office.cidr',
    'subnets.office.link',
    'routers',
    'servers',
  ]
  paths.push(
    'servers.dhcp',
    'servers.dhcp.pool',
    'servers.dhcp.options',
    'servers.dhcp.on',
    'servers.nbs-a',
    'notificationServers',
  )
  paths.push(
    'notificationServers.ns-1.computers',
    'clients',
    'clients.pc',
    'clients.pc.mac',
    'clients.pc.macs',
    'clients.pc.count',
  )
  paths.push(
    'faults',
    'faults.0',
    'expect',
    'expect.findings',
    'expect.outcomes',
    'expect.outcomes.pc',
    'steps',
    'steps.0.at',
    'routers.r1.joins',
  )
  const base = readFileSync('scenarios/two-nbs-one-subnet.yaml', 'utf8')
  fc.assert(
    fc.property(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 3 }), (path, value) => {
      const loaded = loadScenario(base, { file: 'f', overrides: [[path, JSON.stringify(value)]] })
      return loaded.ok || loaded.errors.length > 0
    }),
    { numRuns: RUNS },
  )
})

t.test('any --set never throws', async () => {
  const base = readFileSync('scenarios/one-nbs.yaml', 'utf8')
  const step = fc.oneof(
    fc.constantFrom('clients', 'pc', 'servers', 'nbs', 'faults', '0', '[0]', '', 'expect', 'outcomes'),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 4 }), fc.string(), (steps, value) => {
      const loaded = loadScenario(base, { file: 'f', overrides: [[steps.join('.'), value]] })
      return loaded.ok || loaded.errors.every(({ line, column }) => line >= 1 && column >= 1)
    }),
    { numRuns: RUNS },
  )
})

t.test('random text never throws', async () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 100 })),
      text => isSound(loadScenario(text, { file: 'f' }), text),
    ),
    { numRuns: RUNS },
  )
})
