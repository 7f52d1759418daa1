/**
 * One cell of the tables: what one firmware does in one row of `scenarios/firmware`. Names are those of
 * the servers there. Types, and the one name that is not like the others.
 */

/** Seconds; a pair is the range of repeated runs. */
export type Seconds = number | readonly [lowest: number, highest: number]

/** What is not said must not happen: no `lease`, no `asked`, no `reads` mean that there was none. */
export interface Cell {
  /** Who gave the address. */
  readonly lease?: string
  /** Who was asked for one, where nobody gave it. */
  readonly requestTo?: string
  /** Servers asked on port 4011, in order: `Ba×4 Bb`. */
  readonly asked?: string
  /** Who was asked for a file. */
  readonly reads?: string
  /** Default: `boot-` and the name of the server. */
  readonly file?: string
  /** What the screen shows instead of a boot (a part of it); '' = it failed without a code. */
  readonly fails?: string
  /** A line of the screen, where there is no code. */
  readonly says?: string
  /** Still trying at the limit. */
  readonly pending?: true
  /** Since the first DISCOVER. A time that is left out was not there (`request`, `rrq`) or not measured (`end`). */
  readonly request?: Seconds
  readonly rrq?: Seconds
  readonly end?: Seconds
}

/** Row -> cell. */
export type Measured = Readonly<Record<string, Cell>>

/** What Pa serves in row 27, instead of a file that names it. */
export const OTHER_CPU = 'BStrap/arm64/BStrap.efi'

/** Files that do not say what they are called: of rows 27 and 63. */
export const MUTE_FILES: readonly string[] = [
  OTHER_CPU,
  'BStrap/x86/BStrap.0',
  'BStrap/x64/BStrap.efi',
  'boot.ipxe',
  'empty',
]

/** A measured time that no model should follow, and why. */
export interface Exception {
  readonly row: string
  readonly client: string
  readonly what: 'REQUEST' | 'RRQ' | 'end'
  readonly because: string
}
