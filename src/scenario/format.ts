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
  at: instant.optional().describe('When it is shown; at the start if nothing says when'),
  client: reference.optional().describe('The machine to look at'),
  choice: words
    .optional()
    .describe('Shown when that machine first makes a choice by this rule, such as E-19'),
  screen: words.optional().describe('Shown when a line with this text first stands on its screen'),
  text: words.describe('What to look at'),
})

const subnet = z.strictObject({
  cidr: cidr.describe('Network, such as 10.20.1.0/24'),
  link: linkRules.prefault({}).describe('Weather of the segment'),
  switch: z
    .strictObject({
      forwardingDelay: instant
        .prefault('0s')
        .describe(
          "A machine's port forwards so long after link-up (spanning tree, LACP): after power-on, each reset, and a cable that is healed",
        ),
      trusted: oneOrMore(reference)
        .optional()
        .describe(
          'DHCP snooping: only these servers and routers may send answers of DHCP servers; others lose theirs. Not given: no snooping',
        ),
      dropAbove: whole(68, 9216)
        .optional()
        .describe(
          'IP packets of more bytes are lost without a word, in both directions: a hole in the path MTU',
        ),
    })
    .optional()
    .describe('What the switch does beyond forwarding'),
})

/** A router that was switched on long ago knows the MACs of its servers, and they know its own. */
const arp = word('warm', 'cold')

const router = z.strictObject({
  joins: eitherWay({ list: z.array(reference), map: z.record(name, ip4) }).describe(
    'Subnets; or a map of subnet to the address of the router there (default: the first free one)',
  ),
  relay: z
    .record(name, oneOrMore(reference))
    .prefault({})
    .describe(
      'IP helper addresses: for each subnet with clients, the servers (names or addresses) DHCP broadcasts are relayed to',
    ),
  option82: yesNo.prefault(false).describe('Adds relay agent information'),
  arp: arp.optional().describe('Default: as the scenario says'),
})

/** Those over IPv6 are known by name, and refused with a sentence. */
const WRITTEN_METHODS = [...BOOT_METHODS, 'pxe6', 'http6'] as const

const client = z.strictObject({
  count: whole(1, MAX_COUNT).optional().describe('How many; 1, or as many as there are macs'),
  on: reference.describe('Subnet'),
  firmware: reference
    .optional()
    .describe('Firmware model; may be left out where guest says it')
    .meta({ enum: namesOf(FIRMWARE_FAMILIES) }),
  profile: label
    .optional()
    .describe("Variant of the firmware by vendor or age; default: the firmware's usual one")
    .meta({ examples: FIRMWARE_FAMILIES.flatMap(({ profiles }) => Object.keys(profiles)) }),
  arch: architecture.optional().describe('Architecture (IANA 93); default: by firmware'),
  boot: oneOrMore(word(...WRITTEN_METHODS))
    .optional()
    .describe(
      'Boot order: pxe4, and on edk2 http4 (UEFI HTTP boot over IPv4); the next is tried where one has started nothing. Default: pxe4',
    ),
  mac: mac.optional().describe('Of the first machine; counted up for the others'),
  macs: z.array(mac).optional().describe('Of each machine, instead of mac and count'),
  powerOn: instantRange.prefault('0s').describe('When it is switched on; each machine draws from a range'),
  uuid: words
    .optional()
    .describe('SMBIOS UUID of a single machine; default: derived from its MAC')
    .meta({ pattern: '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$' }),
  guest: reference
    .optional()
    .describe('Boots real firmware in QEMU instead of the model; its firmware is the same')
    .meta({ enum: guestsOf(FIRMWARE_FAMILIES).map(({ name }) => name) }),
  link: linkRules.optional().describe("Weather of each machine's own cable, on top of the subnet's"),
})
export type ClientForm = z.output<typeof client>

const fault = z.strictObject({
  at: instant.describe('When it happens'),
  stop: reference.optional().describe('A server, or one of its services: nbs-a.tftp'),
  start: reference.optional().describe('A server, or one of its services: nbs-a.tftp'),
  cut: reference.optional().describe('A subnet, or the cable of a host or of a group of clients'),
  heal: reference.optional().describe('What was cut before'),
  set: z
    .strictObject({
      target: reference.describe('A subnet, host, group of clients or Notification Server'),
      ...linkFields,
      unreachable: yesNo.optional().describe('Of a Notification Server'),
      responseDelay: durationRange.optional().describe('Of a server'),
    })
    .optional()
    .describe('Changes link rules, or a Notification Server, from then on'),
})
export type FaultForm = z.output<typeof fault>
export const FAULT_KINDS = ['stop', 'start', 'cut', 'heal', 'set'] as const

const outcome = z.strictObject({
  booted: countRange.optional().describe('How many machines run a boot file: 3, or 1..19'),
  localDisk: countRange.optional().describe('How many were sent on to their disk'),
  failed: countRange.optional().describe('How many show an error'),
  pending: countRange.optional().describe('How many still try at the limit'),
  from: oneOrMore(reference)
    .optional()
    .describe(
      'The servers that machines may take their boot information from; no machine may follow another',
    ),
  file: words.optional().describe('Boot file of every booted machine; * for any characters'),
  code: words.optional().describe('What the screen of every machine that did not boot shows: PXE-E53'),
  within: instant
    .optional()
    .describe('Every machine comes to its end, whatever it is, so long after it was switched on'),
  jobs: z
    .strictObject({
      done: countRange.optional().describe('How many machines have done all their jobs'),
      lost: countRange.optional().describe('How many booted past a job, which stays pending'),
      stopped: countRange.optional().describe('How many stopped at a step of a job'),
      pending: countRange.optional().describe('How many are still at it when the run ends'),
    })
    .optional()
    .describe('What became of the jobs of the site'),
})
export type OutcomeForm = z.output<typeof outcome>

const expectations = z.strictObject({
  findings: z.array(reference).prefault([]).describe('Findings that must be reported'),
  noFindings: eitherWay({ scalar: word(...UNWANTED), list: z.array(reference) })
    .prefault([])
    .describe(
      'Findings that must not be reported: a list, or all, error, or warning (which means errors too)',
    ),
  outcomes: z.record(name, outcome).prefault({}).describe('By group of clients, or single machine (pc-3)'),
})

/** Virtual time a run gets if the file says nothing: every firmware has given up by then. */
const DEFAULT_LIMIT = '120s'

const formatWith = (server: z.ZodType<ServerForm>) =>
  z.strictObject({
    $schema: words
      .optional()
      .describe('For editors: where the JSON Schema of this format is; says nothing to a run'),
    title: words.describe('What the scenario is, in a few words'),
    teaches: words.optional().describe('The one thing to learn from it'),
    steps: z.array(step).prefault([]).describe('Sentences of a guided tour'),
    seed: whole(0, Number.MAX_SAFE_INTEGER).prefault(1).describe('Of every random draw; --seed overrides it'),
    limit: instant
      .prefault(DEFAULT_LIMIT)
      .describe('Virtual time after which a machine still trying counts as pending'),
    subnets: z.record(name, subnet).describe('Broadcast domains'),
    routers: z.record(name, router).prefault({}).describe('They join subnets and relay DHCP'),
    arp: arp
      .prefault('warm')
      .describe(
        'Whether routers and the hosts beside them know each other at the start; cold: they ask by ARP first, and packets beyond eight per address are lost meanwhile',
      ),
    notificationServers: z
      .record(name, notificationServer)
      .prefault({})
      .describe('They know what each machine is to do'),
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
