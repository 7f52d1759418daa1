/**
 * Tests that need a program this project does not bring along. They skip with the reason printed; with NBS_LAB=1
 * (the lab job, where everything is installed) a missing program is a failure. Does not install anything.
 */
import { spawnSync } from 'node:child_process'

interface Reporter {
  fail(message: string): unknown
  pass(message: string, extra: { skip: string }): unknown
}

/** True if the program can be started; otherwise the test is reported as skipped (or failed) and must return. */
export const requireProgram = (t: Reporter, program: string): boolean => {
  const { error } = spawnSync(program, ['--version'], { stdio: 'ignore' })
  if (!error) return true
  if (process.env['NBS_LAB'] === '1') t.fail(`${program} is not installed`)
  else t.pass(`needs ${program}`, { skip: `${program} is not installed` })
  return false
}

/** True for root; otherwise the test is reported as skipped (or failed) and must return. */
export const requireRoot = (t: Reporter): boolean => {
  if (process.getuid?.() === 0) return true
  if (process.env['NBS_LAB'] === '1') t.fail('not root')
  else t.pass('needs root', { skip: 'not root' })
  return false
}
