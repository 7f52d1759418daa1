/**
 * What a clause of the conformance suite is: something that a server for network boot must do, where that is known
 * from, which firmware is hurt where it does not, and a procedure that finds out. Types, and the one way to write a
 * clause; does not run any.
 */
import type { Probe, Procedure } from './probe/probe.ts'
import type { Service, Survey } from './survey.ts'

/**
 * `MUST` and `SHOULD`: in the words of the standard or specification named. `FIRMWARE`: no standard says so, and a
 * firmware in use fails without it. `PEER`: what servers in use do for each other's and their clients' good.
 * `HARDENING`: what keeps a server from being used against its network.
 */
export const LEVELS = ['MUST', 'SHOULD', 'FIRMWARE', 'PEER', 'HARDENING'] as const
export type Level = (typeof LEVELS)[number]

export interface Clause {
  /** Letter of the chapter and two digits; never used for anything else. */
  readonly id: string
  readonly level: Level
  /** One sentence. */
  readonly requirement: string
  readonly source: string
  /** Rules of the book that say what happens to a machine (or which a server keeps by it). */
  readonly rules: readonly string[]
  /** The server has to have these, else the clause does not apply. */
  readonly needs: readonly Service[]
  /** After all others of a server that cannot be started anew: it leaves the server without addresses, say. */
  readonly exhausts?: true
  readonly check: Check
}

/** Returns why it passed; `fail`, `notApplicable` and `notRun` of `judgement.ts` end it otherwise. */
export type Check = (probe: Probe, survey: Survey) => Procedure<string>

export interface Chapter {
  /** First letter of its clauses. */
  readonly letter: string
  readonly title: string
  readonly clauses: readonly Clause[]
}
