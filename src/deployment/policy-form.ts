/**
 * What a Notification Server knows about machines, as people write it, and the policy it means: what an entry does not
 * say comes from the class of its machine. Also the form of the policy an NBS keeps when it does not ask. Does not
 * decide about a machine: the NBS asks for that during the run.
 */
import { z } from 'zod'
import { durationRange, macPattern, oneOrMore, whole, word, words, yesNo } from '../document/parts.ts'
import {
  BOOT_KINDS,
  COMPUTER_CLASSES,
  type ComputerClass,
  IMAGE_ARCHITECTURES,
} from '../protocol/pxe/decision.ts'
import type { ComputerRule, Instruction, Policy } from './notification-server.ts'

/** Without defaults: a computer inherits from its class, and the class from `instruct`. */
const instruction = {
  allow: yesNo.optional().describe('False: an NBS stays silent to these machines'),
  boot: word(...BOOT_KINDS)
    .optional()
    .describe('What the machine is told to do; production goes on to its disk'),
  image: words.optional().describe('Boot image'),
  arch: word(...IMAGE_ARCHITECTURES)
    .optional()
    .describe('Architecture of the image'),
  jobRunning: yesNo.optional().describe('A job waits for this machine'),
  prompt: whole(0, 255).optional().describe('Seconds of prompt; 0 none, 255 wait without limit'),
}

export const machineClass = z.strictObject(instruction).meta({ id: 'machineClass' })

const computer = z.strictObject({
  mac: oneOrMore(macPattern).describe(
    "MAC, or pattern such as '00:50:56:*', or a list of them; the first entry that matches counts",
  ),
  class: word(...COMPUTER_CLASSES)
    .prefault('managed')
    .describe('How the console lists the machine'),
  ...instruction,
})

const knowledge = {
  computers: z.array(computer).prefault([]).describe('The first entry that matches a machine counts'),
  unknown: machineClass.prefault({ allow: false }).describe('For machines that nobody knows'),
  predefined: machineClass.prefault({}).describe('Defaults for computers of class predefined'),
  managed: machineClass.prefault({}).describe('Defaults for computers of class managed'),
}

export const policy = z.strictObject(knowledge)
export type PolicyForm = z.output<typeof policy>

export const notificationServer = z.strictObject({
  delay: durationRange.prefault('5ms').describe('Until it answers'),
  unreachable: yesNo.prefault(false).describe('It never answers'),
  ...knowledge,
})

export const resolvePolicy = (form: PolicyForm): Policy => ({
  computers: form.computers.flatMap(({ mac: patterns, ...own }): ComputerRule[] => {
    const told = instruct(own.class, own, form[own.class])
    return patterns.map(mac => ({ mac, class: own.class, ...told }))
  }),
  unknown: instruct('unknown', form.unknown, {}),
})

const instruct = (of: ComputerClass, own: Instruction, byClass: Instruction): Instruction => {
  const jobRunning = own.jobRunning ?? byClass.jobRunning ?? false
  return {
    allow: own.allow ?? byClass.allow ?? true,
    boot: own.boot ?? byClass.boot ?? usualBoot(of, jobRunning),
    image: own.image ?? byClass.image,
    arch: own.arch ?? byClass.arch,
    jobRunning,
    prompt: own.prompt ?? byClass.prompt,
  }
}

/** NBS-13: a managed machine goes on to its disk unless a job waits; the others get their preboot image. */
const usualBoot = (of: ComputerClass, jobRunning: boolean): Instruction['boot'] => {
  if (jobRunning) return 'automation'
  return of === 'managed' ? 'production' : 'pxe'
}
