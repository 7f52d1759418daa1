/**
 * A run by the clock on the wall for the page that watches it: snapshots of the recording as it grows, and somebody's
 * hand on servers and subnets meanwhile. Does not speak HTTP.
 *
 * The same seed gives the same packets, so what has happened by now is the run with its limit at now; and what a hand
 * does is a fault of the scenario at that moment, which leaves the past as it was.
 */
import { performance } from 'node:perf_hooks'
import { type Micros, MILLISECOND } from '../core/micros.ts'
import type { Fault, Scenario } from '../scenario/model.ts'
import { type Recording, recordingOf } from '../simulation/recording.ts'
import { type RunSurroundings, runScenario } from '../simulation/run.ts'
import { type Hand, needsWallClock, runPaced } from '../simulation/run-paced.ts'
import { AttachmentError } from '../network/attach/attachment.ts'
import { qemuGuests } from '../network/attach/qemu/qemu.ts'
import { EXIT, UsageError } from '../core/exit.ts'
import { surroundingsOf } from '../simulation/node.ts'

/** Each snapshot is run from the start: more machines would make it stutter. */
export const MAX_LIVE_MACHINES = 100
/** World seconds to a second on the wall. */
export const LIVE_SPEEDS = [0.1, 0.25, 1, 2, 5, 10] as const
/** Milliseconds between snapshots at least; and of the time, they may take this share. */
const EVERY = 200
const SHARE = 0.25

export interface LiveRun {
  /** Resolves when all is over, or when it was aborted. */
  readonly ended: Promise<void>
  /** `stop nbs-a`, `cut office`: what the page's buttons say. */
  readonly act: (verb: string, name: string) => void
  readonly abort: () => void
}

/** `show` is told of the recording so far, and at last of the whole. */
export const startLive = (
  scenario: Scenario,
  speed: number,
  show: (recording: Recording, isWhole: boolean) => void,
): LiveRun => {
  const surroundings = surroundingsOf(scenario)
  if (needsWallClock(scenario)) return startPacedLive(scenario, surroundings, show)
  const begun = performance.now()
  const now = (): Micros =>
    Math.min(scenario.limit, Math.round((performance.now() - begun) * MILLISECOND * speed))
  let faults = scenario.faults
  let timer: NodeJS.Timeout | undefined
  let finish: (error?: Error) => void = () => {}
  const ended = new Promise<void>((resolve, reject) => {
    finish = error => {
      clearTimeout(timer)
      if (error) reject(error)
      else resolve()
    }
  })
  const snapshot = (limit: Micros): void => {
    const before = performance.now()
    const run = runScenario({ ...scenario, faults, limit }, surroundings)
    const isOver = run.result.clients.every(({ outcome }) => outcome !== 'pending')
    if (limit >= scenario.limit || isOver) {
      const disturbed = { ...scenario, faults }
      show(recordingOf(disturbed, runScenario(disturbed, surroundings)), true)
      return finish()
    }
    // Nothing can be held against a run that is not over.
    show(recordingOf(scenario, { ...run, result: { ...run.result, expectations: [] } }), false)
    timer = setTimeout(next, Math.max(EVERY, (performance.now() - before) * (1 / SHARE - 1)))
  }
  const next = (): void => {
    try {
      snapshot(now())
    } catch (error) {
      finish(error as Error)
    }
  }
  snapshot(0)
  return {
    ended,
    act: (verb, name) => {
      const fault = faultOf(scenario, verb, name, now())
      faults = [...faults, fault].toSorted((a, b) => a.at - b.at)
    },
    abort: () => finish(),
  }
}

/** With something outside: the run itself goes by the wall clock, at its pace, and is looked at now and then. */
const startPacedLive = (
  scenario: Scenario,
  surroundings: RunSurroundings,
  show: (recording: Recording, isWhole: boolean) => void,
): LiveRun => {
  const controller = new AbortController()
  let hand: Hand | undefined
  let timer: NodeJS.Timeout | undefined
  const look = (): void => {
    const before = performance.now()
    const run = hand!.snapshot()
    show(recordingOf(scenario, { ...run, result: { ...run.result, expectations: [] } }), false)
    timer = setTimeout(look, Math.max(EVERY, (performance.now() - before) * (1 / SHARE - 1)))
  }
  const running = runPaced(scenario, surroundings, {
    guests: qemuGuests(),
    signal: controller.signal,
    begun: one => {
      hand = one
      timer = setTimeout(look, 0)
    },
  })
  const ended = running
    .then(run => show(recordingOf(scenario, run), true))
    .catch((error: unknown) => {
      if (controller.signal.aborted) return
      throw error instanceof AttachmentError ? new UsageError(error.message.split('\n'), EXIT.missing) : error
    })
    .finally(() => clearTimeout(timer))
  return {
    ended,
    act: (verb, name) => hand?.cause(faultOf(scenario, verb, name, 0)),
    abort: () => controller.abort(),
  }
}

const faultOf = (scenario: Scenario, verb: string, name: string, at: Micros): Fault => {
  if ((verb === 'stop' || verb === 'start') && scenario.servers.some(server => server.name === name))
    return { at, kind: verb, server: name, service: undefined }
  if ((verb === 'cut' || verb === 'heal') && scenario.subnets.some(subnet => subnet.name === name))
    return { at, kind: verb, target: { kind: 'subnet', subnet: name } }
  throw new UsageError(
    `wanted is to stop or start a server, or to cut or heal a subnet; not "${verb} ${name}"`,
  )
}
