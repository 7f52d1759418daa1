/**
 * A foreign responder as it is written in a scenario: its packets and how it behaves. Every offer shorthand of
 * scenarios/firmware (D, Df, Db, Dp, Pa, Ba, Pm) and every row of that folder can be written with these. Form and
 * descriptions only. Fields a preset may fill in have no default here: `presets.ts` has them.
 */
import { z } from 'zod'
import {
  durationRange,
  eitherWay,
  group,
  ip4,
  macPattern,
  oneOrMore,
  whole,
  word,
  yesNo,
} from '../../document/parts.ts'
import type { Overload } from '../../protocol/dhcp/reply-words.ts'
import type { DhcpOption } from '../../wire/dhcp/message.ts'
import type { Pool } from '../kind.ts'
import { foreignBsdp } from '../parts/bsdp-form.ts'
import { directory, files } from '../parts/files.ts'
import { options, overload } from '../parts/options-form.ts'
import { leaseFields, pools } from '../parts/leases.ts'
import { architecture } from '../parts/pxe.ts'
import { httpSetting } from '../parts/http-form.ts'
import { foreignTftp } from '../parts/tftp-form.ts'
import { type Recorded, recorded } from './recorded-form.ts'

const { bootFile, nextServer, leaseTime } = leaseFields

/** `both` is one packet with an address and option 60 (Db, Dp); two packets are `dhcp` and an entry in `also`. */
const role = word('dhcp', 'proxy', 'both').describe(
  'Leases (dhcp), boot information (proxy), or both in one packet',
)

/** What one kind of packet holds. */
const offer = {
  /** Raw and in order of code; one with the code of a default replaces it. */
  options: options
    .optional()
    .describe('By name (vendorSpecific) or number (43); added to what the role needs'),
  /** `{mac}` stands for the client's MAC. */
  bootFile,
  /** Default: the server itself if a file is named (here or by option 67), else 0. */
  nextServer,
  /** E-21. */
  noLease: yesNo.optional().describe('yiaddr 0 although the role leases addresses'),
  omit: oneOrMore(eitherWay({ scalar: z.union([z.string(), z.number()]) }))
    .optional()
    .describe('Options left out, by name or number'),
  /** `no-end`: options not closed by 255 (E-11). `bad-length-51`: the lease time has three bytes. */
  malformed: oneOrMore(word('no-end', 'bad-length-51')).optional().describe('How its messages are broken'),
  /** By code or name. */
  overload: overload.optional(),
  ipxe: z
    .strictObject({
      priority: whole(-128, 127).optional().describe('Option 175.1'),
      noProxy: yesNo.prefault(false).describe('Option 175.176: do not wait for a proxy'),
    })
    .optional()
    .describe('Options for iPXE only (175)'),
}

/** What an ACK on 4011 says in place of the offer; options are added to 53, 54, 60 and 97. */
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

export const foreignFields = {
  role: role.optional(),
  ...offer,
  delay: durationRange.optional().describe('Waits before each answer'),
  ackDelay: durationRange
    .optional()
    .describe('Waits before ACKs, NAKs and answers on port 4011, where that is not as long as delay'),
  pool: pools.optional(),
  leaseTime,
  /** `closed`: the host answers by ICMP. */
  boot4011: word('alive', 'dead', 'closed').optional().describe('Port 4011 answers, is silent, or is closed'),
  reply,
  /** Boot-server discovery is 43.71; broadcasts come to port 67, the others to 4011. */
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
  tftp: foreignTftp.optional().describe('TFTP service: a state, a quirk, or a map of what is wrong with it'),
  http: httpSetting.prefault('off').describe('HTTP service, port 80, with the files of its TFTP service'),
  otherAddress: ip4.optional().describe('For tftp other-address: where the answers come from'),
  /** They count before those of `images`. */
  files: files.optional().describe('Files of its TFTP service: name to size in bytes or text'),
  images: directory.optional().describe('Directory of files for its TFTP service'),
  /**
   * `nak-others`, `ack-others`: serves its own, and so answers what is meant for another. `silent-but-nak-others`: the
   * sleeping half of a split-scope pair. `silent`: no part on port 67 but in boot-server discovery.
   */
  answers: word('normal', 'offer-only', 'nak', 'nak-others', 'ack-others', 'silent-but-nak-others', 'silent')
    .optional()
    .describe('What it does with REQUESTs, its own and those for others'),
  unicast: oneOrMore(word('offer', 'ack'))
    .optional()
    .describe('Messages sent to yiaddr although a broadcast was asked for'),
  refuses: oneOrMore(macPattern).optional().describe('Machines whose REQUESTs it refuses (NAK)'),
  ack: z
    .strictObject({
      bootFile,
      nextServer,
      serverIdentifier: ip4.optional().describe('Option 54 of the ACK'),
      options: options.optional().describe('Instead of those of the OFFER, or besides'),
      omit: oneOrMore(eitherWay({ scalar: z.union([z.string(), z.number()]) }))
        .optional()
        .describe('Options left out of the ACK, by name or number'),
    })
    .optional()
    .describe('Where the ACK of a lease differs from the OFFER'),
  repeat: whole(1, 64).prefault(1).describe('How often each answer is sent'),
  answersClass: word('any', 'pxe', 'http', 'bsdp-none')
    .optional()
    .describe('Which clients it answers, by option 60'),
  /** From the same address. */
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
  recorded: recorded.optional(),
}

export type ForeignFields = z.output<z.ZodObject<typeof foreignFields>>
export type OfferForm = z.output<z.ZodObject<typeof offer>>
export type ReplyForm = z.output<z.ZodObject<typeof answer>>

/** What it is told is raw: options as bytes, those left out as codes. */
type Encoded<F> = Omit<F, 'options' | 'omit' | 'overload'> & {
  readonly options?: readonly DhcpOption[] | undefined
  readonly omit?: readonly number[] | undefined
  readonly overload?: Overload | undefined
}

export type ForeignOffer = Encoded<OfferForm> & { readonly role: z.output<typeof role> }
export type ForeignAck = Encoded<NonNullable<ForeignFields['ack']>>
export type ForeignReply = Encoded<ReplyForm>
export type ForeignDiscovery = Encoded<NonNullable<ForeignFields['discovery']>>
export type ForeignVariant = Encoded<Omit<NonNullable<ForeignFields['byArchitecture']>[number], 'reply'>> & {
  readonly reply?: ForeignReply | undefined
}
export type ForeignPool = Pick<Pool, 'first' | 'last' | 'prefixLength'> & Partial<Pick<Pool, 'router'>>

type Settings = Required<Pick<ForeignFields, 'boot4011' | 'answers' | 'answersClass'>>

/** All that decides what it sends. */
export interface ForeignDescription
  extends
    Encoded<OfferForm>,
    Pick<
      ForeignFields,
      'delay' | 'ackDelay' | 'leaseTime' | 'unicast' | 'repeat' | 'minimumSecs' | 'own' | 'refuses'
    > {
  readonly role: ForeignOffer['role']
  /** Its own: option 54, default siaddr. */
  readonly address: Pool['first']
  readonly pools: readonly ForeignPool[]
  readonly boot4011: NonNullable<Settings['boot4011']>
  readonly answers: NonNullable<Settings['answers']>
  readonly answersClass: NonNullable<Settings['answersClass']>
  readonly ack?: ForeignAck | undefined
  readonly reply?: ForeignReply | undefined
  readonly discovery?: ForeignDiscovery | undefined
  readonly also: readonly (ForeignOffer & Pick<ForeignFields, 'delay'>)[]
  readonly byArchitecture: readonly ForeignVariant[]
  /** Says this, and nothing of the above. */
  readonly recorded?: Recorded | undefined
}
