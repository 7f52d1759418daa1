/**
 * The paced world against a wall of the test's own: events at their time, input at the time it comes, and time that
 * stands still while somebody holds it.
 */
import t from 'tap'
import { SECOND } from '../../src/core/micros.ts'
import { PacedNetwork, type WallClock } from '../../src/network/paced/paced.ts'
import { Scheduler } from '../../src/network/virtual/scheduler.ts'

/** Time passes by `pass`; whoever waits is called at its moment. */
const testWall = (): WallClock & { pass(millis: number): void } => {
  let now = 5_000
  const waiting = new Map<() => void, number>()
  return {
    now: () => now,
    after: (delay, fire) => {
      waiting.set(fire, now + delay)
      return () => void waiting.delete(fire)
    },
    pass: millis => {
      const end = now + millis
      for (;;) {
        const [next] = [...waiting].sort((a, b) => a[1] - b[1])
        if (!next || next[1] > end) break
        now = Math.max(now, next[1])
        waiting.delete(next[0])
        next[0]()
      }
      now = end
    },
  }
}

const world = (speed?: number) => {
  const clock = new Scheduler()
  const wall = testWall()
  const paced = new PacedNetwork(clock, speed, wall)
  const log: string[] = []
  const note = (what: string) => () => void log.push(`${what} ${clock.now() / SECOND}`)
  return { clock, wall, paced, log, note }
}

t.test('events come at their time, and a world without events goes on', async t => {
  const { clock, wall, paced, log, note } = world()
  clock.setTimer(1 * SECOND, note('a'))
  clock.setTimer(2 * SECOND, note('b'))
  const run = paced.run(10 * SECOND, () => false)
  wall.pass(999)
  t.strictSame(log, [])
  wall.pass(1)
  t.strictSame(log, ['a 1'])
  wall.pass(3_000)
  t.strictSame(log, ['a 1', 'b 2'])
  paced.happen(note('input'))
  t.strictSame(log.at(-1), 'input 4')
  wall.pass(7_000)
  t.equal(await run, 'reached')
  t.equal(clock.now(), 10 * SECOND)
})

t.test('twice the speed; and the end that an event brings', async t => {
  const { clock, wall, paced, log, note } = world(2)
  clock.setTimer(3 * SECOND, note('a'))
  const run = paced.run(10 * SECOND, () => log.length > 0)
  wall.pass(1_500)
  t.equal(await run, 'stopped')
  t.strictSame(log, ['a 3'])
})

t.test('time stands still while it is held', async t => {
  const { clock, wall, paced, log, note } = world()
  let release: (() => void) | undefined
  clock.setTimer(1 * SECOND, () => {
    note('held')()
    release = paced.hold()
  })
  clock.setTimer(1.5 * SECOND, note('a'))
  const run = paced.run(2 * SECOND, () => false)
  wall.pass(60_000)
  t.strictSame(log, ['held 1'])
  paced.happen(note('input'))
  release!()
  release!()
  wall.pass(400)
  t.strictSame(log, ['held 1', 'input 1'])
  wall.pass(600)
  t.strictSame(log, ['held 1', 'input 1', 'a 1.5'])
  t.equal(await run, 'reached')
})

t.test('an error of an event, or of somebody outside, ends the run', async t => {
  const first = world()
  first.clock.setTimer(SECOND, () => {
    throw new Error('an event')
  })
  const run = first.paced.run(2 * SECOND, () => false)
  first.wall.pass(1_000)
  await t.rejects(run, /an event/)
  const second = world()
  const other = second.paced.run(2 * SECOND, () => false)
  second.paced.fail(new Error('outside'))
  await t.rejects(other, /outside/)
})
