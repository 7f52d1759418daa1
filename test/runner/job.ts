/**
 * One job of a run: a process in a group of its own, until it ends or hangs. Of a test file it reads what tap prints.
 * Does not print.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { Parser, type Result } from 'tap-parser'
import { PATIENCE_MILLIS } from '../patience.ts'

/** What has to be run: the words of a command, and whether it prints TAP. */
export interface Job {
  readonly name: string
  readonly command: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  readonly printsTap: boolean
}

export interface Failure {
  readonly name: string
  readonly details: unknown
}

export interface Outcome {
  readonly ok: boolean
  readonly passed: number
  readonly failures: readonly Failure[]
  /** Why tests were skipped. */
  readonly skips: readonly string[]
  /** Everything it printed, or the end of that: shown where no failed assertion tells why. */
  readonly output: string
  readonly seconds: number
}

/** The limit against hanging: so long a job may print nothing. No test has one of its own. */
const SILENCE_MILLIS = 2 * PATIENCE_MILLIS
const MAX_OUTPUT = 64 * 1024

export interface Running {
  readonly outcome: Promise<Outcome>
  /** Ends it, with the processes it started. */
  stop(): void
}

export const start = ({ command, environment, printsTap }: Job, silenceMillis = SILENCE_MILLIS): Running => {
  const began = performance.now()
  const [program = '', ...words] = command
  const child = spawn(program, words, { env: environment, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const stop = (): void => killGroup(child)
  const outcome = new Promise<Outcome>(resolve => {
    const read = printsTap ? tapReader() : undefined
    let output = ''
    let hung = false
    const watch = setTimeout(() => {
      hung = true
      stop()
    }, silenceMillis)
    const hear = (chunk: Buffer): void => {
      watch.refresh()
      output = `${output}${chunk.toString()}`.slice(-MAX_OUTPUT)
    }
    child.stdout.on('data', (chunk: Buffer) => {
      hear(chunk)
      read?.write(chunk)
    })
    child.stderr.on('data', hear)
    child.on('error', error => {
      output += String(error)
    })
    child.on('close', (status, signal) => {
      clearTimeout(watch)
      const { passed, failures, skips, ok } = read?.end() ?? { passed: status === 0 ? 1 : 0, failures: [], skips: [], ok: true } // prettier-ignore
      if (hung) output += `\nstopped: it said nothing for ${silenceMillis / 60_000} minutes`
      else if (signal !== null) output += `\nended by ${signal}`
      const seconds = (performance.now() - began) / 1000
      resolve({ ok: ok && status === 0, passed, failures, skips, output, seconds })
    })
  })
  return { outcome, stop }
}

const killGroup = ({ pid }: ChildProcess): void => {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

/** Counts assertions, those of nested tests too, but not the line that sums up a nested test. */
const tapReader = () => {
  let passed = 0
  const failures: Failure[] = []
  const skips: string[] = []
  let ok = false
  const listen = (parser: Parser): void => {
    let sums = 0
    parser.on('child', (child: Parser) => {
      sums++
      listen(child)
    })
    parser.on('assert', ({ ok: held, fullname, diag, skip }: Result) => {
      if (sums > 0) return void sums--
      if (skip !== false) skips.push(typeof skip === 'string' ? skip : fullname)
      else if (held) passed++
      else failures.push({ name: fullname, details: diag })
    })
  }
  const parser = new Parser(results => {
    ok = results.ok
  })
  listen(parser)
  return {
    write: (chunk: Buffer) => void parser.write(chunk),
    end: () => {
      parser.end()
      return { passed, failures, skips, ok }
    },
  }
}
