/**
 * BSDP in a scenario: NetBoot images, and how a responder behaves that is not Apple's. Form and descriptions only.
 */
import { z } from 'zod'
import { BSDP_PRODUCTS } from './bsdp-products.ts'
import {
  instant,
  ip4,
  label,
  mac,
  macPattern,
  oneOrMore,
  whole,
  word,
  words,
  yesNo,
} from '../../document/parts.ts'

const netBootImage = z
  .strictObject({
    index: whole(1, 0xffff).describe(
      '1-4095 is this server’s own; from 4096 on the same image on every server',
    ),
    name: words.describe('In the menu'),
    folder: words.optional().describe('Folder, such as Lab.nbi; default: the name'),
    install: yesNo.prefault(false).describe('NetInstall instead of NetBoot'),
    kind: word('mac-os-9', 'mac-os-x', 'mac-os-x-server', 'diagnostics')
      .prefault('mac-os-x')
      .describe('What it starts'),
    type: word('nfs', 'http', 'boot-file-only', 'classic')
      .prefault('http')
      .describe('How its root is reached'),
    default: yesNo.prefault(false).describe('Goes to the front of the list'),
    enabled: yesNo.prefault(true).describe('Is it offered?'),
    bootFile: words.prefault('booter').describe('Name of the boot file'),
    rootPath: words.prefault('NetBoot.dmg').describe('In the folder, or a URL'),
    architectures: oneOrMore(word('i386', 'ppc', 'arm'))
      .prefault(['i386'])
      .describe('Of the Macs it is for'),
    models: oneOrMore(words).prefault([]).describe('Only for these, such as iMac14,2'),
    exceptModels: oneOrMore(words).prefault([]).describe('Not for these'),
    macs: oneOrMore(macPattern).prefault([]).describe('Only for these machines'),
    exceptMacs: oneOrMore(macPattern).prefault([]).describe('Not for these machines'),
    diskless: yesNo.prefault(false).describe('Its writable volume is on the server (AFP account)'),
    filterOnly: yesNo.prefault(false).describe('Shown only to clients that filter for it'),
    loadBalanceServer: ip4.optional().describe('Boot file and root come from there'),
    files: word('all', 'none').prefault('all').describe('none: the boot files are not there'),
    booterSize: whole(1, 1 << 24)
      .prefault(65_536)
      .describe('Bytes of the boot file'),
  })
  .meta({ id: 'netBootImage' })
export type NetBootImageForm = z.output<typeof netBootImage>

const bound = z
  .strictObject({
    mac: mac.describe('Of the Mac'),
    image: whole(1, 0xffff).describe('Index of its image, one of those above'),
  })
  .describe('A Mac that was bound before, by its MAC and the index of its image')

const common = {
  images: z.array(netBootImage).prefault([]).describe('NetBoot images besides those in the image folder'),
  hostName: label.optional().describe('sname of its answers; default: the name of the server'),
  accounts: whole(0, 999).prefault(50).describe('AFP accounts for diskless Macs'),
  clients: whole(0, 60_000).prefault(0).describe('Records it has of other Macs: each lowers its priority'),
  bound: z.array(bound).prefault([]).describe('Macs that were bound before the run'),
}

export const nbsBsdp = z
  .strictObject({
    ...common,
    basePriority: whole(0, 0xffff).prefault(32_768).describe('Priority without any client'),
  })
  .optional()
  .describe('BSDP: NetBoot for Macs; runs if there is an image')

/** Points on which a responder differs from Apple's server, each by its name in `BsdpBehavior`. */
export const behavior = {
  ignoresServerIdentifier: yesNo.optional().describe('Answers a SELECT meant for another server'),
  keepsRecords: yesNo.optional().describe('Remembers a Mac that selected another server'),
  comparesIndexOnly: yesNo.optional().describe('Looks at the low 16 bits of an image id'),
  claimsEveryone: yesNo.optional().describe('Says to every Mac that it is bound here'),
  checksModel: yesNo.optional().describe('False: lists every image to every model'),
  checksClass: yesNo.optional().describe('False: also answers clients that are no Macs'),
  repliesTo: word('reply-port', 'source-port').optional().describe('Port of its answers'),
  classIdentifier: word('exact', 'architecture', 'echo').optional().describe('Option 60 of its answers'),
  failsSelect: yesNo.optional().describe('Answers every SELECT with FAILED'),
}

export const foreignBsdp = z
  .strictObject({
    ...common,
    product: word(...BSDP_PRODUCTS)
      .prefault('apple')
      .describe('Whose behaviour it has; the other fields override it'),
    priority: whole(0, 0xffff).optional().describe('Constant priority'),
    basePriority: whole(0, 0xffff).optional().describe('Priority that falls with every client'),
    ...behavior,
    delay: instant.optional().describe('Waits before each BSDP answer'),
  })
  .optional()
  .describe('BSDP responder, by the ways in which it differs from Apple’s server')

export type NbsBsdpForm = NonNullable<z.output<typeof nbsBsdp>>
export type ForeignBsdpForm = NonNullable<z.output<typeof foreignBsdp>>
