/**
 * The PXE side of an NBS as people write it, in a scenario and in the settings of `nbs serve`: whom it answers, how,
 * and what with. Does not answer.
 */
import { z } from 'zod'
import { group, macPattern, oneOrMore, whole, word, words, yesNo } from '../../document/parts.ts'
import type { Micros } from '../../core/micros.ts'
import type { PxePolicy } from '../../nbs/service.ts'
import { NBS_BOOT_SERVER_TYPE } from '../../protocol/pxe/boot-menu.ts'
import { PXE_STYLES } from '../../protocol/pxe/offer.ts'
import { ARCHITECTURES, architectureNumber } from '../../wire/pxe/client.ts'

export const architecture = word(...ARCHITECTURES.map(({ name }) => name)).meta({ id: 'architecture' })

/** 0 is the client's own disk: a scenario may write it, a real server had better not. */
export const bootServerType = (lowest: 0 | 1) =>
  whole(lowest, 0xffff).prefault(NBS_BOOT_SERVER_TYPE).describe('PXE boot server type')

export const discoveryWays = (offers: 'allows' | 'advertises') =>
  z
    .strictObject({
      broadcast: yesNo.prefault(true).describe(`Answers and ${offers} broadcast discovery`),
      multicast: group.optional().describe(`Answers and ${offers} multicast discovery on this group`),
    })
    .prefault({})

export const pxeFields = {
  style: word(...PXE_STYLES).prefault('complete'),
  menu: z
    .strictObject({
      prompt: words.prefault('Press F8 for the boot menu').describe('Text of the prompt'),
      timeout: whole(0, 255)
        .prefault(0)
        .describe('Seconds; 0 takes the first entry at once, 255 waits without limit'),
    })
    .prefault({})
    .describe('Prompt of style menu'),
  allow: oneOrMore(macPattern).optional().describe('Only these machines are answered'),
  deny: oneOrMore(macPattern).prefault([]).describe('These machines are never answered'),
  arches: oneOrMore(architecture).optional().describe('Only these architectures are served'),
  minimumSecs: whole(0, 32).prefault(0),
  whenUnreachable: word('silent', 'production', 'unknown').prefault('silent'),
}

type PxeSettings = z.output<z.ZodObject<typeof pxeFields>> & {
  readonly bootServerType: number
  readonly discovery: z.output<ReturnType<typeof discoveryWays>>
}

export const pxePolicy = (settings: PxeSettings, delay: (() => Micros) | undefined): PxePolicy => {
  const { style, menu, allow, deny, arches, minimumSecs, discovery } = settings
  const { prompt: text, timeout } = menu
  return {
    style,
    bootServerType: settings.bootServerType,
    prompt: { text, seconds: { managed: timeout, predefined: timeout, unknown: timeout } },
    delay,
    minimumSecs,
    allow,
    deny,
    arches: arches?.map(architectureNumber),
    discovery: {
      broadcast: discovery.broadcast ? 'advertise' : 'answer',
      multicast: discovery.multicast,
    },
  }
}
