/**
 * `server-not-registered`: who answers PXE on the wire against who is in the console's list, both ways (KB152270).
 */
import type { FindingResult } from '../result.ts'
import { siteOf } from '../../scenario/lint/site.ts'
import { type SiteView, grouped, offerOf, machinesText, macsOf, ofKind, siteFinding } from './site-view.ts'

export const unregisteredServers = (view: SiteView): FindingResult[] => [...strangers(view), ...silent(view)]

/** They answer, and the console of the machine's Notification Server does not list them. */
const strangers = (view: SiteView): FindingResult[] => {
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
    const asks = run.siteServer(by)!.notificationServer
    const elsewhere = asks === consoleOf(first) ? '' : `; it belongs to ${asks}`
    const macs = macsOf(events)
    return siteFinding('server-not-registered', view, macs, {
      servers: [by],
      message: `${by} answers ${machinesText(macs.size)} of ${consoleOf(first)}, whose console does not list it${elsewhere}.`,
      because:
        'What is not in the list cannot be seen, configured or switched off there, and answers all the same.',
      remedy:
        elsewhere === ''
          ? `Let ${by} register again (HasSBSRegistered, KB152270), or switch it off.`
          : `Switch the Network Boot Service of ${by} off for this subnet, or connect it to ${consoleOf(first)}.`,
      evidence: offerOf(view, by, at, mac, `${by} answers`),
    })
  })
}

/** They are listed, machines asked where they should hear it, and they answered nobody. */
const silent = (view: SiteView): FindingResult[] => {
  const { run } = view
  const answering = new Set(ofKind(view.events, 'answered').map(({ by }) => by))
  const heard = siteOf(run.scenario)
  const booted = ofKind(view.events, 'boot')
  return (
    run.site.siteServers
      .filter(({ nbs, name, registered }) => nbs !== undefined && registered && !answering.has(name))
      // Without the plug-in it is none, and never registered.
      .filter(({ name }) => run.nbsStartsAt(name) <= run.clock.now())
      .flatMap((server): FindingResult[] => {
        const asked = booted.filter(({ mac }) => {
          const computer = run.computer(mac)
          if (!computer || computer.notificationServer !== server.notificationServer) return false
          return heard.hearers(computer.subnet).some(hearing => hearing.server.name === server.name)
        })
        if (asked.length === 0) return []
        const macs = macsOf(asked)
        return [
          siteFinding('server-not-registered', view, macs, {
            servers: [server.name],
            message: `the console of ${server.notificationServer} lists ${server.name}, which answered none of ${machinesText(macs.size)} that asked where it should hear it.`,
            because: 'The list says what was registered once, not what answers now.',
            remedy: `See that the PXE service runs on ${server.name} and its policy is enabled, or remove it from the list.`,
          }),
        ]
      })
  )
}
