/**
 * Small networks of network namespaces: hosts on bridged segments, made and removed by a test. Nothing of them leaves
 * this machine. Does not test.
 */
import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { requireProgram, requireRoot } from '../lab.ts'
import { PATIENCE_MILLIS } from '../patience.ts'
import { ownedName } from '../runner/owner.ts'
import { NBS, startProgram } from './serve-lab.ts'

const run = promisify(execFile)

/** Host -> segment -> its address there; on the host the interface is called like the segment. */
export type Layout = Readonly<Record<string, Readonly<Record<string, string>>>>

interface Test {
  fail(message: string): unknown
  pass(message: string, extra: { skip: string }): unknown
  teardown(end: () => unknown): void
}

export interface Namespaces {
  /** The words that run a command on a host. */
  within(host: string, ...command: string[]): string[]
  /** Runs it to its end. */
  on(host: string, ...command: string[]): Promise<{ readonly stdout: string; readonly stderr: string }>
  /** The installed `nbs serve` until it is ready; it stays root, who may read the tests' own folders. */
  serve(host: string, ...words: string[]): ReturnType<typeof startProgram>
}

let made = 0

/** Undefined where that is not possible: the test is reported as skipped (or failed) and must return. */
export const namespaces = (t: Test, layout: Layout): Namespaces | undefined => {
  if (!requireProgram(t, 'ip') || !requireRoot(t)) return undefined
  const lab = ++made
  const netns = (host: string) => ownedName(`${lab}-${host}`)
  const ip = (...words: string[]): boolean => spawnSync('ip', words, { stdio: 'ignore' }).status === 0
  const hosts = Object.keys(layout)
  t.teardown(() => {
    for (const host of ['switch', ...hosts]) ip('netns', 'del', netns(host))
  })
  if (!['switch', ...hosts].every(host => ip('netns', 'add', netns(host)))) {
    t.pass('needs network namespaces', { skip: 'network namespaces are not permitted' })
    return undefined
  }
  const inSwitch = (...words: string[]) => ip('-n', netns('switch'), ...words)
  for (const segment of new Set(Object.values(layout).flatMap(addresses => Object.keys(addresses)))) {
    inSwitch('link', 'add', segment, 'type', 'bridge')
    inSwitch('link', 'set', segment, 'up')
  }
  let ports = 0
  for (const [host, addresses] of Object.entries(layout)) {
    const onHost = (...words: string[]) => ip('-n', netns(host), ...words)
    onHost('link', 'set', 'lo', 'up')
    for (const [segment, address] of Object.entries(addresses)) {
      const port = `port${++ports}`
      const fine =
        inSwitch('link', 'add', port, 'type', 'veth', 'peer', 'name', segment, 'netns', netns(host)) &&
        inSwitch('link', 'set', port, 'master', segment, 'up') &&
        onHost('addr', 'add', `${address}/24`, 'dev', segment) &&
        onHost('link', 'set', segment, 'up')
      if (!fine) throw new Error(`${host} could not be plugged into ${segment}`)
    }
    onHost('route', 'add', 'default', 'dev', Object.keys(addresses)[0]!)
  }
  const within = (host: string, ...command: string[]) => ['ip', 'netns', 'exec', netns(host), ...command]
  return {
    within,
    on: (host, ...command) => {
      const [program, ...words] = within(host, ...command)
      return run(program!, words, { timeout: PATIENCE_MILLIS })
    },
    serve: (host, ...words) => startProgram(t, within(host, ...NBS, 'serve', '--user', 'root', ...words)),
  }
}
