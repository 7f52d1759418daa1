/**
 * DHCP servers and Network Boot Services as they are written in a scenario, and links. Form, defaults and
 * descriptions; what needs other parts of the file (names, addresses) is checked in `resolve-servers.ts`.
 */
import { z } from 'zod'
import { ARCHITECTURES } from '../wire/pxe/client.ts'
import {
  duration,
  durationRange,
  group,
  instant,
  ip4,
  ip4OrNone,
  macPattern,
  oneOrMore,
  probability,
  reference,
  span,
  whole,
  word,
  words,
  wordsUpTo,
  yesNo,
} from '../document/parts.ts'
import { images, options } from './format-options.ts'
import { nbsBsdp } from './format-bsdp.ts'
import { policy } from './format-policy.ts'

const link = {
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
export const linkFields = link
export const linkRules = z.strictObject(link).meta({ id: 'link' })
export type LinkForm = z.output<typeof linkRules>

export const architecture = word(...ARCHITECTURES.map(({ name }) => name)).meta({ id: 'architecture' })

export const host = {
  on: reference.describe('Subnet'),
  address: ip4.describe('Address of the server on that subnet'),
  link: linkRules.optional().describe("Weather of the server's own cable, on top of the subnet's"),
}

export const serviceState = word('on', 'off', 'closed', 'silent')
export const pools = oneOrMore(span).describe(
  'Addresses to lease: first-last, or a list of such spans (one per subnet behind relays)',
)
/** RFC 2131 §2: 128 bytes with the closing NUL. */
const MAX_BOOT_FILE = 127

export const bootFile = wordsUpTo(MAX_BOOT_FILE).optional().describe('Boot file, in header field file')
export const nextServer = ip4.optional().describe('Server of the boot file, in header field siaddr')
export const leaseTime = instant.prefault('3600s').describe('Lease time (51)')

export const dhcpServer = z.strictObject({
  kind: z.literal('dhcp').describe('A DHCP server'),
  ...host,
  pool: pools,
  options: options.optional().describe('By name (classIdentifier) or number (60)'),
  bootFile,
  nextServer,
  router: ip4OrNone
    .optional()
    .describe("Router option (3); none leaves it out; default: the router of the pool's subnet"),
  leaseTime,
  answers: word('normal', 'offer-only', 'nak')
    .prefault('normal')
    .describe('offer-only never ACKs; nak refuses every REQUEST'),
  engine: word('own', 'npm-dhcp').prefault('own').describe('Whose implementation answers'),
  responseDelay: durationRange.prefault('0ms').describe('Waits before each answer'),
  tftp: serviceState.prefault('off').describe('TFTP service on the same host'),
  images: images
    .optional()
    .describe('Files of that TFTP service: a directory, or a map of name to size or text'),
})
export type DhcpForm = z.output<typeof dhcpServer>

export const nbsServer = z.strictObject({
  kind: z.literal('nbs').describe('A Network Boot Service'),
  ...host,
  notificationServer: reference.optional().describe('The Notification Server it asks about each machine'),
  stalePolicy: policy.optional().describe('What that server said some time ago, used instead of asking'),
  images: images
    .optional()
    .describe('Boot images: a directory relative to this file, or a map of file name to size or text'),
  without: oneOrMore(words).prefault([]).describe('Globs of image files not distributed to this server yet'),
  responseDelay: durationRange.prefault('0ms').describe('Waits before each answer'),
  style: word('complete', 'redirect', 'menu', 'legacy-quirk')
    .prefault('complete')
    .describe(
      'Offer with the boot file, offer that sends to port 4011, offer with a menu, or the old engine (three END-closed option 43)',
    ),
  services: z
    .strictObject({
      pxe: serviceState.prefault('on').describe('PXE service'),
      bsdp: serviceState.prefault('on').describe('BSDP service'),
      tftp: serviceState.prefault('on').describe('TFTP service'),
    })
    .prefault({})
    .describe('closed: the host answers port unreachable; silent: a firewall swallows it'),
  boot4011: word('alive', 'dead').prefault('alive').describe('Does port 4011 answer?'),
  allow: oneOrMore(macPattern).optional().describe('Only these machines are answered'),
  deny: oneOrMore(macPattern).prefault([]).describe('These machines are never answered'),
  minimumSecs: whole(0, 32).prefault(0).describe('Answers only requests whose secs field is at least this'),
  arches: oneOrMore(architecture).optional().describe('Only these architectures are served'),
  menu: z
    .strictObject({
      prompt: words.prefault('Press F8 for the boot menu').describe('Text of the prompt'),
      timeout: whole(0, 255)
        .prefault(0)
        .describe('Seconds; 0 takes the first entry at once, 255 waits without limit'),
    })
    .prefault({})
    .describe('Prompt of style menu'),
  bootServerType: whole(0, 0xffff).prefault(0xaaaa).describe('PXE boot server type'),
  discovery: z
    .strictObject({
      broadcast: yesNo.prefault(true).describe('Answers and allows broadcast discovery'),
      multicast: group.optional().describe('Answers and allows multicast discovery on this group'),
    })
    .prefault({})
    .describe('How machines may discover boot servers'),
  bsdp: nbsBsdp,
  whenUnreachable: word('silent', 'production', 'unknown')
    .prefault('silent')
    .describe('What it does while its Notification Server does not answer'),
})
export type NbsForm = z.output<typeof nbsServer>
