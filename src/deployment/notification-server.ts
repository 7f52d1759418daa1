/**
 * The Notification Server as an NBS sees it: told of a machine, it says what that machine is to do, by the first rule
 * that matches its MAC (NBS-16). Also the old copy of its policy that an NBS may hold instead of asking.
 * Does not schedule jobs, and does not speak HTTP.
 */
import type { Mac } from '../core/address.ts'
import { type MacPattern, matchesMac } from '../core/mac-pattern.ts'
import type { Micros } from '../core/micros.ts'
import type { Clock } from '../network/port.ts'
import type {
  Answer,
  BootKind,
  ComputerClass,
  Decision,
  DecisionSource,
  ImageArchitecture,
  Question,
} from '../protocol/pxe/decision.ts'
import { architectureNumber } from '../wire/pxe/client.ts'

/** What a rule says; what it leaves out is filled in by `decide`. */
export interface Instruction {
  /** False: NBS stays silent to the machine. Default true. */
  readonly allow?: boolean | undefined
  /** Default `pxe`. */
  readonly boot?: BootKind | undefined
  /** Default: the NBS's default image (empty name). */
  readonly image?: string | undefined
  /** Default: what the machine can run. */
  readonly arch?: ImageArchitecture | undefined
  readonly jobRunning?: boolean | undefined
  readonly prompt?: number | undefined
}

export interface ComputerRule extends Instruction {
  readonly mac: MacPattern
  readonly class: ComputerClass
}

export interface Policy {
  /** The first that matches counts. */
  readonly computers: readonly ComputerRule[]
  /** What a machine gets that no rule matches; absent = it is not allowed. */
  readonly unknown?: Instruction | undefined
}

/** What is known of single computers beside the policy: their jobs go before it, the console's list after it. */
export interface Knowledge {
  instruction(mac: Mac): (Instruction & Pick<ComputerRule, 'class'>) | undefined
  listed(mac: Mac): (Instruction & Pick<ComputerRule, 'class'>) | undefined
}

export interface NotificationServerOptions {
  readonly policy: Policy
  readonly knowledge?: Knowledge | undefined
  readonly clock: Clock
  /** Until it answers; drawn once per question. */
  readonly delay?: () => Micros
  readonly unreachable?: boolean
}

export class NotificationServer implements DecisionSource {
  /** Changed at run time by jobs and faults. */
  policy: Policy
  /** Nobody answers; whoever asks is told so after the usual delay. */
  unreachable: boolean
  delay: (() => Micros) | undefined
  readonly #knowledge: Knowledge | undefined
  readonly #clock: Clock

  constructor(options: NotificationServerOptions) {
    this.policy = options.policy
    this.#knowledge = options.knowledge
    this.unreachable = options.unreachable ?? false
    this.delay = options.delay
    this.#clock = options.clock
  }

  ask(question: Question, reply: (answer: Answer) => void): void {
    // What counts is the state at the time of the answer: a server that fails in between does not answer.
    const answer = (): void => reply(this.unreachable ? 'unreachable' : this.decide(question))
    const delay = this.delay?.() ?? 0
    if (delay <= 0) answer()
    else this.#clock.setTimer(this.#clock.now() + delay, answer)
  }

  decide(question: Question): Decision | 'refused' {
    return decide(this.policy, question, this.#knowledge)
  }
}

/**
 * A copy of a policy that an NBS holds on its own. With `staleFor` it is fetched anew when it is asked for and older
 * than that (NBS-15: policies come on a schedule); without, it stays as it is. An unreachable server leaves
 * the old copy in place. Answers at once.
 */
export class PolicySnapshot implements DecisionSource {
  readonly #options: PolicySnapshotOptions
  #policy: Policy
  #takenAt: Micros

  constructor(options: PolicySnapshotOptions) {
    this.#options = options
    this.#policy = options.policy
    this.#takenAt = options.clock?.now() ?? 0
  }

  ask(question: Question, reply: (answer: Answer) => void): void {
    const { source, staleFor, clock } = this.#options
    if (
      source &&
      clock &&
      staleFor !== undefined &&
      clock.now() - this.#takenAt > staleFor &&
      !source.unreachable
    ) {
      this.#policy = source.policy
      this.#takenAt = clock.now()
    }
    reply(decide(this.#policy, question))
  }
}

export interface PolicySnapshotOptions {
  readonly policy: Policy
  /** Where newer ones come from; absent = none ever comes. */
  readonly source?: Pick<NotificationServer, 'policy' | 'unreachable'>
  /** How old the copy may get. */
  readonly staleFor?: Micros
  readonly clock?: Clock
}

/** What `policy` says about a machine. */
export const decide = (policy: Policy, question: Question, knowledge?: Knowledge): Decision | 'refused' => {
  const { mac } = question
  const rule = knowledge?.instruction(mac) ?? ruleFor(policy, mac) ?? knowledge?.listed(mac)
  const instruction = rule ?? policy.unknown
  if (!instruction || instruction.allow === false) return 'refused'
  const boot = instruction.boot ?? 'pxe'
  return {
    boot,
    client: rule?.class ?? 'unknown',
    image: boot === 'production' ? '' : (instruction.image ?? ''),
    arch: instruction.arch ?? archOf(question.architecture),
    jobRunning: instruction.jobRunning ?? false,
    ...(instruction.prompt !== undefined && { prompt: instruction.prompt }),
  }
}

const ruleFor = (policy: Policy, mac: Mac): ComputerRule | undefined => {
  for (const rule of policy.computers) if (matchesMac(rule.mac, mac)) return rule
  return undefined
}

const BIOS = architectureNumber('x86-bios')
const IA32 = architectureNumber('ia32-uefi')
const archOf = (architecture: number): ImageArchitecture =>
  architecture === BIOS || architecture === IA32 ? 'x86' : 'x64'
