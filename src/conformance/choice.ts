/**
 * Which clauses are asked: those of some levels, or those that are named. Does not ask.
 */
import { CLAUSES, findClause } from './chapters.ts'
import { type Clause, LEVELS, type Level } from './clause.ts'

export interface Choice {
  /** Ids, in any case; a letter is its chapter. */
  readonly only?: readonly string[] | undefined
  readonly level?: readonly string[] | undefined
}

/** The clauses in their order, or what is wrong with the choice. */
export const chosenClauses = ({ only, level }: Choice): readonly Clause[] | string => {
  const levels = level?.map(name => name.trim().toUpperCase())
  const unknownLevel = levels?.find(name => !isLevel(name))
  if (unknownLevel !== undefined) return `there is no level ${unknownLevel}; there is ${LEVELS.join(', ')}`
  const named = only?.map(clausesNamed)
  const unknown = only?.find((_, index) => named![index]!.length === 0)
  if (unknown !== undefined)
    return `there is no clause "${unknown}"; nbs check --list has them, such as T05, or T for its chapter`
  const wanted = named && new Set(named.flat())
  const chosen = CLAUSES.filter(
    clause => (!wanted || wanted.has(clause)) && (!levels || levels.includes(clause.level)),
  )
  return chosen.length > 0 ? chosen : 'no clause is left by this choice'
}

const isLevel = (name: string): name is Level => LEVELS.some(level => level === name)

const clausesNamed = (name: string): readonly Clause[] => {
  const id = name.trim().toUpperCase()
  if (/^[A-Z]$/.test(id)) return CLAUSES.filter(clause => clause.id.startsWith(id))
  const clause = findClause(id)
  return clause ? [clause] : []
}
