/**
 * Stepping: to the next packet that passes the filter, to the next decision. Changes the session; draws nothing.
 */
import type { Session } from '../session.ts'
import { countUpTo } from './replay.ts'

/** With a packet chosen, the one beside it; otherwise the one beside this moment. */
export const stepFrame = (session: Session, direction: 1 | -1): void => {
  const { replay, player, passing, frame } = session
  const { frames } = replay
  const count = passing ? passing.length : frames.count
  const numberAt = (index: number) => (passing ? passing[index]! : index)
  const upTo = countUpTo(count, index => frames.at[numberAt(index)]!, player.at)
  let place = direction === 1 ? upTo : upTo - 1
  if (frame !== undefined && frames.at[frame] === player.at) {
    const own = countUpTo(count, numberAt, frame) - 1
    place = own + direction
  } else if (direction === -1 && place >= 0 && frames.at[numberAt(place)] === player.at) place--
  if (place < 0 || place >= count) return
  player.pause()
  session.chooseFrame(numberAt(place))
}

/** Decisions of the chosen machine, or of all. Goes to the machine that decides. */
export const stepChoice = (session: Session, direction: 1 | -1): void => {
  const { replay, player, machine } = session
  const { trace } = replay
  if (!trace) return
  const name = machine === undefined ? undefined : replay.machines[machine]!.result.name
  const own =
    name === undefined ? replay.choices : replay.choices.filter(event => trace.text(event, 0) === name)
  const timeOf = (index: number) => trace.at[own[index]!]!
  const upTo = countUpTo(own.length, timeOf, player.at)
  const place = direction === 1 ? upTo : countUpTo(own.length, timeOf, player.at - 1) - 1
  const event = own[place]
  if (event === undefined) return
  const host = trace.text(event, 0)
  const chosen = replay.machines.find(({ result }) => result.name === host)
  session.goTo(trace.at[event]!, machine === undefined ? undefined : chosen?.index)
}
