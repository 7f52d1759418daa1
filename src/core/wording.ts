/**
 * Addresses in sentences. An event keeps them as values; whoever writes the sentence decides how they read: plainly,
 * or by the names of a scenario. Nothing searches a finished sentence for addresses.
 */
import { type Endpoint, type Ip4, type Mac, formatEndpoint, formatMac } from './address.ts'
import { type Ip, formatIp, isIp6 } from './ip.ts'

/** How addresses read in the sentences of one reader. */
export interface Wording {
  address(ip: Ip): string
  /** A client; `at` is where an answer to it was sent. */
  machine(mac: Mac, at?: Endpoint): string
}

/** Addresses as they are. */
export const PLAIN: Wording = {
  address: formatIp,
  machine: (mac, at) => (at === undefined ? formatMac(mac) : `${formatMac(mac)} at ${formatEndpoint(at)}`),
}

/** Servers by name; machines as they are. */
export const namingServers = (nameOf: (ip: Ip4) => string): Wording => ({
  ...PLAIN,
  address: ip => (isIp6(ip) ? formatIp(ip) : nameOf(ip)),
})

export const endpointText = (wording: Wording, { ip, port }: Endpoint): string =>
  `${wording.address(ip)}:${port}`

/** A sentence or part of one; where it has addresses, it is not written yet. Made by `phrase`. */
export type Phrase = string | PhraseParts

interface PhraseParts {
  readonly texts: readonly string[]
  readonly values: readonly PhraseValue[]
}

type PhraseValue = Phrase | number | Named

interface Named {
  readonly ip: Ip
}

/** An address without `named` would be written as a number, or as 16 odd characters. */
type NoBareAddress<Values> = { [Key in keyof Values]: Values[Key] extends Ip | Mac ? never : Values[Key] }

/** phrase`The offer of ${named(server)} came too late.`: nothing is formatted until somebody reads it. */
export const phrase = <const Values extends readonly PhraseValue[]>(
  texts: TemplateStringsArray,
  ...values: Values & NoBareAddress<Values>
): Phrase => ({ texts, values })

export const named = (ip: Ip): Named => ({ ip })

/** `10.20.1.5, 10.20.1.6` */
export const phraseList = (ips: readonly Ip[], separator = ', '): Phrase => ({
  texts: ['', ...ips.map((_, index) => (index < ips.length - 1 ? separator : ''))],
  values: ips.map(named),
})

export const inWords = (text: Phrase, wording: Wording = PLAIN): string => {
  if (typeof text === 'string') return text
  return text.texts.reduce(
    (sentence, piece, index) => sentence + valueText(text.values[index - 1]!, wording) + piece,
  )
}

const valueText = (value: PhraseValue, wording: Wording): string => {
  if (typeof value === 'number') return String(value)
  return typeof value === 'object' && 'ip' in value ? wording.address(value.ip) : inWords(value, wording)
}
