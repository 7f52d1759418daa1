/**
 * All BSDP rules (BSDP-1 … BSDP-30). Several servers side by side are how BSDP is meant to be, and no
 * finding by themselves.
 */
import type { BsdpTest } from './bsdp-evidence.ts'
import * as answers from './bsdp-answers.ts'
import * as contention from './bsdp-contention.ts'
import * as exchanges from './bsdp-exchanges.ts'

export const BSDP_TESTS: readonly BsdpTest[] = [
  contention.answerForAnother,
  contention.globalImageConflict,
  contention.doubleBinding,
  contention.staleBinding,
  contention.greedyPriority,
  contention.unstableDefault,
  contention.claimsEveryone,
  answers.classConfusion,
  answers.malformedAnswer,
  answers.wrongReplyPort,
  answers.badImageId,
  answers.truncatedList,
  answers.shadowPassword,
  answers.unsolicitedAnswer,
  exchanges.unprivilegedReplyPort,
  exchanges.selectFailed,
  exchanges.unansweredSelect,
  exchanges.unansweredList,
  exchanges.loadedElsewhere,
  exchanges.notLoaded,
  exchanges.lateAnswer,
]
