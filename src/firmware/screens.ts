/**
 * What the screen of real firmware says of its boot: the texts of E-56, I-24, U-2 …, read the other way round.
 * Does not print; the models' own texts are with each model.
 */

export type ScreenVerdict =
  /** The boot file runs. */
  | { readonly kind: 'started' }
  /** The file came, and is for another machine. */
  | { readonly kind: 'refused'; readonly code: string | undefined }
  /** It goes on to the next boot device; the code is what it showed before, if it showed one. */
  | { readonly kind: 'gaveUp'; readonly code: string | undefined }

interface Sign {
  readonly text: RegExp
  /** Undefined: goes on reading. */
  readonly means: (match: RegExpExecArray, codes: readonly string[]) => ScreenVerdict | undefined
}

const SIGNS: Readonly<Record<string, readonly Sign[]>> = {
  edk2: [
    { text: /(PXE-[EM]\w\w): /, means: ([, code]) => ({ kind: 'gaveUp', code }) },
    { text: /BdsDxe: starting Boot\w+ "UEFI PXEv4/, means: () => ({ kind: 'started' }) },
    {
      text: /BdsDxe: failed to load Boot\w+ "UEFI PXEv4.*: ([A-Z][a-z]+(?: [A-Z][a-z]+)?)\s*$/,
      means: ([, status]) => ({ kind: 'refused', code: status }),
    },
  ],
  ipxe: [
    { text: /bytes \[PXE-NBP\]/, means: () => ({ kind: 'started' }) },
    // I-23: started, and hangs.
    { text: /\(may be EFI\?\)/, means: () => ({ kind: 'refused', code: undefined }) },
    {
      text: /Could not boot image: .*ipxe\.org\/([0-9a-f]{8})/,
      means: ([, code]) => ({ kind: 'refused', code }),
    },
    { text: /No more network devices/, means: (_match, codes) => ({ kind: 'gaveUp', code: codes.at(-1) }) },
  ],
  'u-boot': [
    { text: /\*\*\* ERROR: `serverip' not set/, means: ([code]) => ({ kind: 'gaveUp', code }) },
    { text: /TFTP error: '.*' \(\d+\)/, means: ([code]) => ({ kind: 'gaveUp', code }) },
    { text: /(ARP )?Retry (time|count) exceeded/, means: ([code]) => ({ kind: 'gaveUp', code }) },
    { text: /Invalid blk size\(=\d+\)/, means: ([code]) => ({ kind: 'gaveUp', code }) },
    { text: /Bytes transferred = \d+/, means: () => ({ kind: 'started' }) },
  ],
}

/** Codes that are shown on the way and count when it gives up. */
const CODES: Readonly<Record<string, RegExp>> = { ipxe: /ipxe\.org\/([0-9a-f]{8})/g }

/** The first verdict that the lines hold. Lines are whole: what was appended to one stands in it. */
export const readScreen = (family: string, lines: readonly string[]): ScreenVerdict | undefined => {
  const codes: string[] = []
  for (const line of lines) {
    for (const [, code] of line.matchAll(CODES[family] ?? NO_CODES)) codes.push(code!)
    for (const { text, means } of SIGNS[family] ?? []) {
      const match = text.exec(line)
      const verdict = match && means(match, codes)
      if (verdict) return verdict
    }
  }
  return undefined
}

const NO_CODES = /(?!)/g
