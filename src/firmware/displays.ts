/**
 * Families whose users see signs instead of text: one line per family. Apart from the catalogue, because a page that
 * shows recordings needs this and no firmware.
 */
import { APPLE_DISPLAY } from './apple/display.ts'
import type { SignDisplay } from './display.ts'

const DISPLAYS: readonly SignDisplay[] = [APPLE_DISPLAY]

/** Undefined: its screen is a text console. */
export const signDisplayOf = (family: string): SignDisplay | undefined =>
  DISPLAYS.find(display => display.family === family)
