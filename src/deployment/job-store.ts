/**
 * The jobs of one Notification Server and how far each has come on each computer; from them what an NBS is told
 * about a machine (NBS-16: `boot`, `client`, `image`, `jobrunning`). Does not speak to anybody.
 */
import type { Mac } from '../core/address.ts'
import type { Micros } from '../core/micros.ts'
import type { ComputerClass } from '../protocol/pxe/decision.ts'
import type { Cause, SiteEvent, SystemName, Tell } from './job-events.ts'
import type { Instruction } from './notification-server.ts'
import type { Step } from './plug-ins.ts'
import { REBOOTS, type TaskKind, tasksOf } from './tasks.ts'

export interface JobOrder {
  readonly name: string
  readonly task: TaskKind
  readonly image: string | undefined
  readonly preboot: string
}

export interface BookedComputer {
  readonly name: string
  readonly mac: Mac
  readonly class: ComputerClass
}

export interface JobRun {
  readonly order: JobOrder
  readonly tasks: readonly TaskKind[]
  /** Index of the current task. */
  index: number
  /** The current task was given to a task server. */
  taken: boolean
  state: 'open' | 'done' | 'lost' | 'failed'
  /** Where it stands still; gone as soon as it moves on. */
  blocked: { readonly step: Step; readonly cause: Cause } | undefined
}

export interface JobBookOptions {
  readonly computers: readonly BookedComputer[]
  /** Preboot image of predefined machines. */
  readonly preboot: string
  readonly importAsManaged: boolean
  readonly tell: Tell
}

/** Whoever stands still there has no task server yet. */
const isBeforeRegistration = (step: Step): boolean => step === 'register' || step === 'task servers'

export class JobStore {
  readonly #options: JobBookOptions
  readonly #classes = new Map<Mac, ComputerClass>()
  readonly #runs = new Map<Mac, JobRun[]>()
  /** Of machines that cannot even be reached, whether they have a job or not. */
  readonly #blocked = new Map<Mac, NonNullable<JobRun['blocked']>>()

  constructor(options: JobBookOptions) {
    this.#options = options
    for (const computer of options.computers)
      if (computer.class !== 'unknown') this.#classes.set(computer.mac, computer.class)
  }

  /** `fromMenu`: the machine is in automation already. */
  order(at: Micros, mac: Mac, order: JobOrder, by: string, fromMenu = false): void {
    const tasks = tasksOf(order.task)
    const index = fromMenu ? tasks.findIndex(task => task !== 'boot-to-automation') : 0
    const blocked = this.#blocked.get(mac)
    const run: JobRun = { order, tasks, index: Math.max(0, index), taken: false, state: 'open', blocked }
    const runs = this.#runs.get(mac)
    if (runs) runs.push(run)
    else this.#runs.set(mac, [run])
    this.#options.tell({ kind: 'ordered', at, mac, job: order.name, by })
    // So that whoever reads the events learns why this job, too, stands still.
    if (blocked) this.#options.tell({ kind: 'blocked', at, mac, ...blocked })
  }

  runsOf(mac: Mac): readonly JobRun[] {
    return this.#runs.get(mac) ?? []
  }

  /** The first that can still move. */
  current(mac: Mac): JobRun | undefined {
    return this.#runs.get(mac)?.find(run => run.state === 'open')
  }

  /** Gives the current task away. */
  take(mac: Mac): { readonly run: JobRun; readonly task: TaskKind } | undefined {
    const run = this.current(mac)
    if (!run || run.taken) return undefined
    run.taken = true
    run.blocked = undefined
    return { run, task: run.tasks[run.index]! }
  }

  /** Where the machine is to come up, if a task has sent it through its firmware. */
  expected(
    mac: Mac,
  ): { readonly run: JobRun; readonly task: TaskKind; readonly system: SystemName } | undefined {
    const run = this.current(mac)
    const task = run?.tasks[run.index]
    if (!run?.taken || task === undefined || !REBOOTS.has(task)) return undefined
    return { run, task, system: task === 'boot-to-production' ? 'production' : 'automation' }
  }

  /** The machine's agent has registered: what sent it there is done. */
  arrived(at: Micros, mac: Mac, system: SystemName): void {
    this.#blocked.delete(mac)
    const run = this.current(mac)
    if (run?.blocked && isBeforeRegistration(run.blocked.step)) run.blocked = undefined
    const expected = this.expected(mac) ?? this.#alreadyThere(mac)
    if (expected?.system === system) this.#advance(at, mac, expected.run)
  }

  /** An unmanaged predefined machine goes straight to where its job wants it (ImportAsManaged 0, KB165161). */
  #alreadyThere(mac: Mac): ReturnType<JobStore['expected']> {
    const run = this.current(mac)
    const task = run?.tasks[run.index]
    const isDirect = this.#classes.get(mac) === 'predefined' && !this.#options.importAsManaged
    if (!run || !isDirect || (task !== 'boot-to-automation' && task !== 'boot-to-pxe')) return undefined
    return { run, task, system: 'automation' }
  }

  /** A task that does not end with a reboot. */
  finished(at: Micros, mac: Mac, failed: string | undefined): void {
    const run = this.current(mac)
    const task = run?.tasks[run.index]
    if (!run?.taken || task === undefined || REBOOTS.has(task)) return
    if (failed === undefined) return this.#advance(at, mac, run)
    run.state = 'failed'
    this.#options.tell({ kind: 'task', at, mac, job: run.order.name, task, failed })
  }

  #advance(at: Micros, mac: Mac, run: JobRun): void {
    const { tell } = this.#options
    const job = run.order.name
    tell({ kind: 'task', at, mac, job, task: run.tasks[run.index]!, failed: undefined })
    run.index++
    run.taken = false
    run.blocked = undefined
    if (run.index < run.tasks.length) return
    run.state = 'done'
    // It has the agent now, whatever it was before.
    if (run.tasks.includes('deploy-image')) this.#classes.set(mac, 'managed')
    tell({ kind: 'finished', at, mac, job })
  }

  hear(event: SiteEvent): void {
    const run = this.current(event.mac)
    if (event.kind === 'blocked') {
      const { step, cause } = event
      if (isBeforeRegistration(step)) this.#blocked.set(event.mac, { step, cause })
      if (run) run.blocked = { step, cause }
    } else if (event.kind === 'lost' && run?.order.name === event.job) run.state = 'lost'
  }

  /** What an NBS is to do with a machine because of its job, or of its class; undefined: as the policy says. */
  instruction(mac: Mac): (Instruction & { readonly class: ComputerClass }) | undefined {
    const known = this.#classes.get(mac)
    // On the console a lost job is still pending: the next network boot would find it.
    const run = this.current(mac) ?? this.#runs.get(mac)?.findLast(one => one.state === 'lost')
    const task = run?.tasks[run.index]
    if (run && task !== undefined) {
      if (task === 'boot-to-production' && run.taken)
        return { class: known ?? 'managed', boot: 'production', jobRunning: true }
      if (this.#wantsAutomation(mac, run, task))
        return {
          class: known ?? 'managed',
          boot: task === 'boot-to-pxe' ? 'pxe' : 'automation',
          image: run.order.preboot,
          jobRunning: true,
        }
    }
    if (known === 'predefined') return { class: known, boot: 'pxe', image: this.#options.preboot }
    return undefined
  }

  /** For machines that no entry of the policy matches. */
  listed(mac: Mac): (Instruction & { readonly class: ComputerClass }) | undefined {
    return this.#classes.get(mac) === 'managed' ? { class: 'managed', boot: 'production' } : undefined
  }

  #wantsAutomation(mac: Mac, run: JobRun, task: TaskKind): boolean {
    if (task === 'prepare-for-image-capture') return false
    if (task !== 'boot-to-automation' && task !== 'boot-to-pxe') return true
    return run.taken || (this.#classes.get(mac) === 'predefined' && !this.#options.importAsManaged)
  }
}
