/**
 * Deployment tasks: what a job is made of, and which system carries out each (NBS-23). Tables only; does not run anything.
 */

/** What may be ordered. The two image tasks bring the way to automation and back with them. */
export const JOB_TASKS = [
  'boot-to-automation',
  'boot-to-pxe',
  'prepare-for-image-capture',
  'create-image',
  'deploy-image',
  'boot-to-production',
] as const
export type TaskKind = (typeof JOB_TASKS)[number]

/** As the console calls them. */
export const TASK_TITLES: Readonly<Record<TaskKind, string>> = {
  'boot-to-automation': 'Boot to Automation',
  'boot-to-pxe': 'Boot to PXE',
  'prepare-for-image-capture': 'Prepare for Image Capture',
  'create-image': 'Create Image',
  'deploy-image': 'Deploy Image',
  'boot-to-production': 'Boot to Production',
}

export const tasksOf = (ordered: TaskKind): readonly TaskKind[] => SEQUENCES[ordered] ?? [ordered]

const SEQUENCES: Readonly<Partial<Record<TaskKind, readonly TaskKind[]>>> = {
  'deploy-image': ['boot-to-automation', 'deploy-image', 'boot-to-production'],
  'create-image': ['prepare-for-image-capture', 'boot-to-automation', 'create-image', 'boot-to-production'],
}

/** Tasks that end with a reboot through the firmware, and are done when the agent reports from the other side. */
export const REBOOTS: ReadonlySet<TaskKind> = new Set([
  'boot-to-automation',
  'boot-to-pxe',
  'boot-to-production',
])
/** Tasks with a disk image. */
export const WITH_IMAGE: ReadonlySet<TaskKind> = new Set(['create-image', 'deploy-image'])

/** How an agent chooses from the list of task servers (NBS-21). */
export const TASK_SERVER_CHOICES = ['fewest-computers', 'fastest-connection', 'available-capacity'] as const
export type TaskServerChoice = (typeof TASK_SERVER_CHOICES)[number]

/** What a package server has besides disk images. `pct` is PC Transplant; no task of ours asks for it. */
export const PACKAGES = ['imaging', 'drivers-db', 'bdc', 'pct'] as const
export type PackageName = (typeof PACKAGES)[number]

/** Bytes; ours. */
export const PACKAGE_SIZES: Readonly<Record<PackageName, number>> = {
  imaging: 60e6,
  'drivers-db': 400e6,
  bdc: 600e6,
  pct: 30e6,
}

/** What a task fetches from a package server, in order; `image` stands for the job's own. */
export const PACKAGES_FOR: Readonly<Partial<Record<TaskKind, readonly (PackageName | 'image')[]>>> = {
  'create-image': ['imaging'],
  'deploy-image': ['imaging', 'drivers-db', 'image'],
}
