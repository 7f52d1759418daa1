/**
 * A test file that never ends, and has a process, folders and, where it may, a network namespace: what killed.test.ts
 * kills. Not a test.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { ownedName } from './owner.ts'

t.test('hangs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'left-'))
  const fixtures = t.testdir({ file: 'x' })
  const { pid } = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true })
  const space = ownedName('left')
  const made = spawnSync('ip', ['netns', 'add', space]).status === 0
  const text = JSON.stringify({ folder, fixtures, pids: [process.pid, pid], space: made ? space : undefined })
  const told = process.env['NBS_TOLD']!
  writeFileSync(`${told}.new`, text)
  renameSync(`${told}.new`, told)
  return new Promise(() => {})
})
