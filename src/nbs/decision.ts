/**
 * The vendor's answer about a machine as text, both ways (NBS-16):
 *
 *     <response boot="0" client="1" image="LinuxInstall" arch="1" jobrunning="1" />
 *
 * Pure functions for whoever carries them (HTTP, files). Does not read XML in general: one element, its attributes.
 */
import { type Decoded, type Issue, decoded, undecodable } from '../core/decoded.ts'
import { BOOT_KINDS, COMPUTER_CLASSES, type Decision } from '../protocol/pxe/decision.ts'

export type { Answer, Decision, DecisionSource, Question } from '../protocol/pxe/decision.ts'
export { describeDecision } from '../protocol/pxe/decision.ts'

const REFERENCE = 'Broadcom KB 181630'
/** Characters of an answer that are looked at; a real one has some 80. */
export const MAX_ANSWER_LENGTH = 4096
/** Characters of an image name that are kept. */
export const MAX_IMAGE_NAME = 128

export const renderDecision = (decision: Decision): string => {
  const attributes = [
    ['boot', BOOT_KINDS.indexOf(decision.boot)],
    ['client', COMPUTER_CLASSES.indexOf(decision.client)],
    ['image', escapeXml(decision.image)],
    ['arch', decision.arch === 'x86' ? 1 : 2],
    ['jobrunning', decision.jobRunning ? 1 : 0],
  ]
  return `<response ${attributes.map(([name, value]) => `${name}="${value}"`).join(' ')} />`
}

/**
 * Tolerant: attributes in any order and case, either quote, unknown ones skipped. `boot` must be there and make
 * sense; for the rest the least surprising value is taken and said.
 */
export const parseDecision = (text: string): Decoded<Decision> => {
  const element = /<response\b([^<>]*)>/i.exec(text.slice(0, MAX_ANSWER_LENGTH))
  if (!element) return undecodable('decision.element', 0, 'there is no <response> element', REFERENCE)
  const attributes = attributesOf(element[1]!)
  const issues: Issue[] = []
  const missing = (name: string, taken: string): void => {
    const said = attributes.get(name)
    const message = said === undefined ? `${name} is missing` : `${name}="${said}" is unknown`
    issues.push({
      code: `decision.${name}`,
      severity: 'violation',
      offset: element.index,
      message: `${message}: took ${taken}`,
      reference: REFERENCE,
    })
  }
  const boot = BOOT_KINDS[numberOf(attributes.get('boot'))]
  if (!boot)
    return undecodable(
      'decision.boot',
      element.index,
      `boot="${attributes.get('boot') ?? ''}" says nothing`,
      REFERENCE,
    )
  const client = COMPUTER_CLASSES[numberOf(attributes.get('client'))]
  if (!client) missing('client', 'unknown')
  const arch = ([undefined, 'x86', 'x64'] as const)[numberOf(attributes.get('arch'))]
  if (!arch) missing('arch', 'x64')
  const job = attributes.get('jobrunning')
  if (job !== '0' && job !== '1') missing('jobrunning', '0')
  const image = (attributes.get('image') ?? '').slice(0, MAX_IMAGE_NAME)
  if (image === '' && boot !== 'production') missing('image', 'none')
  return decoded(
    { boot, client: client ?? 'unknown', image, arch: arch ?? 'x64', jobRunning: job === '1' },
    issues,
  )
}

/** -1 where it is no plain number, so that it finds nothing in a list. */
const numberOf = (text: string | undefined): number =>
  text !== undefined && /^\s*\d{1,3}\s*$/.test(text) ? Number(text) : -1

const attributesOf = (text: string): ReadonlyMap<string, string> => {
  const attributes = new Map<string, string>()
  for (const [, name, double, single] of text.matchAll(/([a-z]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/gi)) {
    const key = name!.toLowerCase()
    if (!attributes.has(key)) attributes.set(key, unescapeXml(double ?? single ?? ''))
  }
  return attributes
}

const ENTITIES: readonly (readonly [char: string, entity: string])[] = [
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&apos;'],
]

const escapeXml = (text: string): string =>
  ENTITIES.reduce((escaped, [char, entity]) => escaped.replaceAll(char, entity), text)

/** The ampersand last, so that `&amp;lt;` stays what it was. */
const unescapeXml = (text: string): string =>
  ENTITIES.toReversed().reduce((plain, [char, entity]) => plain.replaceAll(entity, char), text)
