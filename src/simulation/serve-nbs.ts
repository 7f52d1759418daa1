/**
 * `kind: nbs`: the product, as it runs behind `nbs serve`. Does not contain any of its behaviour.
 */
import { bsdpService } from '../nbs/bsdp.ts'
import { withoutImages } from '../nbs/images.ts'
import type { DecisionSource } from '../nbs/decision.ts'
import { type NbsServiceName, NetworkBootService } from '../nbs/service.ts'
import { sharedPorts } from '../network/shared-ports.ts'
import { type NotificationServer, PolicySnapshot } from '../deployment/notification-server.ts'
import type { Prompt } from '../protocol/pxe/boot-menu.ts'
import { architectureNumber, isArchitectureName } from '../wire/pxe/client.ts'
import { drawer } from '../document/draw.ts'
import type { NbsServer, ServiceName } from '../scenario/model.ts'
import type { RunningServer, Workshop } from './running-server.ts'
import { bsdpFor } from './serve-bsdp.ts'

export const nbsServer = (
  server: NbsServer,
  { host, random, trace, imagesOf, notificationServers, site }: Workshop,
): RunningServer => {
  const whole = imagesOf(server.images)
  const distributed = server.without.length > 0 ? withoutImages(whole, server.without) : whole
  const images = site?.imagesFor(server.name, distributed) ?? distributed
  const { setup, files } = bsdpFor(server.bsdp, images)
  let delay = drawer(server.responseDelay, random.fork('delay'))
  const { allow, deny, arches, discovery, services } = server
  const live = notificationServers.get(server.notificationServer ?? '')
  const decisions = decisionsFor(server, live, site)
  const observe = site?.observerFor(server, live, decisions)
  const service = new NetworkBootService(setup ? sharedPorts(host) : host, {
    images: files,
    decisions,
    services,
    boot4011: server.boot4011,
    whenUnreachable: server.whenUnreachable,
    trace,
    ...(observe && { observe }),
    ...(setup && { bsdp: bsdpService({ ...setup, delay: () => delay(), deny, ...(allow && { allow }) }) }),
    pxe: {
      style: server.style,
      bootServerType: server.bootServerType,
      prompt: promptOf(server),
      delay,
      minimumSecs: server.minimumSecs,
      deny,
      ...(allow && { allow }),
      ...(arches && { arches: arches.filter(isArchitectureName).map(architectureNumber) }),
      discovery: {
        broadcast: discovery.broadcast ? 'advertise' : 'answer',
        ...(discovery.multicast !== undefined && { multicast: discovery.multicast }),
      },
    },
  })
  const has = (name: ServiceName): name is NbsServiceName => name !== 'dhcp'
  return {
    name: server.name,
    start: () => void service.start(),
    stop: () => service.stop(),
    startService: name => void (has(name) && service.startService(name)),
    stopService: name => void (has(name) && service.stopService(name)),
    setResponseDelay: range => {
      delay = drawer(range, random.fork('delay by fault'))
      service.responseDelay = delay
    },
  }
}

const decisionsFor = (
  server: NbsServer,
  live: NotificationServer | undefined,
  site: Workshop['site'],
): DecisionSource => {
  if (server.stalePolicy) return new PolicySnapshot({ policy: server.stalePolicy })
  return site?.decisionsFor(server, live) ?? live ?? NOBODY
}

const promptOf = ({ menu: { prompt, timeout } }: NbsServer): Prompt => ({
  text: prompt,
  seconds: { managed: timeout, predefined: timeout, unknown: timeout },
})

const NOBODY: DecisionSource = { ask: (_question, reply) => reply('unreachable') }
