/**
 * Open ports behind which nobody answers: a service that hangs, or a firewall that drops. Unlike a closed port the
 * host sends no ICMP, so clients wait for their time-outs. Does nothing else.
 */
import { type Action, type StateMachine, NOTHING, type OpenSocket } from '../core/state-machine.ts'

export const silentPorts = (ports: readonly OpenSocket[]): StateMachine<number, never> => ({
  start: () =>
    ports.map((options): Action<number, never> => ({ type: 'open', socket: options.port, options })),
  receive: () => NOTHING,
  unreachable: () => NOTHING,
  wake: () => NOTHING,
  wakeAt: undefined,
})
