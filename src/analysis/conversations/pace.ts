/**
 * Where the time of a TFTP transfer went: waiting for the server's next block, for the client's next acknowledgement,
 * or for a packet that had to be sent again. Seen from where the capture was taken: the way to the far side counts as
 * the far side's. Does not decide what is slow.
 */
import type { Micros } from '../../core/micros.ts'

export interface Pace {
  /** Before new DATA, and before new ACKs. */
  server: Micros
  client: Micros
  /** Before a packet that had been sent already. */
  repeated: Micros
  repeats: number
  /** Of the last packet on the segment where the request was seen. */
  lastAt: Micros
  /** Of the last new DATA there: a router's copy elsewhere may have been seen before. */
  block: number
}

export const startPace = (at: Micros): Pace => ({
  server: 0,
  client: 0,
  repeated: 0,
  repeats: 0,
  lastAt: at,
  block: 0,
})

/** Of DATA. */
export const noteBlockPace = (pace: Pace, block: number, at: Micros): void => {
  const isNew = isAhead(block, pace.block)
  if (isNew) pace.block = block
  notePace(pace, 'server', isNew, at)
}

/** Block numbers are 16 bits and go round. */
export const isAhead = (block: number, before: number): boolean => {
  const ahead = (block - before) & 0xffff
  return ahead > 0 && ahead < 0x8000
}

export const notePace = (pace: Pace, from: 'server' | 'client', isNew: boolean, at: Micros): void => {
  // Records of several interfaces may come slightly out of order.
  const gap = Math.max(0, at - pace.lastAt)
  pace.lastAt = Math.max(pace.lastAt, at)
  if (isNew) {
    pace[from] += gap
    return
  }
  pace.repeated += gap
  pace.repeats++
}
