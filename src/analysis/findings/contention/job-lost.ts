/**
 * `job-lost`: a machine with a pending job was sent elsewhere by a server that did not know of it (NBS-18). In packets only the
 * disk is seen; a site knows the job itself, and tells the whole chain.
 */
import { NO_REPORTS, type RuleTest, type Sentences } from '../../capture-rule.ts'
import { hasJob, isLocalBoot } from '../../conversations/intent.ts'
import type { FindingMeta } from '../../finding-meta.ts'
import { raceOf } from '../../race.ts'
import { ascending, listed } from '../../words.ts'
import { namesOf, outcomeOf, showRace } from './pxe-race.ts'

export const meta = {
  id: 'job-lost',
  severity: 'error',
  meaning: 'a machine with a pending job was sent to its disk by a server that did not know of the job',
  origins: {
    capture: {
      holdsWhen:
        'two PXE OFFERs answer one DISCOVER, one for an image whose menu text says `job running`, the other for the local disk, and the machine followed the latter',
      isNot: 'a boot of the image; a boot in which no server announced a job',
      confidence:
        '`seen` if unicasts of the segment are visible and the machine stayed silent for a second after its lease (iPXE: 20 s) or its operating system started; `inferred` if the capture ends there and its firmware prefers that OFFER',
      remedy:
        'disable the NBS that did not know of the job, or connect it to the right Notification Server; then start the job again',
    },
    deployment: {
      holdsWhen:
        'a task sent the machine to automation, and it booted something else: its disk, or an image of another Notification Server or of an unknown PXE server; or "Boot to Production" led to the network again. Replaces the finding of the same name in packets for these machines, and shows the whole chain: job ordered, machine tickled, restarted, which server answered, what it booted',
      remedy:
        'disable the NBS that did not know of the job, or connect it to the right Notification Server; then start the job again',
    },
  },
  consequences: [
    { of: 'split-decision', share: ['clients', 'servers'] },
    { of: 'policy-lag', share: ['clients', 'servers'] },
    { of: 'server-not-registered', share: ['clients', 'servers'] },
  ],
} as const satisfies FindingMeta

export type JobLost = {
  /** Servers that offered the image of the job. */
  readonly knowing: readonly string[]
  /** The server that was followed. */
  readonly followed: string
}

export const test: RuleTest<JobLost> = (boot, context) => {
  const race = raceOf(boot, context)
  const winner = race?.responders.find(responder => responder.server === race.winner)
  if (!race || !winner || !isLocalBoot(winner.intent)) return NO_REPORTS
  const knowing = race.responders.filter(responder => hasJob(responder.intent))
  if (knowing.length === 0) return NO_REPORTS
  return [
    {
      confidence: race.confidence,
      servers: ascending([winner.server, ...knowing.map(responder => responder.server)]),
      details: { knowing: namesOf(knowing, context), followed: context.names.server(winner.server) },
      evidence: showRace(boot, race, context),
      race: outcomeOf(race),
    },
  ]
}

export const sentences = ({ knowing, followed }: JobLost): Sentences => ({
  text: `${listed(knowing)} offered the image of a running job, but the machine followed ${followed}, which sent it to its disk. The job stays pending; no error is shown.`,
  because: `${followed} does not know of the job: it uses another Notification Server, or its policy is out of date.`,
  remedy: `Disable the Network Boot Service on ${followed} for this subnet, or connect it to the Notification Server that has the job; then start the job again.`,
})
