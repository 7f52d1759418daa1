/**
 * `nbs schema`: the JSON Schema of a kind of file on standard output, for editors. Does not make it.
 */
import process from 'node:process'
import type { Argv } from 'yargs'
import { ruleIds } from '../analysis/finding.ts'
import { EXIT } from '../core/exit.ts'
import { printFile } from '../outlet/print.ts'
import { scenarioSchema } from '../scenario/schema.ts'
import { allowSchema, notificationSchema, serveSchema } from '../schemas.ts'

const SCHEMAS = {
  scenario: () => scenarioSchema(ruleIds()),
  serve: serveSchema,
  'serve-notification': notificationSchema,
  allow: allowSchema,
} as const

type Kind = keyof typeof SCHEMAS
const KINDS = Object.keys(SCHEMAS) as readonly Kind[]

export const builder = (yargs: Argv) =>
  yargs
    .positional('of', {
      choices: KINDS,
      default: 'scenario' as Kind,
      describe: 'Kind of file: a scenario, the configuration of a command, or the list for nbs watch --allow',
    })
    .example(
      '$0 schema > scenario.schema.json',
      'then start a scenario with the line # yaml-language-server: $schema=scenario.schema.json',
    )

type Arguments = Awaited<ReturnType<typeof builder>['argv']>

export const handler = ({ of }: Arguments): void => {
  printFile(SCHEMAS[of]())
  process.exitCode = EXIT.ok
}
