/**
 * The three kinds of server as they are written in a scenario: `dhcp`, `nbs`, `foreign`. Form, defaults and
 * descriptions; what needs other parts of the file (names, addresses) is checked in `resolve-servers.ts`.
 */
import { z } from 'zod'
import { ARCHITECTURES } from '../wire/pxe/client.ts'
import {
  duration,
  durationRange,
  eitherWay,
  group,
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
  yesNo,
} from './format-parts.ts'
import { files, images, options } from './format-options.ts'
import { policy } from './format-policy.ts'
import { PRESETS } from './model-foreign.ts'

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
export const linkRules = z.strictObject(link)
export type LinkForm = z.output<typeof linkRules>

export const architecture = word(...ARCHITECTURES.map(({ name }) => name))

const host = {
  on: reference.describe('Subnet'),
  address: ip4.describe('Address of the server on that subnet'),
  link: linkRules.optional().describe("Weather of the server's own cable, on top of the subnet's"),
}

const serviceState = word('on', 'off', 'closed', 'silent')
const pools = oneOrMore(span).describe(
  'Addresses to lease: first-last, or a list of such spans (one per subnet behind relays)',
)
const bootFile = words.optional().describe('Boot file, in header field file')
const nextServer = ip4.optional().describe('Server of the boot file, in header field siaddr')
const leaseTime = duration.prefault('3600s').describe('Lease time (51)')

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
  whenUnreachable: word('silent', 'production', 'unknown')
    .prefault('silent')
    .describe('What it does while its Notification Server does not answer'),
})
export type NbsForm = z.output<typeof nbsServer>

/** Fields a preset may fill in have no default here: `presets.ts` has them. */
export const foreignServer = z.strictObject({
  kind: z.literal('foreign').describe('Any other responder, described by its packets'),
  ...host,
  preset: word(...PRESETS)
    .optional()
    .describe('A known product or situation; the other fields override it'),
  role: word('dhcp', 'proxy', 'both').optional().describe('Leases, boot information, or both in two offers'),
  delay: durationRange.optional().describe('Waits before each answer'),
  pool: pools.optional(),
  leaseTime,
  options: options
    .optional()
    .describe('By name (vendorSpecific) or number (43); added to what the role needs'),
  bootFile,
  nextServer,
  boot4011: word('alive', 'dead', 'closed').optional().describe('Port 4011 answers, is silent, or is closed'),
  reply: z
    .strictObject({
      delay: durationRange.optional().describe('Waits before the answer'),
      bootFile,
      nextServer,
      serverIdentifier: ip4.optional().describe('Option 54 of the answer'),
      options: options.optional().describe('Options of the answer'),
    })
    .optional()
    .describe('What port 4011 answers, where it differs from the offer'),
  discovery: z
    .strictObject({
      types: oneOrMore(whole(0, 0xffff)).describe('Boot server types served'),
      broadcast: yesNo.prefault(true).describe('Answers broadcast discovery'),
      unicast: yesNo.prefault(true).describe('Answers unicast discovery'),
      group: group.optional().describe('Answers multicast discovery on this group'),
      bootFile,
      nextServer,
      serverIdentifier: ip4.optional().describe('Option 54 of the answer'),
    })
    .optional()
    .describe('Answers to boot server discovery'),
  tftp: word(
    'on',
    'off',
    'closed',
    'silent',
    'no-options',
    'raises-blksize',
    'other-address',
    'other-address-hears-both',
  )
    .optional()
    .describe('TFTP service and its quirks'),
  otherAddress: ip4.optional().describe('For tftp other-address: where the answers come from'),
  files: files.optional().describe('Files of its TFTP service: name to size in bytes or text'),
  images: words.optional().describe('Directory of files for its TFTP service'),
  answers: word('normal', 'offer-only', 'nak', 'nak-others', 'ack-others', 'silent-but-nak-others')
    .optional()
    .describe('What it does with REQUESTs, its own and those for others'),
  omit: oneOrMore(eitherWay({ scalar: z.union([z.string(), z.number()]) }))
    .optional()
    .describe('Options left out, by name or number'),
  malformed: oneOrMore(word('no-end', 'bad-length-51')).prefault([]).describe('How its messages are broken'),
  unicast: oneOrMore(word('offer', 'ack'))
    .prefault([])
    .describe('Messages sent to yiaddr although a broadcast was asked for'),
  repeat: whole(1, 64).prefault(1).describe('How often each answer is sent'),
  answersClass: word('any', 'pxe', 'http').optional().describe('Which clients it answers, by option 60'),
  ipxe: z
    .strictObject({
      priority: whole(-128, 127).optional().describe('Option 175.1'),
      noProxy: yesNo.prefault(false).describe('Option 175.176: do not wait for a proxy'),
    })
    .prefault({})
    .describe('Options for iPXE only (175)'),
})
export type ForeignForm = z.output<typeof foreignServer>

export const server = z.discriminatedUnion('kind', [dhcpServer, nbsServer, foreignServer])
export type ServerForm = z.output<typeof server>
