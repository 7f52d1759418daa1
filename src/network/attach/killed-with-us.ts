/**
 * Child processes that end with this one when it is ended by an error or `process.exit`. By kill -9 the kernel does it
 * (`setpriv --pdeathsig`); a signal that nobody handles ends without `exit`, and is the same to the children.
 */
import type { ChildProcess } from 'node:child_process'
import process from 'node:process'

const living = new Set<ChildProcess>()
let watching = false

/** Returns how to forget a child that has ended. */
export const killedWithUs = (child: ChildProcess): (() => void) => {
  living.add(child)
  if (!watching) {
    watching = true
    process.on('exit', () => living.forEach(one => one.kill('SIGKILL')))
  }
  return () => void living.delete(child)
}
