/**
 * `nbs serve`: the Network Boot Service on real sockets. Reads the call and the configuration, looks for rivals,
 * says what it will answer, and minds the signals. Does not contain the server (`serve/server.ts`).
 */
import process from 'node:process'
import type { Argv } from 'yargs'
import { formatIp4 } from '../core/address.ts'
import { BOOTSTRAP_FILES } from '../nbs/bootstrap-files.ts'
import { describeDecision } from '../nbs/decision.ts'
import { type ImageDirectory, loadImages } from '../nbs/image-directory.ts'
import { reloadImages } from '../nbs/image-reload.ts'
import type { AddressedInterface } from '../network/kernel/network.ts'
import { portMap } from '../network/kernel/ports.ts'
import { NetworkError } from '../network/port.ts'
import { isRefusal } from '../protocol/tftp/files.ts'
import { decide } from '../deployment/notification-server.ts'
import { architectureNumber } from '../wire/pxe/client.ts'
import { ANY_IP4, toMac } from '../core/address.ts'
import { EXIT, UsageError } from '../core/exit.ts'
import { loopbackAt, portOffsetFrom, wantedInterfaces } from './interfaces.ts'
import { type ServeConfig, policyOf, readServeConfig } from '../serve/config.ts'
import { serveFormat } from '../serve/format.ts'
import { announceFirstFiles } from '../serve/first-files.ts'
import { announceNetBoot, withRecordFile } from '../serve/netboot.ts'
import { joined } from '../serve/joined.ts'
import { pinoLevel } from '../serve/log-level.ts'
import { type ServerLog, serverLog } from '../serve/log.ts'
import { rightsFrom } from '../serve/rights.ts'
import { Server } from '../serve/server.ts'
import { alwaysThere } from '../serve/stations.ts'
import { SHIPPED_IMAGES } from '../document/home.ts'
import { ending } from './options.ts'

export const builder = (yargs: Argv) =>
  yargs
    .positional('config', { type: 'string', describe: 'Configuration file (schema/serve.schema.json)' })
    .option('interface', {
      type: 'string',
      array: true,
      nargs: 1,
      requiresArg: true,
      conflicts: 'loopback',
      describe: 'Serve this interface; may be repeated',
    })
    .option('loopback', {
      type: 'boolean',
      describe: 'Serve 127.0.0.1 only, with a port offset; needs no privileges',
    })
    .option('address', {
      type: 'string',
      requiresArg: true,
      implies: 'loopback',
      describe: 'With --loopback: serve this address of 127.0.0.0/8, to run several servers side by side',
    })
    .option('port-offset', {
      type: 'number',
      requiresArg: true,
      describe: 'Added to ports 67, 68, 69 and 4011 (default: 10000 with --loopback, else 0)',
    })
    .option('images', { type: 'string', requiresArg: true, describe: 'Folder of boot images' })
    .option('dhcp', { type: 'boolean', describe: 'Also lease addresses; for an isolated lab only' })
    .option('beside-others', { type: 'boolean', describe: 'Start even if another PXE server answers' })
    .option('http', {
      type: 'number',
      requiresArg: true,
      describe: 'Port for /metrics and /healthz on 127.0.0.1',
    })
    .option('user', {
      type: 'string',
      requiresArg: true,
      describe: 'Whom it becomes when root starts it (default: nobody; with --loopback it stays root)',
    })
    .epilogue(
      ending([
        ['nbs serve --loopback', 'try it: needs no privileges, and nothing leaves the machine'],
        ['sudo nbs serve --interface eth1 --images /srv/boot', 'on a lab network that has a DHCP server'],
      ]),
    )

type Arguments = Awaited<ReturnType<typeof builder>['argv']>

export const handler = async (args: Arguments): Promise<void> => {
  const config = configFrom(args)
  const portOffset = portOffsetFrom(args)
  const interfaces = args.loopback
    ? [alwaysThere(loopbackAt(args.address))]
    : wantedInterfaces(args.interface ?? config.interfaces, 'serve', { patient: !args.interface })
  if (config.dhcp && interfaces.length > 1)
    throw new UsageError('--dhcp: addresses can be leased on one interface only')
  const rights = rightsFrom({ call: args.user, settings: config.user, fallback: args.loopback ? 'root' : 'nobody' }) // prettier-ignore
  const images = rights.as(() => imagesFrom(config))
  const logging = serverLog(config.name, pinoLevel(config.logLevel) ?? 'info')
  const { log } = logging
  const server = new Server({ config, interfaces, portOffset, images, log, as: rights.as })
  try {
    if (!config.besideOthers) await refuseRivals(server, logging)
    await server.start()
    rights.drop(log, args.config)
  } catch (error) {
    server.close()
    await logging.flush()
    throw error instanceof NetworkError ? startError(error, config, portOffset) : error
  }
  announce(config, server.served, portOffset, images, logging)
  void server.someServed.then(() => logging.ready())
  await untilStopped(server, args, config, logging)
}

/** The file, with what the call says instead. */
const configFrom = (args: Arguments): ServeConfig => {
  const config = withRecordFile(readServeConfig(args.config))
  if (args.http !== undefined && !(Number.isInteger(args.http) && args.http >= 1 && args.http <= 65_535))
    throw new UsageError(`--http ${args.http}: a port must be a whole number from 1 to 65535`)
  const { http, dhcp } = serveFormat.parse({
    ...(args.http !== undefined && { http: { port: args.http } }),
    ...(args.dhcp && { dhcp: {} }),
  })
  return {
    ...config,
    images: args.images ?? config.images ?? SHIPPED_IMAGES,
    besideOthers: args.besideOthers ?? config.besideOthers,
    ...(http && { http }),
    ...(args.dhcp === false ? { dhcp: undefined } : dhcp && !config.dhcp && { dhcp }),
  }
}

const imagesFrom = ({ images = SHIPPED_IMAGES }: ServeConfig): ImageDirectory => {
  try {
    return loadImages(images)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new UsageError(
      code === 'ENOENT'
        ? `images: there is no folder ${images}; --images or images: names one, and without either the boot programs of nbs-lab are served`
        : `images: ${message}`,
    )
  }
}

const imagesAgain = (
  { images = SHIPPED_IMAGES }: ServeConfig,
  before: ImageDirectory,
): Promise<ImageDirectory> =>
  reloadImages(images, before).catch((error: Error) => {
    throw new UsageError(`images: ${error.message}`)
  })

/** Two PXE servers on one network decide by accident: it does not start that. */
const refuseRivals = async (server: Server, { log }: ServerLog): Promise<void> => {
  const found = await server.look()
  for (const { address, offer, namesFile } of found.filter(({ isPxe }) => !isPxe)) {
    const said = `found a DHCP server: ${formatIp4(address)} offers ${offer}`
    if (!namesFile) log.info(said)
    else
      log.warn(
        `${said}; some machines will boot that file instead of the one offered here: ` +
          'remove its boot file (options 66 and 67, next server)',
      )
  }
  const rivals = found.filter(({ isPxe }) => isPxe)
  if (rivals.length === 0) return
  throw new UsageError([
    'another PXE server answers on this network, and machines would boot from the faster one:',
    ...rivals.map(({ address, offer }) => `  ${formatIp4(address)} offers ${offer}`),
    'Stop it or keep it from answering (its MAC is not known), or start with --beside-others.',
  ])
}

const startError = (error: NetworkError, { proxyDhcp }: ServeConfig, portOffset: number): UsageError => {
  switch (error.code) {
    case 'not-permitted':
      return new UsageError(
        [
          `${error.message}. Try one of these:`,
          '  sudo setcap cap_net_bind_service=+ep "$(readlink -f "$(command -v node)")"   grants node the capability',
          '  sudo nbs serve …                                                            runs it as root',
          '  packaging/nbs.service                                                       runs it under systemd with that capability only',
          '  nbs serve --loopback                                                        runs it on 127.0.0.1, without privileges',
        ],
        EXIT.missing,
      )
    // Waiting helps: the unit tries again.
    case 'address-in-use':
      return new UsageError(
        proxyDhcp && error.message.includes(`:${67 + portOffset} `)
          ? `${error.message}. If a DHCP server on this machine must keep port 67, set proxyDhcp: false in the configuration.`
          : error.message,
        EXIT.failed,
      )
    case 'no-such-address':
      return new UsageError(error.message, EXIT.failed)
    case 'failed':
    case 'no-descriptor':
    case 'no-such-interface':
    case 'unsupported':
      return new UsageError(error.message)
  }
}

/** Exactly what it will answer, before it does. */
const announce = (
  config: ServeConfig,
  interfaces: readonly AddressedInterface[],
  portOffset: number,
  images: ImageDirectory,
  { log }: ServerLog,
): void => {
  const ports = portMap(portOffset)
  for (const { name, address } of interfaces) {
    const listens = { proxyDhcp: 67, bootServer: 4011, tftp: 69 }
    const shown = Object.entries(listens).filter(([service]) => service !== 'proxyDhcp' || config.proxyDhcp)
    log.info(
      {
        interface: name,
        address: formatIp4(address.ip),
        ports: Object.fromEntries(shown.map(([s, p]) => [s, ports.toSystem(p)])),
      },
      config.dhcp
        ? 'leases addresses and answers PXE clients'
        : 'answers PXE clients only and does not lease addresses',
    )
  }
  for (const [architecture, file] of BOOTSTRAP_FILES) {
    if (config.arches && !config.arches.includes(architecture)) continue
    const opened = images.open(file)
    if (isRefusal(opened))
      log.warn(
        `the boot file for ${architecture} machines, ${file}, is not among the images: ${opened.message}`,
      )
    else log.info({ architecture, file, bytes: opened.size }, `${architecture} machines get ${file}`)
  }
  announceFirstFiles(config, images, log)
  announceNetBoot(config, images, log)
  for (const { name, reason } of images.refused) log.warn(`image ${name} is not served: ${reason}`)
  log.info(whoDecides(config))
}

const whoDecides = (config: ServeConfig): string => {
  if (config.notificationServer)
    return `asks ${config.notificationServer.url} what each machine should do; while it is unreachable: ${config.whenUnreachable}`
  const question = {
    mac: toMac(0),
    uuid: undefined,
    architecture: architectureNumber('x64-uefi'),
    giaddr: ANY_IP4,
  }
  const policy = policyOf(config)
  const unknown = decide({ ...policy, computers: [] }, question)
  const known =
    policy.computers.length === 0
      ? 'no machine is listed'
      : `${policy.computers.length} entries say what known machines do`
  return `${known}; unknown machines: ${typeof unknown === 'string' ? 'no answer' : describeDecision(unknown)}`
}

/** Some supervisors signal both the process and its group; only a later signal means impatience. */
const SAME_SIGNAL_MILLIS = 500

const untilStopped = (
  server: Server,
  args: Arguments,
  config: ServeConfig,
  { log, flush }: ServerLog,
): Promise<void> =>
  new Promise(resolve => {
    let stoppingSince: number | undefined
    const reload = async (): Promise<void> => {
      try {
        const fresh = configFrom(args)
        const kept = await server.reload(fresh, await imagesAgain(fresh, server.images))
        log.info(kept.length === 0 ? 'reloaded' : `reloaded; a restart is needed for ${kept.join(', ')}`)
      } catch (error) {
        log.error(`not reloaded, the previous settings stay in force: ${(error as Error).message}`)
      }
    }
    const stop = (signal: string): void => {
      if (stoppingSince !== undefined) {
        if (performance.now() - stoppingSince < SAME_SIGNAL_MILLIS) return
        log.warn('stopped immediately')
        return void flush().then(() => process.exit(EXIT.ok))
      }
      stoppingSince = performance.now()
      log.info(
        { transfers: server.transfers },
        `${signal}: no new boots are accepted; running transfers may finish`,
      )
      void server.stop(config.stopWithin / 1000).then(cutOff => {
        log.info({ cutOff }, 'stopped')
        process.off('SIGHUP', onHangUp)
        void flush().then(resolve)
      })
    }
    const onHangUp = joined(reload)
    process.on('SIGHUP', onHangUp)
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal))
  })
