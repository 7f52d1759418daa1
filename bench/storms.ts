/**
 * Boot storms of the simulator of any built checkout, each in a process of its own (`storm-child.ts`): one at a time,
 * and counted for what they allocate.
 */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Storm } from './boot-storm.ts'
import { COUNTED, type PerUnit, allocatedPerUnit, ask, beside, endChild, startChild } from './counted.ts'

/** As `npm run bench` has it: the young generation that sweeps have, too. */
const TIMED = ['--max-semi-space-size=64']
/** What these allocate fits into the young generation of `COUNTED`. */
const COUNTED_MACHINES = 200

const startStorms = (nodeOptions: readonly string[], checkout: string, machines: number) =>
  startChild([...nodeOptions, beside('storm-child.js'), checkout, String(machines)], child =>
    once(child, 'message'),
  )

/** For `storm`; the caller ends it. */
export const startTimedStorms = (checkout: string, machines: number): Promise<ChildProcess> =>
  startStorms(TIMED, checkout, machines)

export const storm = async (child: ChildProcess): Promise<Storm> =>
  (await ask<{ readonly storm: Storm }>(child, 'storm')).storm

/** What one boot allocates. */
export const bootAllocation = async (checkout: string): Promise<PerUnit> => {
  const child = await startStorms(COUNTED, checkout, COUNTED_MACHINES)
  try {
    return await allocatedPerUnit(child, async () => {
      const { seconds } = await storm(child)
      return { units: COUNTED_MACHINES, seconds }
    })
  } finally {
    await endChild(child)
  }
}

export const wholeNumber = (value: number): string => Math.round(value).toLocaleString('en')
