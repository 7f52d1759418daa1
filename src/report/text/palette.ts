/**
 * Colours as a value, so that whoever prints decides whether there are any.
 */

/** picocolors' shape, so that `NO_COLOR` and pipes are its business. */
export interface Palette {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly yellow: (text: string) => string
  readonly green: (text: string) => string
  readonly cyan: (text: string) => string
}
