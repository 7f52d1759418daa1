/**
 * What the screen of real firmware says of its boot. The texts are each family's own: `screen` of its description. Does
 * not print; the models' own texts are with each model.
 */

export type ScreenVerdict =
  /** The boot file runs. */
  | { readonly kind: 'started' }
  /** The file came, and is for another machine. */
  | { readonly kind: 'refused'; readonly code: string | undefined }
  /** It goes on to the next boot device; the code is what it showed before, if it showed one. */
  | { readonly kind: 'gaveUp'; readonly code: string | undefined }

export interface Sign {
  readonly text: RegExp
  /** `codes`: what was shown on the way. Undefined: goes on reading. */
  readonly means: (match: RegExpExecArray, codes: readonly string[]) => ScreenVerdict | undefined
}

export interface ScreenSigns {
  readonly signs: readonly Sign[]
  /** Codes that are shown on the way and count when it gives up: the first group. */
  readonly codes?: RegExp
  /** Shown where a menu sends the machine to its disk; without any code it may have been sent there as well. */
  readonly localDiskCode?: string
}

/** The first verdict that the lines hold. Lines are whole: what was appended to one stands in it. */
export const readScreen = (
  { signs, codes: code = NO_CODES }: ScreenSigns,
  lines: readonly string[],
): ScreenVerdict | undefined => {
  const codes: string[] = []
  for (const line of lines) {
    for (const [, found] of line.matchAll(code)) codes.push(found!)
    for (const { text, means } of signs) {
      const match = text.exec(line)
      const verdict = match && means(match, codes)
      if (verdict) return verdict
    }
  }
  return undefined
}

const NO_CODES = /(?!)/g
