/**
 * DHCP options and PXE vendor options as they are written in a scenario. Describes their form only;
 * `options.ts` turns them into bytes.
 */
import { z } from 'zod'
import { OPTION } from '../../wire/dhcp/option-codes.ts'
import { chosen, eitherWay, group, ip4, label, oneOrMore, whole, wordsUpTo } from '../../document/parts.ts'
import { type Parsed, kindOf, parsed, wrong } from '../../document/quantities.ts'

/** A sub-option of 255 bytes, less type and length (9) or time-out (10). */
const MAX_MENU_TEXT = 252
/** Characters of a menu prompt: an option of 255 bytes, less the time-out. */
const MAX_PROMPT_TEXT = 254

const bootServerType = whole(0, 0xffff)

/** Option 43 in the words of PXE 2.1. */
export const vendorFields = z.strictObject({
  discoveryControl: whole(0, 255)
    .optional()
    .describe('Tag 6: 1 no broadcast, 2 no multicast, 4 listed servers only, 8 boot the file at once'),
  multicastAddress: group.optional().describe('Tag 7: group for multicast discovery'),
  bootServers: z
    .array(
      z.strictObject({
        type: bootServerType.describe('Boot server type'),
        addresses: oneOrMore(ip4).prefault([]).describe('Empty: any server of this type may answer'),
      }),
    )
    .optional()
    .describe('Tag 8'),
  bootMenu: z
    .array(
      z.strictObject({
        type: bootServerType.describe('0 is local boot'),
        text: wordsUpTo(MAX_MENU_TEXT).describe('What the menu shows'),
      }),
    )
    .optional()
    .describe('Tag 9'),
  prompt: z
    .strictObject({
      timeout: whole(0, 255).describe('Seconds; 0 takes the first entry at once, 255 waits without limit'),
      text: wordsUpTo(MAX_PROMPT_TEXT).describe('What the prompt shows'),
    })
    .optional()
    .describe('Tag 10'),
  end: z.boolean().optional().describe('False leaves out the closing 255'),
})

const hexDigits = z.strictObject({
  hex: z
    .unknown()
    .transform((value, context): string => {
      const result = readHex(value)
      if (result.ok) return result.value
      context.addIssue({
        code: 'custom',
        message: result.message,
        params: result.nearest === undefined ? {} : { nearest: result.nearest },
      })
      return z.NEVER
    })
    .meta({ type: 'string', pattern: '^([0-9A-Fa-f]{2}\\s*)*$' })
    .describe('The value as it stands on the wire'),
})

const readHex = (value: unknown): Parsed<string> => {
  if (typeof value !== 'string')
    return wrong(`expected hexadecimal digits in quotes, such as '06 01 08 ff', got ${kindOf(value)}`)
  const digits = value.replace(/[\s:]+/g, '')
  return /^([0-9a-f]{2})*$/i.test(digits)
    ? parsed(digits)
    : wrong(`"${value}" is not pairs of hexadecimal digits, such as '06 01 08 ff'`)
}

const optionMap = chosen<z.output<typeof hexDigits> | z.output<typeof vendorFields>>(
  value => (Object.hasOwn(value as object, 'hex') ? hexDigits : vendorFields),
  [hexDigits, vendorFields],
  'a map',
)

const single = z
  .union([z.string(), z.number(), z.boolean()], { error: 'expected text, a number or an address' })
  .meta({ type: ['string', 'number', 'boolean'] })

export const optionValue = eitherWay({
  map: optionMap,
  list: z.array(eitherWay({ scalar: single, map: optionMap })),
  scalar: single,
})

/** Keys are names or codes; whether they exist is checked where the value is encoded. */
export const options = z.record(z.string(), optionValue).meta({
  id: 'options',
  propertyNames: { anyOf: [{ enum: Object.keys(OPTION) }, { type: 'string', pattern: '^\\d{1,3}$' }] },
})
const optionCodes = oneOrMore(label)

export const overload = z
  .strictObject({
    file: optionCodes.prefault([]).describe('Options in field file; the boot file then goes into option 67'),
    sname: optionCodes.prefault([]).describe('Options in field sname'),
  })
  .describe('Options that stand in header fields (52), by name or number')
export type OverloadForm = z.output<typeof overload>

export type OptionsForm = z.output<typeof options>
export type OptionForm = z.output<typeof optionValue>
export type VendorForm = z.output<typeof vendorFields>
