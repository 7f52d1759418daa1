/**
 * `nbs serve-notification`: a Notification Server over HTTP that an `nbs serve` (or a script) can ask, driven by a
 * JSON API. Does not contain the API (`serve/notification-api.ts`).
 */
import process from 'node:process'
import type { Argv } from 'yargs'
import { formatIp4, formatMac } from '../core/address.ts'
import { describeDecision } from '../nbs/decision.ts'
import { UsageError } from '../core/exit.ts'
import { readNotificationConfig } from '../serve/config.ts'
import { startHttp } from '../serve/http.ts'
import { pinoLevel } from '../serve/log-level.ts'
import { LineLimit, serverLog } from '../serve/log.ts'
import { notificationApi } from '../serve/notification-api.ts'

export const builder = (yargs: Argv) =>
  yargs
    .positional('config', {
      type: 'string',
      demandOption: true,
      describe: 'Configuration file (schema/serve-notification.schema.json)',
    })
    .option('port', {
      type: 'number',
      requiresArg: true,
      describe: 'Port to use instead of the one in the file',
    })

type Arguments = Awaited<ReturnType<typeof builder>['argv']>

export const handler = async (args: Arguments): Promise<void> => {
  const config = readNotificationConfig(args.config)
  const { address, port, names } = { ...config.http, ...(args.port !== undefined && { port: args.port }) }
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new UsageError(`--port ${port}: a port must be a whole number from 1 to 65535`)
  const { log, ready, flush } = serverLog(config.name, pinoLevel(config.logLevel) ?? 'info')
  const limit = new LineLimit(() => performance.now())
  const api = notificationApi(config, ({ mac, decision }) => {
    const said = typeof decision === 'string' ? decision : describeDecision(decision)
    limit.line(() => log.info({ mac: formatMac(mac), decision: said }, 'decided'))
  })
  const server = await startHttp({ address, port, names }, api)
  log.info({ url: `http://${formatIp4(address)}:${server.port}/nbs/decision` }, 'answers')
  ready()
  await new Promise<void>(resolve => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
  })
  server.stop()
  log.info('stopped')
  await flush()
}
