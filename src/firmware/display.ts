/**
 * What a screen without text shows. Types only; `displays.ts` lists the families that have one.
 */

export type DisplaySign = 'globe' | 'flashingGlobe' | 'system' | 'prohibited' | 'picker'

export interface SignDisplay {
  /** Name of the family. */
  readonly family: string
  /** By all lines that the model has printed, which say more than the screen does. */
  readonly signOf: (lines: readonly string[]) => DisplaySign
}
