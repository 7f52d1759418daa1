/**
 * `server-not-registered`: who answers PXE on the wire against who is in the console's list, both ways (KB152270).
 */
import type { Sentences } from '../../../analysis/capture-rule.ts'
import { topologyOf } from '../../../scenario/lint/topology.ts'
import type { UnlinkedFinding } from '../../result.ts'
import type { ServerNotRegistered } from './details.ts'
import { type SiteView, grouped, machinesText, macsOf, ofKind, offerOf, siteFinding } from './site-view.ts'

export const unregisteredServers = (view: SiteView): UnlinkedFinding[] => [
  ...strangers(view),
  ...silent(view),
]

/** They answer, and the console of the machine's Notification Server does not list them. */
const strangers = (view: SiteView): UnlinkedFinding[] => {
  const { run } = view
  const unlisted = ofKind(view.events, 'answered').filter(({ by, mac }) => {
    const server = run.siteServer(by)
    const console_ = run.computer(mac)?.notificationServer
    return server && console_ !== undefined && (!server.registered || server.notificationServer !== console_)
  })
  const consoleOf = (event: (typeof unlisted)[number]) => run.computer(event.mac)!.notificationServer
  return grouped(unlisted, event => `${event.by} ${consoleOf(event)}`).map(events => {
    const [first] = events as [(typeof events)[number]]
    const { by, at, mac } = first
    const belongsTo = run.siteServer(by)!.notificationServer
    const macs = macsOf(events)
    return siteFinding(
      'server-not-registered',
      view,
      {
        macs,
        servers: [by],
        details: {
          server: by,
          notificationServer: consoleOf(first),
          affected: macs.size,
          kind: 'answers',
          ...(belongsTo !== consoleOf(first) && { belongsTo }),
        },
        evidence: offerOf(view, by, at, mac, `${by} answers`),
      },
      sentences,
    )
  })
}

/** They are listed, machines asked where they should hear it, and they answered nobody. */
const silent = (view: SiteView): UnlinkedFinding[] => {
  const { run } = view
  const answering = new Set(ofKind(view.events, 'answered').map(({ by }) => by))
  const topology = topologyOf(run.scenario)
  const booted = ofKind(view.events, 'boot')
  return (
    run.site.siteServers
      .filter(({ nbs, name, registered }) => nbs !== undefined && registered && !answering.has(name))
      // Without the plug-in it is none, and never registered.
      .filter(({ name }) => run.nbsStartsAt(name) <= run.clock.now())
      .flatMap(({ name, notificationServer }): UnlinkedFinding[] => {
        const asked = booted.filter(({ mac }) => {
          const computer = run.computer(mac)
          if (!computer || computer.notificationServer !== notificationServer) return false
          return topology.reached(computer.subnet).some(({ server }) => server.name === name)
        })
        if (asked.length === 0) return []
        const macs = macsOf(asked)
        const details = { server: name, notificationServer, affected: macs.size, kind: 'listedOnly' } as const
        return [siteFinding('server-not-registered', view, { macs, servers: [name], details }, sentences)]
      })
  )
}

const sentences = (details: ServerNotRegistered): Sentences => {
  const { server, notificationServer, affected } = details
  if (details.kind === 'listedOnly')
    return {
      text: `the console of ${notificationServer} lists ${server}, which answered none of ${machinesText(affected)} that sent requests on its subnets.`,
      because: 'The list shows what was registered once, not what answers now.',
      remedy: `Check that the PXE service is running on ${server} and its policy is enabled, or remove it from the list.`,
    }
  const { belongsTo } = details
  return {
    text: `${server} answers ${machinesText(affected)} of ${notificationServer}, whose console does not list it${belongsTo === undefined ? '' : `; it belongs to ${belongsTo}`}.`,
    because:
      'A server that is not in the list cannot be seen, configured or switched off there, but still answers.',
    remedy:
      belongsTo === undefined
        ? `Make ${server} register again (HasSBSRegistered, KB152270), or switch it off.`
        : `Switch off the Network Boot Service of ${server} for this subnet, or connect it to ${notificationServer}.`,
  }
}
