/**
 * What a search for the smallest scenario found, for people. Does not search.
 */
import type { Shrunk, SizeOf } from '../experiments/shrink/shrink.ts'

/** The small things that went are many and dull. */
const FIELDS_SHOWN = 12

export const reportShrunk = (shrunk: Shrunk, file: string): string[] => {
  const { goal, seed, before, after, removed, runs, complete } = shrunk
  const shown = removed.slice(0, FIELDS_SHOWN)
  const more = removed.length - shown.length
  return [
    `${file} shrunk: still shows ${goal} at seed ${seed}`,
    `${sizeText(before)} -> ${sizeText(after)}, in ${runs} runs`,
    ...(removed.length > 0 ? [`removed: ${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`] : []),
    ...(complete ? [] : ['the limit of runs was reached: more might go']),
  ]
}

const sizeText = (size: SizeOf): string =>
  [
    counted(size.subnets, 'subnet'),
    counted(size.servers, 'server'),
    ...(size.nbs > 0 ? [`of them ${size.nbs} NBS`] : []),
    counted(size.machines, 'machine'),
    ...(size.faults > 0 ? [counted(size.faults, 'fault')] : []),
    counted(size.lines, 'line'),
  ].join(', ')

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
