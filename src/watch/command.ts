/**
 * Runs a command for each alarm, with the event as JSON on its standard input: one at a time, each for a limited time,
 * and not more often than people can read. Does not decide which events are alarms.
 */
import { type ChildProcess, spawn } from 'node:child_process'

/** Alarms that wait for the command; further ones are dropped, and counted. */
const MAX_WAITING_COMMANDS = 32
/** Within a minute; further alarms are dropped, and counted. */
const MAX_COMMANDS_PER_MINUTE = 30

const TIMEOUT_MILLIS = 10_000
const MINUTE_MILLIS = 60_000

export type CommandResult = 'ok' | 'failed' | 'dropped'

export interface CommandRunner {
  run(kind: string, json: string): void
  /** Resolves when what waits has been run. */
  finish(): Promise<void>
}

export interface CommandOptions {
  readonly command: string
  readonly timeoutMillis?: number
  readonly now: () => number
  readonly onResult: (result: CommandResult, why: string) => void
}

export const commandRunner = (options: CommandOptions): CommandRunner => {
  const { command, timeoutMillis = TIMEOUT_MILLIS, now, onResult } = options
  const waiting: { readonly kind: string; readonly json: string }[] = []
  const started: number[] = []
  let running: Promise<void> | undefined

  const runAll = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const why = await runOne(command, next.kind, next.json, timeoutMillis)
      onResult(why === undefined ? 'ok' : 'failed', why ?? '')
    }
    running = undefined
  }

  return {
    run: (kind, json) => {
      while (started[0] !== undefined && now() - started[0] >= MINUTE_MILLIS) started.shift()
      if (waiting.length >= MAX_WAITING_COMMANDS || started.length >= MAX_COMMANDS_PER_MINUTE)
        return onResult('dropped', 'too many alarms')
      started.push(now())
      waiting.push({ kind, json })
      running ??= runAll()
    },
    finish: async () => {
      await running
    },
  }
}

/** Undefined = it ended well. */
const runOne = (command: string, kind: string, json: string, timeout: number): Promise<string | undefined> =>
  new Promise(resolve => {
    // A group of its own, so that what the shell started ends with it.
    const child = spawn('sh', ['-c', command], {
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true,
      env: { ...process.env, NBS_EVENT: kind },
    })
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      killGroup(child)
    }, timeout)
    child.on('error', error => {
      clearTimeout(timer)
      resolve(error.message)
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (isLate) resolve(`it did not end within ${timeout / 1000} s and was stopped`)
      else resolve(code === 0 ? undefined : `it ended with ${signal ?? `status ${code}`}`)
    })
    // A command that does not read its input is no failure.
    child.stdin.on('error', () => {})
    child.stdin.end(`${json}\n`)
  })

const killGroup = ({ pid }: ChildProcess): void => {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has just ended by itself.
  }
}
