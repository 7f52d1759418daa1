/**
 * `npm run fuzz [-- STEPS [SEED]]`: the TFTP service among hostile peers, seed after seed, until so many steps are done.
 * Prints seeds and what must hold; ends with status 1 and the seed where it does not.
 */
import { HostileWorld, MAX_HOSTILE_TRANSFERS } from './hostile.ts'

const STEPS_OF_A_SEED = 500_000
const [steps = 10_000_000, first = 1] = process.argv.slice(2).map(Number)

console.log(`TFTP service, ${steps} hostile steps from seed ${first}. Invariants: no more than ${MAX_HOSTILE_TRANSFERS} transfers and
as many sockets and two; every transfer has a deadline and ends; honest machines get their file, byte for byte, within
their retries; nobody receives more than a plain request is worth and three times what guesses cost; nothing is sent by a
socket that is not open; the same seed gives the same run.`)
let done = 0
for (let seed = first; done < steps; seed++) {
  const report = new HostileWorld(seed).run(Math.min(STEPS_OF_A_SEED, steps - done))
  done += report.steps
  console.log(JSON.stringify({ ...report, done }))
  if (report.violations.length === 0) continue
  process.exitCode = 1
  break
}
