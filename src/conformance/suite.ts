/**
 * Clauses held against a server, one after another, and what each came to. Does not know in which world the server is:
 * it is handed a room to ask in.
 */
import { random } from '../core/random.ts'
import type { Clause, Level } from './clause.ts'
import { Judgement, type Verdict } from './judgement.ts'
import { Probe, type Procedure, type Server, type Station } from './probe/probe.ts'
import { type Said, captureOf } from './probe/said.ts'
import { type Service, type Survey, surveyOf } from './survey.ts'
import { CLAUSES } from './chapters.ts'

/** Where procedures are led to their end. */
export interface Room {
  /** Opens a world, or goes on in the one that there is, leads the procedure and closes what was opened. */
  conduct<Result>(begin: (station: Station) => Begun<Result>): Promise<Result>
}

export interface Begun<Result> {
  readonly probe: Probe
  readonly procedure: Procedure<Result>
}

/** What `--json` has of a clause. */
export interface ClauseResult {
  readonly id: string
  readonly level: Level
  readonly verdict: Verdict
  readonly requirement: string
  readonly source: string
  readonly because: string
  /** Numbers of packets of the clause's capture. */
  readonly frames: readonly number[]
}

export interface CheckedClause {
  readonly clause: Clause
  readonly result: ClauseResult
  readonly said: readonly Said[]
}

export interface Asked {
  readonly room: Room
  readonly server: Server
  /** In this order; default: all. */
  readonly clauses?: readonly Clause[]
  /** It is meant to have these: silence is then a failure. */
  readonly expects?: readonly Service[]
  readonly onClause?: (done: CheckedClause, of: number) => void
}

/** What `--json` prints. */
export interface CheckResult {
  readonly target: string
  /** Of nbs-lab: the suite grows. */
  readonly version: string
  readonly clauses: readonly ClauseResult[]
}

export interface Checked {
  readonly survey: Survey
  readonly clauses: readonly CheckedClause[]
}

/** Of the survey, whose machines are no clause's. */
const SURVEY_NUMBER = 4000

export const check = async ({
  room,
  server,
  clauses = CLAUSES,
  expects = [],
  onClause,
}: Asked): Promise<Checked> => {
  const survey = await room.conduct(station => {
    const probe = new Probe(station, server, SURVEY_NUMBER, random('survey'))
    return { probe, procedure: surveyOf(probe) }
  })
  const has = new Set([...survey.has, ...expects])
  const order = [...clauses.filter(each => !each.exhausts), ...clauses.filter(each => each.exhausts)]
  const done = new Map<Clause, CheckedClause>()
  for (const clause of order) {
    const missing = clause.needs.find(service => !has.has(service))
    const checked =
      missing === undefined
        ? await checkOne(room, server, clause, { ...survey, has })
        : unsaid(clause, 'notApplicable', LACKS[missing])
    done.set(clause, checked)
    onClause?.(checked, order.length)
  }
  return { survey, clauses: clauses.map(clause => done.get(clause)!) }
}

const LACKS: Readonly<Record<Service, string>> = {
  offer: 'it answers no DISCOVER',
  pxe: 'it makes no offer with option 60 PXEClient',
  proxy: 'its offers lease an address: it is no proxy',
  lease: 'it leases no address',
  bootServer: 'it does not answer on port 4011',
  menu: 'its offers have no boot menu',
  tftp: 'it has no TFTP service',
  file: 'no file of it is known; name one with --file',
  bsdp: 'it answers no BSDP LIST',
  http: 'it does not answer HTTPClient',
}

const checkOne = async (
  room: Room,
  server: Server,
  clause: Clause,
  survey: Survey,
): Promise<CheckedClause> => {
  let probe: Probe | undefined
  try {
    const because = await room.conduct(station => {
      probe = new Probe(station, server, numberOf(clause), random(clause.id))
      return { probe, procedure: clause.check(probe, survey) }
    })
    return finished(clause, 'passed', because, probe!, undefined)
  } catch (error) {
    if (!(error instanceof Judgement) || !probe) throw error
    return finished(clause, error.verdict, error.message, probe, error.evidence)
  }
}

/** Its machines differ from those of others by it. */
const numberOf = ({ id }: Clause): number =>
  CLAUSES_OF_A_CHAPTER * LETTERS.indexOf(id[0]!) + Number(id.slice(1))
const CLAUSES_OF_A_CHAPTER = 100
const LETTERS = 'ABDHMPT'

const finished = (
  clause: Clause,
  verdict: Verdict,
  because: string,
  { said, lastTalk }: Probe,
  evidence: readonly Said[] = lastTalk.slice(0, MAX_CITED),
): CheckedClause => {
  const frames = verdict === 'failed' ? evidence.map(each => said.indexOf(each) + 1).filter(at => at > 0) : []
  return { clause, said, result: { ...unsaid(clause, verdict, because).result, frames } }
}

/** Frames that a verdict cites. */
const MAX_CITED = 20

const unsaid = (clause: Clause, verdict: Verdict, because: string): CheckedClause => {
  const { id, level, requirement, source } = clause
  return { clause, said: [], result: { id, level, verdict, requirement, source, because, frames: [] } }
}

export const captureOfClause = ({ said }: CheckedClause): Uint8Array => captureOf('check', said)
