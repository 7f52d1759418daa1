/**
 * Each machine of a site as it lives: what its boots were and where they led, and what its systems need. Judges one
 * thing, at the moment a boot ends: whether it led where the job wanted it.
 */
import type { Micros } from '../../core/micros.ts'
import { type BootRecord, type Firmware } from '../../firmware/pc.ts'
import { newBootRecord } from '../../firmware/record.ts'
import { causeOf } from '../../deployment/causes.ts'
import type { Cause, SiteFact } from '../../deployment/job-events.ts'
import { PLUG_IN_NAMES, hasPlugIn } from '../../deployment/plug-ins.ts'
import type { TaskKind } from '../../deployment/tasks.ts'
import { type LifecycleSetup, type Preboot, lifeOf } from '../../deployment/systems/lifecycle.ts'
import type { SystemSetup } from '../../deployment/systems/system.ts'
import { draw } from '../../document/draw.ts'
import type { ClientGroup } from '../../scenario/model.ts'
import type { SiteComputer, SystemTimes } from '../../scenario/site/model.ts'
import type { Boot } from '../machine.ts'
import { judgeBoot } from './lost-boots.ts'
import type { SiteRun } from './site-run.ts'

/** The firmware, with the rest of the machine's life around it; each boot is added to `boots`. */
export const machineLife = (
  run: SiteRun,
  computer: SiteComputer,
  group: ClientGroup,
  firmware: Firmware,
  boots: Boot[],
  linkUp: () => void,
): Firmware => lifeOf(new MachineLife(run, computer, group, firmware, boots, linkUp))

/** Size of a captured image that the site does not name. */
const USUAL_IMAGE = 4e9

class MachineLife implements LifecycleSetup {
  readonly firmware: Firmware
  readonly isBios: boolean
  readonly startsInProduction: boolean
  readonly #run: SiteRun
  readonly #computer: SiteComputer
  readonly #boots: Boot[]
  readonly #draw: (what: keyof SystemTimes) => Micros
  #hasDisk: boolean

  readonly #linkUp: () => void

  constructor(
    run: SiteRun,
    computer: SiteComputer,
    group: ClientGroup,
    firmware: Firmware,
    boots: Boot[],
    linkUp: () => void,
  ) {
    this.#linkUp = linkUp
    this.firmware = firmware
    this.isBios = group.arch === 'x86-bios'
    this.startsInProduction = computer.class === 'managed'
    this.#hasDisk = this.startsInProduction
    this.#run = run
    this.#computer = computer
    this.#boots = boots
    const random = run.random.fork(`times ${computer.name}`)
    this.#draw = what => draw(run.site.times[what], random)
  }

  readonly restart = (): Micros => this.#draw('restart')
  readonly hasDisk = (): boolean => this.#hasDisk

  readonly tell = (fact: SiteFact): void => {
    const { journal, clock } = this.#run
    journal.add({ ...fact, at: clock.now(), mac: this.#computer.mac })
    if (fact.kind === 'preboot' && fact.problem !== undefined)
      this.tell({
        kind: 'blocked',
        step: 'preboot image',
        cause: this.#noPreboot(fact.from, fact.image, fact.problem),
      })
  }

  #noPreboot(machine: string, image: string, problem: string): Cause {
    const { arrives } = this.#run.siteServer(machine) ?? {}
    const times = [image, 'bdc'].flatMap(name => arrives?.get(name) ?? [])
    const comes = times.filter(time => time > this.#run.clock.now())
    const text = `the preboot image ${image} cannot be loaded from ${machine}: ${problem}`
    return comes.length === 0 ? { machine, text } : { machine, image, arrives: Math.max(...comes), text }
  }

  readonly onWaiting = (isWaiting: boolean): void => this.#run.progress.waits(this.#computer.mac, isWaiting)

  readonly bootStarts = (task: TaskKind | undefined): BootRecord => {
    this.#linkUp()
    const record = newBootRecord()
    this.#boots.push({ task, record, started: this.#run.clock.now(), ended: undefined })
    return record
  }

  readonly bootEnds = (record: BootRecord): void => {
    const { outcome, code, pxeServer } = record
    const boot = this.#boots.at(-1)!
    boot.ended = this.#run.clock.now()
    const server = pxeServer === undefined ? undefined : this.#run.nameOf(pxeServer)
    this.tell({ kind: 'boot', boot: this.#boots.length, outcome, code, pxeServer: server })
    const verdict = judgeBoot(this.#run, this.#computer, record)
    if (verdict) this.tell(verdict)
  }

  readonly production = (): SystemSetup => {
    const { plugIns, name, notificationServer } = this.#computer
    const { clock } = this.#run
    return this.#system('production', notificationServer, {
      plugIns: () => PLUG_IN_NAMES.filter(plugIn => hasPlugIn(plugIns, plugIn, clock.now())),
      noAgent: causeOf(name, ['client'], plugIns, clock.now(), 'register'),
    })
  }

  readonly preboot = (record: BootRecord): Preboot | undefined => {
    const { mac } = this.#computer
    const answered = this.#run.answerOf(record.pxeServer, mac)
    if (!answered || answered.decision.boot === 'production' || !record.transfer) return undefined
    const { decision, nbs } = answered
    const isUnknown = decision.client === 'unknown'
    return {
      image: decision.image || this.#run.site.preboot,
      arch: decision.arch,
      from: this.#run.nameOf(record.transfer.server),
      server: record.transfer.server,
      system: this.#system('automation', nbs.notificationServer, {
        plugIns: () => IN_AUTOMATION,
        noAgent: undefined,
        menu: isUnknown ? this.#run.site.initialDeployment.wait : undefined,
      }),
    }
  }

  #system(
    system: SystemSetup['system'],
    notificationServer: string,
    own: { plugIns: () => readonly string[]; noAgent: Cause | undefined; menu?: Micros | undefined },
  ): SystemSetup {
    const { site, nameOf } = this.#run
    const server = site.notificationServers.find(({ name }) => name === notificationServer)!
    return {
      menu: undefined,
      ...own,
      system,
      notificationServer: server.address,
      starts: this.#draw(system),
      sysprep: () => this.#draw('sysprep'),
      choose: site.taskServers.choose,
      poll: site.taskServers.poll,
      imageSize: image => site.images.find(({ name }) => name === image)?.size ?? USUAL_IMAGE,
      nameOf,
      tell: this.tell,
      onWaiting: this.onWaiting,
      onDeployed: () => void (this.#hasDisk = true),
    }
  }
}

/** The preboot image brings its own agent. */
const IN_AUTOMATION = ['base-task-handlers', 'client-task-agent', 'deployment-plug-in']
