/**
 * Whose file this is: a lock beside it that names a process by its id and its start, so that what a killed process left
 * behind counts as none, and nobody has to tidy up. Not for processes of several machines or containers, which cannot
 * see one another.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import process from 'node:process'

/** Throws if a running process has it, or what the file system throws. Returns how to give it back. */
export const lockFile = (path: string): (() => void) => {
  const lock = `${path}.lock`
  if (!create(lock)) {
    const owner = ownerIn(lock)
    if (isRunning(owner))
      throw new Error(
        `${path} is in use by process ${owner.pid} (another nbs serve?): give each server a file of its own`,
      )
    rmSync(lock, { force: true })
    if (!create(lock)) throw new Error(`${path} was taken by another process just now`)
  }
  return () => rmSync(lock, { force: true })
}

interface Owner {
  readonly pid: number
  /** In the system's own units; empty where it does not tell. */
  readonly started: string
}

const create = (lock: string): boolean => {
  try {
    writeFileSync(lock, `${process.pid} ${startOf(process.pid)}\n`, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  }
}

const ownerIn = (lock: string): Owner => {
  const [pid = '', started = ''] = readFileSync(lock, 'utf8').trim().split(' ')
  return { pid: Number(pid), started }
}

const isRunning = ({ pid, started }: Owner): boolean => {
  // Half written, or by hand: nobody's.
  if (!Number.isInteger(pid) || pid < 1) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  // Ids are used again, above all 1 in containers.
  return startOf(pid) === started
}

/** Linux: field 22 of `/proc/PID/stat`, after the name in brackets, which may hold anything. */
const startOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
