/**
 * The simulator of one checkout in a process of its own: runs a boot storm each time its parent asks. For
 * `bench/memory.ts` and `bench/side-by-side.ts`.
 *
 *     node storm-child.js CHECKOUT MACHINES
 */
import process from 'node:process'
import { bootStorm } from './boot-storm.ts'
import { simulatorOf } from './trees.ts'

const [checkout = '.', machines = '300'] = process.argv.slice(2)
const storm = bootStorm(await simulatorOf(checkout), Number(machines))

process.on('message', message => {
  if (message === 'storm') process.send!({ storm: storm() })
})
// Another module may have let go of the channel.
process.channel!.ref()
process.send!('ready')
