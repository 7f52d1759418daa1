/**
 * How long a foreign responder waits before each of its answers: ranges as they are written, each drawn from a stream
 * of its own, so that one more answer changes no other's delay. Does not wait.
 */
import type { Micros } from '../../core/micros.ts'
import type { Random } from '../../core/random.ts'
import { drawer } from '../../document/draw.ts'
import type { Range } from '../../document/quantities.ts'
import type { ForeignDescription } from './fields.ts'

type Delay = () => Micros

const AT_ONCE: Delay = () => 0

/** Streams go on where a server is started anew. */
export class ForeignDelays {
  offer: Delay
  /** Everything but an OFFER. */
  readonly ack: Delay
  readonly reply: Delay
  readonly discovery: Delay
  /** In the order of the description. */
  readonly also: readonly Delay[]
  /** On 4011, in the order of `byArchitecture`. */
  readonly variants: readonly Delay[]

  constructor(description: ForeignDescription, random: Random) {
    const { delay, ackDelay, reply, discovery, also, byArchitecture } = description
    const drawn = (range: Range | undefined, label: string): Delay | undefined =>
      range && drawer(range, random.fork(label))
    this.offer = drawn(delay, 'delay') ?? AT_ONCE
    this.ack = drawn(ackDelay, 'ack delay') ?? (() => this.offer())
    this.reply = drawn(reply?.delay, 'reply') ?? this.ack
    this.discovery = drawn(discovery?.delay, 'discovery') ?? this.ack
    this.also = also.map((each, index) => drawn(each.delay, `also ${index}`) ?? AT_ONCE)
    this.variants = byArchitecture.map(({ reply: own }, index) =>
      own ? (drawn(own.delay, `variant ${index}`) ?? this.ack) : this.reply,
    )
  }
}
