/**
 * The life of a machine in a site as one script: production system, reboot, firmware, boot program, automation,
 * reboot, and so on. The firmware is the same script as everywhere; the network comes first in the boot order, the
 * disk second. Does not decide what any of them does.
 */
import type { Ip4 } from '../../core/address.ts'
import type { Micros } from '../../core/micros.ts'
import type { BootRecord, Firmware, Pc, Script } from '../../firmware/pc.ts'
import type { SiteFact } from '../job-events.ts'
import type { TaskKind } from '../tasks.ts'
import { loadPreboot, prebootFile } from './preboot.ts'
import { Stage, sleep } from './stage.ts'
import { type SystemSetup, halt, runSystem } from './system.ts'

/** The automation that a boot leads to, as the NBS that won decided it. */
export interface Preboot {
  readonly image: string
  readonly arch: 'x86' | 'x64'
  readonly from: string
  readonly server: Ip4
  readonly system: SystemSetup
}

export interface LifecycleSetup {
  readonly firmware: Firmware
  readonly isBios: boolean
  /** False: it is switched on, and boots. */
  readonly startsInProduction: boolean
  readonly restart: () => Micros
  /** Each time anew: what its agent has depends on the time. */
  readonly production: () => SystemSetup
  /** Has it a production system? */
  readonly hasDisk: () => boolean
  /** Undefined: what was booted is none of this site's preboot images. */
  readonly preboot: (record: BootRecord) => Preboot | undefined
  readonly bootStarts: (task: TaskKind | undefined) => BootRecord
  readonly bootEnds: (record: BootRecord) => void
  readonly onWaiting: (isWaiting: boolean) => void
  readonly tell: (fact: SiteFact) => void
}

/** A firmware to those who run it; it never comes to an end. */
export const lifeOf = (setup: LifecycleSetup): Firmware => ({
  ...setup.firmware,
  boot: pc => live(pc, setup),
})

function* live(pc: Pc, setup: LifecycleSetup): Script {
  let task: TaskKind | undefined
  if (setup.startsInProduction) task = yield* inProduction(pc, setup)
  for (;;) {
    pc.configure(undefined)
    const record = setup.bootStarts(task)
    const stage = new Stage(pc)
    yield* setup.firmware.boot(stage, record)
    setup.bootEnds(record)
    yield* stage.end()
    task = yield* record.outcome === 'booted' ? inAutomation(pc, setup, record) : inProduction(pc, setup)
  }
}

function* inProduction(pc: Pc, setup: LifecycleSetup): Script<TaskKind> {
  if (!setup.hasDisk()) {
    pc.print('No operating system found')
    return yield* halt(setup)
  }
  return yield* untilRestart(pc, setup, setup.production())
}

function* inAutomation(pc: Pc, setup: LifecycleSetup, record: BootRecord): Script<TaskKind> {
  const preboot = setup.preboot(record)
  if (!preboot) return yield* halt(setup)
  const { image, arch, from, server } = preboot
  const stage = new Stage(pc)
  const problem = yield* loadPreboot(stage, server, prebootFile(image, arch, setup.isBios))
  yield* stage.end()
  setup.tell({ kind: 'preboot', image, from, problem })
  if (problem !== undefined) return yield* halt(setup)
  return yield* untilRestart(pc, setup, preboot.system)
}

function* untilRestart(pc: Pc, setup: LifecycleSetup, system: SystemSetup): Script<TaskKind> {
  // Its own DHCP client asks anew.
  pc.configure(undefined)
  const stage = new Stage(pc)
  const task = yield* runSystem(stage, system)
  yield* stage.end()
  yield* sleep(pc, setup.restart())
  return task
}
