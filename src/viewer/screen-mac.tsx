/**
 * What a Mac shows while it boots from the network: signs on grey, and no text. The model's lines tell which sign; they
 * stand below it in small, since they say more than the Mac would.
 */

/** By what the last line says, as firmware/apple prints it. */
const signOf = (lines: readonly string[]): keyof typeof SIGNS => {
  const last = lines.at(-1) ?? ''
  if (last.includes('prohibitory sign')) return 'prohibited'
  if (last.startsWith('booting')) return 'system'
  if (last.startsWith('Startup Disk')) return 'picker'
  return 'globe'
}

export const MacScreen = ({ lines }: { lines: readonly string[] }) => {
  const sign = signOf(lines)
  const flashes = (lines.at(-1) ?? '').includes('flashing globe')
  return (
    <svg
      viewBox="0 0 80 60"
      class={`mac-sign ${flashes ? 'flashes' : ''}`}
      role="img"
      aria-label={WORDS[sign]}
    >
      {SIGNS[sign]}
    </svg>
  )
}

const WORDS = {
  globe: 'A globe: it looks for a NetBoot server',
  system: 'The system of the network starts',
  prohibited: 'A prohibitory sign: there is no system that it can start',
  picker: 'Startup Disk',
} as const

const SIGNS = {
  globe: (
    <g fill="none" stroke="currentColor" stroke-width="1.6">
      <circle cx="40" cy="30" r="15" />
      <ellipse cx="40" cy="30" rx="6.5" ry="15" />
      <path d="M25 30h30M27.5 22h25M27.5 38h25" />
    </g>
  ),
  system: (
    <g fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round">
      <path d="M40 17v6M40 37v6M27 30h6M47 30h6M30.8 20.8l4.2 4.2M45 35l4.2 4.2M30.8 39.2L35 35M45 25l4.2-4.2" />
    </g>
  ),
  prohibited: (
    <g fill="none" stroke="currentColor" stroke-width="3">
      <circle cx="40" cy="30" r="14" />
      <path d="M30 20l20 20" />
    </g>
  ),
  picker: (
    <g fill="none" stroke="currentColor" stroke-width="1.6">
      <rect x="24" y="20" width="32" height="20" rx="3" />
      <path d="M24 33h32" />
      <circle cx="50" cy="36.5" r="1" />
    </g>
  ),
} as const
