/**
 * The scenario file format: one definition from which files are checked and the JSON Schema is
 * generated. Describes form only: whether names exist and addresses fit is checked by the `resolve-*` files.
 */
import { z } from 'zod'
import { BOOT_METHODS } from '../core/boot-option.ts'
import { FIRMWARE_FAMILIES, guestsOf, namesOf } from '../firmware/catalogue.ts'
import {
  cidr,
  countRange,
  durationRange,
  eitherWay,
  instant,
  instantRange,
  ip4,
  label,
  mac,
  name,
  oneOrMore,
  reference,
  whole,
  word,
  words,
  yesNo,
} from '../document/parts.ts'
import { notificationServer } from '../deployment/policy-form.ts'
import { site } from './site/format.ts'
import { UNWANTED } from '../analysis/unwanted.ts'
import type { ServerForm } from '../servers/kind.ts'
import type { ServerKinds } from '../servers/kind-list.ts'
import { linkFields, linkRules } from '../servers/parts/place.ts'
import { architecture } from '../servers/parts/pxe.ts'
import { MAX_COUNT } from '../document/quantities.ts'

const step = z.strictObject({
  at: instant.optional().describe('When the step is shown; default: at the start'),
  client: reference.optional().describe('The machine to look at'),
  choice: words.optional().describe('Shown when the machine first decides by this rule, such as E-19'),
  screen: words.optional().describe('Shown when this text first appears on its screen'),
  text: words.describe('What to look at'),
})

const subnet = z.strictObject({
  cidr: cidr.describe('Network, such as 10.20.1.0/24'),
  link: linkRules.prefault({}).describe('Link conditions of the segment'),
  switch: z
    .strictObject({
      forwardingDelay: instant
        .prefault('0s')
        .describe(
          'Delay between link-up and forwarding on a client port (spanning tree, LACP): after power-on, each reset, and a heal',
        ),
      trusted: oneOrMore(reference)
        .optional()
        .describe(
          'DHCP snooping: DHCP server messages are forwarded only from these servers and routers. Not given: no snooping',
        ),
      dropAbove: whole(68, 9216)
        .optional()
        .describe(
          'IP packets above this size in bytes are dropped silently in both directions (an MTU black hole)',
        ),
    })
    .optional()
    .describe('Switch features beyond plain forwarding'),
})

/** A router that was switched on long ago knows the MACs of its servers, and they know its own. */
const arp = word('warm', 'cold')

const router = z.strictObject({
  joins: eitherWay({ list: z.array(reference), map: z.record(name, ip4) }).describe(
    'Subnets, or a map from subnet to the address of the router there (default: the first free one)',
  ),
  relay: z
    .record(name, oneOrMore(reference))
    .prefault({})
    .describe(
      'IP helper addresses: for each client subnet, the servers (names or addresses) to which DHCP broadcasts are relayed',
    ),
  option82: yesNo.prefault(false).describe('Add relay agent information (option 82)'),
  arp: arp.optional().describe('Default: the setting of the scenario'),
})

/** Those over IPv6 are known by name, and refused with a sentence. */
const WRITTEN_METHODS = [...BOOT_METHODS, 'pxe6', 'http6'] as const

const client = z.strictObject({
  count: whole(1, MAX_COUNT).optional().describe('Number of machines; default: 1, or one for each of macs'),
  on: reference.describe('Subnet'),
  firmware: reference
    .optional()
    .describe('Firmware model; may be left out if guest is given')
    .meta({ enum: namesOf(FIRMWARE_FAMILIES) }),
  profile: label
    .optional()
    .describe('Variant of the firmware by vendor or age; default: the usual one of the family')
    .meta({ examples: FIRMWARE_FAMILIES.flatMap(({ profiles }) => Object.keys(profiles)) }),
  arch: architecture.optional().describe('Client architecture (option 93); default: by firmware'),
  boot: oneOrMore(word(...WRITTEN_METHODS))
    .optional()
    .describe(
      'Boot order: pxe4, and on edk2 http4 (UEFI HTTP boot over IPv4); if an option does not start anything, the next is tried. Default: pxe4',
    ),
  mac: mac.optional().describe('MAC of the first machine; the others count up'),
  macs: z.array(mac).optional().describe('MAC of each machine, instead of mac and count'),
  powerOn: instantRange
    .prefault('0s')
    .describe('When it is switched on; from a range, each machine draws its own time'),
  uuid: words
    .optional()
    .describe('SMBIOS UUID of a single machine; default: derived from its MAC')
    .meta({ pattern: '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$' }),
  guest: reference
    .optional()
    .describe('Boot real firmware of this family in QEMU instead of the model')
    .meta({ enum: guestsOf(FIRMWARE_FAMILIES).map(({ name }) => name) }),
  link: linkRules
    .optional()
    .describe('Conditions of the link of each machine, in addition to those of the subnet'),
})
export type ClientForm = z.output<typeof client>

const fault = z.strictObject({
  at: instant.describe('When it happens'),
  stop: reference.optional().describe('A server, or one of its services: nbs-a.tftp'),
  start: reference.optional().describe('A server, or one of its services: nbs-a.tftp'),
  cut: reference.optional().describe('A subnet, or the link of a host or a group of clients'),
  heal: reference.optional().describe('What an earlier fault cut'),
  set: z
    .strictObject({
      target: reference.describe('A subnet, host, group of clients or Notification Server'),
      ...linkFields,
      unreachable: yesNo.optional().describe('Of a Notification Server'),
      responseDelay: durationRange.optional().describe('Of a server'),
    })
    .optional()
    .describe('Change the link conditions, or a Notification Server, from then on'),
})
export type FaultForm = z.output<typeof fault>
export const FAULT_KINDS = ['stop', 'start', 'cut', 'heal', 'set'] as const

const outcome = z.strictObject({
  booted: countRange.optional().describe('Number of machines that run a boot file: 3, or 1..19'),
  localDisk: countRange.optional().describe('Number of machines sent on to their disk'),
  failed: countRange.optional().describe('Number of machines that show an error'),
  pending: countRange.optional().describe('Number of machines still trying at the limit'),
  from: oneOrMore(reference)
    .optional()
    .describe(
      'The servers from which machines may take their boot information; no machine may follow another',
    ),
  file: words.optional().describe('Boot file of every booted machine; * for any characters'),
  code: words.optional().describe('Text on the screen of every machine that did not boot, such as PXE-E53'),
  within: instant
    .optional()
    .describe('Every machine has an outcome, whichever it is, within this time after power-on'),
  jobs: z
    .strictObject({
      done: countRange.optional().describe('Number of machines that have done all their jobs'),
      lost: countRange.optional().describe('Number of machines that booted past a job, which stays pending'),
      stopped: countRange.optional().describe('Number of machines that stopped at a step of a job'),
      pending: countRange.optional().describe('Number of machines still working on a job when the run ends'),
    })
    .optional()
    .describe('Outcome of the jobs of the site'),
})
export type OutcomeForm = z.output<typeof outcome>

const expectations = z.strictObject({
  findings: z.array(reference).prefault([]).describe('Findings that must be reported'),
  noFindings: eitherWay({ scalar: word(...UNWANTED), list: z.array(reference) })
    .prefault([])
    .describe(
      'Findings that must not be reported: a list, or all, error, or warning (which means errors too)',
    ),
  outcomes: z.record(name, outcome).prefault({}).describe('By group of clients or single machine (pc-3)'),
})

/** Virtual time a run gets if the file says nothing: every firmware has given up by then. */
const DEFAULT_LIMIT = '120s'

const formatWith = (server: z.ZodType<ServerForm>) =>
  z.strictObject({
    $schema: words
      .optional()
      .describe('For editors: location of the JSON Schema of this format; ignored by a run'),
    title: words.describe('The scenario in a few words'),
    teaches: words.optional().describe('The one lesson to learn from it'),
    steps: z.array(step).prefault([]).describe('Sentences of a guided tour'),
    seed: whole(0, Number.MAX_SAFE_INTEGER)
      .prefault(1)
      .describe('Seed of all random draws; --seed overrides it'),
    limit: instant
      .prefault(DEFAULT_LIMIT)
      .describe('Virtual time after which a machine that is still trying counts as pending'),
    subnets: z.record(name, subnet).describe('Broadcast domains'),
    routers: z.record(name, router).prefault({}).describe('They join subnets and relay DHCP'),
    arp: arp
      .prefault('warm')
      .describe(
        'Whether the ARP caches of routers and hosts are filled at the start; cold: they resolve by ARP first, and packets beyond eight per address are dropped meanwhile',
      ),
    notificationServers: z
      .record(name, notificationServer)
      .prefault({})
      .describe('They know what each machine should do'),
    servers: z
      .record(name, server)
      .prefault({})
      .describe('DHCP servers, Network Boot Services and other responders'),
    clients: z.record(name, client).prefault({}).describe('Groups of machines that boot'),
    site: site
      .optional()
      .describe('Notification Servers, site servers and clients with their plug-ins, and the jobs ordered'),
    faults: z.array(fault).prefault([]).describe('What happens during the run'),
    expect: expectations.prefault({}).describe('What the run must show'),
  })

export type ScenarioFormat = ReturnType<typeof formatWith>
export type ScenarioForm = z.output<ScenarioFormat>

/** Making it takes longer than reading a scenario by it. */
const formats = new WeakMap<ServerKinds, ScenarioFormat>()

export const scenarioFormat = (kinds: ServerKinds): ScenarioFormat => {
  let format = formats.get(kinds)
  if (!format) formats.set(kinds, (format = formatWith(kinds.form)))
  return format
}
