/**
 * A configuration file to what it means, or to every mistake in it with line, column and the nearest valid spelling,
 * as scenario files are read. Does not open ports, does not know command-line options.
 */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { z } from 'zod'
import { formatScenarioError, toErrors } from '../../scenario/errors.ts'
import { explain } from '../../scenario/explain.ts'
import { type Complaint, type Located, type Path, placeOf, plain, readTree } from '../../scenario/located.ts'
import { resolvePolicy } from '../../scenario/policy.ts'
import type { Policy } from '../../site/notification-server.ts'
import { UsageError } from '../exit.ts'
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
  read(text, file, serveFormat, config => {
    const wrong = levelMistake(config.logLevel)
    if (config.computers && config.notificationServer)
      wrong.push([['computers'], 'there is a notificationServer already; only one of them decides'])
    const url = config.notificationServer?.url
    if (url !== undefined && !/^https?:$/.test(protocolOf(url)))
      wrong.push([
        ['notificationServer'],
        `"${url}" is not a URL; write it as http://10.0.0.1:8080/nbs/decision`,
      ])
    if (config.dhcp && config.interfaces.length > 1)
      wrong.push([['dhcp'], 'addresses are leased on one interface only'])
    return wrong
  })

export const notificationConfigFrom = (text: string, file: string): NotificationConfig =>
  read(text, file, notificationFormat, config => levelMistake(config.logLevel))

export const readNotificationConfig = (file: string): NotificationConfig =>
  notificationConfigFrom(textOf(file), file)

/** What the file's computers and classes say, in the words of a Notification Server. */
export const policyOf = (config: Pick<ServeConfig, 'computers' | 'classes'>): Policy =>
  resolvePolicy({ computers: config.computers ?? [], ...config.classes })

type Mistake = readonly [path: Path, message: string]

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

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    throw new UsageError(`${file}: ${WORDS[code] ?? 'cannot be read'}`)
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'is a folder, not a configuration file',
  EACCES: 'may not be read',
}

const read = <S extends z.ZodType>(
  text: string,
  file: string,
  format: S,
  check: (config: z.output<S>) => readonly Mistake[],
): z.output<S> => {
  const { root, complaints } = readTree(text, { file })
  if (!root) throw rejected(complaints)
  if (root.kind !== 'map')
    throw rejected([...complaints, { place: root.place, path: [], message: 'expected a map' }])
  const written = plain(root)
  const result = format.safeParse(written)
  const wrong = result.success
    ? check(result.data).map(mistake => complaint(root, mistake))
    : explain(root, written, format, result.error.issues)
  const all = [...complaints, ...wrong]
  if (!result.success || all.length > 0) throw rejected(all)
  return result.data
}

const complaint = (root: Located, [path, message]: Mistake): Complaint => ({
  place: placeOf(root, path),
  path,
  message,
})

const rejected = (complaints: readonly Complaint[]): UsageError =>
  new UsageError(toErrors(complaints).map(formatScenarioError).join('\n'))
