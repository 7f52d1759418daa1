/**
 * A server that runs outside: it is plugged in when it starts, awaited until it can be spoken to, and pulled out when it
 * stops. What it logs and how it ends is told to the trace. Does not know what it is.
 */
import { type TraceSink, serviceEvent } from '../../core/trace.ts'
import { AttachmentError, type Attachment } from '../../network/attach/attachment.ts'
import type { Jack } from '../../network/attach/jack.ts'
import type { Clock } from '../../network/port.ts'
import type { RunningServer } from '../kind.ts'
import { ATTACHED_EVENTS, type AttachedEvent, MAX_TOLD_LINES } from './events.ts'

export interface AttachedSetup {
  readonly name: string
  /** `dnsmasq`, `QEMU`. */
  readonly what: string
  readonly jack: Jack
  readonly clock: Clock
  readonly trace: TraceSink
  readonly open: (onLog: (line: string) => void) => Attachment
}

export const attachedServer = ({ name, what, jack, clock, trace, open }: AttachedSetup): RunningServer => {
  let plugged: Attachment | undefined
  let lines = 0
  const tell = (event: AttachedEvent): void =>
    jack.happen(() => {
      if (trace.enabled) trace.add(serviceEvent(clock.now(), name, ATTACHED_EVENTS, event))
    })
  const lost = (attachment: Attachment) => (how: string) => {
    if (plugged !== attachment) return
    plugged = undefined
    jack.unplug()
    tell({ kind: 'died', how })
    jack.happen(() => {
      if (trace.enabled)
        trace.add({
          at: clock.now(),
          kind: 'fault',
          change: 'stop',
          what: [name],
          text: `${name} is gone: ${how}`,
        })
    })
  }
  const start = async (): Promise<void> => {
    if (plugged) return
    const attachment = open(text => {
      if (plugged === attachment && lines++ < MAX_TOLD_LINES) tell({ kind: 'log', text })
    })
    plugged = jack.plug(attachment)
    void attachment.lost.then(lost(attachment))
    try {
      await attachment.ready
      tell({ kind: 'started', what })
    } catch (error) {
      // Stopped while it started: whoever did that knows.
      if (plugged !== attachment) return
      tell({ kind: 'failed', why: error instanceof AttachmentError ? error.message : String(error) })
      throw error
    }
  }
  const stop = async (): Promise<void> => {
    const attachment = plugged
    if (!attachment) return
    plugged = undefined
    jack.unplug()
    await attachment.stop()
  }
  return { start, stop, startService: start, stopService: stop }
}
