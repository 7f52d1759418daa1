/**
 * What boots show not to be in the capture, although it must have been on the wire: counted as boots end, told in a line
 * each, so that a result without findings says what it did not see. Finds nothing.
 */
import { type Micros, SECOND } from '../core/micros.ts'
import { hasUnseenFiles, isBootTraffic, triesOf } from './conversations/boot-traffic.ts'
import {
  type Boot,
  allOffers,
  allReplies,
  allRequests,
  hasAsked,
  hasUnseenReply,
} from './conversations/conversation.ts'
import { plural } from './words.ts'

interface BlindSpot {
  readonly applies: (boot: Boot, now: Micros) => boolean
  /** `boots`: how many, `3 boots`. */
  readonly note: (boots: string) => string
}

/** Every client repeats a request within this. */
const UNREPEATED: Micros = 10 * SECOND

const BLIND_SPOTS: readonly BlindSpot[] = [
  {
    applies: hasUnseenReply,
    note: boots =>
      `In ${boots} the reply from port 4011 is missing from this capture, although the machine continued: unicasts between other ports of a switch are not visible here.`,
  },
  {
    applies: boot => !hasAsked(boot) && allReplies(boot).some(({ pxe, file }) => pxe || file !== undefined),
    note: boots =>
      `Of ${boots} only the answers were captured, not the packets of the machine: how it reacted is unknown.`,
  },
  {
    applies: boot =>
      boot.asks === 'pxe' && boot.whole && allRequests(boot).length > 0 && allOffers(boot).length === 0,
    note: boots =>
      `In ${boots} the machine took an offer that is not in this capture: what servers answered, and how many of them, cannot be seen.`,
  },
  {
    applies: (boot, now) => isBootTraffic(boot) && (hasUnseenFiles(boot) || isUnrepeated(boot, now)),
    note: boots =>
      `In ${boots} the TFTP answers are missing from this capture, although the machine continued: a server answers from a port of its own (RFC 1350 §4), which a filter on port 69 misses. These transfers are not judged; capture all of UDP.`,
  },
]

/** Asked for once and never again, in a capture that goes on. */
const isUnrepeated = (boot: Boot, now: Micros): boolean =>
  boot.transfers.length > 0 &&
  boot.transfers.every(
    transfer =>
      !transfer.answered &&
      !transfer.unreachable &&
      triesOf(boot, transfer) === 1 &&
      (boot.followedBy !== undefined || now - transfer.lastRequestAt >= UNREPEATED),
  )

export class BlindSpots {
  readonly #counts = BLIND_SPOTS.map(() => 0)

  note(boot: Boot, now: Micros): void {
    BLIND_SPOTS.forEach(({ applies }, i) => {
      if (applies(boot, now)) this.#counts[i]!++
    })
  }

  notes(): string[] {
    return BLIND_SPOTS.flatMap(({ note }, i) => {
      const count = this.#counts[i]!
      return count > 0 ? [note(plural(count, 'boot'))] : []
    })
  }
}
