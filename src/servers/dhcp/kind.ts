/**
 * `kind: dhcp`: the DHCP server that is there already, by our engine or npm's, and the TFTP service that such hosts
 * sometimes run. Does not know PXE.
 */
import { matchesAnyMac } from '../../core/mac-pattern.ts'
import { SECOND } from '../../core/micros.ts'
import { written } from '../../core/written.ts'
import type { Checker } from '../../document/checker.ts'
import type { Path } from '../../document/located.ts'
import { Restartable } from '../../network/restartable.ts'
import type { DhcpServerOptions } from '../../protocol/dhcp/server-options.ts'
import { type FileServerState, startFileServer } from '../file-server.ts'
import { type HttpServerState, startHttpServer } from '../http-server.ts'
import { type Server, type WrittenSpan, poolSpans, serverForm, serverKind } from '../kind.ts'
import { changedImages, checkImages } from '../parts/files.ts'
import { resolveOptionCodes, resolveOverload, sendsToPort4011 } from '../parts/options.ts'
import { started } from '../parts/services.ts'
import { type DhcpSetup, DhcpService } from './dhcp-service.ts'
import { DHCP_ENGINES } from './engines.ts'
import { type DhcpFields, dhcpFields, stepsOf } from './fields.ts'
import { type Scope, pairOf, replyWords, resolveScope, servedSubnets, withRouter } from './scopes.ts'
import { WINDOWS_LEASE, windowsWords } from './windows.ts'

const USUAL_LEASE = 3600 * SECOND

export const dhcpKind = serverKind({
  ...serverForm('dhcp', 'A DHCP server', dhcpFields),
  services: ['dhcp', 'tftp', 'http'],
  delaysAnswers: true,
  spans: ({ pool, scopes }) => [
    ...poolSpans(pool),
    ...stepsOf(scopes).flatMap(({ step, item }) => poolSpans(item.pool, ['scopes', step, 'pool'])),
  ],

  resolve(form, { server, check, directoryExists }) {
    checkImages(check.at('images'), directoryExists, form.images)
    if (form.pool === undefined && form.scopes === undefined)
      check.complain(['pool'], 'missing; it takes a span of addresses to lease, or scopes: with a pool each')
    const poolsAt = (spans: readonly WrittenSpan[]) =>
      server.pools.filter(({ first }) => spans.some(({ span }) => span.first === first))
    const own = withRouter(check, poolsAt(poolSpans(form.pool)), form.router)
    const scopes = stepsOf(form.scopes).map(({ step, item }) => {
      const at = check.at('scopes', step)
      const pools = withRouter(at, poolsAt(poolSpans(item.pool)), item.router)
      return { step, ...resolveScope(at, item, pools) }
    })
    const whole = resolveScope(check, form, own)
    const resolved = {
      kind: form.kind,
      ...server,
      ...resolveSettings(check, form),
      pools: [...own, ...scopes.flatMap(({ pools }) => pools)],
      options: whole.options,
      bootFile: whole.bootFile,
      nextServer: whole.nextServer,
      images: form.images,
      whole,
      scopes,
    }
    checkEngine(check, form, { ...setupOf(resolved), addresses: new Map([['', server.address]]) })
    return resolved
  },

  build(server, { host, trace, imagesOf }) {
    const dhcp = new DhcpService(host, setupOf(server), trace, DHCP_ENGINES[server.engine].create)
    const tftp = new Restartable((state: FileServerState) =>
      startFileServer(host, { state, files: imagesOf(server.images) }, trace),
    )
    const http = new Restartable((state: HttpServerState) =>
      startHttpServer(host, state, imagesOf(server.images), trace),
    )
    const services = {
      dhcp: { start: () => dhcp.start(), stop: () => dhcp.stop() },
      tftp: { start: () => tftp.start(started(server.tftp)), stop: () => tftp.stop() },
      http: { start: () => http.start(started(server.http)), stop: () => http.stop() },
    }
    return {
      start: () => {
        void dhcp.start()
        void tftp.start(server.tftp)
        void http.start(server.http)
      },
      stop: () => Object.values(services).forEach(service => service.stop()),
      startService: name => void services[name].start(),
      stopService: name => services[name].stop(),
      setResponseDelay: range => void (dhcp.responseDelay = range),
    }
  },

  role: ({ pools, preset }) =>
    `${preset === undefined ? 'DHCP' : 'Windows DHCP'}${pools.length > 0 ? '' : ', no pool'}`,
  leases: ({ whole, scopes }, subnet) => {
    const scope = scopes.find(({ pools }) => pools.some(pool => pool.subnet === subnet))
    return scope ? overServer(whole, scope) : whole
  },
  sendsToClosed4011: ({ whole, scopes }) => {
    if (sendsToPort4011(whole.options)) return ['options']
    const found = scopes.find(scope => sendsToPort4011(overServer(whole, scope).options))
    return found && ['scopes', found.step, 'options']
  },
  withFiles: (server, change) => ({ ...server, images: changedImages(server.images, change) }),
})

type Settings = Pick<DhcpFields, 'preset' | 'answers' | 'engine' | 'responseDelay' | 'tftp' | 'http'> & {
  readonly leaseSeconds: number
  readonly refuses: DhcpFields['refuses']
  readonly ack: DhcpSetup['ack']
  readonly overload: DhcpSetup['overload']
}

const resolveSettings = (check: Checker, form: DhcpFields): Settings => {
  const { preset, answers, engine, responseDelay, tftp, http, refuses, leaseTime, ack, overload } = form
  const confirmed = ack && resolveScope(check.at('ack'), ack, [])
  return {
    preset,
    answers,
    engine,
    responseDelay,
    tftp,
    http,
    refuses,
    leaseSeconds: Math.round((leaseTime ?? (preset === undefined ? USUAL_LEASE : WINDOWS_LEASE)) / SECOND),
    ack: confirmed && {
      ...replyWords(confirmed),
      ...written({ serverIdentifier: ack.serverIdentifier }),
      omit: resolveOptionCodes(check.at('ack', 'omit'), ack.omit ?? []),
    },
    overload: overload && resolveOverload(check.at('overload'), overload),
  }
}

/** What a machine of the scope is told. */
const overServer = (whole: Scope, { options, bootFile, nextServer }: Scope) => ({
  options: [...whole.options.filter(({ code }) => !options.some(own => own.code === code)), ...options],
  bootFile: bootFile ?? whole.bootFile,
  nextServer: nextServer ?? whole.nextServer,
})

type Spoken = Settings &
  Pick<Server, 'pools'> & {
    readonly whole: Scope
    readonly scopes: readonly (Scope & { step: string | number })[]
  }

const setupOf = ({ whole, scopes, refuses, ...server }: Spoken): DhcpSetup => ({
  subnets: [...servedSubnets(whole, true), ...scopes.flatMap(scope => servedSubnets(scope, false))],
  leaseSeconds: server.leaseSeconds,
  options: whole.options.map(pairOf),
  bootFile: whole.bootFile,
  nextServer: whole.nextServer,
  answers: server.answers,
  responseDelay: server.responseDelay,
  ...(whole.classes.length > 0 && { classes: whole.classes }),
  ...written({ ack: server.ack, overload: server.overload }),
  ...(refuses && { refuses: mac => matchesAnyMac(refuses, mac) }),
  ...(server.preset && { finish: windowsWords }),
})

/** What only our own engine knows. */
const OWN_ENGINE = ['preset', 'scopes', 'classes', 'reservations', 'refuses', 'ack', 'overload'] as const

const checkEngine = (check: Checker, form: DhcpFields, setup: DhcpServerOptions): void => {
  const { engine } = form
  if (engine !== 'own')
    for (const field of OWN_ENGINE)
      if (form[field] !== undefined)
        check.complain([field], `${engine} does not know ${field}; it needs engine: own`, { side: 'key' })
  // Without a pool that is right, something else was complained about.
  if (setup.subnets.length === 0) return
  const paths: Readonly<Record<string, Path>> = { answers: ['answers'], subnets: ['pool'] }
  for (const { of, because } of DHCP_ENGINES[engine].misfits(setup))
    check.complain(paths[of] ?? ['options'], because)
}
