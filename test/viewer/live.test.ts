/**
 * Live runs of the demo: the same end as a run at once, and faults by hand. By the clock on the wall, but nothing is
 * asked of how long it takes.
 */
import t from 'tap'
import { type LiveRun, startLive } from '../../src/demo/live.ts'
import { UsageError } from '../../src/core/exit.ts'
import { type Recording, recordingOf } from '../../src/simulation/recording.ts'
import { replayOf } from '../../src/viewer/replay/replay.ts'
import { shippedRun } from './shipped.ts'

const { scenario, run } = shippedRun('two-nbs-one-subnet')

t.test('a live run that nobody disturbs ends as the run does', async t => {
  const shown: Recording[] = []
  let whole = 0
  const live = startLive(scenario, 10, (recording, isWhole) => {
    shown.push(recording)
    if (isWhole) whole++
  })
  await live.ended
  t.equal(whole, 1)
  t.strictSame(shown.at(-1), recordingOf(scenario, run))
  t.ok(shown.length > 2, `${shown.length} snapshots`)
  const [first] = shown
  t.equal(first!.result.clients.filter(({ outcome }) => outcome === 'pending').length, 20)
  t.strictSame(first!.result.expectations, [], 'nothing can be expected of what has only begun')
  const lengths = shown.map(({ trace }) => trace!.kinds.length)
  t.strictSame(
    lengths.toSorted((a, b) => a - b),
    lengths,
    'it only grows',
  )
})

t.test('what somebody stops is stopped in the trace and in the page', async t => {
  let last: Recording | undefined
  const live: LiveRun = startLive(scenario, 10, recording => (last = recording))
  live.act('stop', 'nbs-b')
  live.act('cut', 'servers')
  await live.ended
  const { outages, machines } = replayOf(last!)
  t.strictSame(
    outages.map(({ what, works }) => `${what} ${works}`),
    ['nbs-b false', 'servers false'],
  )
  t.ok(
    machines.every(({ result }) => result.outcome === 'booted' && result.pxeServer === 'nbs-a'),
    'with nbs-b out of the way all get their job',
  )
  t.throws(() => live.act('stop', 'nbs-c'), UsageError)
  t.throws(() => live.act('burn', 'nbs-b'), UsageError)
})

t.test('who goes away ends it', async t => {
  let shown = 0
  const live = startLive(scenario, 0.1, () => shown++)
  live.abort()
  await live.ended
  t.equal(shown, 1)
})
