/**
 * The TFTP service of a server as it is written: a state, or what is wrong with it. Form and descriptions only.
 */
import { z } from 'zod'
import { eitherWay, leaf, oneOrMore, whole, word, words } from '../../document/parts.ts'
import { type Parsed, kindOf, parsed, wrong, wholeNumber } from '../../document/quantities.ts'
import { SERVICE_STATES } from '../../nbs/service.ts'
import { MAX_BLOCK_SIZE, MIN_BLOCK_SIZE } from '../../protocol/tftp/negotiation.ts'
import type { TftpBehavior } from '../tftp-behavior.ts'
import { TFTP_QUIRKS } from '../tftp-quirks.ts'

/** RFC 1350 appendix and RFC 2347 §4. */
const MAX_ERROR = 8
/** Copies of one DATA packet; a network that makes more is not what is meant. */
const MAX_COPIES = 8
/** Size in bytes that a TFTP service can be made to claim. */
const MAX_SIZE = 2 ** 32

const size = wholeNumber(0, MAX_SIZE)

const behavior = z
  .strictObject({
    errors: z
      .record(
        z.string().min(1),
        eitherWay({
          scalar: whole(0, MAX_ERROR),
          map: z.strictObject({
            code: whole(0, MAX_ERROR).describe('Code of the error'),
            text: words.describe('Its message; default: that of the code'),
          }),
        }),
      )
      .optional()
      .describe(
        "Files that are refused, with the error's code: { 'boot/*.efi': 2 } is access violation, 3 disk full; * is any run of characters; { code, text } has a message of its own",
      ),
    maxBlksize: whole(MIN_BLOCK_SIZE, MAX_BLOCK_SIZE)
      .optional()
      .describe('Largest block size agreed to; a larger one that is asked for is lowered (RFC 2348)'),
    tsize: leaf(
      (value): Parsed<number | 'missing'> => {
        if (value === 'missing') return parsed('missing' as const)
        return typeof value === 'number'
          ? size(value)
          : wrong(`expected missing or a size in bytes, got ${kindOf(value)}`)
      },
      {
        anyOf: [
          { type: 'string', enum: ['missing'] },
          { type: 'integer', minimum: 0, maximum: MAX_SIZE },
        ],
      },
    )
      .optional()
      .describe('What it says of the size of a file: nothing (missing), or this many bytes whatever is true'),
    ignores: oneOrMore(word('blksize', 'timeout', 'tsize', 'windowsize'))
      .prefault([])
      .describe('Options it does not know, and so does not acknowledge (RFC 2347)'),
    dataCopies: whole(1, MAX_COPIES).prefault(1).describe('How often each DATA packet is sent'),
  })
  .transform((form): TftpBehavior => form)

/** Of a service that is or is not there. */
export const tftpSetting = eitherWay({ scalar: word(...SERVICE_STATES), map: behavior })
/** With the named quirks of foreign servers. */
export const foreignTftp = eitherWay({ scalar: word(...SERVICE_STATES, ...TFTP_QUIRKS), map: behavior })
