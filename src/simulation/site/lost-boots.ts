/**
 * When a boot has ended: did it lead where the job of the machine wanted it, and if not, who led it astray. Does not
 * look at packets: it knows the job, which no packet shows.
 */
import { formatIp4 } from '../../core/address.ts'
import type { BootRecord } from '../../firmware/pc.ts'
import { causeOf } from '../../deployment/causes.ts'
import type { Cause, SiteFact } from '../../deployment/job-events.ts'
import { TASK_TITLES } from '../../deployment/tasks.ts'
import { topologyOf } from '../../scenario/lint/topology.ts'
import type { SiteComputer } from '../../scenario/site/model.ts'
import type { SiteRun } from './site-run.ts'

/** Undefined: the boot led where it should, or no job wanted anything of it. */
export const judgeBoot = (run: SiteRun, computer: SiteComputer, record: BootRecord): SiteFact | undefined => {
  const expected = run.bookOf(computer.mac)?.expected(computer.mac)
  if (!expected) return undefined
  const { task, system } = expected
  const job = expected.run.order.name
  const by = record.pxeServer === undefined ? undefined : run.nameOf(record.pxeServer)
  const lost = (why: string): SiteFact => ({ kind: 'lost', job, task, by, why })
  const title = TASK_TITLES[task]
  if (record.outcome === 'failed') {
    if (system === 'production') return undefined // it goes on to its disk all the same
    return { kind: 'blocked', step: 'pxe', cause: causeOfSilence(run, computer, record.code) }
  }
  if (system === 'production')
    return record.outcome === 'booted'
      ? lost(`${by ?? 'a server'} had it boot from the network again, instead of "${title}"`)
      : undefined
  if (record.outcome === 'localDisk')
    return lost(`${by ?? 'nobody'} sent it to its disk, and did not know of "${title}"`)
  const answered = run.answerOf(record.pxeServer, computer.mac)
  if (!answered)
    return lost(
      `it booted what ${by ?? formatIp4(record.transfer!.server)} offered, which is no NBS of the site`,
    )
  if (answered.decision.boot === 'production' || !answered.decision.jobRunning)
    return lost(
      `it booted ${answered.decision.image || 'the image'} of ${by}, which asks ${answered.nbs.notificationServer} and did not know of "${title}"`,
    )
  return undefined
}

/** Nobody told the machine what to boot: because the NBS that should is none, or for what the screen says. */
const causeOfSilence = (run: SiteRun, { name, subnet }: SiteComputer, code: string | undefined): Cause => {
  const now = run.clock.now()
  for (const { server } of topologyOf(run.scenario).reached(subnet)) {
    const nbs = run.siteServer(server.name)
    const cause = nbs?.nbs === undefined ? undefined : causeOf(nbs.name, ['nbs'], nbs.plugIns, now, 'pxe')
    if (cause) return cause
  }
  return { machine: name, text: `its network boot failed${code === undefined ? '' : ` with ${code}`}` }
}
