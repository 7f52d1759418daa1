/**
 * What a Notification Server knows about machines, as it is written in a scenario; also the form of the policy an
 * NBS keeps when it does not ask. Form and defaults only.
 */
import { z } from 'zod'
import { durationRange, macPattern, oneOrMore, whole, word, words, yesNo } from '../document/parts.ts'

/** Without defaults: a computer inherits from its class, and the class from `policy.ts`. */
const decision = {
  allow: yesNo.optional().describe('False: an NBS stays silent to these machines'),
  boot: word('pxe', 'automation', 'production')
    .optional()
    .describe('What the machine is told to do; production goes on to its disk'),
  image: words.optional().describe('Boot image'),
  arch: word('x86', 'x64').optional().describe('Architecture of the image'),
  jobRunning: yesNo.optional().describe('A job waits for this machine'),
  prompt: whole(0, 255).optional().describe('Seconds of prompt; 0 none, 255 wait without limit'),
}

export const machineClass = z.strictObject(decision).meta({ id: 'machineClass' })
export type DecisionForm = z.output<typeof machineClass>

const computer = z.strictObject({
  mac: oneOrMore(macPattern).describe(
    "MAC, or pattern such as '00:50:56:*', or a list of them; the first entry that matches counts",
  ),
  class: word('managed', 'predefined', 'unknown')
    .prefault('managed')
    .describe('How the console lists the machine'),
  ...decision,
})
export type ComputerForm = z.output<typeof computer>

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
