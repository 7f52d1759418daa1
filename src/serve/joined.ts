/**
 * One run at a time, and one more for all who ask meanwhile: what they ask for may have changed after the run under way
 * had looked.
 */
export const joined = (act: () => Promise<void>): (() => void) => {
  let isRunning = false
  let isAskedAgain = false
  const run = async (): Promise<void> => {
    isRunning = true
    do {
      isAskedAgain = false
      await act()
    } while (isAskedAgain)
    isRunning = false
  }
  return () => {
    if (isRunning) isAskedAgain = true
    else void run()
  }
}
