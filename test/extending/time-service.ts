/**
 * The Time Protocol (RFC 868) as a state machine: answers every datagram with the seconds since 1900. The worked example
 * of docs/extending.md. Knows no clock but the time it is told.
 */
import { writeU32 } from '../../src/core/bytes.ts'
import { type Micros, SECOND } from '../../src/core/micros.ts'
import { type Action, type Datagram, NOTHING, type StateMachine } from '../../src/core/state-machine.ts'

export const TIME_PORT = 37

export interface TimeEvent {
  readonly kind: 'told'
  readonly seconds: number
}

type TimeAction = Action<'time', TimeEvent>

/** `epoch`: seconds from 1900 to time 0 of the clock. */
export const timeService = (epoch: number): StateMachine<'time', TimeEvent> => ({
  wakeAt: undefined,
  start: () => [{ type: 'open', socket: 'time', options: { port: TIME_PORT } }],
  receive: (now, via, { iface, source }: Datagram): TimeAction[] => {
    const seconds = secondsAt(now, epoch)
    const payload = new Uint8Array(4)
    writeU32(payload, 0, seconds)
    return [
      { type: 'send', via, to: { ...source, iface }, payload },
      { type: 'event', event: { kind: 'told', seconds } },
    ]
  },
  unreachable: () => NOTHING,
  wake: () => NOTHING,
})

/** 32 bits, as the RFC has it: they wrap around in 2036. */
const secondsAt = (now: Micros, epoch: number): number => (epoch + Math.floor(now / SECOND)) % 2 ** 32
