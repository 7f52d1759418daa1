/**
 * The configuration file of `nbs serve` and `nbs serve-notification`: one definition from which files are checked and
 * the JSON Schemas are generated. Form and defaults only; paths and addresses are looked at in `config.ts`.
 */
import { z } from 'zod'
import {
  chosen,
  durationRange,
  eitherWay,
  instant,
  ip4,
  ip4OrNone,
  label,
  lifetime,
  oneOrMore,
  span,
  whole,
  word,
  words,
  wordsUpTo,
  yesNo,
} from '../document/parts.ts'
import { machineClass, policy } from '../deployment/policy-form.ts'
import { dhcpEngine } from '../servers/dhcp/engines.ts'
import { dhcpFields, matchFields, said } from '../servers/dhcp/fields.ts'
import { MAX_BOOT_FILE } from '../servers/parts/leases.ts'
import { bootServerType, discoveryWays, pxeFields } from '../servers/parts/pxe.ts'
import { MAX_BLOCK_SIZE, MIN_BLOCK_SIZE } from '../protocol/tftp/negotiation.ts'
import {
  DEFAULT_MAX_WINDOW_SIZE,
  MAX_TRANSFERS,
  MAX_TRANSFERS_PER_CLIENT,
} from '../protocol/tftp/service-options.ts'
import { VENDOR_LEVELS } from './log-level.ts'

const computers = policy.shape.computers

const classes = z
  .strictObject({
    managed: machineClass.prefault({}).describe('Defaults for computers of class managed'),
    predefined: machineClass.prefault({}).describe('Defaults for computers of class predefined'),
    unknown: machineClass
      .prefault({ boot: 'pxe' })
      .describe('What machines get that nobody knows; allow: false = silence'),
  })
  .prefault({})

const logLevel = chosen<string | number>(
  value => (typeof value === 'number' ? whole(1, 255) : word('error', 'warn', 'info', 'debug', 'trace')),
  [
    word('error', 'warn', 'info', 'debug', 'trace'),
    z.literal(VENDOR_LEVELS as unknown as [number, ...number[]]),
  ],
  'a level',
)

const http = z
  .strictObject({
    port: whole(1, 65_535).describe('TCP port'),
    address: ip4.prefault('127.0.0.1').describe('Own address to listen on; 0.0.0.0 for all'),
    names: z
      .array(words)
      .optional()
      .describe('Names in URLs that lead here, besides addresses, localhost and the name of this computer'),
  })
  .describe('Serves /metrics and /healthz')

const remote = z.strictObject({
  url: words.describe('Of the decision service: http://10.0.0.1:8080/nbs/decision'),
  timeout: instant.prefault('2s').describe('Until one question counts as lost'),
  retries: whole(0, 5).prefault(1).describe('Further questions after a lost one'),
  cache: instant.prefault('5s').describe('How long an answer counts without asking again; 0s asks each time'),
  keep: instant
    .prefault('0s')
    .describe('How old an answer may be that is used while the Notification Server is down'),
})
export type RemoteForm = z.output<typeof remote>

const tftp = z
  .strictObject({
    blockSize: whole(MIN_BLOCK_SIZE, MAX_BLOCK_SIZE)
      .prefault(MAX_BLOCK_SIZE)
      .describe('Largest block a client may have'),
    windowSize: whole(1, 65_535)
      .prefault(DEFAULT_MAX_WINDOW_SIZE)
      .describe('Most blocks under way at once (RFC 7440)'),
    transfers: whole(1, MAX_TRANSFERS).prefault(MAX_TRANSFERS).describe('Transfers at once'),
    transfersPerClient: whole(1, MAX_TRANSFERS)
      .prefault(MAX_TRANSFERS_PER_CLIENT)
      .describe('Transfers at once to one address'),
    prefix: words
      .optional()
      .describe('Names may begin so, as machines write them that know a folder of another server: /srv/tftp'),
    refuseOptions: oneOrMore(words).prefault([]).describe('TFTP options never acknowledged, such as blksize'),
  })
  .prefault({})

const firstFile = z.strictObject({
  ...matchFields,
  file: wordsUpTo(MAX_BOOT_FILE).describe('Name of the file, as TFTP is asked for it'),
})
export type FileForm = z.output<typeof firstFile>

const dhcp = z.strictObject({
  pool: span.optional().describe('Addresses to lease; default: the last hundred of the subnet'),
  router: ip4.optional().describe('Option 3'),
  dns: oneOrMore(ip4).prefault([]).describe('Option 6'),
  leaseTime: lifetime.prefault('3600s').describe('How long a lease lasts: 3600s, 12h, 8d, infinite'),
  ...said,
  nextServer: ip4OrNone
    .optional()
    .describe('Server of the boot file (siaddr); none leaves it out; default: this one'),
  classes: dhcpFields.classes,
  reservations: dhcpFields.reservations,
  engine: dhcpEngine.describe('Whose DHCP server it is'),
})
export type DhcpForm = z.output<typeof dhcp>

const bsdp = z
  .strictObject({
    records: words
      .optional()
      .describe(
        'File that keeps which Mac is bound to which image; default: in $STATE_DIRECTORY, else in memory',
      ),
    basePriority: whole(0, 0xffff).prefault(32_768).describe('Priority without any client; falls with each'),
    accounts: whole(0, 999).prefault(50).describe('AFP accounts for diskless Macs'),
  })
  .prefault({})

export const serveFormat = z.strictObject({
  name: label.prefault('nbs').describe('Name of this server in logs and metrics'),
  interfaces: oneOrMore(words).prefault([]).describe('Interfaces to serve; --interface overrides it'),
  images: words.optional().describe('Folder of boot images, relative to this file; --images overrides it'),
  style: pxeFields.style.describe(
    'complete: the offer names the boot file; redirect: clients ask on 4011; menu: with a prompt',
  ),
  proxyDhcp: yesNo
    .prefault(true)
    .describe('False: a DHCP server on this machine has port 67 (and sends option 60); only 4011 is served'),
  menu: pxeFields.menu,
  computers: computers
    .unwrap()
    .optional()
    .describe('What each machine is to do; the first entry that matches counts'),
  classes: classes.describe('Defaults by class of computer'),
  notificationServer: eitherWay({ map: remote, scalar: words.transform(url => remote.parse({ url })) })
    .optional()
    .describe('Who decides over HTTP, instead of computers: a URL, or a map'),
  whenUnreachable: pxeFields.whenUnreachable.describe(
    'What machines are told while the Notification Server does not answer',
  ),
  allow: pxeFields.allow,
  deny: pxeFields.deny,
  arches: pxeFields.arches,
  files: z
    .array(firstFile)
    .prefault([])
    .describe('First files other than those by architecture; the first entry that matches counts'),
  minimumSecs: pxeFields.minimumSecs.describe(
    'Answers only a DISCOVER whose secs field is at least this (ours, not the vendor’s)',
  ),
  responseDelay: durationRange
    .prefault('0ms')
    .describe('How long it waits before each answer (ours, not the vendor’s)'),
  bootServerType: bootServerType(1),
  discovery: discoveryWays('advertises').describe('How machines may discover the boot server'),
  tftp: tftp.describe('Limits of the TFTP service'),
  bsdp: bsdp.describe('NetBoot for Macs; runs if there are NetBoot folders (.nbi) among the images'),
  dhcp: dhcp.optional().describe('Also lease addresses; for an isolated lab only'),
  http: http.optional(),
  user: words
    .optional()
    .describe('Whom it becomes when root starts it: a name or a number; root stays root (default: nobody)'),
  logLevel: logLevel
    .prefault('info')
    .describe("error, warn, info, debug, trace; or the vendor's 1, 2, 3, 4, 5, 15, 255"),
  stopWithin: instant.prefault('10s').describe('How long running transfers may take after SIGTERM'),
  besideOthers: yesNo.prefault(false).describe('Start even if another PXE server answers on this network'),
})
export type ServeForm = z.output<typeof serveFormat>

export const notificationFormat = z.strictObject({
  name: label.prefault('ns').describe('Name of this server in logs'),
  http: http.prefault({ port: 8080 }).describe('Where it listens'),
  token: z
    .string()
    .regex(/^[\w.~+/=-]{16,256}$/, '16 to 256 letters, digits and -._~+/=')
    .optional()
    .describe('Who adds or removes computers and jobs has to send it: Authorization: Bearer TOKEN'),
  computers: computers.describe('What each machine is to do; the first entry that matches counts'),
  classes: classes.describe('Defaults by class of computer'),
  logLevel: logLevel.prefault('info').describe('error, warn, info, debug, trace'),
})
export type NotificationForm = z.output<typeof notificationFormat>
