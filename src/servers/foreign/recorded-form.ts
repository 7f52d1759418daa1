/**
 * A foreign responder that says what was recorded of a real one: its messages, and to which question of which machines
 * each was the answer. What `nbs import` writes. Form, and what it means once it is checked; does not answer.
 */
import { z } from 'zod'
import type { Ip4, Mac } from '../../core/address.ts'
import { fromHex } from '../../core/bytes.ts'
import type { Checker } from '../../document/checker.ts'
import {
  countRange,
  durationRange,
  group,
  ip4,
  mac,
  oneOrMore,
  whole,
  word,
  words,
} from '../../document/parts.ts'
import type { Range } from '../../document/quantities.ts'
import type { DhcpOption } from '../../wire/dhcp/message.ts'
import { options } from '../parts/options-form.ts'
import { resolveOptions } from '../parts/options.ts'
import { architecture } from '../parts/pxe.ts'

/**
 * What machines ask a server: `request` names it (option 54), `otherRequest` another server, `renewal` none; `bsdpList` and
 * `bsdpSelect` are a Mac's INFORMs;
 * `bootServer` came to port 4011, `discovery` is the search for boot servers (43.71) by broadcast or multicast.
 */
export const QUESTIONS = [
  'discover',
  'request',
  'otherRequest',
  'renewal',
  'inform',
  'bsdpList',
  'bsdpSelect',
  'bootServer',
  'discovery',
] as const
export type QuestionKind = (typeof QUESTIONS)[number]

/** A DHCP message as it was on the wire: header, cookie and options. */
const PACKET_PATTERN = '^([0-9A-Fa-f]{2}){240,1472}$'

const message = z.strictObject({
  type: word('offer', 'ack', 'nak', 'bootp').optional().describe('Option 53; bootp has none'),
  lease: word('yes', 'no').prefault('no').describe("Whether it gives the machine its address of 'leases'"),
  address: ip4.optional().describe("Gives this address instead of that of 'leases'"),
  nextServer: ip4.optional().describe('Header field siaddr'),
  bootFile: words.optional().describe('Header field file'),
  serverName: words.optional().describe('Header field sname'),
  options: options.optional().describe('All options but 53 and those that are echoed'),
  echoes: oneOrMore(whole(1, 254))
    .prefault([])
    .describe("Options, by number, that repeat the machine's own: 97, 61"),
  packet: z
    .string()
    .regex(new RegExp(PACKET_PATTERN), {
      error: 'expected the hexadecimal digits of a whole DHCP message, 240 bytes or more',
    })
    .meta({ pattern: PACKET_PATTERN, examples: [`02010600${'00'.repeat(236)}`] })
    .optional()
    .describe('Instead of all that: the message as it was on the wire, faults included'),
})

const answer = z.strictObject({
  to: word(...QUESTIONS).describe('The question'),
  says: words.describe("One of 'messages'"),
  macs: oneOrMore(mac)
    .optional()
    .describe('Machines it is said to; for these, answers without macs do not count'),
  arches: oneOrMore(architecture).optional().describe('Only to machines of these (93)'),
  vendorClass: words.optional().describe('Only to machines of which option 60 begins so'),
  userClass: words
    .optional()
    .describe('Only to machines of which option 77 begins so; none: has no such option'),
  nth: countRange
    .optional()
    .describe('Only to so manieth questions of this kind, counted from 1: 2, or 2..4'),
  since: whole(1, 100_000).optional().describe('To this question of the kind and all later ones'),
  delay: durationRange.optional().describe('Waits before the answer'),
  copies: whole(1, 64).optional().describe('How often it is sent at once'),
  sentTo: word('broadcast', 'client', 'replyPort')
    .optional()
    .describe('Default: as RFC 2131 §4.1 has it; replyPort: to the port that a Mac names (BSDP 5)'),
  port: whole(1, 65_535).optional().describe('Port of the machine; default as usual'),
})

export const recorded = z
  .strictObject({
    messages: z.record(z.string().min(1), message).prefault({}).describe('By name'),
    answers: z.array(answer).prefault([]).describe('Which is said to whom; all that fit are sent'),
    leases: z
      .array(
        z.strictObject({
          mac: mac.describe('The machine'),
          address: ip4.describe('What it is given'),
        }),
      )
      .prefault([])
      .describe('The address of each machine'),
    group: group.optional().describe('Answers discovery by multicast on this group'),
  })
  .describe('Says what was recorded of a real server, and nothing else (nbs import)')

export type RecordedForm = z.output<typeof recorded>
type MessageForm = z.output<typeof message>
type AnswerForm = z.output<typeof answer>

export interface RecordedMessage extends Omit<MessageForm, 'options' | 'packet'> {
  readonly options: readonly DhcpOption[]
  readonly packet: Uint8Array | undefined
}

export interface RecordedAnswer extends Omit<AnswerForm, 'says' | 'delay' | 'nth'> {
  readonly says: RecordedMessage
  readonly delay: Range | undefined
  readonly nth: Range | undefined
}

export interface Recorded {
  readonly answers: readonly RecordedAnswer[]
  readonly leases: ReadonlyMap<Mac, Ip4>
  readonly group: Ip4 | undefined
}

export const resolveRecorded = (check: Checker, form: RecordedForm): Recorded => {
  const messages = new Map(
    Object.entries(form.messages).map(([name, said]) => [
      name,
      {
        ...said,
        options: resolveOptions(check.at('messages', name, 'options'), said.options),
        packet: said.packet === undefined ? undefined : fromHex(said.packet),
      } satisfies RecordedMessage,
    ]),
  )
  return {
    group: form.group,
    leases: new Map(form.leases.map(({ mac: machine, address }) => [machine, address])),
    answers: form.answers.flatMap((given, index) => {
      const says = messages.get(given.says)
      if (says) return [{ ...given, says, delay: given.delay, nth: given.nth }]
      check.at('answers', index).complain(['says'], `there is no message "${given.says}" in messages`)
      return []
    }),
  }
}
