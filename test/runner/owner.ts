/**
 * Whose a thing is: a test run's name holds the number of its process and when that began, so that what a dead run left
 * can be told from what a living one needs, though numbers come again. Does not remove anything.
 */
import { readFileSync } from 'node:fs'
import process from 'node:process'

/** The variable that holds a run's name, in the environment of everything it starts. */
export const OWNER = 'NBS_TEST_RUN'
const NAME = /^nbs-test-(\d+)-(\d+)(?=$|-)/

/** When a process began, in ticks since the machine was started; '0' where the system does not tell (no /proc). */
const beganAt = (pid: number): string => {
  try {
    return statOf(pid)[19] ?? '0'
  } catch {
    return '0'
  }
}

/** The fields of /proc/PID/stat behind the program's name, which may hold anything: [0] is the state. */
export const statOf = (pid: number | 'self'): string[] => {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** The name of this process's run: of its folder, and the start of its network namespaces' names. */
export const ownName = (): string => `nbs-test-${process.pid}-${beganAt(process.pid)}`

/** A name for what a test makes outside its folder, and no other test makes. A file that runs by itself is a run. */
export const ownedName = (thing: string): string =>
  `${process.env[OWNER] ?? ownName()}-${process.pid}-${thing}`

const exists = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Whether this is the name of a run, or begins with one, whose process has ended. */
export const isOfDeadRun = (name: string): boolean => {
  const [, pid, began] = NAME.exec(name) ?? []
  if (pid === undefined) return false
  return !exists(Number(pid)) || beganAt(Number(pid)) !== began
}
