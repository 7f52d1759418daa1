/** When waiting within a turn pays: learnt from what came, and unlearnt from what did not. */
import t from 'tap'
import { NEEDED_MAX, NEEDED_MIN, Patience, SOON_MICROS } from '../../src/network/kernel/patience.ts'

const soon = (patience: Patience, times: number): void => {
  for (let i = 0; i < times; i++) patience.came(SOON_MICROS)
}

t.test('it begins to wait after so many quick answers in a row', async t => {
  const patience = new Patience()
  soon(patience, NEEDED_MIN - 1)
  t.notOk(patience.pays)
  patience.came(SOON_MICROS + 1)
  soon(patience, NEEDED_MIN - 1)
  t.notOk(patience.pays, 'a slow one begins anew')
  soon(patience, 1)
  t.ok(patience.pays)
})

t.test('waiting in vain makes it need twice as many, up to a limit; waiting well, fewer again', async t => {
  const patience = new Patience()
  patience.waitedInVain()
  soon(patience, 2 * NEEDED_MIN - 1)
  t.notOk(patience.pays)
  soon(patience, 1)
  t.ok(patience.pays)
  for (let i = 0; i < 30; i++) patience.waitedInVain()
  soon(patience, NEEDED_MAX - 1)
  t.notOk(patience.pays)
  soon(patience, 1)
  t.ok(patience.pays, 'a peer in this process costs a millisecond in 1,024 turns')
  for (let i = 0; i < 64; i++) patience.waitedWell()
  patience.came(Infinity)
  soon(patience, NEEDED_MIN)
  t.ok(patience.pays)
})
