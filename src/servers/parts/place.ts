/**
 * Where a server stands: its subnet, its address, and the link by which it is joined; and links in general, as they
 * are written. Whether the subnet exists and the address fits is checked where all of them are known.
 */
import { z } from 'zod'
import { written } from '../../core/written.ts'
import { duration, durationRange, ip4, probability, reference, whole } from '../../document/parts.ts'
import { IDEAL_LINK, type LinkRules } from '../../network/virtual/link.ts'

export const linkFields = {
  delay: durationRange
    .optional()
    .describe('One-way time to every receiver; a range a..b means delay a and jitter b - a'),
  jitter: duration.optional().describe('Up to this much more, uniform'),
  loss: probability.optional().describe('Probability that one receiver misses a frame'),
  duplicate: probability.optional().describe('Probability that a frame is there twice'),
  reorder: probability.optional().describe('Probability that later frames overtake one'),
  corrupt: probability.optional().describe('Probability that a bit of a frame flips'),
  mtu: whole(68, 9216).optional().describe('Largest IP packet in bytes'),
}
export const linkRules = z.strictObject(linkFields).meta({ id: 'link' })
export type LinkForm = z.output<typeof linkRules>

/** A host's own cable adds nothing to the subnet's link. */
export const OWN_CABLE: LinkRules = { ...IDEAL_LINK, delay: 0, mtu: Infinity }

/** What is not said is as on an ideal link. */
export const resolveLink = (form: LinkForm, base: LinkRules = IDEAL_LINK): LinkRules => ({
  ...base,
  ...partialLink(form),
})

/** A range of delays is a delay and a jitter. */
export const partialLink = ({ delay, jitter, ...others }: LinkForm): Partial<LinkRules> => {
  const spread = delay && delay.high > delay.low ? delay.high - delay.low : undefined
  return written({
    delay: delay?.low,
    jitter: spread === undefined ? jitter : spread + (jitter ?? 0),
    ...others,
  })
}

/** What the form of every server begins with. */
export const place = {
  on: reference.describe('Subnet'),
  address: ip4.describe('Address of the server on that subnet'),
  link: linkRules.optional().describe("Weather of the server's own cable, on top of the subnet's"),
}
