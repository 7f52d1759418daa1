/**
 * A subnet in one machine: network namespaces on a bridge, each a host `10.66.0.x` with one interface `eth0`, and
 * programs in them. Needs root. Everything ends with the test.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { PROGRAM } from '../built.ts'
import { PATIENCE_MILLIS } from '../patience.ts'
import { ownedName } from '../runner/owner.ts'

interface Reporter {
  fail(message: string): unknown
  pass(message: string, extra: { skip: string }): unknown
  teardown(end: () => unknown): void
}

export interface Started {
  readonly child: ChildProcess
  /** Standard output and standard error, line by line. */
  readonly out: string[]
  readonly err: string[]
  /** Resolves with the first line, old or new, of either stream that fits; rejects if it never comes. */
  line(pattern: RegExp, millis?: number): Promise<string>
}

export interface Bridge {
  start(host: string, ...command: readonly string[]): Started
  /** `nbs ARGS…` as it is installed. */
  nbs(host: string, ...words: readonly string[]): Started
  /** What is the MAC of this host. */
  macOf(host: string): string
  ip(...words: readonly string[]): boolean
  /** The namespace's name. */
  space(host: string): string
  /** The interface goes, and what is bound to it. */
  unplug(host: string): void
  plug(host: string): void
}

const DNSMASQ = ['dnsmasq', '--no-daemon', '--port=0', '--conf-file=/dev/null', '--interface=eth0', '--user=root', '--log-dhcp'] // prettier-ignore

/** A DHCP server for the subnet, or a PXE proxy. */
export const dnsmasq = (...words: readonly string[]): readonly string[] => [...DNSMASQ, ...words]

const ip = (...words: readonly string[]): boolean => spawnSync('ip', words, { stdio: 'ignore' }).status === 0

/** `hosts`: name -> last byte of the address. Undefined where that cannot be made; then it is told to `t`. */
export const bridge = (t: Reporter, hosts: Readonly<Record<string, number>>): Bridge | undefined => {
  const space = ownedName
  const hub = space('hub')
  if (!ip('netns', 'add', hub)) {
    if (process.env['NBS_LAB'] === '1') t.fail('network namespaces need root')
    else t.pass('needs network namespaces', { skip: 'no right to make them' })
    return undefined
  }
  const children: ChildProcess[] = []
  t.teardown(async () => {
    await Promise.all(children.map(child => ended(child)))
    for (const host of [...Object.keys(hosts), 'hub']) ip('netns', 'del', space(host))
  })
  ip('-n', hub, 'link', 'add', 'br0', 'type', 'bridge')
  ip('-n', hub, 'link', 'set', 'br0', 'up')
  const plug = (host: string): void => {
    const name = space(host)
    ip('-n', hub, 'link', 'add', host, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
    ip('-n', hub, 'link', 'set', host, 'master', 'br0', 'up')
    ip('-n', name, 'addr', 'add', `10.66.0.${hosts[host]}/24`, 'dev', 'eth0')
    ip('-n', name, 'link', 'set', 'lo', 'up')
    ip('-n', name, 'link', 'set', 'eth0', 'up')
    // Without any route a broadcast to everybody has no way out.
    ip('-n', name, 'route', 'add', 'default', 'dev', 'eth0')
  }
  for (const host of Object.keys(hosts)) {
    ip('netns', 'add', space(host))
    plug(host)
  }
  const start = (host: string, ...command: readonly string[]): Started => {
    const words = ['netns', 'exec', space(host), ...command]
    const child = spawn('ip', words, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
    })
    children.push(child)
    const [out, err] = [linesOf(child.stdout), linesOf(child.stderr)]
    return {
      child,
      out: out.lines,
      err: err.lines,
      line: (pattern, millis) => waitFor([out, err], pattern, millis),
    }
  }
  return {
    start,
    nbs: (host, ...words) => start(host, process.execPath, PROGRAM, ...words),
    macOf: host => {
      const { stdout } = spawnSync('ip', ['-n', space(host), '-br', 'link', 'show', 'eth0'], {
        encoding: 'utf8',
      })
      return /([0-9a-f]{2}:){5}[0-9a-f]{2}/.exec(stdout)?.[0] ?? ''
    },
    ip,
    space,
    unplug: host => void ip('-n', hub, 'link', 'del', host),
    plug,
  }
}

export const ended = async (
  child: ChildProcess,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<number | null> => {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  child.kill(signal)
  const [status] = (await once(child, 'exit')) as [number | null]
  return status
}

interface Lines {
  readonly lines: string[]
  readonly watchers: Set<(line: string) => void>
}

const linesOf = (stream: NodeJS.ReadableStream): Lines => {
  const found: Lines = { lines: [], watchers: new Set() }
  createInterface({ input: stream }).on('line', line => {
    found.lines.push(line)
    for (const watcher of found.watchers) watcher(line)
  })
  return found
}

const waitFor = (streams: readonly Lines[], pattern: RegExp, millis = PATIENCE_MILLIS): Promise<string> =>
  new Promise((resolve, reject) => {
    const old = streams.flatMap(({ lines }) => lines).find(line => pattern.test(line))
    if (old !== undefined) return resolve(old)
    const done = (): void => {
      clearTimeout(timer)
      for (const { watchers } of streams) watchers.delete(look)
    }
    const look = (line: string): void => {
      if (!pattern.test(line)) return
      done()
      resolve(line)
    }
    const timer = setTimeout(() => {
      done()
      const said = streams.flatMap(({ lines }) => lines.slice(-8)).join('\n')
      reject(new Error(`no line ${pattern} within ${millis} ms; the last lines are\n${said}`))
    }, millis)
    for (const { watchers } of streams) watchers.add(look)
  })
