/**
 * Fills in what a Notification Server's entry does not say from the class of the machine. Does not decide about a
 * machine: the NBS asks for that during the run.
 */
import type { ComputerForm, DecisionForm, PolicyForm } from './format-policy.ts'
import type { Computer, ComputerClass, Decision, Policy } from './model.ts'

export const resolvePolicy = (form: PolicyForm): Policy => ({
  computers: form.computers.flatMap(computer => resolveComputer(computer, form)),
  unknown: decide('unknown', form.unknown, {}),
})

const resolveComputer = (computer: ComputerForm, policy: PolicyForm): Computer[] => {
  const decision = decide(computer.class, computer, policy[computer.class])
  return computer.mac.map(mac => ({ mac, class: computer.class, ...decision }))
}

const decide = (of: ComputerClass, own: DecisionForm, byClass: DecisionForm): Decision => {
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
const usualBoot = (of: ComputerClass, jobRunning: boolean): Decision['boot'] => {
  if (jobRunning) return 'automation'
  return of === 'managed' ? 'production' : 'pxe'
}
