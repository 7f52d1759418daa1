/**
 * What happens to a network during a run: servers and services stop and start, links are cut, healed and change
 * their weather. Each fault is a trace event. Does not choose faults; the scenario lists them.
 */
import { toSeconds } from '../core/micros.ts'
import type { Random } from '../core/random.ts'
import type { FaultEvent, TraceSink } from '../core/trace.ts'
import { IDEAL_LINK, type LinkRules } from '../network/virtual/link.ts'
import type { Port } from '../network/virtual/segment.ts'
import type { BuiltNetwork } from './build-network.ts'
import { drawer } from '../document/draw.ts'
import type { Fault, LinkTarget } from '../scenario/model.ts'
import type { RunningServer, ServerContext } from '../servers/kind.ts'
import type { Attend } from './attend.ts'

export interface Faulty {
  readonly built: BuiltNetwork
  readonly servers: ReadonlyMap<string, RunningServer>
  readonly notificationServers: ServerContext['notificationServers']
  readonly random: Random
  readonly trace: TraceSink
  readonly attend: Attend
}

export const scheduleFaults = (faults: readonly Fault[], world: Faulty): void => {
  const { clock } = world.built.network
  for (const fault of faults) clock.setTimer(fault.at, () => causeFault(fault, world))
}

/** Now, whatever its own time is. */
export const causeFault = (fault: Fault, world: Faulty): void => {
  const at = world.built.network.clock.now()
  if (world.trace.enabled) world.trace.add({ at, ...faultEvent({ ...fault, at }) })
  happen(fault, world)
}

const happen = (fault: Fault, world: Faulty): void => {
  switch (fault.kind) {
    case 'stop':
    case 'start':
      return fault.service === undefined ? switchServer(fault, world) : switchService(fault, world)
    case 'cut':
    case 'heal':
      return switchLink(fault.target, fault.kind === 'heal', world)
    case 'setLink':
      return changeLink(fault.target, fault.rules, world)
    case 'setNotificationServer': {
      const server = world.notificationServers.get(fault.notificationServer)
      if (server && fault.unreachable !== undefined) server.unreachable = fault.unreachable
      if (server && fault.delay)
        server.delay = drawer(fault.delay, world.random.fork(`fault delay ${fault.notificationServer}`))
      return
    }
    case 'setResponseDelay':
      return world.servers.get(fault.server)?.setResponseDelay?.(fault.responseDelay)
  }
}

type Switch = Extract<Fault, { kind: 'stop' | 'start' }>

/** The whole machine: it answers neither ARP nor ping while it is off. */
const switchServer = ({ server, kind }: Switch, world: Faulty): void => {
  const host = world.built.hosts.get(server)
  const running = world.servers.get(server)
  if (!running) return
  if (kind === 'stop') {
    world.attend(running, running.stop())
    if (host) host.up = false
  } else {
    if (host) host.up = true
    world.attend(running, running.start())
  }
}

const switchService = ({ server, service, kind }: Switch, world: Faulty): void => {
  const running = world.servers.get(server)
  if (!running || service === undefined) return
  world.attend(running, kind === 'stop' ? running.stopService(service) : running.startService(service))
}

const switchLink = (target: LinkTarget, up: boolean, world: Faulty): void => {
  if (target.kind === 'subnet') {
    const segment = world.built.segments.get(target.subnet)
    if (segment) segment.up = up
    return
  }
  const now = world.built.network.clock.now()
  for (const port of portsOf(target.hosts, world)) {
    port.up = up
    if (up) port.linkUp(now)
  }
}

const changeLink = (target: LinkTarget, rules: Partial<LinkRules>, world: Faulty): void => {
  if (target.kind === 'subnet') {
    const segment = world.built.segments.get(target.subnet)
    if (segment) segment.rules = { ...segment.rules, ...rules }
  } else
    for (const port of portsOf(target.hosts, world))
      port.rules = { ...(port.rules ?? DIRECT_CABLE), ...rules }
}

/** A cable adds nothing to the subnet's own weather until it is told to. */
const DIRECT_CABLE: LinkRules = { ...IDEAL_LINK, delay: 0, mtu: Infinity }

const portsOf = (hosts: readonly string[], world: Faulty): Port[] =>
  hosts.flatMap(name => world.built.portsOf(name))

const faultEvent = (fault: Fault): FaultEvent => {
  const seconds = toSeconds(fault.at)
  switch (fault.kind) {
    case 'stop':
    case 'start':
    case 'cut':
    case 'heal': {
      const what = 'target' in fault ? namesOf(fault.target) : [partOf(fault)]
      return {
        kind: 'fault',
        change: fault.kind,
        what,
        text: `${seconds} s: ${fault.kind} ${what.join(', ')}`,
      }
    }
    case 'setLink':
    case 'setNotificationServer':
    case 'setResponseDelay': {
      const { what, text } = settingOf(fault)
      return { kind: 'fault', change: 'set', what, text: `${seconds} s: ${text}` }
    }
  }
}

type Setting = Extract<Fault, { kind: 'setLink' | 'setNotificationServer' | 'setResponseDelay' }>

const settingOf = (fault: Setting): Pick<FaultEvent, 'what' | 'text'> => {
  switch (fault.kind) {
    case 'setLink': {
      const what = namesOf(fault.target)
      return { what, text: `link of ${what.join(', ')} changes: ${JSON.stringify(fault.rules)}` }
    }
    case 'setNotificationServer': {
      const { notificationServer: name, unreachable, delay } = fault
      return { what: [name], text: `${name} changes: ${JSON.stringify({ unreachable, delay })}` }
    }
    case 'setResponseDelay': {
      const { low, high } = fault.responseDelay
      return { what: [fault.server], text: `${fault.server} answers after ${low}..${high} us` }
    }
  }
}

const partOf = ({ server, service }: Switch): string =>
  service === undefined ? server : `${server}.${service}`

const namesOf = (target: LinkTarget): readonly string[] =>
  target.kind === 'subnet' ? [target.subnet] : target.hosts
