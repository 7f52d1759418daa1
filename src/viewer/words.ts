/**
 * What the page calls things that the result has short names for.
 */

/** Standings and outcomes. */
export const WORDS: Readonly<Record<string, string>> = {
  off: 'switched off',
  booting: 'asking the network',
  decided: 'has chosen',
  booted: 'booted from the network',
  localDisk: 'went on to its disk',
  failed: 'failed',
  pending: 'still trying',
}

export const SEVERITIES: Readonly<Record<string, string>> = {
  error: 'Error',
  warning: 'Warning',
  info: 'Note',
}
