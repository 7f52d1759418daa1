/**
 * The copy of settings and jobs from which an NBS works whose policy comes on a schedule (NBS-15; that the
 * jobs are in it is how 7.1 was, KB179672, and our assumption here). Answers at once. Does not fetch by itself.
 */
import type { Mac } from '../core/address.ts'
import type { PolicyAge } from './job-events.ts'
import { type Knowledge, type Policy, decide } from './notification-server.ts'
import type { Answer, Decision, DecisionSource, Question } from '../protocol/pxe/decision.ts'

export interface PolicySource {
  readonly policy: Policy
  readonly knowledge: Knowledge
  /** Whose instructions are copied. */
  readonly macs: readonly Mac[]
}

export class CachedPolicy implements DecisionSource {
  age: PolicyAge = { taken: 0, next: Infinity }
  #policy: Policy = { computers: [] }
  #knowledge: Knowledge = NOTHING_KNOWN

  fetch(source: PolicySource, age: PolicyAge): void {
    const { policy, knowledge, macs } = source
    const instructions = new Map(macs.map(mac => [mac, knowledge.instruction(mac)]))
    const listed = new Map(macs.map(mac => [mac, knowledge.listed(mac)]))
    this.#policy = policy
    this.#knowledge = { instruction: mac => instructions.get(mac), listed: mac => listed.get(mac) }
    this.age = age
  }

  ask(question: Question, reply: (answer: Answer) => void): void {
    reply(this.decide(question))
  }

  decide(question: Question): Decision | 'refused' {
    return decide(this.#policy, question, this.#knowledge)
  }
}

const NOTHING_KNOWN: Knowledge = { instruction: () => undefined, listed: () => undefined }
