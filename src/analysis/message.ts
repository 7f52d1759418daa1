/**
 * The message of a finding from packets: which machines, what happened to them, whom they followed and what it means
 * for their firmware. A projection of the details; knows no rule.
 */
import { formatSpan, fromSeconds } from '../core/micros.ts'
import type { CommonDetails, RaceDetails } from './details.ts'
import { listed, plural } from './words.ts'

/** `text`: what the rule says of its own details. */
export const messageOf = (text: string, details: CommonDetails): string =>
  [
    `${subjectOf(details)}: ${text}`,
    ...(details.race ? [raceText(details.race)] : []),
    ...effectsText(details),
  ].join(' ')

/** `5 EDK2 machines and 1 iPXE machine`. */
const subjectOf = ({ machines, unidentified, relay }: CommonDetails): string => {
  const parts = machines.map(({ firmware, count }) =>
    plural(count, firmware === 'other' ? 'machine' : `${firmware} machine`),
  )
  if (unidentified !== undefined) parts.push(`${plural(unidentified, 'transfer')} of unidentified machines`)
  return listed(parts) + (relay === undefined ? '' : ` behind relay agent ${relay}`)
}

/** `Followed: nbs-b 3 times, nbs-a once; the first answer led by 350 us to 1.20 ms.` */
const raceText = ({ followed, unknown, overtaken, leadSeconds: { min, max } }: RaceDetails): string => {
  const lead = min === max ? spanText(min) : `${spanText(min)} to ${spanText(max)}`
  const [only] = followed
  if (only?.times === 1 && followed.length === 1 && unknown === 0)
    return overtaken === 0
      ? `It followed ${only.server}, which answered ${lead} earlier.`
      : `It followed ${only.server}, although another server answered ${lead} earlier.`
  const parts: string[] = []
  if (followed.length > 0)
    parts.push(`followed: ${followed.map(({ server, times }) => `${server} ${timesText(times)}`).join(', ')}`)
  if (unknown > 0) parts.push(`for ${plural(unknown, 'boot')} it is unknown which server was followed`)
  const later = overtaken > 0 ? `, but ${timesText(overtaken)} the machine took a later one` : ''
  return `${capital([...parts, `the first answer led by ${lead}${later}`].join('; '))}.`
}

const spanText = (seconds: number): string => formatSpan(fromSeconds(seconds))
const timesText = (count: number): string => (count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`)

const effectsText = ({ machines }: CommonDetails): string[] => {
  const effects = machines.flatMap(({ effect }) => effect ?? [])
  return effects.length === 0 ? [] : [`${capital(effects.join('; '))}.`]
}

/** Of our own words only: a name stays as it is written. */
const capital = (text: string): string =>
  text.replace(/^(followed|for|the|a)\b/, word => word[0]!.toUpperCase() + word.slice(1))
