/**
 * The site around the Network Boot Services, as it is written in a scenario: which machine has which plug-ins, when
 * policies and images arrive, and the jobs. Everything left out is as in a healthy site, so that a file says only
 * what differs. Form and defaults; names are checked in `resolve-site.ts`.
 */
import { z } from 'zod'
import { PLUG_IN_NAMES } from '../../deployment/plug-ins.ts'
import { JOB_TASKS, TASK_SERVER_CHOICES } from '../../deployment/tasks.ts'
import {
  instant,
  instantRange,
  ip4,
  leaf,
  name,
  oneOrMore,
  reference,
  whole,
  word,
  words,
  yesNo,
} from '../../document/parts.ts'
import { linkRules } from '../../servers/parts/place.ts'
import {
  DURATION_PATTERN,
  SIZE_PATTERN,
  parseDuration,
  parseSize,
  parsed,
} from '../../document/quantities.ts'

const size = leaf(parseSize, {
  anyOf: [
    { type: 'integer', minimum: 1 },
    { type: 'string', pattern: `^${SIZE_PATTERN}$` },
  ],
  examples: ['4GB', '600MB'],
})

const plugIn = word(...PLUG_IN_NAMES)

const plugIns = z
  .strictObject({
    without: oneOrMore(plugIn).prefault([]).describe('Plug-ins that were not rolled out to it'),
    arriving: z
      .partialRecord(z.enum(PLUG_IN_NAMES), instant)
      .prefault({})
      .describe('Plug-ins that the roll-out installs later, and when'),
  })
  .meta({ id: 'plugIns' })
export type PlugInsForm = z.output<typeof plugIns>

const policy = z
  .strictObject({
    apply: word('immediately', 'on-schedule')
      .prefault('immediately')
      .describe(
        'immediately: an NBS asks its Notification Server about each machine; on-schedule: it uses the settings and jobs it fetched last',
      ),
    every: instant.prefault('3600s').describe('Interval between scheduled fetches'),
    first: instantRange
      .optional()
      .describe('First fetch after the start of the run; default: drawn from the first period'),
  })
  .meta({ id: 'sitePolicy' })
export type SitePolicyForm = z.output<typeof policy>

const place = {
  on: reference.optional().describe('Subnet; default: that of the NBS'),
  address: ip4.optional().describe('Default: the first free one'),
  link: linkRules.optional().describe('Conditions of its own link'),
}

const notificationServer = z.strictObject({
  ...place,
  plugins: plugIns.prefault({}).describe('Plug-ins; default: all that it needs'),
})

const arrival = leaf(value => (value === 'never' ? parsed(Infinity) : parseDuration(value, 's')), {
  type: 'string',
  pattern: `^(never|${DURATION_PATTERN})$`,
  examples: ['300s', 'never'],
})

const siteServer = z.strictObject({
  ...place,
  notificationServer: reference.optional().describe('Default: the one of the NBS on it, else the first'),
  services: oneOrMore(word('task', 'package'))
    .prefault(['task', 'package'])
    .describe('Site services rolled out to it, beside an NBS'),
  plugins: plugIns.prefault({}).describe('Plug-ins; default: all that its services need'),
  policy: policy.optional().describe('When its NBS gets the policy; default: as for the site'),
  arrives: z
    .record(name, arrival)
    .prefault({})
    .describe('When images, preboot images and packages arrive here; default: already present'),
  registered: yesNo.prefault(true).describe('Whether its NBS is listed in the console'),
  capacity: whole(1, 100_000)
    .prefault(500)
    .describe('Number of computers it can serve, for available-capacity'),
  bandwidth: size.prefault('100MB').describe('Bytes per second shared by its downloads'),
})
export type SiteServerForm = z.output<typeof siteServer>

const client = z.strictObject({
  class: word('managed', 'predefined', 'unknown')
    .prefault('managed')
    .describe('How the console lists them; managed ones run their production system when the run starts'),
  notificationServer: reference
    .optional()
    .describe('The Notification Server of their agents; default: the first'),
  plugins: plugIns.prefault({}).describe('Plug-ins of their production system; default: all that they need'),
})
export type SiteClientForm = z.output<typeof client>

const job = z.strictObject({
  at: instant.optional().describe('When the job is ordered; left out: only from the Initial Deployment menu'),
  task: word(...JOB_TASKS).describe(
    'deploy-image and create-image include the reboots to automation and back to production',
  ),
  image: name.optional().describe('Disk image to deploy or to create'),
  preboot: words.optional().describe('Preboot image of automation; default: the one of the site'),
  computers: oneOrMore(reference).prefault([]).describe('Groups of clients, or single machines (pc-3)'),
})
export type JobForm = z.output<typeof job>

export const site = z.strictObject({
  notificationServers: z
    .record(name, notificationServer)
    .prefault({})
    .describe('Where the Notification Servers are connected, and which plug-ins they lack'),
  siteServers: z
    .record(name, siteServer)
    .prefault({})
    .describe('Site servers: each NBS is one; other names are separate machines'),
  clients: z.record(name, client).prefault({}).describe('Groups of clients, or single machines (pc-3)'),
  taskServers: z
    .strictObject({
      choose: word(...TASK_SERVER_CHOICES)
        .prefault('fewest-computers')
        .describe('How an agent chooses among the task servers'),
      poll: instant.prefault('1800s').describe('How often an agent polls if no tickle arrives'),
    })
    .prefault({})
    .describe('Policy of the task service'),
  policy: policy.prefault({}).describe('How the policy of the NBS is applied'),
  preboot: words.prefault('WinPE').describe('Preboot image of automation'),
  images: z.record(name, size).prefault({}).describe('Disk images on the package servers, with their sizes'),
  distribution: instant.prefault('300s').describe('Time until a new image is on the other package servers'),
  importAsManaged: yesNo
    .prefault(true)
    .describe('Predefined machines boot the predefined image before any job (ImportAsManaged 1)'),
  initialDeployment: z
    .strictObject({
      wait: instant.prefault('30s').describe('Time limit of the menu'),
      job: reference.optional().describe('Default job, taken when the time limit expires'),
    })
    .prefault({})
    .describe('Menu that an unknown machine shows in automation'),
  times: z
    .strictObject({
      production: instantRange.prefault('30s').describe('From the boot from disk to the start of the agent'),
      automation: instantRange
        .prefault('20s')
        .describe('From the start of the preboot image to the start of its agent'),
      sysprep: instantRange.prefault('60s').describe('Prepare for Image Capture'),
      restart: instantRange.prefault('5s').describe('From the reboot command to the start of the firmware'),
    })
    .prefault({})
    .describe('How long operating systems take'),
  jobs: z.record(name, job).prefault({}).describe('Jobs ordered on the console'),
})
export type SiteForm = z.output<typeof site>
