/**
 * Runs a protocol machine on a host: turns its actions into sockets and timers, whatever the back-end. Does not
 * interpret what the machine says; events go to `onEvent`.
 */
import type { Action, StateMachine } from '../core/state-machine.ts'
import { NOTHING } from '../core/state-machine.ts'
import type { Micros } from '../core/micros.ts'
import type { Host, Timer, UdpSocket } from './port.ts'

export interface StateMachineRunner<Socket extends string | number, Event> {
  /** Resolves when every socket opened at the start is bound. */
  readonly ready: Promise<void>
  /** For what the machine returns when it is told something that is no datagram (an answer it asked for). */
  perform(actions: readonly Action<Socket, Event>[]): void
  /** Closes all sockets and stops the timer; the machine is not called afterwards. */
  stop(): void
}

export const runStateMachine = <Socket extends string | number, Event>(
  host: Host,
  machine: StateMachine<Socket, Event>,
  onEvent: (event: Event) => void,
): StateMachineRunner<Socket, Event> => {
  const sockets = new Map<Socket, UdpSocket>()
  const clock = host.clock
  let timer: Timer | undefined
  let timerAt: Micros = Infinity
  let stopped = false
  let isStarted = false

  const perform = (actions: readonly Action<Socket, Event>[]): void => {
    for (const action of actions) {
      if (stopped) return
      perform1(action)
    }
    keepTimer()
  }

  const perform1 = (action: Action<Socket, Event>): void => {
    switch (action.type) {
      case 'send':
        sockets.get(action.via)?.send(action.to, action.payload)
        return
      case 'open':
        open(action.socket, action.options)
        return
      case 'close':
        sockets.get(action.socket)?.close()
        sockets.delete(action.socket)
        return
      case 'event':
        onEvent(action.event)
    }
  }

  const open = (name: Socket, options: { readonly port: number }): void => {
    const socket = host.openUdp({
      ...options,
      onDatagram: datagram => void (stopped || perform(machine.receive(clock.now(), name, datagram))),
      onUnreachable: what => void (stopped || perform(machine.unreachable(clock.now(), name, what))),
    })
    sockets.set(name, socket)
    if (isStarted && machine.lost)
      socket.ready.catch((error: Error) => {
        if (!stopped && sockets.get(name) === socket) lose(name, error)
      })
  }

  const lose = (name: Socket, error: Error): void => {
    sockets.delete(name)
    perform(machine.lost?.(clock.now(), name, error.message) ?? NOTHING)
  }

  // A timer that fires too early only looks again: machines move their deadline with every packet, and setting a
  // new timer each time would cost more than an idle wake-up now and then.
  const keepTimer = (): void => {
    const wakeAt = machine.wakeAt
    if (stopped || wakeAt === undefined || wakeAt >= timerAt) return
    timer?.cancel()
    timerAt = wakeAt
    timer = clock.setTimer(wakeAt, onTimer)
  }

  const onTimer = (): void => {
    timer = undefined
    timerAt = Infinity
    const wakeAt = machine.wakeAt
    const due = wakeAt !== undefined && wakeAt <= clock.now()
    if (due) perform(machine.wake(clock.now()))
    else keepTimer()
  }

  perform(machine.start(clock.now()))
  isStarted = true
  const ready = Promise.all([...sockets.values()].map(socket => socket.ready)).then(() => {})
  // Whoever does not wait for it would otherwise end the process when a port is taken.
  ready.catch(() => {})
  return {
    ready,
    perform,
    stop: () => {
      stopped = true
      timer?.cancel()
      for (const socket of sockets.values()) socket.close()
      sockets.clear()
    },
  }
}
