/**
 * A TFTP service of which somebody changes what goes in and what comes out. Does not know what is changed.
 */
import type { Action, Datagram, StateMachine, Unreachable } from '../core/state-machine.ts'
import type { Micros } from '../core/micros.ts'
import type { TftpEvent } from '../protocol/tftp/events.ts'

type TftpAction = Action<string, TftpEvent>
type TftpMachine = StateMachine<string, TftpEvent>

interface Changes {
  readonly incoming?: (datagram: Datagram) => Datagram
  readonly outgoing?: (action: TftpAction) => readonly TftpAction[]
  /** Socket names of ours that stand for one of the machine's. */
  readonly via?: (socket: string) => string
}

export const changedMachine = (
  machine: TftpMachine,
  { incoming, outgoing, via = socket => socket }: Changes,
): TftpMachine => {
  const out = (actions: readonly TftpAction[]): readonly TftpAction[] =>
    outgoing ? actions.flatMap(outgoing) : actions
  return {
    start: now => out(machine.start(now)),
    receive: (now: Micros, socket: string, datagram: Datagram) =>
      out(machine.receive(now, via(socket), incoming ? incoming(datagram) : datagram)),
    unreachable: (now: Micros, socket: string, what: Unreachable) =>
      out(machine.unreachable(now, via(socket), what)),
    wake: now => out(machine.wake(now)),
    get wakeAt() {
      return machine.wakeAt
    },
  }
}
