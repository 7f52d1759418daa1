/**
 * What a program finds in its mount namespace: the file system as it is, but only to be read; a folder of its own and
 * some usual places for state, empty and in memory; no sockets of system services. Changes nothing outside of it.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, statSync } from 'node:fs'
import { libc } from '../../kernel/libc.ts'
import { OWN_FOLDER } from './program.ts'

export interface Rooms {
  /** /proc shows this namespace's processes; a container may not let it be mounted. */
  readonly hasOwnProc: boolean
}

/** `MOUNT_ATTR_RDONLY`, of `struct mount_attr`. */
const READ_ONLY = 1
const ATTRIBUTES_SIZE = 32

/** Throws where a folder in memory cannot be had. */
export const privateRooms = (scratch: readonly string[]): Rooms => {
  // Older kernels, and a system without koffi, let it be written as far as the user may.
  const attributes = new Uint8Array(new ArrayBuffer(ATTRIBUTES_SIZE))
  attributes[0] = READ_ONLY
  libc()?.mountAttributes(new TextEncoder().encode('/\0'), attributes)
  for (const folder of new Set(['/run', ...scratch]))
    if (isFolder(folder)) run('mount', ['-t', 'tmpfs', '-o', 'mode=0755', 'nbs-lab', folder])
  mkdirSync(OWN_FOLDER, { recursive: true })
  const { status } = spawnSync('mount', ['-t', 'proc', 'proc', '/proc'], { stdio: 'ignore' })
  return { hasOwnProc: status === 0 }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

/** Throws with what the program said. */
export const run = (program: string, words: readonly string[], input = ''): void => {
  const { status, stderr, error } = spawnSync(program, words, { input, encoding: 'utf8' })
  if (error) throw new Error(`${program}: ${error.message}`)
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${stderr.trim()}`)
}
