/** The TFTP service among hostile peers, for a few seeds; `npm run fuzz` has the many. */
import t from 'tap'
import { byEffort } from '../../effort.ts'
import { HostileWorld, MAX_HOSTILE_TRANSFERS } from './hostile.ts'

const STEPS = byEffort({ quick: 20_000, thorough: 200_000, night: 2_000_000 })

for (const seed of [1, 2, 3])
  t.test(`seed ${seed}: ${STEPS} hostile steps`, async t => {
    const report = new HostileWorld(seed).run(STEPS)
    t.strictSame(report.violations, [])
    t.ok(report.honest > STEPS / 2_000, `${report.honest} honest machines have their file`)
    t.equal(report.mostTransfers, MAX_HOSTILE_TRANSFERS, 'the table was full')
    t.ok(report.amplification <= 3, `${report.amplification}`)
    t.strictSame(new HostileWorld(seed).run(2_000), new HostileWorld(seed).run(2_000), 'the same again')
  })
