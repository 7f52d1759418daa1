/**
 * A running system, production or automation: starts, takes an address, and does what its task server says until a
 * task sends it through a reboot. Does not know the firmware.
 */
import type { Ip4 } from '../../core/address.ts'
import type { Micros } from '../../core/micros.ts'
import type { Script } from '../../firmware/pc.ts'
import type { Cause, SiteFact, SystemName } from '../job-events.ts'
import type { Step } from '../plug-ins.ts'
import { PACKAGES_FOR, REBOOTS, TASK_TITLES, type TaskKind, type TaskServerChoice } from '../tasks.ts'
import { Agent } from './agent.ts'
import { takeAddress } from './lease.ts'
import { transferPackage } from './packages.ts'
import { type Stage, sleep } from './stage.ts'

export interface SystemSetup {
  readonly system: SystemName
  /** Of its agent. */
  readonly notificationServer: Ip4
  readonly plugIns: () => readonly string[]
  /** Without an agent nothing but the system runs. */
  readonly noAgent: Cause | undefined
  readonly starts: Micros
  readonly sysprep: () => Micros
  /** Nobody knows the machine: it shows the Initial Deployment menu for so long. */
  readonly menu: Micros | undefined
  readonly choose: TaskServerChoice
  readonly poll: Micros
  /** Bytes of an image that is captured. */
  readonly imageSize: (name: string) => number
  readonly nameOf: (ip: Ip4) => string
  readonly tell: (fact: SiteFact) => void
  readonly onWaiting: (isWaiting: boolean) => void
  readonly onDeployed: () => void
}

/** Ends with the task for which the machine restarts. */
export function* runSystem(stage: Stage, setup: SystemSetup): Script<TaskKind> {
  const { system, tell, noAgent } = setup
  stage.print(system === 'production' ? 'Windows starts' : 'WinPE starts')
  yield* sleep(stage, setup.starts)
  tell({ kind: 'up', system })
  if (noAgent) {
    tell({ kind: 'blocked', step: 'register', cause: noAgent })
    return yield* halt(setup)
  }
  yield* takeAddress(stage)
  const agent = new Agent(stage, setup)
  yield* agent.join()
  let fields = setup.menu === undefined ? {} : yield* showMenu(stage, agent, setup, setup.menu)
  for (;;) {
    const task = yield* agent.task(fields)
    if (!task) {
      yield* agent.idle()
      continue
    }
    fields = {}
    const kind = task['task'] as TaskKind
    stage.print(`${TASK_TITLES[kind]}${task['image'] === undefined ? '' : ` ${task['image']}`}`)
    if (REBOOTS.has(kind)) {
      tell({ kind: 'restarting', task: kind })
      return kind
    }
    const problem = yield* carryOut(stage, agent, setup, kind, task)
    stage.append(problem === undefined ? ': done' : `: ${problem.text}`)
    if (problem) tell({ kind: 'blocked', step: stepOf(problem), cause: problem })
    yield* agent.report(task, problem ? 'failed' : 'done', problem?.text)
  }
}

/** Runs, and takes no orders. */
export function* halt({ onWaiting }: Pick<SystemSetup, 'onWaiting'>): Script<never> {
  onWaiting(true)
  for (;;) yield Infinity
}

const stepOf = ({ plugIn }: Cause): Step => (plugIn === undefined ? 'image' : 'package')

/** HOWTO63381: a time limit and a default job. */
function* showMenu(
  stage: Stage,
  agent: Agent,
  { notificationServer }: SystemSetup,
  wait: Micros,
): Script<Record<string, string>> {
  const menu = yield* agent.ask(notificationServer, 'get-menu', {})
  const job = menu?.fields['job']
  stage.print(`Initial Deployment menu: ${job ?? 'no job'}`)
  yield* sleep(stage, wait)
  return job === undefined ? {} : { menu: job }
}

/** Undefined: done. */
function* carryOut(
  stage: Stage,
  agent: Agent,
  setup: SystemSetup,
  kind: TaskKind,
  task: Readonly<Record<string, string>>,
): Script<Cause | undefined> {
  const { notificationServer, nameOf, tell } = setup
  if (kind === 'prepare-for-image-capture') {
    yield* sleep(stage, setup.sysprep())
    return undefined
  }
  const image = task['image'] ?? ''
  for (const wanted of PACKAGES_FOR[kind] ?? []) {
    const name = wanted === 'image' ? image : wanted
    const result = yield* transferPackage({ agent, notificationServer, nameOf, name })
    if (!result.ok) return result.cause
    tell({ kind: 'package', package: name, from: result.server, verb: 'fetched' })
  }
  if (kind === 'deploy-image') setup.onDeployed()
  if (kind !== 'create-image') return undefined
  const stores = setup.imageSize(image)
  const result = yield* transferPackage({ agent, notificationServer, nameOf, name: image, stores })
  if (!result.ok) return result.cause
  tell({ kind: 'package', package: image, from: result.server, verb: 'stored' })
  return undefined
}
