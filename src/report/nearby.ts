/**
 * The end of a machine's story: what decided, what other firmware would have done, how close the race was and what
 * would have turned it. Says nothing of a race where there was none.
 */
import { FIRMWARE_FAMILIES, type FirmwareFamilies, familyNamed } from '../firmware/catalogue.ts'
import type { Explanation } from '../experiments/what-if/explanation.ts'
import type { Flip, Race } from '../experiments/what-if/counterfactuals.ts'
import { whatEachDoes } from './compare.ts'
import type { Palette } from './text/run.ts'

/** More ways to turn a race are in `--json`. */
const FLIPS_SHOWN = 3

export const reportExplanation = (
  explanation: Explanation,
  colour: Palette,
  families: FirmwareFamilies = FIRMWARE_FAMILIES,
): string[] => {
  const { decided, ended, otherFirmware, races } = explanation
  const family = familyNamed(families, explanation.firmware)
  const title = family?.title ?? explanation.firmware
  const lines: string[] = []
  const add = (head: string, text: string): void => void lines.push(`${colour.bold(`${head}:`)} ${text}`)
  if (decided) add('Decided', `${decided.text} [${decided.rule}]`)
  if (ended) add('Ended', `${ended.text} [${ended.rule}]`)
  if (otherFirmware.length > 0) add('Other firmware in its place', `${whatEachDoes(otherFirmware)}.`)
  for (const race of races) {
    const margin = marginText(race, title, family?.client.prefers === 'last')
    if (margin !== undefined) add(RACE_NAMES[race.over], margin)
    const [first, ...more] = flipTexts(race, explanation, title)
    if (first !== undefined) add('Flip point', first)
    for (const text of more) lines.push(`  ${text}`)
    if (!race.complete) lines.push(`  (not every move was tried: the limit of runs was reached)`)
  }
  return lines.length > 0 ? ['', ...lines] : []
}

const RACE_NAMES = { boot: 'Race', lease: 'Race for the lease', bootServer: 'Race of boot servers' } as const

const marginText = (
  { winner, rival, marginSeconds, contenders, flips }: Race,
  title: string,
  keepsLast: boolean,
): string | undefined => {
  if (winner !== null && rival !== null && marginSeconds !== null) {
    const order = marginSeconds >= 0 ? 'before' : 'after'
    const others = contenders.length > 2 ? ` (${contenders.length} servers competed)` : ''
    // I-8: otherwise "came later and won" reads like a mistake.
    const why = marginSeconds < 0 && keepsLast && flips.length > 0 ? `, and ${title} keeps the last` : ''
    return `${winner}'s offer came ${span(marginSeconds)} ${order} ${rival}'s${others}${why}.`
  }
  const [late] = contenders
  if (contenders.length === 1 && late)
    return `${late.server}'s offer came ${span(late.seconds)} after power-on, when the machine had chosen already.`
  return `none of ${contenders.map(({ server }) => server).join(', ')} won.`
}

const flipTexts = (race: Race, explanation: Explanation, title: string): string[] => {
  const { flips, windowSeconds } = race
  const within = flips.filter(({ missesWindow }) => !missesWindow)
  if (within.length > 0)
    return within
      .slice(0, FLIPS_SHOWN)
      .map(
        flip =>
          `if ${flip.server}'s offer came ${span(flip.seconds)} ${flip.seconds > 0 ? 'later' : 'earlier'}, ${fateText(flip, race, explanation)}${proof(flip)}.`,
      )
  const rule = explanation.decided ? ` (${explanation.decided.rule})` : ''
  const servers = race.contenders.map(({ server }) => `${server}'s`).join(' or ')
  const because =
    race.contenders.length > 1 ? `: ${title} chooses by the kind of offer here, not by its time${rule}` : ''
  const none = `no delay of ${servers} offer within the ${windowSeconds.toFixed(1)} s that ${title} listens changes who wins${because}.`
  const [missing] = flips
  if (!missing) return [none]
  return [
    none,
    `Only if ${missing.server}'s offer missed that window, ${fateText(missing, race, explanation)}.`,
  ]
}

const proof = ({ unchangedAt }: Flip): string =>
  unchangedAt === 0 ? '' : ` (${span(unchangedAt)} changes nothing)`

const fateText = ({ fate }: Flip, race: Race, { client }: Explanation): string => {
  if (race.over === 'lease') return `${fate.leaseFrom ?? 'nobody'} would have leased the address`
  const does = {
    booted: `booted ${fate.file ?? 'its file'}`,
    localDisk: 'gone to its local disk',
    failed: `failed${fate.code === null ? '' : ` with ${fate.code}`}`,
    pending: 'still tried at the limit',
  }[fate.outcome]
  return fate.pxeServer !== null && fate.pxeServer !== race.winner
    ? `${fate.pxeServer} would have won and ${client} would have ${does}`
    : `${client} would have ${does}`
}

const span = (seconds: number): string => {
  const size = Math.abs(seconds)
  if (size >= 1) return `${size.toFixed(4)} s`
  return size < 0.0001 ? `${(size * 1e6).toFixed(0)} us` : `${(size * 1000).toFixed(1)} ms`
}
