/**
 * `plugin-missing`: jobs that stopped at a step for want of a plug-in.
 */
import type { Sentences } from '../../../analysis/capture-rule.ts'
import type { Mac } from '../../../core/address.ts'
import type { Cause, SiteEvent } from '../../../deployment/job-events.ts'
import { PLUG_INS } from '../../../deployment/plug-ins.ts'
import type { UnlinkedFinding } from '../../result.ts'
import type { PluginMissing } from './details.ts'
import { type SiteView, grouped, machinesText, macsOf, ofKind, serversIn, siteFinding } from './site-view.ts'

type Blocked = Extract<SiteEvent, { kind: 'blocked' }>

export const missingPlugIns = (view: SiteView): UnlinkedFinding[] =>
  grouped(
    // Who has no job misses nothing.
    ofKind(view.events, 'blocked').filter(
      ({ cause, mac }) => cause.plugIn !== undefined && hasJob(view, mac),
    ),
    ({ cause }) => `${isClient(view, cause) ? '' : cause.machine} ${cause.rule} ${cause.plugIn}`,
  ).map(events => {
    const { cause, step } = firstOf(view, events)
    const macs = macsOf(events)
    return siteFinding(
      'plugin-missing',
      view,
      {
        macs,
        servers: serversIn(view, cause.machine),
        details: {
          machine: cause.machine,
          plugIn: cause.plugIn!,
          requirement: cause.rule ?? '',
          fault: cause.text,
          step,
          affected: macs.size,
          others: isClient(view, cause) ? macs.size - 1 : 0,
        },
      },
      sentences,
    )
  })

/** Of the machine that comes first in the scenario. */
const firstOf = ({ run }: SiteView, events: readonly Blocked[]): Blocked => {
  const { mac } = run.computers().find(computer => events.some(event => event.mac === computer.mac))!
  return events.find(event => event.mac === mac)!
}

const isClient = ({ run }: SiteView, { machine }: Cause): boolean =>
  run.computers().some(({ name }) => name === machine)

const hasJob = ({ run }: SiteView, mac: Mac): boolean => (run.bookOf(mac)?.runsOf(mac).length ?? 0) > 0

const sentences = (details: PluginMissing): Sentences => {
  const { machine, plugIn, requirement, fault, step, affected, others } = details
  return {
    text: `${fault}. ${machinesText(affected)} stop${affected === 1 ? 's' : ''} at step "${step}".${others > 0 ? ` The same applies to ${others} more.` : ''}`,
    because: `The job needs it there according to the vendor's table of plug-ins, rule ${requirement} (docs/site.md).`,
    remedy: `Roll out the ${PLUG_INS[plugIn]} to ${machine}${others > 0 ? ' and the others' : ''}, and start the job again.`,
  }
}
