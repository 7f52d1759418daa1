/** The plan of a sweep, what it keeps of a run, and how shares come from that. */
import fc from 'fast-check'
import t from 'tap'
import { loadScenario } from '../../src/scenario/load.ts'
import type { Scenario } from '../../src/scenario/model.ts'
import { runScenario } from '../../src/simulation/run.ts'
import {
  type SweepPlan,
  cellValues,
  parseSeeds,
  parseShard,
  parseVariation,
  planMistake,
  runAt,
  runCount,
  shardRunCount,
} from '../../src/experiments/sweep/plan.ts'
import {
  type GroupRecord,
  type SweepRecord,
  differences,
  identityFor,
  lineStart,
  parseRecord,
  recordOfRun,
  wholePlan,
} from '../../src/experiments/sweep/record.ts'
import { SweepSummary, wilson } from '../../src/experiments/sweep/summary.ts'
import { surroundingsOf } from '../../src/simulation/node.ts'

const plan = (more: Partial<SweepPlan> = {}): SweepPlan => ({
  seeds: { first: 1, last: 3 },
  vary: [],
  shard: { index: 1, of: 1 },
  ...more,
})
const values = (text: string) => {
  const variation = parseVariation(text)
  return variation.ok ? variation.value.values : variation.message
}

const SOURCE = { version: '1', title: 'T', scenario: 'abc', images: 'def' }
const IDENTITY = identityFor(plan(), SOURCE)

t.test('values of a parameter, as people write them', async t => {
  t.same(parseVariation('clients.pc.count=5,10'), {
    ok: true,
    value: { path: 'clients.pc.count', values: ['5', '10'] },
  })
  t.same(
    values('a.b=0ms..10ms/11'),
    [...Array(11).keys()].map(ms => `${ms}ms`),
  )
  t.same(values('a=0us..2ms/5'), ['0us', '500us', '1000us', '1500us', '2000us'], 'in the smaller unit')
  t.same(values('a=0ms..1s/3'), ['0ms', '500ms', '1000ms'])
  t.same(values('a=0ms..1ms/4'), ['0ms', '0.333ms', '0.667ms', '1ms'], 'whole microseconds')
  t.same(values('a=0..1/6'), ['0', '0.2', '0.4', '0.6', '0.8', '1'], 'no dust of binary fractions')
  t.same(values('a=0%..5%/2'), ['0%', '5%'])
  t.same(values('a=0ms..2ms, 0ms..9ms'), ['0ms..2ms', '0ms..9ms'], 'a range without a count is a value')
  t.same(values('a=1s,2s..4s/2'), ['1s', '2s', '4s'], 'both kinds')
  t.same(values('a={ delay: 1ms, loss: 0 },"x,y",[1, 2]'), ['{ delay: 1ms, loss: 0 }', '"x,y"', '[1, 2]'])
  t.same(values('a=10.20.1.0/24'), ['10.20.1.0/24'], 'a slash alone is nothing special')
  t.same(values('a=b=c'), ['b=c'])
})

t.test('values that cannot be', async t => {
  t.match(values('clients.pc.count'), /write it as path=values/)
  t.match(values('=5'), /write it as path=values/)
  t.match(values('a=1,,2'), /a value is empty/)
  t.match(values('a='), /a value is empty/)
  t.match(values('a=1,2,1'), /the value 1 comes twice/)
  t.match(values('a=0us..1us/9'), /comes twice/, 'finer than a microsecond')
  t.match(values('a=x..y/3'), /both ends are numbers with a unit/)
  t.match(values('a=0..1/1'), /between 2 and 1000/)
  t.match(values('a=0..1/1001'), /between 2 and 1000/)
  t.same(parseVariation('a=5..10ms/3'), {
    ok: false,
    message: '5..10ms/3: both ends need the same unit',
    nearest: '5ms..10ms/3',
  })
  t.same(parseVariation('a=9ms..1ms/3'), {
    ok: false,
    message: '9ms..1ms/3: the range is reversed',
    nearest: '1ms..9ms/3',
  })
})

t.test('seeds and shards', async t => {
  t.same(parseSeeds('1000'), { ok: true, value: { first: 1, last: 1000 } })
  t.same(parseSeeds('11..20'), { ok: true, value: { first: 11, last: 20 } })
  t.same(parseSeeds('0..0'), { ok: true, value: { first: 0, last: 0 } })
  for (const wrong of ['0', '5..1', 'x', '', '-3', '1.5', '1..2..3', '9999999999999999'])
    t.equal(parseSeeds(wrong).ok, false, wrong)
  t.same(parseShard('2/8'), { ok: true, value: { index: 2, of: 8 } })
  for (const wrong of ['0/4', '5/4', '1', '1/0', 'a/b', '1/2/3']) t.equal(parseShard(wrong).ok, false, wrong)
})

t.test(
  'a plan: all seeds of a combination, then of the next; the last parameter changes fastest',
  async t => {
    const vary = [
      { path: 'a', values: ['1', '2'] },
      { path: 'b', values: ['x', 'y'] },
    ]
    const two = plan({ seeds: { first: 7, last: 8 }, vary })
    t.equal(runCount(two), 8)
    t.same(
      [...Array(8).keys()].map(position => {
        const { run, seed, cell } = runAt(two, position)
        return [run, seed, ...cellValues(two, cell).map(([path, value]) => path + value)].join(' ')
      }),
      [
        '0 7 a1 bx',
        '1 8 a1 bx',
        '2 7 a1 by',
        '3 8 a1 by',
        '4 7 a2 bx',
        '5 8 a2 bx',
        '6 7 a2 by',
        '7 8 a2 by',
      ],
    )
    t.match(planMistake(plan({ vary: [vary[0]!, vary[0]!] })), /a: named twice/)
    const many = (path: string) => ({ path, values: [...Array(200).keys()].map(String) })
    t.match(planMistake(plan({ vary: [many('a'), many('b')] })), /40000 combinations are more than the 10000/)
    t.match(planMistake(plan({ seeds: { first: 1, last: 2e9 } })), /more than the 1000000000/)
    t.equal(planMistake(two), undefined)
  },
)

t.test('shards share the work out completely, each run once, by number', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 9 }), (seeds, of) => {
      const runs = [...Array(of).keys()].flatMap(part => {
        const shard = plan({ seeds: { first: 1, last: seeds }, shard: { index: part + 1, of } })
        return [...Array(shardRunCount(shard)).keys()].map(position => {
          const { run } = runAt(shard, position)
          if (run % of !== part) throw new Error(`run ${run} in shard ${part + 1}/${of}`)
          return run
        })
      })
      return runs.sort((a, b) => a - b).join() === [...Array(seeds).keys()].join()
    }),
    { numRuns: 200 },
  )
})

// Records.

const SCENARIO = `
title: Two servers, two firmwares
subnets: { office: { cidr: 10.20.1.0/24, link: { delay: 200us, jitter: 300us } } }
notificationServers:
  ns-1: { unknown: { boot: automation, image: WinPE } }
  ns-2: { unknown: { boot: production } }
servers:
  dhcp: { kind: dhcp, on: office, address: 10.20.1.2, pool: 10.20.1.100-10.20.1.199 }
  nbs-b: { kind: nbs, on: office, address: 10.20.1.5, notificationServer: ns-1 }
  nbs-a: { kind: nbs, on: office, address: 10.20.1.6, notificationServer: ns-2 }
clients:
  uefi: { count: 5, on: office, firmware: edk2, powerOn: 0s..1s }
  board: { count: 2, on: office, firmware: u-boot }
`

const scenarioOf = (text: string): Scenario => {
  const loaded = loadScenario(text, { file: 'test.yaml' })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  return loaded.scenario
}

t.test('a record says of a run what its result says', async t => {
  const scenario = scenarioOf(SCENARIO)
  const surroundings = surroundingsOf(scenario)
  const { clients } = runScenario(scenario, surroundings, { seed: 4 }).result
  const unobserved = runScenario(scenario, surroundings, { seed: 4, observed: false }).result.clients
  const planned = { run: 3, seed: 4, cell: 0 }
  const record = recordOfRun(IDENTITY, planned, [['x', '1ms']], scenario, clients)
  t.same(
    record,
    recordOfRun(IDENTITY, planned, [['x', '1ms']], scenario, unobserved),
    'watching changes nothing',
  )
  t.same([record.run, record.seed, record.vary], [3, 4, { x: '1ms' }])
  t.same(
    record.groups.map(({ group, firmware, arch, machines }) => [group, firmware, arch, machines]),
    [
      ['uefi', 'edk2', 'x64-uefi', 5],
      ['board', 'u-boot', 'arm64-u-boot', 2],
    ],
  )
  const [uefi, board] = record.groups as [GroupRecord, GroupRecord]
  const of = (server: string, outcome: string): number =>
    clients.filter(c => c.name.startsWith('uefi') && c.pxeServer === server && c.outcome === outcome).length
  t.equal(of('nbs-b', 'booted') + of('nbs-a', 'localDisk'), 5, 'both kinds of end, nothing else')
  t.ok(of('nbs-b', 'booted') > 0 && of('nbs-a', 'localDisk') > 0)
  t.same(uefi.outcomes, {
    booted: of('nbs-b', 'booted'),
    localDisk: of('nbs-a', 'localDisk'),
    failed: 0,
    pending: 0,
  })
  t.equal(
    JSON.stringify(uefi.winners),
    `{"nbs-a":{"localDisk":${of('nbs-a', 'localDisk')}},"nbs-b":{"booted":${of('nbs-b', 'booted')}}}`,
    'by name, not by the order of arrival',
  )
  const seconds = clients
    .slice(0, 5)
    .map(client => client.seconds)
    .sort((a, b) => a - b)
  t.same(uefi.seconds, { p50: seconds[2], max: seconds[4] })
  t.same(board.outcomes, { booted: 0, localDisk: 0, failed: 2, pending: 0 })
  t.same(board.winners, { '-': { failed: 2 } })
  t.same(parseRecord(JSON.stringify(record)), record)
  for (const wrong of ['', '{', '{}', '[]', 'null', '{"run":-1,"seed":1,"vary":{},"groups":[]}'])
    t.equal(parseRecord(wrong), undefined, wrong)
})

t.test('a record says which sweep it is of', async t => {
  const shard = plan({ vary: [{ path: 'a', values: ['1', '2'] }], shard: { index: 2, of: 4 } })
  const sweep = identityFor(shard, SOURCE)
  t.equal(
    lineStart(sweep, 7),
    '{"sweep":{"version":"1","title":"T","scenario":"abc","images":"def","seeds":[1,3],"vary":[{"path":"a","values":["1","2"]}]},"run":7,',
  )
  t.same(wholePlan(sweep), { ...shard, shard: { index: 1, of: 1 } })
  t.same(differences(sweep, identityFor(wholePlan(sweep), SOURCE)), [], 'shards of one sweep')
  const seeds = plan({ seeds: { first: 1, last: 9 } })
  t.same(differences(sweep, identityFor(seeds, { ...SOURCE, scenario: 'x', version: '2' })), [
    'another scenario text',
    'version 2 instead of 1',
    'seeds 1..9 instead of 1..3',
    '--vary nothing instead of a=1,2',
  ])
})

// The summary.

t.test("Wilson's interval against values from the literature", async t => {
  // Newcombe 1998, table I, method 3; 95 %, four decimals.
  const known: readonly (readonly [number, number, number, number])[] = [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ]
  for (const [machines, of, low, high] of known) {
    const share = wilson(machines, of)
    t.same(
      [share.low.toFixed(4), share.high.toFixed(4)],
      [low.toFixed(4), high.toFixed(4)],
      `${machines}/${of}`,
    )
    t.equal(share.share, machines / of)
    const other = wilson(of - machines, of)
    t.same(
      [(1 - other.high).toFixed(9), (1 - other.low).toFixed(9)],
      [share.low.toFixed(9), share.high.toFixed(9)],
    )
  }
  t.same(wilson(0, 0), { machines: 0, share: 0, low: 0, high: 1 }, 'nothing known')
})

const group = (more: Partial<GroupRecord>): GroupRecord => ({
  group: 'pc',
  firmware: 'edk2',
  profile: '2022',
  arch: 'x64-uefi',
  machines: 0,
  outcomes: { booted: 0, localDisk: 0, failed: 0, pending: 0 },
  winners: {},
  codes: {},
  seconds: { p50: 4, max: 5 },
  ...more,
})

const record = (run: number, a: number, b: number, more: Partial<SweepRecord> = {}): SweepRecord => ({
  sweep: IDENTITY,
  run,
  seed: run + 1,
  vary: {},
  groups: [
    group({
      machines: a + b,
      winners: { ...(a > 0 && { 'nbs-a': { booted: a } }), ...(b > 0 && { 'nbs-b': { localDisk: b } }) },
      codes: b > 0 ? { 'PXE-E21': b } : {},
      seconds: { p50: 3 + run / 8, max: 5 + run },
    }),
  ],
  ...more,
})

t.test('shares by server and by outcome, per cell and firmware', async t => {
  const summary = new SweepSummary()
  summary.add(record(0, 3, 1, { vary: { x: '1' } }))
  summary.add(record(1, 2, 2, { vary: { x: '1' } }))
  const two = record(2, 4, 0, { vary: { x: '2' } })
  summary.add({
    ...two,
    groups: [
      ...two.groups,
      group({ group: 'more', machines: 1, winners: { '-': { failed: 1 } } }),
      group({ group: 'old', profile: '2010-2017', machines: 1, winners: { 'nbs-b': { booted: 1 } } }),
    ],
  })
  t.same([summary.runs, summary.machines], [3, 14])
  const cells = summary.cells()
  t.same(
    cells.map(({ vary, runs, firmwares }) => [vary, runs, firmwares.map(f => `${f.profile} ${f.machines}`)]),
    [
      [{ x: '1' }, 2, ['2022 8']],
      [{ x: '2' }, 1, ['2010-2017 1', '2022 5']],
    ],
  )
  const first = cells[0]!.firmwares[0]!
  t.same(first.servers, [
    { server: 'nbs-a', won: wilson(5, 8), outcomes: { booted: wilson(5, 8) } },
    { server: 'nbs-b', won: wilson(3, 8), outcomes: { localDisk: wilson(3, 8) } },
  ])
  t.same(first.outcomes, {
    booted: wilson(5, 8),
    localDisk: wilson(3, 8),
    failed: wilson(0, 8),
    pending: wilson(0, 8),
  })
  t.same(first.codes, { 'PXE-E21': 3 })
  t.same(first.seconds, { median: 3.0625, max: 6 })
  t.same(
    cells[1]!.firmwares[1]!.servers.map(({ server, won }) => [server, won.machines]),
    [
      ['-', 1],
      ['nbs-a', 4],
    ],
    'two groups of one firmware are one',
  )
})

t.test('the order of records does not show', async () => {
  const one = fc.record({
    a: fc.nat(9),
    b: fc.integer({ min: 1, max: 9 }),
    x: fc.constantFrom('1', '2'),
    p50: fc.integer({ min: 1, max: 90_000_000 }),
  })
  fc.assert(
    fc.property(
      fc.array(one, { minLength: 1, maxLength: 30 }),
      fc.array(fc.nat(), { maxLength: 30 }),
      (runs, keys) => {
        const records = runs.map(({ a, b, x, p50 }, run) => {
          const made = record(run, a, b, { vary: { x } })
          return {
            ...made,
            groups: made.groups.map(g => ({ ...g, seconds: { p50: p50 / 1e6, max: p50 / 1e6 } })),
          }
        })
        const shuffled = records
          .map((made, index) => [keys[index] ?? 0, made] as const)
          .sort(([m], [n]) => m - n)
          .map(([, made]) => made)
        const [told, again] = [records, shuffled].map(list => {
          const summary = new SweepSummary()
          for (const made of list) summary.add(made)
          return JSON.stringify(summary.cells())
        })
        return told === again
      },
    ),
    { numRuns: 300 },
  )
})

t.test('machines of one run that share their fate are noticed', async t => {
  const effect = (share: (run: number) => number): number => {
    const summary = new SweepSummary()
    for (let run = 0; run < 100; run++) summary.add(record(run, share(run), 10 - share(run)))
    return summary.cells()[0]!.firmwares[0]!.designEffect
  }
  // All ten machines win or lose together: ten machines say no more than one, as a hundred runs estimate it.
  t.equal(effect(run => (run % 2) * 10).toFixed(2), (10 * (100 / 99)).toFixed(2))
  t.equal(
    effect(() => 5),
    1,
    'at least 1',
  )
  t.equal(
    effect(() => 10),
    1,
    'nothing to share',
  )
})
