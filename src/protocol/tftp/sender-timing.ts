/**
 * When a sender of DATA resends, and when it gives up. Values only.
 */
import type { Micros } from '../../core/micros.ts'
import { SECOND } from '../../core/micros.ts'

export interface SenderTiming {
  /** Until the first resend, if the client named no `timeout`, while its round trip is not known. */
  readonly resendAfter: Micros
  /** Once the round trip is known, the first resend comes after four of them, but not before this. */
  readonly minResendAfter: Micros
  /** The wait doubles with each resend, up to this. */
  readonly maxResendAfter: Micros
  /** Resends without any progress before the transfer fails. */
  readonly retries: number
  /** Without progress for so long the transfer fails, however long the client's `timeout` is. */
  readonly maxSilence: Micros
  /** The same before the first ACK: until then the request may be somebody else's, and a client that waits asks again. */
  readonly maxUnanswered: Micros
  /** Resends before the first ACK: what a request in somebody's name costs that one. */
  readonly unansweredRetries: number
  /** A transfer that has not ended by then fails. */
  readonly maxDuration: Micros
  /** What follows block 65535. Nearly everybody says 0. */
  readonly rollover: 0 | 1
}

export const DEFAULT_SENDER_TIMING: SenderTiming = {
  resendAfter: SECOND,
  minResendAfter: 250_000,
  maxResendAfter: 8 * SECOND,
  retries: 7,
  maxSilence: 120 * SECOND,
  maxUnanswered: 10 * SECOND,
  unansweredRetries: 4,
  maxDuration: 3_600 * SECOND,
  rollover: 0,
}
