/**
 * The JSON Schemas of the configuration files, for editors; shipped in `schema/`. Generated, never edited.
 */
import type { z } from 'zod'
import { jsonSchemaOf } from './document/parts.ts'
import { hoist } from './scenario/schema.ts'
import { allowFormat } from './watch/allow-list.ts'
import { notificationFormat, serveFormat } from './serve/format.ts'

export const serveSchema = (): string => shipped('nbs serve', serveFormat)
export const allowSchema = (): string => shipped('nbs watch --allow', allowFormat)
export const notificationSchema = (): string => shipped('nbs serve-notification', notificationFormat)

const shipped = (title: string, format: z.ZodType): string => {
  const definitions: Record<string, unknown> = {}
  const schema = hoist(jsonSchemaOf(format), definitions) as object
  const sorted = Object.entries(definitions).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const whole = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title,
    ...schema,
    $defs: Object.fromEntries(sorted),
  }
  return `${JSON.stringify(whole, null, 2)}\n`
}
