/**
 * How long tests wait for what must happen. There is one limit for all of them, far beyond what a slow and busy machine
 * needs: it turns a hang into a failure that says what did not come. What must *not* happen is waited for briefly: a slow
 * machine cannot fail such a test.
 */
import { setTimeout as pause } from 'node:timers/promises'

export const PATIENCE_MILLIS = 10 * 60_000

/** Looks until it holds; false where it never does. */
export const until = async (condition: () => boolean | Promise<boolean>): Promise<boolean> => {
  const end = performance.now() + PATIENCE_MILLIS
  while (!(await condition())) {
    if (performance.now() > end) return false
    await pause(10)
  }
  return true
}
