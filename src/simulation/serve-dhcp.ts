/**
 * `kind: dhcp`: the DHCP server that is there already, by our engine or npm's, and the TFTP service that such hosts
 * sometimes run. Does not know PXE.
 */
import { SECOND } from '../core/micros.ts'
import { NpmDhcpServer } from '../peers/npm-dhcp.ts'
import type { DhcpSubnet } from '../protocol/dhcp/server-options.ts'
import { type DhcpEngine, DhcpService, ownEngine } from '../servers/dhcp-server.ts'
import { type RunningFileServer, startFileServer } from '../servers/file-server.ts'
import type { DhcpServer, Pool, Scenario, ServiceName } from '../scenario/model.ts'
import type { RunningServer, Workshop } from './running-server.ts'

const ENGINES: Record<DhcpServer['engine'], DhcpEngine> = {
  own: ownEngine,
  'npm-dhcp': options => new NpmDhcpServer(options),
}

export const dhcpServer = (
  server: DhcpServer,
  { scenario, host, trace, imagesOf }: Workshop,
): RunningServer => {
  const { bootFile, nextServer, answers, responseDelay } = server
  const setup = {
    subnets: server.pools.map(pool => servedSubnet(pool, scenario)),
    leaseSeconds: Math.round(server.leaseTime / SECOND),
    options: server.options.map(({ code, value }) => [code, value] as const),
    answers,
    responseDelay,
    ...(bootFile !== undefined && { bootFile }),
    ...(nextServer !== undefined && { nextServer }),
  }
  const dhcp = new DhcpService(host, setup, trace, ENGINES[server.engine])
  let tftp: RunningFileServer | undefined
  const stop = (service: ServiceName): void => {
    if (service === 'dhcp') dhcp.stop()
    if (service !== 'tftp') return
    tftp?.stop()
    tftp = undefined
  }
  const start = (service: ServiceName): void => {
    if (service === 'dhcp') void dhcp.start()
    if (service === 'tftp')
      tftp ??= startFileServer(host, { state: server.tftp, files: imagesOf(server.images) }, trace)
  }
  return {
    name: server.name,
    start: () => (start('dhcp'), start('tftp')),
    stop: () => (stop('dhcp'), stop('tftp')),
    startService: start,
    stopService: stop,
    setResponseDelay: range => {
      dhcp.responseDelay = range
    },
  }
}

const servedSubnet = ({ subnet, first, last, router }: Pool, scenario: Scenario): DhcpSubnet => ({
  cidr: scenario.subnets.find(candidate => candidate.name === subnet)!.cidr,
  pool: [{ first, last }],
  ...(router !== undefined && { router }),
})
