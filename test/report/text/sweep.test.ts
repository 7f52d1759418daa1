/** What people read of a sweep. */
import t from 'tap'
import { shareText, numberText, reportSweep } from '../../../src/report/text/sweep.ts'
import type { Palette } from '../../../src/report/text/run.ts'
import type { GroupRecord } from '../../../src/experiments/sweep/record.ts'
import { SweepSummary, wilson } from '../../../src/experiments/sweep/summary.ts'

const same = (text: string): string => text
const PLAIN: Palette = { bold: same, dim: same, red: same, yellow: same, green: same, cyan: same }

const group = (a: number, b: number, more: Partial<GroupRecord> = {}): GroupRecord => ({
  group: 'pc',
  firmware: 'edk2',
  profile: '2022',
  arch: 'x64-uefi',
  machines: a + b,
  outcomes: { booted: a, localDisk: b, failed: 0, pending: 0 },
  winners: { 'nbs-a': { booted: a }, 'nbs-b': { localDisk: b } },
  codes: { 'PXE-E21': b },
  seconds: { p50: 3.86, max: 3.94 },
  ...more,
})
const HEADER = { title: 'Two NBS', seeds: [1, 2] as [number, number], vary: [] }
const lines = (text: readonly string[]): string[] => text.map(line => line.trimEnd())

t.test('one scenario: a block per firmware', async t => {
  const summary = new SweepSummary()
  const old = { profile: '2010-2017', winners: { '-': { failed: 2 } }, codes: {} }
  summary.add({ run: 0, seed: 1, vary: {}, groups: [group(12, 8), group(2, 0, old)] })
  summary.add({ run: 1, seed: 2, vary: {}, groups: [group(9, 11), group(2, 0, old)] })
  t.strictSame(lines(reportSweep(HEADER, summary.cells(), 2, PLAIN)), [
    'Two NBS  2 runs, seeds 1..2, 44 machines; shares with 95 % intervals',
    '',
    'edk2 2010-2017: no server 100.0 % (51.0–100.0)',
    '  outcomes  failed 100.0 % (51.0–100.0)',
    '  no server failed 100.0 % (51.0–100.0)',
    '  seconds   median 3.86, slowest 3.94',
    '',
    'edk2 2022: nbs-a 52.5 % (37.5–67.1), nbs-b 47.5 % (32.9–62.5)',
    '  outcomes  booted 52.5 % (37.5–67.1), local disk 47.5 % (32.9–62.5), failed 0.0 % (0.0–8.8)',
    '  nbs-a     booted 52.5 % (37.5–67.1)',
    '  nbs-b     local disk 47.5 % (32.9–62.5)',
    '  codes     PXE-E21 19',
    '  seconds   median 3.86, slowest 3.94',
  ])
})

t.test('a varied parameter: a row per value, a column per server, and how far it came', async t => {
  const summary = new SweepSummary()
  summary.add({
    run: 0,
    seed: 1,
    vary: { delay: '0ms' },
    groups: [group(0, 20, { winners: { 'nbs-b': { localDisk: 20 } } })],
  })
  summary.add({
    run: 2,
    seed: 1,
    vary: { delay: '10ms' },
    groups: [group(20, 0, { winners: { 'nbs-a': { booted: 20 } } })],
  })
  const vary = [{ path: 'delay', values: ['0ms', '10ms'] }]
  t.strictSame(lines(reportSweep({ ...HEADER, vary }, summary.cells(), 4, PLAIN)), [
    'Two NBS  2 of 4 runs, seeds 1..2, 40 machines; shares with 95 % intervals',
    '',
    'edk2',
    'delay  machines  won by nbs-a          won by nbs-b          booted   local disk  median s',
    '  0ms        20      0.0 % (0.0–16.1)  100.0 % (83.9–100.0)    0.0 %     100.0 %      3.86',
    ' 10ms        20  100.0 % (83.9–100.0)      0.0 % (0.0–16.1)  100.0 %       0.0 %      3.86',
  ])
})

t.test('runs whose machines share their fate come with a warning', async t => {
  const report = (runs: number): string => {
    const summary = new SweepSummary()
    for (let run = 0; run < runs; run++)
      summary.add({ run, seed: run, vary: {}, groups: [group((run % 2) * 10, 10 - (run % 2) * 10)] })
    return reportSweep(HEADER, summary.cells(), runs, PLAIN).at(-1)!
  }
  t.match(report(30), /share their fate: read the intervals as up to 3\.2 times as wide/)
  t.match(report(20), /seconds/, 'too few runs to tell')
})

t.test('numbers', async t => {
  t.equal(shareText(wilson(104_200, 200_000)), '52.1 % (51.9–52.3)')
  t.equal(shareText(wilson(0, 200_000)), '0.000 % (0.000–0.002)', 'rare things keep their digits')
  t.equal(shareText(wilson(3, 200_000)), '0.002 % (0.001–0.004)')
  t.equal(shareText(wilson(1, 3)), '33.3 % (6.1–79.2)')
  t.same([999, 1000, 1234567].map(numberText), ['999', '1,000', '1,234,567'])
})
