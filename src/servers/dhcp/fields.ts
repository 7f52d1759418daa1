/**
 * A DHCP server as it is written in a scenario: scopes, reservations, classes of clients, and where an ACK differs from the
 * OFFER. Form and descriptions only.
 */
import { z } from 'zod'
import {
  durationRange,
  eitherWay,
  ip4,
  ip4OrNone,
  label,
  lifetime,
  mac,
  macPattern,
  name,
  oneOrMore,
  word,
  words,
  yesNo,
} from '../../document/parts.ts'
import { images } from '../parts/files.ts'
import { leaseFields, pools } from '../parts/leases.ts'
import { options, overload } from '../parts/options-form.ts'
import { architecture } from '../parts/pxe.ts'
import { httpSetting } from '../parts/http-form.ts'
import { tftpSetting } from '../parts/tftp-form.ts'
import { dhcpEngine } from './engines.ts'

/** What is said with a lease. */
export const said = {
  options: options.optional().describe('By name (classIdentifier) or number (60)'),
  bootFile: leaseFields.bootFile,
  nextServer: leaseFields.nextServer,
}

const listOrMap = <S extends z.ZodType>(item: S) =>
  eitherWay({ list: z.array(item), map: z.record(name, item) })

/** Which machines; all that is written must hold, of a list one. */
export const matchFields = {
  vendorClass: oneOrMore(words).optional().describe('Option 60 begins so: PXEClient:Arch:00007'),
  userClass: oneOrMore(words).optional().describe('Option 77 is this: iPXE'),
  arches: oneOrMore(architecture).optional().describe('Option 93 names one of these'),
  mac: oneOrMore(macPattern).optional().describe('The MAC address is one of these'),
}

const clientClass = z.strictObject({
  match: z
    .strictObject(matchFields)
    .describe('All that is written must hold, of a list one; {} is everybody'),
  ...said,
  leaseTime: lifetime.optional().describe('Lease time (51) of these machines'),
  silent: yesNo
    .optional()
    .describe(
      'They get no answer; false: they do, whatever a later class says. The first that says so counts',
    ),
})
const classes = listOrMap(clientClass).describe(
  'Machines that are told something else (policies): of each option and field the first class that matches counts',
)

const reservation = z.strictObject({
  mac: mac.describe('The machine'),
  address: ip4.describe("Its address, and nobody else's"),
  ...said,
})
const reservations = listOrMap(reservation).describe('Addresses kept for single machines')

const scope = z.strictObject({
  pool: pools,
  ...said,
  router: ip4OrNone
    .optional()
    .describe("Router option (3); none leaves it out; default: the router of the pool's subnet"),
  leaseTime: lifetime.optional().describe("Lease time (51); default: the server's"),
  classes: classes.optional(),
  reservations: reservations.optional(),
})

const optionCodes = oneOrMore(label)

export const dhcpFields = {
  preset: word('windows-dhcp')
    .optional()
    .describe('A known product; the other fields override it. windows-dhcp: S-40 to S-43'),
  pool: pools.optional(),
  scopes: listOrMap(scope)
    .optional()
    .describe(
      'Pools that are told something of their own, a subnet each; the other fields are for all of them',
    ),
  ...said,
  router: ip4OrNone
    .optional()
    .describe("Router option (3); none leaves it out; default: the router of the pool's subnet"),
  leaseTime: lifetime.optional().describe('Lease time (51): 3600s, 12h, 8d, infinite; default 3600s'),
  classes: classes.optional(),
  reservations: reservations.optional(),
  answers: word('normal', 'offer-only', 'nak')
    .prefault('normal')
    .describe('offer-only never ACKs; nak refuses every REQUEST'),
  refuses: oneOrMore(macPattern).optional().describe('Machines whose REQUESTs it refuses (NAK)'),
  ack: z
    .strictObject({
      ...said,
      serverIdentifier: ip4.optional().describe('Option 54 of the ACK'),
      omit: optionCodes.optional().describe('Options left out of the ACK, by name or number'),
    })
    .optional()
    .describe('Where the ACK differs from the OFFER'),
  overload: overload.optional(),
  engine: dhcpEngine.describe('Whose implementation answers'),
  responseDelay: durationRange.prefault('0ms').describe('Waits before each answer'),
  tftp: tftpSetting.prefault('off').describe('TFTP service on the same host'),
  http: httpSetting.prefault('off').describe('HTTP service on the same host, port 80, with the same files'),
  images: images
    .optional()
    .describe('Files of that TFTP service: a directory, or a map of name to size or text'),
}

export type DhcpFields = z.output<z.ZodObject<typeof dhcpFields>>
export type ScopeForm = z.output<typeof scope>
export type ClassForm = z.output<typeof clientClass>
export type ReservationForm = z.output<typeof reservation>
export type SaidForm = Pick<ScopeForm, 'options' | 'bootFile' | 'nextServer'>

/** List or map, in the order of the file, each with the step of its path. */
export const stepsOf = <T>(
  written: readonly T[] | Readonly<Record<string, T>> | undefined,
): readonly { readonly step: string | number; readonly item: T }[] => {
  if (written === undefined) return []
  return Array.isArray(written)
    ? (written as readonly T[]).map((item, step) => ({ step, item }))
    : Object.entries(written as Readonly<Record<string, T>>).map(([step, item]) => ({ step, item }))
}
