/**
 * Checks over many seeds: what always and sometimes say, and what they leave.
 */
import { AssertionError, strictEqual } from 'node:assert'
import { join, relative } from 'node:path'
import t from 'tap'
import { type ScenarioObject, run } from '../../src/index.ts'
import { assert, always, sometimes } from '../../src/testing.ts'

/** Two NBS whose offers race: who is first depends on the seed. */
const RACE: ScenarioObject = {
  title: 'A race',
  teaches: 'Who is first wins.',
  subnets: { office: { cidr: '10.20.1.0/24' }, other: { cidr: '10.20.9.0/24' } },
  notificationServers: { ns: { unknown: { boot: 'pxe' } } },
  servers: {
    dhcp: { kind: 'dhcp', on: 'office', address: '10.20.1.2', pool: '10.20.1.100-10.20.1.199' },
    'nbs-a': {
      kind: 'nbs',
      on: 'office',
      address: '10.20.1.5',
      notificationServer: 'ns',
      responseDelay: '0ms..4ms',
    },
    'nbs-b': {
      kind: 'nbs',
      on: 'office',
      address: '10.20.1.6',
      notificationServer: 'ns',
      responseDelay: '2ms..6ms',
    },
    far: { kind: 'nbs', on: 'other', address: '10.20.9.6', notificationServer: 'ns' },
  },
  clients: { pc: { count: 2, on: 'office', firmware: 'edk2' } },
}

const rejected = async (work: Promise<unknown>): Promise<AssertionError> => {
  try {
    await work
  } catch (error) {
    if (error instanceof AssertionError) return error
    throw error
  }
  throw new Error('it did not reject')
}

t.test('what holds for every seed holds', async t => {
  const seeds: number[] = []
  await always(RACE, { seeds: '3..6' }, (result, seed) => {
    seeds.push(seed)
    t.equal(result.seed, seed)
    assert.bootedFrom(result, 'pc', ['nbs-a', 'nbs-b'])
  })
  t.strictSame(seeds, [3, 4, 5, 6])
})

t.test('the first failing seed is named, made small, and can be run again', async t => {
  const left = join(t.testdir({}), 'left')
  const error = await rejected(
    always(RACE, { seeds: 50, failures: left, name: 'a race' }, result =>
      assert.bootedFrom(result, 'pc', 'nbs-a'),
    ),
  )
  const [first, ...lines] = error.message.split('\n')
  const [, seed = '', lost = ''] =
    /^seed (\d+) of 1\.\.50: (\d) of 2 machines of pc did not boot from nbs-a:$/.exec(first!) ?? []
  t.match(lines[0], /^ {2}pc-\d: booted BStrap\/x64\/BStrap\.efi from nbs-b after [\d.]+ s$/)
  const rest = lines.slice(Number(lost))
  const path = (file: string): string => relative('', join(left, 'a-race', file))
  t.equal(rest[0], `Again: nbs run ${path('scenario.yaml')} --seed ${seed}`)
  t.match(
    rest[1],
    /^The smallest scenario that fails in the same way has 1 machine and 3 servers, in \d+ lines\.$/,
  )
  t.equal(
    rest[2],
    `Left: ${['report.html', 'capture.pcapng', 'scenario.yaml', 'smallest.yaml'].map(path).join(', ')}`,
  )
  const again = await run(path('scenario.yaml'), { seed: Number(seed) })
  t.throws(() => assert.bootedFrom(again, 'pc', 'nbs-a'), { message: /nbs-b/ })
  const small = await run(path('smallest.yaml'))
  t.equal(small.client('pc-1').pxeServer, 'nbs-b')
  t.match(error.cause, { operator: 'bootedFrom' })
  // Every seed before it holds.
  await always(RACE, { seeds: `1..${Number(seed) - 1}` }, result => assert.bootedFrom(result, 'pc', 'nbs-a'))
})

t.test('changes are part of what is run again, and of what is made small', async t => {
  const left = join(t.testdir({}), 'left')
  const set = { 'servers.nbs-a.responseDelay': '30ms', 'clients.pc.count': 1 }
  const error = await rejected(
    always(RACE, { seeds: 2, set, failures: left }, result => assert.bootedFrom(result, 'pc', 'nbs-a')),
  )
  t.match(error.message, /--seed 1 --set 'servers\.nbs-a\.responseDelay=30ms' --set 'clients\.pc\.count=1'$/m)
  const [, smallest = ''] = /, (\S+smallest\.yaml)$/m.exec(error.message) ?? []
  t.equal((await run(smallest)).client('pc-1').pxeServer, 'nbs-b')
})

t.test('something that happens for some seed', async t => {
  const { seed } = await sometimes(RACE, { seeds: 50 }, result => assert.bootedFrom(result, 'pc-1', 'nbs-b'))
  await t.rejects(
    sometimes(
      RACE,
      { seeds: `1..${seed - 1}`, failures: false },
      result => result.client('pc-1').pxeServer === 'nbs-b',
    ),
    {
      message: new RegExp(
        `^the check holds for none of the seeds 1\\.\\.${seed - 1}; with the last of them:`,
      ),
    },
  )
  const error = await rejected(
    sometimes(RACE, { seeds: 3, failures: false }, result => assert.outcome(result, 'pc', 'failed')),
  )
  t.match(
    error.message,
    /with the last of them:\n2 of 2 machines of pc did not come to the outcome failed:\n {2}pc-1: booted/,
  )
})

t.test('checks of any kind: false, promises, other assertions', async t => {
  const options = { seeds: 2, failures: false } as const
  const isFalse = await rejected(always(RACE, options, () => false))
  t.match(isFalse.message, /^seed 1 of 1\.\.2: the check is false\nAgain: /)
  const late = await rejected(always(RACE, options, async result => assert.outcome(result, 'pc', 'failed')))
  t.match(late.message, /^seed 1 of 1\.\.2: 2 of 2 machines/)
  const other = await rejected(always(RACE, options, ({ clients }) => strictEqual(clients.length, 3)))
  t.match(other.message, /2 !== 3/)
  t.strictSame([other.actual, other.expected], [2, 3])
})

t.test('a mistake of the test is no failure of a seed', async t => {
  await t.rejects(
    always(RACE, { seeds: 2 }, result => assert.bootedFrom(result, 'pc', 'nbs-c')),
    { name: 'RangeError', message: /there is no server "nbs-c"/ },
  )
  await t.rejects(
    always(RACE, { seeds: 0 }, () => true),
    { message: /at least one seed/ },
  )
})
