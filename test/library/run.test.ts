/**
 * The library's door: scenarios from files, names, texts and objects give the same results, and mistakes that are located.
 */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import t from 'tap'
import {
  InvalidScenarioError,
  type ScenarioObject,
  type ScenarioLike,
  analyze,
  loadScenario,
  parseScenario,
  run,
} from '../../src/index.ts'

const NAME = 'two-nbs-one-subnet'
const FILE = `scenarios/${NAME}.yaml`
const TEXT = readFileSync(FILE, 'utf8')

const OFFICE: ScenarioObject = {
  title: 'One NBS',
  subnets: { office: { cidr: '10.20.1.0/24' } },
  notificationServers: { ns: { unknown: { boot: 'pxe' } } },
  servers: {
    dhcp: { kind: 'dhcp', on: 'office', address: '10.20.1.2', pool: '10.20.1.100-10.20.1.199' },
    'nbs-a': { kind: 'nbs', on: 'office', address: '10.20.1.5', notificationServer: 'ns' },
  },
  clients: { pc: { count: 2, on: 'office', firmware: 'edk2' } },
}

const thrown = async (work: () => unknown): Promise<InvalidScenarioError> => {
  try {
    await work()
  } catch (error) {
    if (error instanceof InvalidScenarioError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

t.test('a file, a name, a text and an object are the same scenario', async t => {
  const named = await run(NAME)
  const { scenario, ...told } = named.toJSON()
  t.equal(scenario, NAME)
  const ways: readonly ScenarioLike[] = [
    FILE,
    await loadScenario(FILE),
    parseScenario(TEXT, { file: FILE }),
    parseScenario(parse(TEXT) as ScenarioObject, { file: FILE }),
  ]
  for (const way of ways) {
    const { scenario: _, ...same } = (await run(way)).toJSON()
    t.strictSame(same, told)
  }
})

t.test('one machine of a result', async t => {
  const result = await run(OFFICE)
  t.match(result.client('pc-1'), { outcome: 'booted', pxeServer: 'nbs-a' })
  t.match(result.explanation('pc-1').decided, { rule: /^E-/ })
  t.throws(() => result.client('pc'), { message: 'there is no machine "pc"; there are pc-1, pc-2' })
})

t.test('bytes of a capture are analysed as a file is', async t => {
  const bytes = (await run(NAME)).capture()
  const file = `${t.testdir({ 'two.pcapng': Buffer.from(bytes) })}/two.pcapng`
  const { files: _, findings, ...whole } = await analyze(bytes)
  const { files: __, findings: ofFile, ...same } = await analyze(file)
  t.strictSame(whole, same)
  t.ok(findings.length > 0)
  t.strictSame(
    findings.map(({ rule }) => rule),
    ofFile.map(({ rule }) => rule),
  )
})

t.test('mistakes of a text have line and column, those of an object their field', async t => {
  const broken = TEXT.replace('on: office', 'on: ofice')
  const text = await thrown(() => parseScenario(broken, { file: 'scenarios/two.yaml' }))
  t.match(text.errors[0], { file: 'scenarios/two.yaml', line: /\d+/, column: /\d+/, nearest: 'office' })
  t.match(
    text.message,
    /^scenarios\/two\.yaml:\d+:\d+: servers\.[\w-]+\.on: there is no subnet "ofice"; did you mean office\?$/,
  )
  const object = { ...OFFICE, clients: { pc: { on: 'ofice', firmware: 'edk3' } } }
  const values = await thrown(() => run(object as ScenarioObject))
  t.strictSame(
    values.errors.map(({ field, nearest }) => [field, nearest]),
    [
      ['clients.pc.on', 'office'],
      ['clients.pc.firmware', 'edk2'],
    ],
  )
  t.match(values.message, /^scenario: clients\.pc\.on: there is no subnet "ofice"; did you mean office\?$/m)
  const set = await thrown(() => run(OFFICE, { set: { 'servers.nbs-c.responseDelay': '20ms' } }))
  t.match(set.errors[0], { file: '--set servers.nbs-c.responseDelay=20ms', nearest: 'nbs-a' })
  const absent = await thrown(() => loadScenario('two-nbs-one-subnt'))
  t.equal(absent.message, `two-nbs-one-subnt:1:1: no such file; did you mean ${NAME}?`)
})

t.test('what no file could hold is a mistake of its field', async t => {
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [{ ...OFFICE, seed: NaN }, /^scenario: seed: holds NaN, which cannot be written in a file$/m],
    [{ ...OFFICE, title: () => 'x' }, /^scenario: title: expected text, got a function$/m],
    [{ ...OFFICE, limit: new Map() }, /^scenario: limit: holds a Map/m],
    [{ ...OFFICE, site: circle }, /^scenario: site: nested deeper than/m],
    [[], /^scenario: a scenario must be a map/m],
  ]
  for (const [value, message] of cases)
    t.match((await thrown(() => run(value as ScenarioObject))).message, message)
})

t.test('set takes values as well as text, and null removes', async t => {
  const counted = await run(OFFICE, {
    set: { 'clients.pc.count': 3, 'servers.nbs-a.services': { tftp: 'off' } },
  })
  t.strictSame([counted.clients.length, counted.client('pc-3').outcome], [3, 'failed'])
  t.equal((await run(OFFICE, { set: { 'clients.pc.count': null } })).clients.length, 1)
  t.equal((await run(OFFICE, { seed: 12 })).seed, 12)
  await t.rejects(run(OFFICE, { seed: -1 }), { message: 'seed is a whole number, 0 or more, not -1' })
})

t.test('a scenario says what is in it, and is YAML', async t => {
  const scenario = await loadScenario(NAME)
  t.match(scenario, { file: NAME, seed: 7, subnets: ['office'], servers: ['dhcp', 'nbs-a', 'nbs-b'] })
  t.match(scenario.clients[0], { name: 'pc-1', group: 'pc', mac: '00:50:56:00:00:01' })
  t.equal(scenario.yaml, TEXT)
})
