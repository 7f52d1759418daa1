/**
 * A configuration file to what it means, or to every mistake in it with line, column and the nearest valid spelling,
 * as scenario files are read. Does not open ports, does not know command-line options.
 */
import { dirname, resolve } from 'node:path'
import type { Policy } from '../deployment/notification-server.ts'
import { resolvePolicy } from '../deployment/policy-form.ts'
import { resolveScope } from '../servers/dhcp/scopes.ts'
import { type Mistake, readConfig, textOf } from '../document/config-file.ts'
import { type NotificationForm, type ServeForm, notificationFormat, serveFormat } from './format.ts'
import { VENDOR_LEVELS, pinoLevel } from './log-level.ts'

export type ServeConfig = ServeForm
export type NotificationConfig = NotificationForm

/** Throws `UsageError` with every mistake on a line of its own. */
export const readServeConfig = (file: string | undefined): ServeConfig => {
  if (file === undefined) return serveFormat.parse({})
  const config = serveConfigFrom(textOf(file), file)
  // A folder is meant from where the file is, not from where the program was started.
  const { records } = config.bsdp
  return {
    ...config,
    ...(config.images !== undefined && { images: resolve(dirname(file), config.images) }),
    ...(records !== undefined && { bsdp: { ...config.bsdp, records: resolve(dirname(file), records) } }),
  }
}

export const serveConfigFrom = (text: string, file: string): ServeConfig =>
  readConfig(text, file, serveFormat, (config, checker) => {
    const wrong = levelMistake(config.logLevel)
    if (config.computers && config.notificationServer)
      wrong.push([['computers'], 'there is a notificationServer already; only one of them decides'])
    const url = config.notificationServer?.url
    if (url !== undefined && !/^https?:$/.test(protocolOf(url)))
      wrong.push([
        ['notificationServer'],
        `"${url}" is not a URL; write it as http://10.0.0.1:8080/nbs/decision`,
      ])
    const { dhcp } = config
    // What needs the interface's subnet is checked when that is known (`dhcp-setup.ts`).
    if (dhcp) resolveScope(checker.at('dhcp'), { ...dhcp, nextServer: undefined }, [])
    if (dhcp?.engine === 'npm-dhcp' && (dhcp.classes ?? dhcp.reservations))
      wrong.push([['dhcp', 'engine'], 'npm dhcp has neither classes nor reservations; engine: own has'])
    if (config.dhcp && config.interfaces.length > 1)
      wrong.push([['dhcp'], 'addresses are leased on one interface only'])
    return wrong
  })

export const notificationConfigFrom = (text: string, file: string): NotificationConfig =>
  readConfig(text, file, notificationFormat, config => levelMistake(config.logLevel))

export const readNotificationConfig = (file: string): NotificationConfig =>
  notificationConfigFrom(textOf(file), file)

/** What the file's computers and classes say, in the words of a Notification Server. */
export const policyOf = (config: Pick<ServeConfig, 'computers' | 'classes'>): Policy =>
  resolvePolicy({ computers: config.computers ?? [], ...config.classes })

const levelMistake = (level: string | number): Mistake[] =>
  pinoLevel(level) === undefined
    ? [[['logLevel'], `${level} is not a level of the vendor's; those are ${VENDOR_LEVELS.join(', ')}`]]
    : []

const protocolOf = (url: string): string => {
  try {
    return new URL(url).protocol
  } catch {
    return ''
  }
}
