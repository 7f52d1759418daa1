/**
 * The context that a test framework hands to a test, as far as a lab uses it: node:test, tap and vitest have one, each
 * with other names for the same; jest has none. Does not import any of them.
 */

/** `t` of node:test or tap, the context of vitest; undefined where there is none. */
export interface TestContext {
  /** node:test, tap. */
  after?(close: () => unknown): unknown
  /** tap. */
  teardown?(close: () => unknown): unknown
  /** vitest. */
  onTestFinished?(close: () => unknown): unknown
  /** node:test, tap. */
  readonly name?: string
  /** node:test: with the names of its suites. */
  readonly fullName?: string
  /** vitest. */
  readonly task?: { readonly name?: string; readonly result?: { readonly state?: string } | undefined }
  /** node:test, when the test is over. */
  readonly passed?: boolean
  /** tap. */
  passing?(): boolean
}

/** Calls back when the test is over; false: nobody will. */
export const whenOver = (context: TestContext | null | undefined, close: () => unknown): boolean => {
  if (context?.onTestFinished) context.onTestFinished(close)
  else if (context?.after) context.after(close)
  else if (context?.teardown) context.teardown(close)
  else return false
  return true
}

/** When the test is over. False also where nobody says. */
export const hasFailed = (context: TestContext | null | undefined): boolean =>
  context?.passed === false ||
  context?.task?.result?.state === 'fail' ||
  (context?.passing !== undefined && !context.passing())

/** Jest has no context, but a global that knows. */
interface Expecting {
  readonly expect?: { getState?(): { readonly currentTestName?: string } }
}

export const nameOfTest = (context: TestContext | null | undefined): string | undefined => {
  const { fullName, task, name } = context ?? {}
  return fullName ?? task?.name ?? name ?? currentTest()
}

const currentTest = (): string | undefined => (globalThis as Expecting).expect?.getState?.().currentTestName
