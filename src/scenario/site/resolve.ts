/**
 * The site: names, places and defaults, so that what a file leaves out is a healthy site. Jobs are in
 * `resolve-jobs.ts`. Does not judge whether a plug-in is missing: `lint` and the run do.
 */
import type { Micros } from '../../core/micros.ts'
import { PACKAGES } from '../../deployment/tasks.ts'
import { PLUG_IN_NAMES, type PlugIn, type PlugInTimes } from '../../deployment/plug-ins.ts'
import { type Checking, NOUN, COLLECTIONS, entriesOf } from '../checking.ts'
import type { PlugInsForm, SiteClientForm, SiteForm, SitePolicyForm, SiteServerForm } from './format.ts'
import type { Path } from '../../document/located.ts'
import type { Server } from '../../servers/kind.ts'
import { isNbs } from '../../servers/nbs/kind.ts'
import { OWN_CABLE, resolveLink } from '../../servers/parts/place.ts'
import type { ClientGroup } from '../model.ts'
import type { PolicySchedule, Site, SiteComputer, SiteHost, SiteServer } from './model.ts'
import { nearestName } from '../../document/nearest.ts'
import { resolveJobs } from './resolve-jobs.ts'
import type { Addresses } from '../resolve-network.ts'

export const resolveSite = (
  checking: Checking,
  network: Addresses,
  servers: readonly Server[],
  groups: readonly ClientGroup[],
): Site | undefined => {
  const { site } = checking.form
  if (!site) return undefined
  const known = checking.declared('notificationServers')
  const [first] = known
  if (first === undefined) {
    checking.complain(['site'], 'a site needs a Notification Server (notificationServers:)', { side: 'key' })
    return undefined
  }
  const siteServers = resolveSiteServers(checking, site, network, servers, first)
  const computers = resolveComputers(checking, site, groups, first)
  return {
    notificationServers: resolveNotificationServers(checking, site, network, siteServers),
    siteServers,
    computers,
    taskServers: site.taskServers,
    preboot: site.preboot,
    images: entriesOf(site.images).map(([name, size]) => ({ name, size })),
    distribution: site.distribution,
    importAsManaged: site.importAsManaged,
    initialDeployment: { wait: site.initialDeployment.wait, job: site.initialDeployment.job },
    times: site.times,
    jobs: resolveJobs(checking, site, computers, groups, first),
  }
}

const resolveNotificationServers = (
  checking: Checking,
  site: SiteForm,
  network: Addresses,
  siteServers: readonly SiteServer[],
): SiteHost[] => {
  const names = checking.declared('notificationServers')
  for (const name of Object.keys(site.notificationServers))
    if (!names.includes(name))
      checking.unknownName('Notification Server', name, ['site', 'notificationServers', name], names, 'key')
  return names.flatMap(name => {
    const form = site.notificationServers[name]
    const path = ['site', 'notificationServers', name]
    const near = siteServers.find(server => server.notificationServer === name)?.on
    return placed(
      checking,
      network,
      name,
      { ...form, on: form?.on ?? near ?? network.subnets[0]?.name },
      path,
    )
  })
}

/** A machine of its own: on a subnet, at its address or at the first free one. */
const placed = (
  checking: Checking,
  network: Addresses,
  name: string,
  form: Partial<Pick<SiteServerForm, 'on' | 'address' | 'link' | 'plugins'>>,
  path: Path,
): SiteHost[] => {
  const { on, plugins } = form
  if (on === undefined || !checking.known(['subnets'], on, [...path, 'on'])) return []
  const address = form.address ?? network.freeAddressOn(on, name)
  if (address === undefined) {
    checking.complain(path, `subnet ${on} has no free address left for ${name}`, { side: 'key' })
    return []
  }
  return [
    {
      name,
      on,
      address,
      gateway: network.gatewayOf(on),
      link: form.link && resolveLink(form.link, OWN_CABLE),
      plugIns: timesOf(plugins),
      path: pluginPath(form, path),
    },
  ]
}

const resolveSiteServers = (
  checking: Checking,
  site: SiteForm,
  network: Addresses,
  servers: readonly Server[],
  firstNs: string,
): SiteServer[] => {
  const nbsNames = servers.filter(isNbs).map(({ name }) => name)
  const names = [...new Set([...nbsNames, ...Object.keys(site.siteServers)])]
  return names.flatMap((name): SiteServer[] => {
    const form = site.siteServers[name] ?? HEALTHY
    const path = ['site', 'siteServers', name]
    const host = hostOf(checking, network, servers, name, form, path)
    if (!host) return []
    const server = servers.find(one => one.name === name)
    const nbs = server && isNbs(server) ? server : undefined
    if (form.notificationServer !== undefined)
      checking.known(['notificationServers'], form.notificationServer, [...path, 'notificationServer'])
    checkArrivals(checking, site, form, path)
    return [
      {
        ...host,
        nbs: nbs?.name,
        notificationServer: form.notificationServer ?? nbs?.notificationServer ?? firstNs,
        services: form.services,
        policy: scheduleOf(form.policy ?? site.policy),
        arrives: new Map(entriesOf(form.arrives)),
        registered: form.registered,
        capacity: form.capacity,
        bandwidth: form.bandwidth,
      },
    ]
  })
}

const NO_PLUG_INS_MISSING: PlugInsForm = { without: [], arriving: {} }
const HEALTHY: SiteServerForm = {
  services: ['task', 'package'],
  plugins: NO_PLUG_INS_MISSING,
  arrives: {},
  registered: true,
  capacity: 500,
  bandwidth: 100e6,
}

/** The host of a server of that name, or a machine of its own. */
const hostOf = (
  checking: Checking,
  network: Addresses,
  servers: readonly Server[],
  name: string,
  form: SiteServerForm,
  path: Path,
): SiteHost | undefined => {
  const server = servers.find(one => one.name === name)
  if (server) {
    for (const field of ['on', 'address', 'link'] as const)
      if (form[field] !== undefined)
        checking.complain([...path, field], `${name} is described under servers, together with its subnet`, {
          side: 'key',
        })
    const { on, address, gateway, link } = server
    return { name, on, address, gateway, link, plugIns: timesOf(form.plugins), path: pluginPath(form, path) }
  }
  // Wrong itself, and said so already.
  if (checking.isDeclared('servers', name)) return undefined
  const owner = COLLECTIONS.find(collection => checking.isDeclared(collection, name))
  if (owner) {
    checking.complain(path, `"${name}" is already the name of a ${NOUN[owner]}`, { side: 'key' })
    return undefined
  }
  if (form.on === undefined) {
    const nearest = nearestName(name, checking.declared('servers'))
    const message = `there is no server "${name}"; a site server that is a separate machine needs on:`
    checking.complain(path, message, { side: 'key', nearest })
    return undefined
  }
  return placed(checking, network, name, form, path)[0]
}

/** What may be on its way: disk images, preboot images, packages. */
const checkArrivals = (checking: Checking, site: SiteForm, form: SiteServerForm, path: Path): void => {
  const jobs = entriesOf(site.jobs).map(([, job]) => job)
  const preboot = [site.preboot, ...jobs.flatMap(job => job.preboot ?? [])]
  const names = [
    ...Object.keys(site.images),
    ...jobs.flatMap(job => job.image ?? []),
    ...preboot,
    ...PACKAGES,
  ]
  for (const name of Object.keys(form.arrives))
    if (!names.includes(name))
      checking.unknownName('image or package', name, [...path, 'arrives', name], [...new Set(names)], 'key')
}

const scheduleOf = ({ apply, every, first }: SitePolicyForm): PolicySchedule => ({
  apply,
  every,
  first: first ?? { low: 0, high: every },
})

const timesOf = (form: PlugInsForm = NO_PLUG_INS_MISSING): PlugInTimes =>
  new Map<PlugIn, Micros>(
    PLUG_IN_NAMES.flatMap((plugIn): [PlugIn, Micros][] => {
      const time = form.without.includes(plugIn) ? Infinity : form.arriving[plugIn]
      return time === undefined ? [] : [[plugIn, time]]
    }),
  )

const pluginPath = (form: { readonly plugins?: PlugInsForm }, path: Path): Path =>
  form.plugins && (form.plugins.without.length > 0 || Object.keys(form.plugins.arriving).length > 0)
    ? [...path, 'plugins']
    : path

const resolveComputers = (
  checking: Checking,
  site: SiteForm,
  groups: readonly ClientGroup[],
  firstNs: string,
): SiteComputer[] => {
  const forms = site.clients
  const members = new Set(groups.flatMap(group => group.members.map(({ name }) => name)))
  for (const [name, form] of entriesOf(forms)) {
    const path = ['site', 'clients', name]
    const isKnown = checking.isDeclared('clients', name) || members.has(name) || checking.mayBeMember(name)
    if (!isKnown) checking.unknownName('group of clients', name, path, checking.declared('clients'), 'key')
    if (form.notificationServer !== undefined)
      checking.known(['notificationServers'], form.notificationServer, [...path, 'notificationServer'])
  }
  return groups.flatMap(group =>
    group.members.map(({ name, mac }): SiteComputer => {
      const key = forms[name] ? name : group.name
      const form: SiteClientForm = forms[key] ?? { class: 'managed', plugins: NO_PLUG_INS_MISSING }
      return {
        name,
        mac,
        subnet: group.on,
        class: form.class,
        notificationServer: form.notificationServer ?? firstNs,
        plugIns: timesOf(form.plugins),
        path: pluginPath(form, ['site', 'clients', key]),
      }
    }),
  )
}
