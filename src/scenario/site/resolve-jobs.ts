/**
 * Jobs of a site: machines by name, images that exist, and times before the run ends. Does not run them.
 */
import { formatSpan } from '../../core/micros.ts'
import { TASK_TITLES, WITH_IMAGE } from '../../deployment/tasks.ts'
import { type Checking, entriesOf } from '../checking.ts'
import type { JobForm, SiteForm } from './format.ts'
import type { Path } from '../../document/located.ts'
import type { ClientGroup } from '../model.ts'
import type { Job, SiteComputer } from './model.ts'

export const resolveJobs = (
  checking: Checking,
  site: SiteForm,
  computers: readonly SiteComputer[],
  groups: readonly ClientGroup[],
  firstNs: string,
): Job[] => {
  const menuJob = site.initialDeployment.job
  const names = Object.keys(site.jobs)
  if (menuJob !== undefined && !names.includes(menuJob))
    checking.unknownName('job', menuJob, ['site', 'initialDeployment', 'job'], names)
  return entriesOf(site.jobs).map(([name, form]): Job => {
    const path = ['site', 'jobs', name]
    checkTime(checking, form, name === menuJob, path)
    checkImage(checking, site, form, path)
    const machines = membersOf(checking, form, groups, [...path, 'computers'])
    const servers = new Set(
      computers.filter(computer => machines.includes(computer.name)).map(one => one.notificationServer),
    )
    if (servers.size > 1)
      checking.complain(
        [...path, 'computers'],
        `they belong to several Notification Servers (${[...servers].join(', ')}); a job belongs to one`,
      )
    return {
      name,
      at: form.at,
      task: form.task,
      image: form.image,
      preboot: form.preboot ?? site.preboot,
      computers: machines,
      notificationServer: [...servers][0] ?? firstNs,
    }
  })
}

const checkTime = (checking: Checking, { at, computers }: JobForm, isMenu: boolean, path: Path): void => {
  const { limit } = checking.form
  if (at !== undefined && at > limit)
    checking.complain([...path, 'at'], `the run ends at ${formatSpan(limit)}, before this job is ordered`)
  if (at === undefined && !isMenu)
    checking.complain(path, 'is never ordered; give it a time (at: 10s) or name it in initialDeployment', {
      side: 'key',
    })
  if (at !== undefined && computers.length === 0)
    checking.complain(path, 'names no machines (computers: pc)', { side: 'key' })
}

const checkImage = (checking: Checking, site: SiteForm, { task, image }: JobForm, path: Path): void => {
  if (!WITH_IMAGE.has(task)) {
    if (image !== undefined)
      checking.complain(
        [...path, 'image'],
        `${TASK_TITLES[task]} has no disk image; preboot: names its preboot image`,
        {
          side: 'key',
        },
      )
    return
  }
  if (image === undefined)
    return checking.complain(path, `${TASK_TITLES[task]} needs an image (image: Win11)`, { side: 'key' })
  if (task === 'create-image') return
  const created = entriesOf(site.jobs).flatMap(([, job]) =>
    job.task === 'create-image' ? (job.image ?? []) : [],
  )
  const known = [...Object.keys(site.images), ...created]
  if (!known.includes(image)) checking.unknownName('image', image, [...path, 'image'], known)
}

const membersOf = (
  checking: Checking,
  form: JobForm,
  groups: readonly ClientGroup[],
  path: Path,
): string[] => {
  const names = form.computers.flatMap((name, index) => {
    const group = groups.find(one => one.name === name)
    if (group) return group.members.map(member => member.name)
    const isMember = groups.some(one => one.members.some(member => member.name === name))
    if (!isMember && !checking.isDeclared('clients', name) && !checking.mayBeMember(name))
      checking.unknownName(
        'group of clients',
        name,
        form.computers.length === 1 ? path : [...path, index],
        checking.declared('clients'),
      )
    return isMember ? [name] : []
  })
  return [...new Set(names)]
}
