/**
 * A foreign responder as it is written in a scenario: its packets, its manners, its presets; and the choice between
 * the three kinds of server. Form and descriptions only. Fields a preset may fill in have no default here:
 * `presets.ts` has them.
 */
import { z } from 'zod'
import { foreignBsdp } from './format-bsdp.ts'
import { files, options } from './format-options.ts'
import {
  durationRange,
  eitherWay,
  group,
  ip4,
  macPattern,
  oneOrMore,
  whole,
  word,
  words,
  yesNo,
} from '../document/parts.ts'
import {
  architecture,
  bootFile,
  dhcpServer,
  host,
  leaseTime,
  nbsServer,
  nextServer,
  pools,
} from './format-servers.ts'
import { PRESETS } from './model-foreign.ts'

const role = word('dhcp', 'proxy', 'both').describe(
  'Leases (dhcp), boot information (proxy), or both in one packet',
)

const offer = {
  options: options
    .optional()
    .describe('By name (vendorSpecific) or number (43); added to what the role needs'),
  bootFile,
  nextServer,
  noLease: yesNo.optional().describe('yiaddr 0 although the role leases addresses'),
  omit: oneOrMore(eitherWay({ scalar: z.union([z.string(), z.number()]) }))
    .optional()
    .describe('Options left out, by name or number'),
  malformed: oneOrMore(word('no-end', 'bad-length-51')).optional().describe('How its messages are broken'),
  ipxe: z
    .strictObject({
      priority: whole(-128, 127).optional().describe('Option 175.1'),
      noProxy: yesNo.prefault(false).describe('Option 175.176: do not wait for a proxy'),
    })
    .optional()
    .describe('Options for iPXE only (175)'),
}
export const foreignOffer = z.strictObject(offer)
export type OfferForm = z.output<typeof foreignOffer>

const answer = {
  delay: durationRange.optional().describe('Waits before the answer'),
  bootFile,
  nextServer,
  serverIdentifier: ip4.optional().describe('Option 54 of the answer'),
  options: options.optional().describe('Options of the answer'),
}
const reply = z
  .strictObject(answer)
  .optional()
  .describe('What port 4011 answers, where it differs from the offer')
export type ReplyForm = z.output<typeof reply>

export const foreignServer = z.strictObject({
  kind: z.literal('foreign').describe('Any other responder, described by its packets'),
  ...host,
  preset: word(...PRESETS)
    .optional()
    .describe('A known product or situation; the other fields override it'),
  role: role.optional(),
  ...offer,
  delay: durationRange.optional().describe('Waits before each answer'),
  ackDelay: durationRange
    .optional()
    .describe('Waits before ACKs, NAKs and answers on port 4011, where that is not as long as delay'),
  pool: pools.optional(),
  leaseTime,
  boot4011: word('alive', 'dead', 'closed').optional().describe('Port 4011 answers, is silent, or is closed'),
  reply,
  discovery: z
    .strictObject({
      types: oneOrMore(whole(0, 0xffff)).describe('Boot server types served'),
      broadcast: yesNo.prefault(true).describe('Answers broadcast discovery'),
      unicast: yesNo.prefault(true).describe('Answers unicast discovery'),
      group: group.optional().describe('Answers multicast discovery on this group'),
      ...answer,
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
  answers: word('normal', 'offer-only', 'nak', 'nak-others', 'ack-others', 'silent-but-nak-others', 'silent')
    .optional()
    .describe('What it does with REQUESTs, its own and those for others'),
  unicast: oneOrMore(word('offer', 'ack'))
    .optional()
    .describe('Messages sent to yiaddr although a broadcast was asked for'),
  repeat: whole(1, 64).prefault(1).describe('How often each answer is sent'),
  answersClass: word('any', 'pxe', 'http', 'bsdp-none')
    .optional()
    .describe('Which clients it answers, by option 60'),
  also: z
    .array(
      z.strictObject({ role, delay: durationRange.optional().describe('Waits before this offer'), ...offer }),
    )
    .prefault([])
    .describe('Further offers to the same DISCOVER'),
  byArchitecture: z
    .array(
      z.strictObject({ arches: oneOrMore(architecture).describe('For machines of these'), ...offer, reply }),
    )
    .optional()
    .describe('What machines of some architectures get instead; the first entry that names theirs counts'),
  minimumSecs: whole(0, 32).optional().describe('Answers only DISCOVERs whose secs field is at least this'),
  own: oneOrMore(macPattern).prefault([]).describe('Machines that are answered in spite of minimumSecs'),
  bsdp: foreignBsdp,
})
export type ForeignForm = z.output<typeof foreignServer>

export const server = z.discriminatedUnion('kind', [dhcpServer, nbsServer, foreignServer])
export type ServerForm = z.output<typeof server>
