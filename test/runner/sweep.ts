/**
 * Removes what test runs leave that were killed: their processes, network namespaces, mounts and folders. What a
 * living run needs stays (owner.ts). Where there is no /proc and no `ip` there is less to remove.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { OWNER, isOfDeadRun } from './owner.ts'

const NAMESPACES = '/run/netns'
/** Where runs have a folder each: for temporary files, and for `t.testdir()`, which tap wants below this project. */
export const FOLDERS = { temporary: tmpdir(), fixtures: '.tap' }

const entries = (folder: string): string[] => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}

/** Ends those of whose owner `isGone`; they may have started others meanwhile, so it looks until none is left. */
const endProcesses = (isGone: (owner: string) => boolean): number => {
  let ended = 0
  for (let turn = 0; turn < 5; turn++) {
    const found = entries('/proc').filter(pid => {
      if (!/^\d+$/.test(pid)) return false
      const owner = ownerIn(textOf(`/proc/${pid}/environ`))
      return owner !== undefined && isGone(owner)
    })
    if (found.length === 0) break
    for (const pid of found) end(Number(pid))
    ended += found.length
  }
  return ended
}

const ownerIn = (environment: string): string | undefined => {
  const entry = environment.split('\0').find(text => text.startsWith(`${OWNER}=`))
  return entry?.slice(OWNER.length + 1)
}

const end = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

const removeNamespace = (name: string): void => {
  const { stdout } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' })
  for (const pid of (stdout ?? '').split('\n').filter(Boolean)) end(Number(pid))
  spawnSync('ip', ['netns', 'del', name], { stdio: 'ignore' })
}

/** A folder of a run, with what is mounted in it. */
const removeFolder = (folder: string): void => {
  const mounts = textOf('/proc/self/mountinfo')
    .split('\n')
    .map(line => line.split(' ')[4] ?? '')
  for (const mount of mounts.filter(path => path.startsWith(`${resolve(folder)}/`)).reverse())
    spawnSync('umount', ['-l', mount], { stdio: 'ignore' })
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

export interface Swept {
  readonly processes: number
  readonly namespaces: readonly string[]
  readonly folders: readonly string[]
}

/** Removes what belongs to runs for which `isGone` says so: by default, those whose process has ended. */
export const sweep = (isGone: (name: string) => boolean = isOfDeadRun): Swept => {
  const processes = endProcesses(isGone)
  const namespaces = entries(NAMESPACES).filter(isGone)
  for (const name of namespaces) removeNamespace(name)
  const folders = Object.values(FOLDERS).flatMap(place =>
    entries(place)
      .filter(isGone)
      .map(name => join(place, name)),
  )
  for (const folder of folders) removeFolder(folder)
  return { processes, namespaces, folders }
}
