/**
 * What a screen without text shows: signs on grey. The model's lines stand below it in small, since they say more than
 * the machine would. Which sign stands for which lines is said by the firmware (`firmware/displays.ts`).
 */
import type { VNode } from 'preact'
import type { DisplaySign, SignDisplay } from '../firmware/display.ts'

export const SignScreen = ({ display, lines }: { display: SignDisplay; lines: readonly string[] }) => {
  const sign = display.signOf(lines)
  return (
    <svg
      viewBox="0 0 80 60"
      class={`screen-sign ${sign === 'flashingGlobe' ? 'flashes' : ''}`}
      role="img"
      aria-label={WORDS[sign]}
    >
      {SIGNS[sign]}
    </svg>
  )
}

const WORDS: Readonly<Record<DisplaySign, string>> = {
  globe: 'A globe: it looks for a NetBoot server',
  flashingGlobe: 'A globe: it looks for a NetBoot server',
  system: 'The system of the network starts',
  prohibited: 'A prohibitory sign: there is no system that it can start',
  picker: 'Startup Disk',
}

const GLOBE = (
  <g fill="none" stroke="currentColor" stroke-width="1.6">
    <circle cx="40" cy="30" r="15" />
    <ellipse cx="40" cy="30" rx="6.5" ry="15" />
    <path d="M25 30h30M27.5 22h25M27.5 38h25" />
  </g>
)

const SIGNS: Readonly<Record<DisplaySign, VNode>> = {
  globe: GLOBE,
  flashingGlobe: GLOBE,
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
}
