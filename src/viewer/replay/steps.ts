/**
 * Stepping: to the next packet that passes the filter, to the next decision. Changes the session; draws nothing.
 */
import type { Session } from '../session.ts'
import { countUpTo } from '../../core/search.ts'

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
  const own =
    machine === undefined ? replay.choices : replay.choices.filter(choice => choice.machine === machine)
  const timeOf = (index: number) => own[index]!.at
  const upTo = countUpTo(own.length, timeOf, player.at)
  const place = direction === 1 ? upTo : countUpTo(own.length, timeOf, player.at - 1) - 1
  const choice = own[place]
  if (choice) session.goTo(choice.at, choice.machine)
}
