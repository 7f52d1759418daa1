/**
 * What is drawn on canvas knows of colours: types only, so that geometry can be tested without a page.
 */

export interface Theme {
  readonly dark: boolean
  readonly ink: string
  readonly faint: string
  readonly line: string
  readonly panel: string
  readonly surface: string
  readonly accent: string
  readonly bad: string
  readonly warn: string
}

/** By name of the server; null where none won. */
export type ColourOf = (server: string | null) => string
