/**
 * A test run that is killed leaves nothing for good: the next run removes its processes, folders and network
 * namespaces. One that is asked to stop removes them itself, and what a living run has stays.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, watch } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { until } from '../patience.ts'
import { isOfDeadRun, ownName } from './owner.ts'
import { sweep } from './sweep.ts'

interface Left {
  readonly folder: string
  readonly fixtures: string
  readonly pids: readonly number[]
  readonly space?: string
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Resolves when the file is there. */
const appears = (folder: string, name: string): Promise<void> =>
  new Promise(resolve => {
    const watcher = watch(folder, look)
    function look(): void {
      if (!existsSync(join(folder, name))) return
      watcher.close()
      resolve()
    }
    look()
  })

/** A run of a file that hangs, as far as that has made its things. */
const hangingRun = async (t: Test): Promise<{ readonly run: ChildProcess; readonly left: Left }> => {
  const folder = t.testdir({})
  const run = spawn(process.execPath, ['.build/test/runner/main.js', 'test/runner/left-behind.ts'], {
    env: { ...process.env, NBS_TOLD: join(folder, 'told'), NBS_LAB: '' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  t.teardown(() => run.kill('SIGKILL'))
  await appears(folder, 'told')
  return { run, left: JSON.parse(readFileSync(join(folder, 'told'), 'utf8')) as Left }
}

/** What is still there; a process that was killed may need a moment to be gone. */
const rest = ({ folder, fixtures, pids, space }: Left): string[] => [
  ...[folder, fixtures].filter(existsSync),
  ...pids.filter(isAlive).map(String),
  ...(space !== undefined && existsSync(`/run/netns/${space}`) ? [space] : []),
]
const nothingLeft = (left: Left): Promise<boolean> => until(() => rest(left).length === 0)

if (!existsSync('/proc/self/stat')) t.pass('needs /proc', { skip: 'this machine has no /proc' })
else {
  t.test('killed by SIGKILL: the next run removes what is left', async t => {
    const { run, left } = await hangingRun(t)
    const all = rest(left)
    t.ok(all.length >= 4, all.join(' '))
    sweep()
    t.strictSame(rest(left), all, 'what a living run has stays')
    run.kill('SIGKILL')
    await once(run, 'exit')
    const swept = sweep()
    t.ok(swept.processes >= 1, `${swept.processes} processes`)
    t.ok(await nothingLeft(left), rest(left).join(' '))
  })

  t.test('asked to stop: it removes them itself', async t => {
    const { run, left } = await hangingRun(t)
    run.kill('SIGTERM')
    t.strictSame(await once(run, 'exit'), [1, null])
    t.ok(await nothingLeft(left), rest(left).join(' '))
  })

  t.test('a number that came again is not the run', async t => {
    const [, pid] = /^nbs-test-(\d+)-/.exec(ownName())!
    t.notOk(isOfDeadRun(ownName()))
    t.notOk(isOfDeadRun(`${ownName()}-17-switch`), 'nor what it made')
    t.ok(isOfDeadRun(`nbs-test-${pid}-1`), 'another process had the number')
    t.notOk(isOfDeadRun('nbs-a'), 'somebody else’s')
    t.notOk(isOfDeadRun('nbs-test-x'))
  })
}
