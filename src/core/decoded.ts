/**
 * The result of decoding remote bytes: a value and what was wrong with it, never a throw.
 */

export interface Issue {
  /** Stable id, dotted: `dhcp.option.truncated`. */
  readonly code: string
  /** `fatal`: no value; `violation`: against a standard; `oddity`: legal, but seldom meant. */
  readonly severity: 'fatal' | 'violation' | 'oddity'
  /** Where, in bytes from the start of what was decoded. */
  readonly offset: number
  readonly message: string
  /** The text that says so: `RFC 2132 §2`. */
  readonly reference: string
}

export type Decoded<T> =
  | { readonly ok: true; readonly value: T; readonly issues: readonly Issue[] }
  | { readonly ok: false; readonly issues: readonly [Issue, ...Issue[]] }

export const decoded = <T>(value: T, issues: readonly Issue[] = []): Decoded<T> => ({
  ok: true,
  value,
  issues,
})

export const undecodable = (
  code: string,
  offset: number,
  message: string,
  reference: string,
): Decoded<never> => ({
  ok: false,
  issues: [{ code, severity: 'fatal', offset, message, reference }],
})

/** The value, or undefined where there is none: for callers that do not care why. */
export const valueOf = <T>(result: Decoded<T>): T | undefined => (result.ok ? result.value : undefined)
