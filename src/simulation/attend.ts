/**
 * Servers that take their time to start or to stop, or fail to: whoever lets the time of a run pass is told of each.
 * Does not wait.
 */
import type { RunningServer } from '../servers/kind.ts'

/** The world waits for it, or ends with its error. Nothing is to be done for a server that was ready at once. */
export type Attend = (server: RunningServer, work: Promise<void> | void) => void

/** In virtual time there are only servers that are ready at once. */
export const ignored: Attend = (_server, work) => void work
