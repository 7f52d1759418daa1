/**
 * What may be taken out of a scenario, or made simpler, the large before the small: machines, named things, items of
 * lists, fields, values. Does not try anything.
 */
import { formatMac } from '../../core/address.ts'
import type { Scenario } from '../../scenario/model.ts'
import type { RunResult } from '../../simulation/result.ts'
import type { Goal } from './goal.ts'
import { type ShrinkTree, type Steps, formatSteps } from './tree.ts'

export interface Move {
  /** As it is told when it has worked: `server nbs-c`. */
  readonly what: string
  readonly size: 'large' | 'small'
  /** False: it does not apply to this tree. */
  apply(tree: ShrinkTree): boolean
}

export interface Position {
  readonly tree: ShrinkTree
  readonly scenario: Scenario
  readonly result: RunResult
}

export type Moves = (position: Position, goal: Goal) => Move[]

/** Machines tried as the only one of their group. */
const MAX_SINGLES = 6

/** A group of one machine that shows it; else fewer machines. */
export const fewerMachines: Moves = ({ scenario, result }, goal) => {
  const wanted = goal.machines(result)
  return scenario.clients
    .filter(({ members }) => members.length > 1)
    .flatMap(({ name, members }): Move[] => {
      const steps = ['clients', name]
      const cutTo = (count: number, first: number): Move => ({
        what: `${members.length - count} of ${members.length} machines ${name}`,
        size: 'large',
        apply: tree => {
          if (!goal.cut(tree, name, count, members[first]!.name, scenario)) return false
          tree.remove([...steps, 'macs'])
          const isWritten = tree.node([...steps, 'mac']) !== undefined || first > 0
          if (isWritten) tree.set([...steps, 'mac'], formatMac(members[first]!.mac), 'QUOTE_SINGLE')
          return count > 1 ? tree.set([...steps, 'count'], count) : tree.remove([...steps, 'count'])
        },
      })
      const likely = members.flatMap((member, at) => (wanted.includes(member.name) ? [at] : []))
      const singles = [...new Set([...likely.slice(0, MAX_SINGLES), 0])]
      const halves: Move[] = []
      for (let count = members.length >> 1; count > 1; count >>= 1) halves.push(cutTo(count, 0))
      return [...singles.map(at => cutTo(1, at)), ...halves]
    })
}

const NAMED = [
  ['clients', 'group', 'groups'],
  ['servers', 'server', 'servers'],
  ['routers', 'router', 'routers'],
  ['subnets', 'subnet', 'subnets'],
  ['notificationServers', 'Notification Server', 'Notification Servers'],
] as const

/** With what is on them and what refers to them. */
export const fewerThings: Moves = ({ tree }) =>
  NAMED.flatMap(([collection, one, several]) =>
    chunks(tree.children([collection])).map(names => ({
      what: `${names.length > 1 ? several : one} ${names.join(', ')}`,
      size: 'large',
      apply: (copy: ShrinkTree) => names.map(name => copy.remove([collection, name])).some(Boolean),
    })),
  )

export const fewerFaults: Moves = ({ tree }) => itemMoves(tree, ['faults'], 'fault')

/** Items of all lists inside named things: relay targets, computers, pools, patterns. */
export const fewerItems: Moves = ({ tree }) =>
  pathsIn(tree).flatMap(steps => {
    const isNested = steps.length > 1 && steps[0] !== 'expect'
    const isList = typeof tree.children(steps)[0] === 'number'
    return isNested && isList ? itemMoves(tree, steps, formatSteps(steps)) : []
  })

const itemMoves = (tree: ShrinkTree, steps: Steps, what: string): Move[] =>
  chunks(tree.children(steps)).map(indices => ({
    what: `${indices.length > 1 ? `${indices.length} items of ` : ''}${what} ${indices.length > 1 ? '' : itemText(tree, [...steps, indices[0]!])}`.trimEnd(),
    size: 'small',
    apply: copy =>
      indices
        .toReversed()
        .map(index => copy.remove([...steps, index]))
        .some(Boolean),
  }))

/** What the rest of the file cannot do without, or what says which thing it is. */
const KEPT = new Set(['title', 'seed', 'kind', 'on', 'address', 'cidr', 'firmware', 'expect'])

export const fewerFields: Moves = ({ tree }) =>
  pathsIn(tree).flatMap(steps => {
    const key = steps.at(-1)
    const isName = steps.length <= 2 && NAMED.some(([collection]) => collection === steps[0])
    if (typeof key !== 'string' || KEPT.has(key) || isName || steps[0] === 'expect') return []
    return [{ what: formatSteps(steps), size: 'small', apply: copy => copy.remove(steps) }]
  })

/** Ranges to one end, times and delays to none, counts to one. */
export const simplerValues: Moves = ({ tree }) =>
  pathsIn(tree).flatMap(steps => {
    if (steps[0] === 'expect') return []
    const value = tree.value(steps)
    return simpler(value, String(steps.at(-1))).map((next): Move => ({
      what: `${formatSteps(steps)} ${String(value)} -> ${String(next)}`,
      size: 'small',
      apply: copy => copy.set(steps, next),
    }))
  })

const DURATION = /^(\d+(?:\.\d+)?)(us|ms|s)$/

const simpler = (value: unknown, key: string): (string | number)[] => {
  // A run that may not last shows nothing, and a lease without time is no lease.
  if (key === 'limit' || key === 'leaseTime') return []
  if (typeof value === 'number') return COUNTS.has(key) && value > 1 ? [1] : []
  if (typeof value !== 'string') return []
  const [low, high] = value.split('..')
  const unit = DURATION.exec(high ?? low ?? '')
  if (!unit) return []
  if (high !== undefined) return [`0${unit[2]}`, low!, high].filter(next => DURATION.test(next))
  return Number(unit[1]) > 0 ? [`0${unit[2]}`] : []
}

const COUNTS = new Set(['count', 'repeat', 'minimumSecs', 'prompt', 'timeout'])

/** Halves, quarters … single ones; all together first, where there are several. */
const chunks = <T>(items: readonly T[]): T[][] => {
  const all: T[][] = []
  for (let size = items.length; size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0)
    for (let at = 0; at < items.length; at += size) all.push(items.slice(at, at + size))
  return all
}

/** Every place of the tree, outer before inner, later before earlier, so that removals do not move what is to come. */
const pathsIn = (tree: ShrinkTree, steps: Steps = []): Steps[] =>
  tree
    .children(steps)
    .toReversed()
    .flatMap(step => [[...steps, step], ...pathsIn(tree, [...steps, step])])

const itemText = (tree: ShrinkTree, steps: Steps): string => {
  const value = tree.value(steps)
  if (value !== undefined) return String(value)
  const fields = tree.children(steps).map(key => {
    const field = tree.value([...steps, key])
    return field === undefined ? String(key) : `${key}: ${String(field)}`
  })
  return fields.slice(0, 3).join(', ')
}
