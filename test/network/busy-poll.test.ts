/** When waiting within a turn pays: learnt from what came, and unlearnt from what did not. */
import t from 'tap'
import { MAX_STREAK, MIN_STREAK, BusyPoll, SOON_MICROS } from '../../src/network/kernel/busy-poll.ts'

const soon = (busyPoll: BusyPoll, times: number): void => {
  for (let i = 0; i < times; i++) busyPoll.arrived(SOON_MICROS)
}

t.test('it begins to wait after so many quick answers in a row', async t => {
  const busyPoll = new BusyPoll()
  soon(busyPoll, MIN_STREAK - 1)
  t.notOk(busyPoll.isWorthwhile)
  busyPoll.arrived(SOON_MICROS + 1)
  soon(busyPoll, MIN_STREAK - 1)
  t.notOk(busyPoll.isWorthwhile, 'a slow one begins anew')
  soon(busyPoll, 1)
  t.ok(busyPoll.isWorthwhile)
})

t.test('waiting in vain makes it need twice as many, up to a limit; waiting well, fewer again', async t => {
  const busyPoll = new BusyPoll()
  busyPoll.missed()
  soon(busyPoll, 2 * MIN_STREAK - 1)
  t.notOk(busyPoll.isWorthwhile)
  soon(busyPoll, 1)
  t.ok(busyPoll.isWorthwhile)
  for (let i = 0; i < 30; i++) busyPoll.missed()
  soon(busyPoll, MAX_STREAK - 1)
  t.notOk(busyPoll.isWorthwhile)
  soon(busyPoll, 1)
  t.ok(busyPoll.isWorthwhile, 'a peer in this process costs a millisecond in 1,024 turns')
  for (let i = 0; i < 64; i++) busyPoll.hit()
  busyPoll.arrived(Infinity)
  soon(busyPoll, MIN_STREAK)
  t.ok(busyPoll.isWorthwhile)
})
