/**
 * A run by the wall clock for people at a terminal: guests of QEMU, each packet and each line of a screen as it
 * happens, and an orderly end at Ctrl-C. Does not know how a run works.
 */
import process from 'node:process'
import { type Micros, toSeconds } from '../core/micros.ts'
import { dropLine } from '../core/drops.ts'
import type { TraceEvent } from '../core/trace.ts'
import { AttachmentError } from '../network/attach/attachment.ts'
import { GuestError } from '../network/attach/qemu/guest.ts'
import type { Scenario } from '../scenario/model.ts'
import { serverNames } from '../simulation/server-names.ts'
import type { FinishedRun } from '../library/result.ts'
import { runChecked } from '../library/run.ts'
import { type PacedOptions, needsWallClock } from '../simulation/run-paced.ts'
import { describeFrame } from '../wire/describe.ts'
import { decodeFrame } from '../wire/frames.ts'
import { EXIT, UsageError } from '../core/exit.ts'
import { print } from '../outlet/print.ts'
import pc from '../outlet/palette.ts'

/** `live`: by the wall clock, as what lives outside always does; `shows`: print what happens. */
export const runAtTerminal = (scenario: Scenario, live: boolean, shows: boolean): Promise<FinishedRun> =>
  live || needsWallClock(scenario)
    ? orderly(signal => runChecked(scenario, { live, signal, watch: shows ? narrator(scenario) : undefined }))
    : runChecked(scenario)

/** Status 130, as shells have it: ended by SIGINT. */
const INTERRUPTED = 130

/** Ctrl-C ends the run and the guests with it; trouble with a guest is told in a sentence. */
export const orderly = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const controller = new AbortController()
  const stop = () => controller.abort()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  try {
    return await work(controller.signal)
  } catch (error) {
    if (controller.signal.aborted) throw new UsageError('stopped', INTERRUPTED)
    if (error instanceof AttachmentError) throw attachmentRefused(error)
    throw error
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
}

/** A server that its own settings keep from starting is wrong input; everything else is not there. */
/** What could not be plugged in, and what would help. */
export const attachmentRefused = (error: AttachmentError): UsageError =>
  new UsageError(error.message.split('\n'), statusOf(error))

const statusOf = (error: AttachmentError): number =>
  error.reason === 'missing' || error instanceof GuestError ? EXIT.missing : EXIT.usage

export type Watch = NonNullable<PacedOptions['watch']>

const narrator = (scenario: Scenario): Watch => {
  const nameOf = serverNames(scenario)
  const say = (at: Micros, text: string) =>
    print([`${pc.dim(toSeconds(at).toFixed(3).padStart(8))}  ${text}`])
  return event => {
    const text = lineOf(event, nameOf)
    if (text !== undefined) say(event.at, text)
  }
}

const lineOf = (event: TraceEvent, nameOf: Parameters<typeof describeFrame>[1]): string | undefined => {
  switch (event.kind) {
    case 'frame': {
      const frame = decodeFrame(event.bytes)
      if (!frame.ok) return undefined
      const { from, to, text, bulk } = describeFrame(frame.value, nameOf)
      return bulk ? undefined : `${from} -> ${to}: ${text}`
    }
    case 'screen':
      return /^[.\s]*$/.test(event.text) ? undefined : pc.cyan(`${event.host} | ${event.text.trim()}`)
    case 'power':
      return pc.bold(`${event.host} is switched ${event.on ? 'on' : 'off'}`)
    case 'fault':
      return pc.red(event.text)
    case 'drop':
      return pc.red(dropLine(event))
    case 'choice':
    case 'service':
      return undefined
  }
}
