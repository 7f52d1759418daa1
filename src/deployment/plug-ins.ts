/**
 * The plug-ins a deployment job needs, by role (NBS-20), and at which step of a job it
 * shows that one is missing. That a plug-in is needed is documented; the step is ours where the row says `assumed`
 * (docs/site.md). Used by the run and by `lint` alike. Does not know any machine.
 */

/** Id in a scenario -> what the console calls it. */
export const PLUG_INS = {
  'symantec-management-agent': 'Symantec Management Agent',
  'base-task-handlers': 'Altiris Base Task Handlers',
  'client-task-agent': 'Client Task Agent',
  'client-task-server-agent': 'Client Task Server Agent',
  'deployment-task-server-handler': 'Deployment Task Server Handler',
  'deployment-plug-in': 'Deployment Solution plug-in',
  'deployment-nbs-plug-in': 'Deployment NBS plug-in',
  'package-service': 'Package Service',
  'deployment-package-server': 'Deployment Package Server',
} as const

export type PlugIn = keyof typeof PLUG_INS
export const PLUG_IN_NAMES = Object.keys(PLUG_INS) as readonly PlugIn[]

/** Both come with the agent; nothing else runs without it either. */
const WITH_THE_AGENT: readonly PlugIn[] = ['base-task-handlers', 'client-task-agent']

/** What a machine is for. A site server has those of its three that were rolled out to it. */
export const DUTIES = ['notification-server', 'task-server', 'package-server', 'nbs', 'client'] as const
export type Duty = (typeof DUTIES)[number]

/** The steps of a job at which a missing plug-in shows, in the order of a job. */
export type Step =
  | 'order'
  | 'task servers'
  | 'register'
  | 'fetch'
  | 'hand out'
  | 'pxe'
  | 'preboot image'
  | 'automation'
  | 'package'
  | 'image'
  | 'production'

export interface Requirement {
  /** `PL-7`: named in messages and in docs/site.md. */
  readonly rule: string
  readonly duty: Duty
  readonly plugIn: PlugIn
  readonly step: Step
  /** What does not happen without it; ends the sentence "Without it …". */
  readonly without: string
  /** The step is our assumption; that it is needed is not. */
  readonly assumed: boolean
}

type Row = readonly [plugIn: PlugIn, step: Step, without: string, assumed?: 'assumed']

const ROWS: Readonly<Record<Duty, readonly Row[]>> = {
  'notification-server': [
    ['base-task-handlers', 'order', 'no task can be made on the console', 'assumed'],
    ['client-task-agent', 'order', 'no computer can be given a task', 'assumed'],
    ['client-task-server-agent', 'task servers', 'agents that ask get an empty list', 'assumed'],
    ['deployment-task-server-handler', 'fetch', 'it gives no Deployment task to a task server', 'assumed'],
  ],
  'task-server': [
    ['client-task-agent', 'task servers', 'it does not report, and is in no list of task servers', 'assumed'],
    ['client-task-server-agent', 'task servers', 'it is no task server, and is in no list of them'],
    ['base-task-handlers', 'register', 'no agent can register with it', 'assumed'],
    ['deployment-task-server-handler', 'hand out', 'it cannot hand out Deployment tasks'],
  ],
  'package-server': [
    ['deployment-plug-in', 'package', 'its Deployment packages are not published', 'assumed'],
    ['package-service', 'package', 'the Deployment Package Server cannot work, and there is no image'],
    ['deployment-package-server', 'package', 'it has no images and no Deployment packages'],
  ],
  nbs: [['deployment-nbs-plug-in', 'pxe', 'nobody answers PXE there']],
  client: [
    ['client-task-agent', 'register', 'it never asks for a task', 'assumed'],
    ['base-task-handlers', 'hand out', 'it is given no Deployment task'],
    [
      'deployment-plug-in',
      'hand out',
      'it is given no Deployment task, so "Boot to PXE/Automation" and "Prepare for Image Capture" never start',
    ],
  ],
}

export const REQUIREMENTS: readonly Requirement[] = DUTIES.flatMap(duty =>
  ROWS[duty].map(([plugIn, step, without, assumed]) => ({
    duty,
    plugIn,
    step,
    without,
    assumed: assumed === 'assumed',
  })),
).map((row, index) => ({ rule: `PL-${index + 1}`, ...row }))

/** Which plug-ins a machine has, and since when (microseconds of the run); Infinity: never. */
export type PlugInTimes = ReadonlyMap<PlugIn, number>

/** A plug-in is there when it has arrived, and the agent it comes with. */
export const hasPlugIn = (times: PlugInTimes, plugIn: PlugIn, now: number): boolean =>
  (times.get(plugIn) ?? 0) <= now && (times.get('symantec-management-agent') ?? 0) <= now

/** The plug-in to name for a requirement that is not met: the agent itself where that is what is missing. */
export const culprit = (times: PlugInTimes, plugIn: PlugIn, now: number): PlugIn =>
  (times.get('symantec-management-agent') ?? 0) > now ? 'symantec-management-agent' : plugIn

/** Requirements of these duties that a machine does not meet; of the whole list or of one step. */
export const unmet = (
  duties: readonly Duty[],
  times: PlugInTimes,
  now: number,
  step?: Step,
): readonly Requirement[] =>
  REQUIREMENTS.filter(
    row =>
      duties.includes(row.duty) &&
      (step === undefined || row.step === step) &&
      !hasPlugIn(times, row.plugIn, now),
  )

/** `a Deployment NBS plug-in`; with what it comes with. */
export const plugInText = (plugIn: PlugIn): string =>
  WITH_THE_AGENT.includes(plugIn)
    ? `${PLUG_INS[plugIn]} (${plugIn}, part of the Symantec Management Agent)`
    : `${PLUG_INS[plugIn]} (${plugIn})`

/** `ss-1 lacks the Client Task Server Agent (client-task-server-agent): … (rule PL-6)`. */
export const missingText = (machine: string, { rule, without }: Requirement, plugIn: PlugIn): string =>
  `${machine} lacks the ${plugInText(plugIn)}: ${without} (rule ${rule})`
