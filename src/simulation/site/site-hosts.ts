/**
 * Notification Servers and site servers of a site, on their hosts. Does not contain their behaviour.
 */
import { runStateMachine } from '../../network/runner.ts'
import { PackageStore, type StoredPackage } from '../../deployment/package-store.ts'
import { SiteServer } from '../../deployment/site-server.ts'
import { TaskManagement } from '../../deployment/task-management.ts'
import { PACKAGES, PACKAGE_SIZES } from '../../deployment/tasks.ts'
import type { BuiltNetwork } from '../build-network.ts'
import type { Job, SiteHost, SiteServer as ServerModel } from '../../scenario/site/model.ts'
import type { VirtualHost } from '../../network/virtual/host.ts'
import type { SiteRun } from './site-run.ts'

export const startSite = (run: SiteRun, built: BuiltNetwork): void => {
  const shelves = new Map(run.site.siteServers.map(server => [server.name, shelfOf(run, server)]))
  for (const server of run.site.notificationServers) startNotificationServer(run, server, built)
  for (const server of run.site.siteServers) startSiteServer(run, server, shelves, built)
}

const hostOf = (built: BuiltNetwork, { name, on, address, gateway, link }: SiteHost): VirtualHost =>
  built.hosts.get(name) ?? built.addHost({ name, subnet: on, ip: address, gateway, link })

const startNotificationServer = (run: SiteRun, server: SiteHost, built: BuiltNetwork): void => {
  const { site, journal } = run
  const book = run.book(server.name)
  if (!book) return
  const ours = site.jobs.filter(job => job.notificationServer === server.name)
  const macs = new Map(run.computers().map(({ name, mac }) => [name, mac]))
  const machine = new TaskManagement({
    name: server.name,
    plugIns: server.plugIns,
    book,
    siteServers: site.siteServers
      .filter(one => one.notificationServer === server.name)
      .map(one => ({ ...one, subnet: one.on })),
    subnetOf: mac => run.computer(mac)?.subnet,
    orders: ours
      .flatMap(job =>
        job.at === undefined
          ? []
          : [{ at: job.at, job: orderOf(job), macs: job.computers.flatMap(name => macs.get(name) ?? []) }],
      )
      .toSorted((a, b) => a.at - b.at),
    menuJob: ours.filter(job => job.name === site.initialDeployment.job).map(orderOf)[0],
    tell: journal.add,
  })
  runStateMachine(hostOf(built, server), machine, () => {})
}

const orderOf = ({ name, task, image, preboot }: Job) => ({ name, task, image, preboot })

const startSiteServer = (
  run: SiteRun,
  server: ServerModel,
  shelves: ReadonlyMap<string, PackageStore>,
  built: BuiltNetwork,
): void => {
  const { site, journal } = run
  const notificationServer = site.notificationServers.find(({ name }) => name === server.notificationServer)
  const shelf = shelves.get(server.name)
  if (!notificationServer || !shelf || server.services.length === 0) return
  const machine = new SiteServer({
    name: server.name,
    notificationServer: notificationServer.address,
    services: server.services,
    plugIns: server.plugIns,
    shelf,
    onStored: (image, size, now) => {
      for (const other of shelves.values())
        if (!other.has(image, now)) other.put(image, { size, arrives: now + site.distribution })
    },
    nameOf: mac => run.computer(mac)?.name ?? String(mac),
    tell: journal.add,
  })
  runStateMachine(hostOf(built, server), machine, () => {})
}

const shelfOf = ({ site }: SiteRun, { arrives, bandwidth }: ServerModel): PackageStore => {
  const sizes: (readonly [string, number])[] = [
    ...site.images.map(({ name, size }) => [name, size] as const),
    ...PACKAGES.map(name => [name, PACKAGE_SIZES[name]] as const),
  ]
  const items = sizes.map(([name, size]): [string, StoredPackage] => [
    name,
    { size, arrives: arrives.get(name) ?? 0 },
  ])
  return new PackageStore(new Map(items), bandwidth)
}
