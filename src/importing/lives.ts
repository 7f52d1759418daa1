/**
 * When a host was there and when it was not, as far as machines noticed: whoever answered was there, and who did not
 * answer ARP or a file's request was not. Becomes faults of a scenario. Does not know why.
 */
import type { Boot } from '../analysis/analyzer.ts'
import type { Ip4 } from '../core/address.ts'
import type { Micros } from '../core/micros.ts'
import type { Story } from './story.ts'

type Transfer = Boot['transfers'][number]

export interface Change {
  readonly at: Micros
  readonly kind: 'stop' | 'start'
  /** The whole host, else its TFTP service. */
  readonly whole: boolean
  readonly frame: number
}

interface Sign {
  readonly at: Micros
  readonly alive: boolean
  readonly frame: number
}

/** ARP requests, or requests for a file, in vain after which somebody is not there. */
const IN_VAIN = 2
/** Blocks acknowledged in vain. */
const ACKS_IN_VAIN = 3

export const changesOf = (server: Ip4, stories: readonly Story[], boots: readonly Boot[]): Change[] => {
  const transfers = boots.flatMap(boot => boot.transfers).filter(transfer => transfer.server === server)
  // Its own TFTP may well be what never answers, or answers from elsewhere.
  const isServing = transfers.some(({ answered, end }) => answered && end)
  const host: Sign[] = [...answersOf(server, stories), ...arpsOf(server, boots)]
  const service: Sign[] = []
  for (const transfer of transfers) {
    if (transfer.otherSource !== undefined) continue
    const { seen, unreachable } = transfer
    if (transfer.answered) host.push({ at: seen.at, alive: true, frame: seen.frame })
    if (transfer.answered) service.push({ at: seen.at, alive: true, frame: seen.frame })
    if (unreachable?.by === server)
      service.push({ at: unreachable.seen.at, alive: false, frame: unreachable.seen.frame })
    else if (isServing) host.push(...silenceOf(transfer))
  }
  return [...changesIn(host, true), ...changesIn(service, false)].sort((a, b) => a.at - b.at)
}

const answersOf = (server: Ip4, stories: readonly Story[]): Sign[] =>
  stories.flatMap(({ questions }) =>
    questions.flatMap(({ answers }) =>
      answers
        .filter(answer => answer.server === server && !answer.relayed)
        .map(({ at, seen }) => ({ at, alive: true, frame: seen.frame })),
    ),
  )

const arpsOf = (server: Ip4, boots: readonly Boot[]): Sign[] =>
  boots.flatMap(({ arps }) => {
    const wait = arps.get(server)
    if (!wait) return []
    const { seen, answered, count } = wait
    return answered || count >= IN_VAIN ? [{ at: seen.at, alive: answered, frame: seen.frame }] : []
  })

const silenceOf = ({
  answered,
  requests,
  seen,
  end,
  unanswered,
  unansweredSince,
  unreachable,
}: Transfer): Sign[] => {
  if (unreachable) return []
  const since = answered ? unansweredSince : seen
  const isGone = answered ? !end && unanswered >= ACKS_IN_VAIN : requests >= IN_VAIN
  return since && isGone ? [{ at: since.at, alive: false, frame: since.frame }] : []
}

/** Just before the first sign that tells. */
const BEFORE: Micros = 50

const changesIn = (signs: readonly Sign[], whole: boolean): Change[] => {
  const sorted = signs.toSorted((a, b) => a.at - b.at)
  const changes: Change[] = []
  let alive = true
  // Who never was there is not put there.
  if (!sorted.some(sign => sign.alive)) return changes
  for (const sign of sorted) {
    if (sign.alive === alive) continue
    alive = sign.alive
    changes.push({
      at: Math.max(0, sign.at - BEFORE),
      kind: alive ? 'start' : 'stop',
      whole,
      frame: sign.frame,
    })
  }
  return changes
}
