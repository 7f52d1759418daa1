/**
 * `kind: dhcp`: the DHCP server that is there already, by our engine or npm's, and the TFTP service that such hosts
 * sometimes run. Does not know PXE.
 */
import { type Ip4, contains, formatIp4, networkOf } from '../../core/address.ts'
import { type Micros, SECOND } from '../../core/micros.ts'
import type { Checker } from '../../document/checker.ts'
import { durationRange, ip4OrNone, word } from '../../document/parts.ts'
import { Restartable } from '../../network/restartable.ts'
import type { DhcpServerOptions, DhcpSubnet } from '../../protocol/dhcp/server-options.ts'
import type { DhcpOption } from '../../wire/dhcp/message.ts'
import { type FileServerState, startFileServer } from '../file-server.ts'
import { type Pool, serverForm, serverKind } from '../kind.ts'
import { checkImages, images } from '../parts/files.ts'
import { options } from '../parts/options-form.ts'
import { resolveOptions, sendsToPort4011 } from '../parts/options.ts'
import { leaseFields, pools } from '../parts/leases.ts'
import { serviceState, started } from '../parts/services.ts'
import { type DhcpSetup, DhcpService } from './dhcp-service.ts'
import { DHCP_ENGINES, dhcpEngine } from './engines.ts'

export const dhcpKind = serverKind({
  ...serverForm('dhcp', 'A DHCP server', {
    pool: pools,
    options: options.optional().describe('By name (classIdentifier) or number (60)'),
    bootFile: leaseFields.bootFile,
    nextServer: leaseFields.nextServer,
    router: ip4OrNone
      .optional()
      .describe("Router option (3); none leaves it out; default: the router of the pool's subnet"),
    leaseTime: leaseFields.leaseTime,
    answers: word('normal', 'offer-only', 'nak')
      .prefault('normal')
      .describe('offer-only never ACKs; nak refuses every REQUEST'),
    engine: dhcpEngine.describe('Whose implementation answers'),
    responseDelay: durationRange.prefault('0ms').describe('Waits before each answer'),
    tftp: serviceState.prefault('off').describe('TFTP service on the same host'),
    images: images
      .optional()
      .describe('Files of that TFTP service: a directory, or a map of name to size or text'),
  }),
  services: ['dhcp', 'tftp'],
  delaysAnswers: true,

  resolve(form, { server, check, directoryExists }) {
    checkImages(check.at('images'), directoryExists, form.images)
    const resolved = {
      ...form,
      ...server,
      pools: form.router === undefined ? server.pools : withRouter(check, server.pools, form.router),
      options: resolveOptions(check.at('options'), form.options),
    }
    checkEngine(check, form.engine, { ...setupOf(resolved), addresses: new Map([['', server.address]]) })
    return resolved
  },

  build(server, { host, trace, imagesOf }) {
    const dhcp = new DhcpService(host, setupOf(server), trace, DHCP_ENGINES[server.engine].create)
    const tftp = new Restartable((state: FileServerState) =>
      startFileServer(host, { state, files: imagesOf(server.images) }, trace),
    )
    const services = {
      dhcp: { start: () => dhcp.start(), stop: () => dhcp.stop() },
      tftp: { start: () => tftp.start(started(server.tftp)), stop: () => tftp.stop() },
    }
    return {
      start: () => {
        void dhcp.start()
        void tftp.start(server.tftp)
      },
      stop: () => Object.values(services).forEach(service => service.stop()),
      startService: name => void services[name].start(),
      stopService: name => services[name].stop(),
      setResponseDelay: range => void (dhcp.responseDelay = range),
    }
  },

  role: ({ pools }) => (pools.length > 0 ? 'DHCP' : 'DHCP, no pool'),
  leases: server => server,
  sendsToClosed4011: ({ options }) => (sendsToPort4011(options) ? ['options'] : undefined),
})

type Spoken = Pick<DhcpSetup, 'bootFile' | 'nextServer' | 'answers' | 'responseDelay'> & {
  readonly pools: readonly Pool[]
  readonly leaseTime: Micros
  readonly options: readonly DhcpOption[]
}

const setupOf = ({ pools, leaseTime, options: sent, ...server }: Spoken): DhcpSetup => ({
  subnets: pools.map(servedSubnet),
  leaseSeconds: Math.round(leaseTime / SECOND),
  options: sent.map(({ code, value }) => [code, value] as const),
  bootFile: server.bootFile,
  nextServer: server.nextServer,
  answers: server.answers,
  responseDelay: server.responseDelay,
})

const checkEngine = (check: Checker, engine: keyof typeof DHCP_ENGINES, setup: DhcpServerOptions): void => {
  // Without a pool that is right, something else was complained about.
  if (setup.subnets.length === 0) return
  for (const { of, because } of DHCP_ENGINES[engine].misfits(setup))
    check.complain(of === 'answers' ? ['answers'] : of === 'subnets' ? ['pool'] : ['options'], because)
}

const withRouter = (check: Checker, pools: readonly Pool[], router: Ip4 | 'none'): Pool[] => {
  if (router === 'none') return pools.map(pool => ({ ...pool, router: undefined }))
  const fits = (pool: Pool): boolean => contains(netOf(pool), router)
  if (pools.length > 0 && !pools.some(fits))
    check.complain(
      ['router'],
      `${formatIp4(router)} is in no subnet of the pool, so no machine could reach it`,
    )
  return pools.map(pool => (fits(pool) ? { ...pool, router } : pool))
}

const netOf = ({ first, prefixLength }: Pool): DhcpSubnet['cidr'] => ({
  network: networkOf(first, prefixLength),
  prefixLength,
})

const servedSubnet = (pool: Pool): DhcpSubnet => ({
  cidr: netOf(pool),
  pool: [pool],
  router: pool.router,
})
